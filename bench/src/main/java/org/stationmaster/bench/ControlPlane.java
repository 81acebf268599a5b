package org.stationmaster.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.stationmaster.core.api.Clock;
import org.stationmaster.core.api.Protocol;
import org.stationmaster.core.machine.Machine;
import org.stationmaster.server.ControlServer;
import org.stationmaster.server.RollingRestart;
import org.stationmaster.server.alarm.AlarmWatch;
import org.stationmaster.server.inventory.Bind;
import org.stationmaster.server.inventory.ControlConfig;
import org.stationmaster.server.inventory.Inventory;
import org.stationmaster.server.inventory.SourceBook;
import org.stationmaster.server.inventory.StoreException;
import org.stationmaster.server.ledger.Ledger;

/** A machine's control plane as {@code run} has it, on any free port, with alarms that nobody gets. */
record ControlPlane(SourceBook book, Ledger ledger, ControlServer server, ScheduledExecutorService watcher)
        implements AutoCloseable {
    static ControlPlane of(Machine machine, Map<String, Protocol> protocols, Path data) throws IOException {
        var ledger = Ledger.open(machine.view(), data.resolve("ledger.db"), Clock.SYSTEM);
        var book = new SourceBook(
                new Inventory(protocols),
                machine.view(),
                machine.assignator(),
                data.resolve("sources.db"),
                data,
                null,
                Clock.SYSTEM);
        var view = machine.view();
        var alarms = new AlarmWatch(view::alarms, view::sources, data, List.of(), Clock.SYSTEM, Runnable::run);
        var watcher = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("alarms").factory());
        alarms.start(watcher);
        ledger.start(watcher);
        return new ControlPlane(
                book,
                ledger,
                new ControlServer(new ControlServer.Parts(
                        ControlConfig.on(new Bind("127.0.0.1", 0)),
                        machine.view(),
                        machine.assignator(),
                        RollingRestart.IMPOSSIBLE,
                        book,
                        protocols,
                        data.resolve("audit.log"),
                        alarms::told,
                        ledger)),
                watcher);
    }

    @Override
    public void close() throws StoreException {
        watcher.shutdownNow();
        server.close();
        ledger.close();
        book.close();
    }
}
