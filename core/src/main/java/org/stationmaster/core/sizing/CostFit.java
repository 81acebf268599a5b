package org.stationmaster.core.sizing;

import java.util.List;

/**
 * {@code cost(f) = a + b·f} through measured points: least squares of the relative error, so that a cheap rate counts as much
 * as a dear one; neither a nor b below 0.
 *
 * @param perSourceError standard error of a
 * @param perRecordError standard error of b
 * @param worstError the largest distance of a point from the line, as a share of the point
 */
public record CostFit(Cost cost, double perSourceError, double perRecordError, double worstError) {
    /** @param points of different rates, at least one; one alone gives the shape of {@link Cost#DEFAULT} */
    public static CostFit of(List<Profile.Point> points) {
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a fit needs at least one point");
        }
        if (points.size() == 1) {
            var point = points.getFirst();
            double scale = point.costSeconds() / Cost.DEFAULT.at(point.ratePerSecond());
            var cost = new Cost(Cost.DEFAULT.perSource() * scale, Cost.DEFAULT.perRecord() * scale);
            double error = point.relativeError();
            return new CostFit(cost, cost.perSource() * error, cost.perRecord() * error, 0);
        }
        return new Sums(points).fit(points);
    }

    /** Weighted sums over the points; the weight of one is 1 / cost². */
    private static final class Sums {
        private double w;
        private double wf;
        private double wff;
        private double wc;
        private double wfc;
        private double squaredErrors;

        private Sums(List<Profile.Point> points) {
            for (var point : points) {
                double f = point.ratePerSecond();
                double c = point.costSeconds();
                double weight = 1 / (c * c);
                w += weight;
                wf += weight * f;
                wff += weight * f * f;
                wc += weight * c;
                wfc += weight * f * c;
                squaredErrors += point.relativeError() * point.relativeError();
            }
        }

        private CostFit fit(List<Profile.Point> points) {
            double determinant = w * wff - wf * wf;
            var cost = new Cost((wff * wc - wf * wfc) / determinant, (w * wfc - wf * wc) / determinant);
            if (cost.perSource() < 0) {
                cost = new Cost(0, wfc / wff);
            } else if (cost.perRecord() < 0) {
                cost = new Cost(wc / w, 0);
            }
            double squares = 0;
            double worst = 0;
            for (var point : points) {
                double off = cost.at(point.ratePerSecond()) / point.costSeconds() - 1;
                squares += off * off;
                worst = Math.max(worst, Math.abs(off));
            }
            // of the residuals; two points leave none, then what each was measured with
            double measured = squaredErrors / points.size();
            double variance = points.size() > 2 ? Math.max(measured, squares / (points.size() - 2)) : measured;
            return new CostFit(
                    cost, Math.sqrt(variance * wff / determinant), Math.sqrt(variance * w / determinant), worst);
        }
    }
}
