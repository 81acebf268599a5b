package org.stationmaster.app;

import java.io.PrintWriter;

/** Where the process begins and, with an exit code, ends. */
public final class Main {
    private Main() {}

    /** Runs one command; see {@code --help}. */
    public static void main(String[] args) {
        var out = new PrintWriter(System.out, true, System.out.charset());
        var err = new PrintWriter(System.err, true, System.err.charset());
        var format = System.getProperty(LogQueue.FORMAT, LogQueue.TEXT);
        if (!LogQueue.FORMATS.contains(format)) {
            err.println("stationmaster: -D" + LogQueue.FORMAT + "=" + format + " is none of " + LogQueue.FORMATS);
            end(Failure.WRONG_USAGE);
        }
        int code = Cli.commandLine(new StopSignals(Main::end), out, err).execute(args);
        out.flush();
        end(code);
    }

    /** Halts: everything has been stopped in order by now, and no hook or forgotten thread may change the exit code. */
    private static void end(int code) {
        LogQueue.end();
        System.out.flush(); // stderr holds nothing back, and a reader that hangs would hold us
        Runtime.getRuntime().halt(code);
    }
}
