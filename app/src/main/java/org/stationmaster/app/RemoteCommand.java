package org.stationmaster.app;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that asks a running machine, and tells the answer to people or as JSON. */
abstract class RemoteCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON: one document, of a stream one a line.")
    private boolean json;

    @Mixin
    private Remote remote = new Remote();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public abstract Integer call() throws Failure, InterruptedException;

    final boolean isJson() {
        return json;
    }

    final Remote remote() {
        return remote;
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** The command line is wrong. */
    final ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
