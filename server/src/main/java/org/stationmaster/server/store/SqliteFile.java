package org.stationmaster.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteJDBCLoader;

/** Opens SQLite files, each with a version of its own. Safe from any thread; what it opens is for one at a time. */
public final class SqliteFile {
    /** Set while the driver loads, so that its library does not stay behind in the temporary folder. */
    private static final String DRIVER_DIRECTORY = "org.sqlite.tmpdir";

    private SqliteFile() {}

    /** What survives a power cut; a crash of the process loses no commit with either. */
    public enum Commit {
        /** Every commit. */
        ON_THE_DISK(SQLiteConfig.SynchronousMode.FULL),
        /** All but the last ones; the file stays whole. */
        SOON_ON_THE_DISK(SQLiteConfig.SynchronousMode.NORMAL);

        private final SQLiteConfig.SynchronousMode mode;

        Commit(SQLiteConfig.SynchronousMode mode) {
            this.mode = mode;
        }
    }

    /**
     * Opens it, makes it when it is not there.
     *
     * @param version of its tables
     * @param schema makes them
     * @return commits are the caller's
     * @throws IOException the driver cannot be loaded, or a newer version wrote the file; the message says what to do
     */
    public static Connection open(Path file, Commit commit, int version, List<String> schema)
            throws SQLException, IOException {
        loadDriver(file);
        var config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(commit.mode);
        var opened = config.createConnection("jdbc:sqlite:" + file);
        try {
            opened.setAutoCommit(false);
            prepare(file, opened, version, schema);
        } catch (SQLException | IOException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    /** A second connection to a file that is open here, for questions alone; beside what is written. */
    public static Connection read(Path file) throws SQLException {
        var config = new SQLiteConfig();
        config.setReadOnly(true);
        var opened = config.createConnection("jdbc:sqlite:" + file);
        opened.setAutoCommit(false);
        return opened;
    }

    private static void prepare(Path file, Connection opened, int version, List<String> schema)
            throws SQLException, IOException {
        try (var statement = opened.createStatement()) {
            int found;
            try (var row = statement.executeQuery("PRAGMA user_version")) {
                found = row.getInt(1);
            }
            if (found > version) {
                throw new IOException(
                        file + " was written by a newer version (" + found + "): start that one, or move it away");
            }
            if (found == 0) {
                for (var one : schema) {
                    statement.executeUpdate(one);
                }
                statement.executeUpdate("PRAGMA user_version = " + version);
            }
            opened.commit();
        }
    }

    /** The driver unpacks its library into a file; once it is loaded, nobody needs the file. */
    private static void loadDriver(Path file) throws IOException {
        synchronized (SqliteFile.class) {
            var before = System.getProperty(DRIVER_DIRECTORY);
            try {
                var directory = Files.createTempDirectory(file.toAbsolutePath().getParent(), ".sqlite-");
                System.setProperty(DRIVER_DIRECTORY, directory.toString());
                try {
                    SQLiteJDBCLoader.initialize();
                } finally {
                    clear(directory);
                }
            } catch (Exception e) { // the loader declares no less
                throw new IOException("SQLite cannot be loaded, " + file + " is out of reach: " + e, e);
            } finally {
                if (before == null) {
                    System.clearProperty(DRIVER_DIRECTORY);
                } else {
                    System.setProperty(DRIVER_DIRECTORY, before);
                }
            }
        }
    }

    private static void clear(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (var left : files.toList()) {
                Files.delete(left);
            }
        }
        Files.delete(directory);
    }
}
