package org.stationmaster.core.sizing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The sum of terms, none of them negative, that comes nearest to measured values: least squares of the relative error, so that a
 * small value counts as much as a large one. For a few terms: all subsets of them are tried.
 *
 * @param factors of the terms, 0 or more
 * @param inverse of the diagonal of the normal matrix, by term: times the variance of the relative error it is that of the factor; 0: the
 *     term is not used
 */
public record LeastSquares(List<Double> factors, List<Double> inverse, double squaredError) {
    private static final double SINGULAR = 1e-12;

    /**
     * One measured value.
     *
     * @param terms what each factor is multiplied with
     * @param value above 0
     */
    public record Row(List<Double> terms, double value) {
        double fitted(List<Double> factors) {
            double sum = 0;
            for (int i = 0; i < factors.size(); i++) {
                sum += factors.get(i) * terms.get(i);
            }
            return sum;
        }
    }

    /** @param rows at least one; all of as many terms, at most four or so */
    public static LeastSquares of(List<Row> rows) {
        int terms = rows.getFirst().terms().size();
        LeastSquares best = null;
        for (int used = 1; used < 1 << terms; used++) {
            var fit = Integer.bitCount(used) > rows.size() ? null : solved(rows, terms, used);
            // of two that are as near the one with fewer terms, which comes first, unless it is really better
            if (fit != null && (best == null || fit.squaredError() < best.squaredError() - SINGULAR)) {
                best = fit;
            }
        }
        if (best == null) {
            throw new IllegalArgumentException("no sum of these terms is near these values");
        }
        return best;
    }

    /** With the terms whose bits are set; null: they are not independent, or one would be negative. */
    private static @Nullable LeastSquares solved(List<Row> rows, int terms, int used) {
        int[] columns =
                IntStream.range(0, terms).filter(i -> (used >> i & 1) == 1).toArray();
        int n = columns.length;
        var matrix = new double[n][2 * n + 1]; // normal matrix | right side | unit matrix
        for (var row : rows) {
            for (int i = 0; i < n; i++) {
                double left = row.terms().get(columns[i]) / row.value();
                for (int j = 0; j < n; j++) {
                    matrix[i][j] += left * row.terms().get(columns[j]) / row.value();
                }
                matrix[i][n] += left;
            }
        }
        for (int i = 0; i < n; i++) {
            matrix[i][n + 1 + i] = 1;
        }
        if (!isEliminated(matrix)) {
            return null;
        }
        var factors = new Double[terms];
        var inverse = new Double[terms];
        Arrays.fill(factors, 0.0);
        Arrays.fill(inverse, 0.0);
        for (int i = 0; i < n; i++) {
            if (matrix[i][n] < 0) {
                return null;
            }
            factors[columns[i]] = matrix[i][n];
            inverse[columns[i]] = matrix[i][n + 1 + i];
        }
        var list = List.of(factors);
        double squares = rows.stream()
                .mapToDouble(row -> row.fitted(list) / row.value() - 1)
                .map(off -> off * off)
                .sum();
        return new LeastSquares(list, List.of(inverse), squares);
    }

    /** Gauss and Jordan; false: singular. */
    private static boolean isEliminated(double[][] matrix) {
        int n = matrix.length;
        for (int column = 0; column < n; column++) {
            double scale = matrix[column][column];
            // positive definite: no pivot search is needed
            if (!(scale > SINGULAR * largest(matrix[column], n))) {
                return false;
            }
            for (int k = 0; k < matrix[column].length; k++) {
                matrix[column][k] /= scale;
            }
            for (int row = 0; row < n; row++) {
                double factor = matrix[row][column];
                for (int k = 0; row != column && k < matrix[row].length; k++) {
                    matrix[row][k] -= factor * matrix[column][k];
                }
            }
        }
        return true;
    }

    private static double largest(double[] row, int n) {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, Math.abs(row[i]));
        }
        return largest;
    }
}
