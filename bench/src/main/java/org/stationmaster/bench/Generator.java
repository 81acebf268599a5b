package org.stationmaster.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.stationmaster.testkit.NetworkPlan;
import org.stationmaster.testkit.ProcessUsage;
import org.stationmaster.testkit.StationNetwork;

/**
 * The load: a simulated network of {@code tcp-frames} stations in a process of its own. Prints its port, then answers
 * each line on its input with a line of counts; the line {@code stop FILE} makes it stop sending, write its report to
 * the file and end. It ends with its input, too: nobody can leave it behind.
 */
public final class Generator {
    private Generator() {}

    /** STATIONS RATE SIZE_BYTES */
    public static void main(String... args) throws IOException, InterruptedException {
        var plan = NetworkPlan.builder("tcp-frames")
                .sources(Integer.parseInt(args[0]))
                .rate(Double.parseDouble(args[1]))
                .sizeBytes(Integer.parseInt(args[2]))
                .build();
        try (var network = StationNetwork.start(plan);
                var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            System.out.println("{\"port\":" + network.port() + "}");
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("stop ")) {
                    network.stop().write(Path.of(line.substring(5)));
                    System.out.println(counts(network));
                    return;
                }
                System.out.println(counts(network));
            }
        }
    }

    private static String counts(StationNetwork network) {
        var live = network.snapshot();
        var line = new LinkedHashMap<String, Number>();
        line.put("sent", live.sent());
        line.put("cut", live.cut());
        line.put("withheld", live.withheld());
        line.put("connected", live.connected());
        line.put("cpu_micros", ProcessUsage.now().cpuNanos() / 1e3);
        return Json.line(line);
    }
}
