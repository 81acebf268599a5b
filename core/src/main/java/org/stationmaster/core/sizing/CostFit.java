package org.stationmaster.core.sizing;

import java.util.List;

/**
 * {@code cost(f) = a + b·f + c·min(f, deliveries)} through measured points, by {@link LeastSquares}; without an archive, or from
 * fewer than three points, without c.
 *
 * @param perSourceError standard error of a
 * @param perRecordError standard error of b
 * @param perDeliveryError standard error of c
 * @param worstError the largest distance of a point from the fit, as a share of the point
 */
public record CostFit(
        Cost cost, double perSourceError, double perRecordError, double perDeliveryError, double worstError) {
    private static final int TERMS = 3;

    /**
     * @param points of different rates, at least one; one alone gives the shape of {@link Cost#DEFAULT}
     * @param archived whether files are opened for deliveries
     */
    public static CostFit of(List<Profile.Point> points, boolean archived) {
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a fit needs at least one point");
        }
        if (points.size() == 1) {
            return shaped(points.getFirst());
        }
        int terms = archived && points.size() >= TERMS ? TERMS : TERMS - 1;
        var rows = points.stream()
                .map(point ->
                        new LeastSquares.Row(Cost.terms(point.ratePerSecond()).subList(0, terms), point.costSeconds()))
                .toList();
        var fit = LeastSquares.of(rows);
        double perDelivery = terms == TERMS ? fit.factors().get(2) : 0;
        var cost = new Cost(fit.factors().get(0), fit.factors().get(1), perDelivery);
        double worst = 0;
        double measured = 0;
        for (var point : points) {
            worst = Math.max(worst, Math.abs(cost.at(point.ratePerSecond()) / point.costSeconds() - 1));
            measured += point.relativeError() * point.relativeError() / points.size();
        }
        // of the residuals; as many points as terms leave none, then what each was measured with
        int free = points.size() - terms;
        double variance = free > 0 ? Math.max(measured, fit.squaredError() / free) : measured;
        return new CostFit(
                cost,
                Math.sqrt(variance * fit.inverse().get(0)),
                Math.sqrt(variance * fit.inverse().get(1)),
                terms == TERMS ? Math.sqrt(variance * fit.inverse().get(2)) : 0,
                worst);
    }

    private static CostFit shaped(Profile.Point point) {
        double scale = point.costSeconds() / Cost.DEFAULT.at(point.ratePerSecond());
        var cost = new Cost(Cost.DEFAULT.perSource() * scale, Cost.DEFAULT.perRecord() * scale, 0);
        double error = point.relativeError();
        return new CostFit(cost, cost.perSource() * error, cost.perRecord() * error, 0, 0);
    }
}
