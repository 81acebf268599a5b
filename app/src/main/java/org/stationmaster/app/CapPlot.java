package org.stationmaster.app;

import java.util.Locale;
import java.util.stream.Collectors;
import org.stationmaster.core.sizing.Profile;

/** The sources that a worker carries over their rate, both logarithmic, as SVG: points with their interval, and the fit. */
final class CapPlot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 34;
    private static final int BOTTOM = 48;
    private static final int STEPS = 80;

    private final Profile profile;
    private final double firstDecade;
    private final double lastDecade;
    private final double lowDecade;
    private final double highDecade;
    private final StringBuilder svg = new StringBuilder();

    private CapPlot(Profile profile) {
        this.profile = profile;
        var points = profile.points();
        firstDecade = Math.floor(Math.log10(points.getFirst().ratePerSecond()));
        lastDecade =
                Math.max(firstDecade + 1, Math.ceil(Math.log10(points.getLast().ratePerSecond())));
        lowDecade = Math.floor(Math.log10(cap(Math.pow(10, lastDecade))));
        highDecade = Math.max(
                lowDecade + 1,
                Math.ceil(Math.log10(points.stream()
                        .mapToInt(Profile.Point::sourcesHigh)
                        .max()
                        .orElseThrow())));
    }

    static String svg(Profile profile) {
        return new CapPlot(profile).draw();
    }

    private double cap(double rate) {
        return Math.max(1, profile.target().cpu() / profile.fit().cost().at(rate));
    }

    private double x(double rate) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (Math.log10(rate) - firstDecade) / (lastDecade - firstDecade);
    }

    private double y(double sources) {
        double share = (Math.log10(Math.max(1, sources)) - lowDecade) / (highDecade - lowDecade);
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
    }

    private String draw() {
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n",
                WIDTH,
                HEIGHT));
        text(
                WIDTH / 2.0,
                18,
                "middle",
                "Sources that one worker carries: " + escaped(profile.protocol()) + ", "
                        + escaped(profile.sink()) + ", " + profile.sizeBytes() + " B, CPU "
                        + Math.round(100 * profile.target().cpu()) + " %");
        for (double decade = firstDecade; decade <= lastDecade; decade++) {
            double rate = Math.pow(10, decade);
            line(x(rate), TOP, x(rate), HEIGHT - BOTTOM, "#ddd", 1);
            text(x(rate), HEIGHT - BOTTOM + 18.0, "middle", Rates.text(Math.round(rate * 1e6) / 1e6));
        }
        for (double decade = lowDecade; decade <= highDecade; decade++) {
            double sources = Math.pow(10, decade);
            line(LEFT, y(sources), WIDTH - RIGHT, y(sources), "#ddd", 1);
            text(LEFT - 8.0, y(sources) + 4, "end", Numbers.count(Math.round(sources)));
        }
        text(WIDTH / 2.0, HEIGHT - 10, "middle", "records per second of each source (Hz)");
        var fit = java.util.stream.IntStream.rangeClosed(0, STEPS)
                .mapToDouble(i -> Math.pow(10, firstDecade + (lastDecade - firstDecade) * i / STEPS))
                .mapToObj(rate -> String.format(Locale.ROOT, "%.1f,%.1f", x(rate), y(cap(rate))))
                .collect(Collectors.joining(" "));
        svg.append(String.format(
                Locale.ROOT, "<polyline points=\"%s\" fill=\"none\" stroke=\"#2a78b5\" stroke-width=\"2\"/>%n", fit));
        for (var point : profile.points()) {
            double x = x(point.ratePerSecond());
            line(x, y(point.sourcesLow()), x, y(point.sourcesHigh()), "#c0392b", 3);
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\" stroke=\"#c0392b\" stroke-width=\"2\"/>%n",
                    x,
                    y(point.sources()),
                    point.measuredSources() >= point.sources() ? "#c0392b" : "#fff"));
            text(x + 9, y(point.sources()) - 7, "start", Numbers.count(point.sources()));
        }
        text(LEFT + 10, HEIGHT - BOTTOM - 10.0, "start", "● measured   ○ from the measured cost   — from the fit");
        return svg.append("</svg>\n").toString().replace("\r\n", "\n");
    }

    private void line(double x1, double y1, double x2, double y2, String colour, int width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x1,
                y1,
                x2,
                y2,
                colour,
                width));
    }

    private void text(double x, double y, String anchor, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#333\">%s</text>%n",
                x,
                y,
                anchor,
                words));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
