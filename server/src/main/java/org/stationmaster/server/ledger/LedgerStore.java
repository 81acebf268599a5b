package org.stationmaster.server.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.stationmaster.server.store.SqliteFile;

/**
 * The gaps in an SQLite file: 400 days and a million of them, the oldest go. A power cut may cost the last ones written. {@link #answer}
 * is safe from any thread, beside the rest and beside itself; the rest is for one at a time: its {@link Ledger} has a lock.
 */
final class LedgerStore implements AutoCloseable {
    static final Duration KEPT = Duration.ofDays(400);
    static final int MAX_GAPS = 1_000_000;
    private static final int VERSION = 1;
    private static final String ALIVE = "alive";
    private static final String COMPLETE_SINCE = "complete since";
    private static final List<String> SCHEMA = List.of(
            "CREATE TABLE gaps (source TEXT NOT NULL, from_millis INTEGER NOT NULL, to_millis INTEGER,"
                    + " cause TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (source, from_millis)) WITHOUT ROWID",
            "CREATE INDEX gaps_to ON gaps (to_millis)",
            "CREATE TABLE sources (id TEXT PRIMARY KEY, since_millis INTEGER NOT NULL, until_millis INTEGER) WITHOUT ROWID",
            "CREATE TABLE moments (name TEXT PRIMARY KEY, millis INTEGER NOT NULL) WITHOUT ROWID");

    private static final String GAP = "g.source, g.from_millis, g.to_millis, g.cause, g.detail";

    // in what follows ?1 is now, ?2 and ?3 are the end and the begin of the window, ?4 is a source or NULL
    private static final String OVERLAPS = "g.from_millis < ?2 AND (g.to_millis IS NULL OR g.to_millis > ?3)";
    /** Milliseconds of a gap within the window. */
    private static final String SHARED = "max(0, min(coalesce(g.to_millis, ?1), ?2) - max(g.from_millis, ?3))";

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final Connection connection;
    /** Of its own, so that a long question holds up no look. */
    private final Connection answers;
    /** For {@link #answers}. */
    private final ReentrantLock asking = new ReentrantLock();

    private final int maxGaps;

    /** @throws IOException it cannot be used; the message says what to do */
    LedgerStore(Path file, int maxGaps) throws IOException {
        this.maxGaps = maxGaps;
        try {
            connection = SqliteFile.open(file, SqliteFile.Commit.SOON_ON_THE_DISK, VERSION, SCHEMA);
            try {
                answers = SqliteFile.read(file);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new IOException(
                    file + " cannot be read: " + e.getMessage() + "; move it away to start with an empty ledger", e);
        }
    }

    /**
     * What an earlier machine left.
     *
     * @param alive when it was last known to run; null: there was none
     * @param sources which it had
     * @param open their gaps that lasted then
     */
    record Left(@Nullable Instant alive, List<String> sources, Map<String, Gap> open) {}

    Left left() throws SQLException {
        var sources = new ArrayList<String>();
        var open = new HashMap<String, Gap>();
        try (var statement = connection.createStatement()) {
            try (var rows = statement.executeQuery("SELECT id FROM sources WHERE until_millis IS NULL")) {
                while (rows.next()) {
                    sources.add(rows.getString(1));
                }
            }
            try (var rows = statement.executeQuery("SELECT " + GAP + " FROM gaps g WHERE to_millis IS NULL")) {
                while (rows.next()) {
                    var gap = gap(rows);
                    open.put(gap.source(), gap);
                }
            }
        }
        var left = new Left(moment(connection, ALIVE), sources, open);
        connection.rollback();
        return left;
    }

    private static @Nullable Instant moment(Connection connection, String name) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT millis FROM moments WHERE name = ?")) {
            statement.setString(1, name);
            try (var row = statement.executeQuery()) {
                return row.next() ? Instant.ofEpochMilli(row.getLong(1)) : null;
            }
        }
    }

    /**
     * What is new since the last time.
     *
     * @param come sources that are new, or known again
     * @param gone sources that are no longer known to the machine
     */
    record News(Collection<Gap> gaps, Collection<String> come, Collection<String> gone, Instant now) {}

    /** All of it, or nothing. */
    void save(News news) throws SQLException {
        try {
            put(news.gaps());
            long now = news.now().toEpochMilli();
            each( // between it was gone
                    news.come(),
                    "INSERT OR IGNORE INTO gaps SELECT id, until_millis, ?1, 'NOT_WANTED', '' FROM sources"
                            + " WHERE id = ?2 AND until_millis IS NOT NULL",
                    now);
            each(
                    news.come(),
                    "INSERT INTO sources (id, since_millis) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET until_millis = NULL",
                    now);
            each(news.gone(), "UPDATE sources SET until_millis = ?1 WHERE id = ?2", now);
            moment(ALIVE, news.now(), true);
            moment(COMPLETE_SINCE, news.now(), false);
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        }
    }

    private void put(Collection<Gap> gaps) throws SQLException {
        try (var statement = connection.prepareStatement(
                "INSERT INTO gaps (source, from_millis, to_millis, cause, detail) VALUES (?, ?, ?, ?, ?)"
                        + " ON CONFLICT (source, from_millis) DO UPDATE SET to_millis = excluded.to_millis,"
                        + " cause = excluded.cause, detail = excluded.detail")) {
            for (var gap : gaps) {
                statement.setString(1, gap.source());
                statement.setLong(2, gap.from().toEpochMilli());
                var to = gap.to();
                if (to == null) {
                    statement.setNull(3, Types.INTEGER);
                } else {
                    statement.setLong(3, to.toEpochMilli());
                }
                statement.setString(4, gap.cause().name());
                statement.setString(5, gap.detail());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private void each(Collection<String> ids, String sql, long nowMillis) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (var id : ids) {
                statement.setLong(1, nowMillis);
                statement.setString(2, id);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private void moment(String name, Instant at, boolean moves) throws SQLException {
        try (var statement =
                connection.prepareStatement("INSERT INTO moments (name, millis) VALUES (?, ?) ON CONFLICT (name) DO "
                        + (moves ? "UPDATE SET millis = excluded.millis" : "NOTHING"))) {
            statement.setString(1, name);
            statement.setLong(2, at.toEpochMilli());
            statement.executeUpdate();
        }
    }

    /** Lets go what is too old or too much; {@link Answer#since} tells. */
    void trim(Instant now) throws SQLException {
        try {
            long oldest = now.minus(KEPT).toEpochMilli();
            long over = count() - maxGaps;
            if (over > 0) {
                oldest = Math.max(
                        oldest,
                        millis(
                                "SELECT to_millis FROM gaps WHERE to_millis IS NOT NULL ORDER BY to_millis LIMIT 1 OFFSET "
                                        + (over - 1)));
            }
            int dropped;
            try (var statement = connection.prepareStatement("DELETE FROM gaps WHERE to_millis <= ?")) {
                statement.setLong(1, oldest);
                dropped = statement.executeUpdate();
            }
            if (dropped > 0) {
                moment(COMPLETE_SINCE, Instant.ofEpochMilli(oldest), true);
            }
            try (var statement = connection.prepareStatement("DELETE FROM sources WHERE until_millis <= ?")) {
                statement.setLong(1, oldest);
                statement.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        }
    }

    private long count() throws SQLException {
        return millis("SELECT count(*) FROM gaps");
    }

    private long millis(String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    /**
     * What is asked.
     *
     * @param source null: all
     * @param from before {@code to}
     * @param limit how many gaps at the most, the newest; the sums are of all
     */
    record Query(@Nullable String source, Instant from, Instant to, int limit) {}

    /**
     * One source in a window.
     *
     * @param known how long the machine had it
     * @param unwanted how much of that it was not to run
     */
    record Sum(String source, Duration known, Duration unwanted, Duration missing) {}

    /**
     * The gaps of one cause in a window.
     *
     * @param sources that have any
     * @param inWindow what lies in it of them
     */
    record OfCause(Cause cause, int sources, int gaps, Duration inWindow) {}

    /**
     * @param since before that gaps are not, or no longer, known; null: nothing is
     * @param sums of all sources that were known in the window
     * @param causes of all gaps
     */
    record Answer(@Nullable Instant since, List<Sum> sums, List<OfCause> causes, List<Gap> gaps) {}

    Answer answer(Query query, Instant now) throws SQLException {
        asking.lock();
        try {
            try {
                return new Answer(
                        moment(answers, COMPLETE_SINCE), sums(query, now), causes(query, now), gaps(query, now));
            } finally {
                answers.rollback(); // a read that stays open would keep the log of the file growing
            }
        } finally {
            asking.unlock();
        }
    }

    private List<Sum> sums(Query query, Instant now) throws SQLException {
        var sql = "SELECT s.id, max(0, min(coalesce(s.until_millis, ?1), ?2) - max(s.since_millis, ?3)),"
                + " coalesce(sum(" + SHARED + ") FILTER (WHERE g.cause = 'NOT_WANTED'), 0),"
                + " coalesce(sum(" + SHARED + ") FILTER (WHERE g.cause <> 'NOT_WANTED'), 0)"
                + " FROM sources s LEFT JOIN gaps g ON g.source = s.id AND " + OVERLAPS
                + " WHERE s.since_millis < ?2 AND (s.until_millis IS NULL OR s.until_millis > ?3) AND "
                + (query.source() == null ? "?4 IS NULL" : "s.id = ?4")
                + " GROUP BY s.id ORDER BY s.id";
        var sums = new ArrayList<Sum>();
        try (var statement = answers.prepareStatement(sql)) {
            window(statement, query, now);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    sums.add(new Sum(
                            rows.getString(1),
                            Duration.ofMillis(rows.getLong(2)),
                            Duration.ofMillis(rows.getLong(3)),
                            Duration.ofMillis(rows.getLong(4))));
                }
            }
        }
        return sums;
    }

    private List<OfCause> causes(Query query, Instant now) throws SQLException {
        var sql = "SELECT g.cause, count(DISTINCT g.source), count(*), sum(" + SHARED + ") FROM gaps g WHERE "
                + OVERLAPS + ofSource(query) + " GROUP BY g.cause ORDER BY g.cause";
        var causes = new ArrayList<OfCause>();
        try (var statement = answers.prepareStatement(sql)) {
            window(statement, query, now);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    causes.add(new OfCause(
                            Cause.valueOf(rows.getString(1)),
                            rows.getInt(2),
                            rows.getInt(3),
                            Duration.ofMillis(rows.getLong(4))));
                }
            }
        }
        return causes;
    }

    private static String ofSource(Query query) {
        return query.source() == null ? " AND ?4 IS NULL" : " AND g.source = ?4";
    }

    private List<Gap> gaps(Query query, Instant now) throws SQLException {
        var sql = "SELECT " + GAP + " FROM gaps g WHERE " + OVERLAPS + ofSource(query) + " AND ?1 IS NOT NULL"
                + " ORDER BY g.from_millis DESC, g.source LIMIT " + query.limit();
        var gaps = new ArrayList<Gap>();
        try (var statement = answers.prepareStatement(sql)) {
            window(statement, query, now);
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    gaps.add(gap(rows));
                }
            }
        }
        return gaps;
    }

    private static void window(PreparedStatement statement, Query query, Instant now) throws SQLException {
        statement.setLong(1, now.toEpochMilli());
        statement.setLong(2, Math.min(query.to().toEpochMilli(), now.toEpochMilli()));
        statement.setLong(3, query.from().toEpochMilli());
        statement.setString(4, query.source());
    }

    private static Gap gap(ResultSet row) throws SQLException {
        long to = row.getLong(3);
        var end = row.wasNull() ? null : Instant.ofEpochMilli(to);
        return new Gap(
                row.getString(1),
                Instant.ofEpochMilli(row.getLong(2)),
                end,
                Cause.valueOf(row.getString(4)),
                row.getString(5));
    }

    /** A question that takes longer than two seconds is left to the end of the process. */
    @Override
    public void close() throws SQLException {
        connection.close();
        try {
            if (asking.tryLock(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    answers.close();
                } finally {
                    asking.unlock();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
