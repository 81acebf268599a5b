package org.stationmaster.server.inventory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.store.SqliteFile;

/**
 * What was changed at run time and must survive a restart, in an SQLite file: the sources that came in requests, who is
 * paused, which groups were enabled or disabled. The file is made by the first change. A change has been written to the disk when its call
 * returns. Not safe for several threads: its {@link SourceBook} has a lock.
 */
final class SourceStore implements AutoCloseable {
    private static final int VERSION = 1;
    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE sources (id TEXT PRIMARY KEY, json TEXT NOT NULL)",
            "CREATE TABLE paused (id TEXT PRIMARY KEY)",
            "CREATE TABLE groups (name TEXT PRIMARY KEY, enabled INTEGER NOT NULL)");

    private final Path file;
    private @Nullable Connection connection;

    SourceStore(Path file) {
        this.file = file;
    }

    /**
     * All that is stored.
     *
     * @param sources JSON objects with the keys of a station file, by id
     * @param paused ids
     * @param groups whether it is enabled, by name
     */
    record Content(Map<String, String> sources, Set<String> paused, Map<String, Boolean> groups) {}

    Content load() throws StoreException {
        var sources = new TreeMap<String, String>();
        var paused = new HashSet<String>();
        var groups = new HashMap<String, Boolean>();
        if (!Files.exists(file)) {
            return new Content(sources, paused, groups);
        }
        try (var statement = open().createStatement()) {
            try (var rows = statement.executeQuery("SELECT id, json FROM sources")) {
                while (rows.next()) {
                    sources.put(rows.getString(1), rows.getString(2));
                }
            }
            try (var rows = statement.executeQuery("SELECT id FROM paused")) {
                while (rows.next()) {
                    paused.add(rows.getString(1));
                }
            }
            try (var rows = statement.executeQuery("SELECT name, enabled FROM groups")) {
                while (rows.next()) {
                    groups.put(rows.getString(1), rows.getBoolean(2));
                }
            }
        } catch (SQLException e) {
            throw unreadable(e);
        }
        return new Content(sources, paused, groups);
    }

    /** All of them, or none. */
    void put(Map<String, String> jsonById) throws StoreException {
        write(
                "INSERT INTO sources (id, json) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
                jsonById);
    }

    void remove(String id) throws StoreException {
        write(List.of("DELETE FROM sources WHERE id = ?", "DELETE FROM paused WHERE id = ?"), id);
    }

    void paused(String id, boolean paused) throws StoreException {
        write(List.of(paused ? "INSERT OR IGNORE INTO paused (id) VALUES (?)" : "DELETE FROM paused WHERE id = ?"), id);
    }

    void group(String name, boolean enabled) throws StoreException {
        write(
                "INSERT INTO groups (name, enabled) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET enabled ="
                        + " excluded.enabled",
                Map.of(name, enabled ? "1" : "0"));
    }

    private void write(String sql, Map<String, String> rows) throws StoreException {
        try {
            var to = open();
            try (var statement = to.prepareStatement(sql)) {
                for (var row : rows.entrySet()) {
                    statement.setString(1, row.getKey());
                    statement.setString(2, row.getValue());
                    statement.addBatch();
                }
                statement.executeBatch();
                to.commit();
            } catch (SQLException e) {
                to.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw unwritable(e);
        }
    }

    private void write(List<String> sql, String key) throws StoreException {
        try {
            var to = open();
            try {
                for (var one : sql) {
                    try (var statement = to.prepareStatement(one)) {
                        statement.setString(1, key);
                        statement.executeUpdate();
                    }
                }
                to.commit();
            } catch (SQLException e) {
                to.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw unwritable(e);
        }
    }

    private StoreException unwritable(SQLException e) {
        return new StoreException(file + " cannot be written: " + e.getMessage(), e);
    }

    private StoreException unreadable(SQLException e) {
        return new StoreException(
                file + " cannot be read: " + e.getMessage() + "; move it away to start without the sources that were"
                        + " added at run time",
                e);
    }

    private Connection open() throws StoreException, SQLException {
        var known = connection;
        if (known != null) {
            return known;
        }
        try {
            var opened = SqliteFile.open(file, SqliteFile.Commit.ON_THE_DISK, VERSION, SCHEMA);
            connection = opened;
            return opened;
        } catch (IOException e) {
            throw new StoreException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() throws StoreException {
        var open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                throw unwritable(e);
            }
        }
    }
}
