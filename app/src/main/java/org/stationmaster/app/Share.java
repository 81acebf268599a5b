package org.stationmaster.app;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A share on the command line: {@code 0.2} or {@code 20%}. */
final class Share implements ITypeConverter<Double> {
    private static final double PERCENT = 100;

    @Override
    public Double convert(String text) {
        boolean isPercent = text.endsWith("%");
        try {
            double number = Double.parseDouble(isPercent ? text.substring(0, text.length() - 1) : text);
            return isPercent ? number / PERCENT : number;
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no share, such as 0.2 or 20%");
        }
    }
}
