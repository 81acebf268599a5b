package org.stationmaster.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * An error as RFC 9457 has it. Its type is always {@code about:blank}: status and title say the kind.
 *
 * @param detail what is wrong and what would do
 * @param field the key it is about; null: none, or several
 * @param errors all that is wrong when it is more than one thing; null otherwise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Problem(
        String type,
        String title,
        int status,
        String detail,
        @Nullable String field,
        @Nullable List<FieldError> errors) {
    static final String CONTENT_TYPE = "application/problem+json";

    /** One of several things that are wrong; line and column of the body, from 1. */
    record FieldError(String field, String detail, int line, int column) {}

    static Problem of(int status, String detail) {
        return of(status, detail, null, null);
    }

    static Problem of(int status, String detail, @Nullable String field, @Nullable List<FieldError> errors) {
        return new Problem("about:blank", HttpStatus.getMessage(status), status, detail, field, errors);
    }
}
