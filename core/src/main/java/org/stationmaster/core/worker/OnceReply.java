package org.stationmaster.core.worker;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.stationmaster.core.api.CommandOutcome;
import org.stationmaster.core.api.CommandReply;

/** Passes on the first answer to a command, and only that. */
final class OnceReply implements CommandReply {
    private final AtomicBoolean answered = new AtomicBoolean();
    private final BiConsumer<CommandOutcome, String> answer;

    OnceReply(BiConsumer<CommandOutcome, String> answer) {
        this.answer = answer;
    }

    @Override
    public void acknowledge() {
        answer(CommandOutcome.ACKNOWLEDGED, "");
    }

    @Override
    public void refuse(CommandOutcome outcome, String detail) {
        answer(outcome, detail);
    }

    private void answer(CommandOutcome outcome, String detail) {
        if (answered.compareAndSet(false, true)) {
            answer.accept(outcome, detail);
        }
    }
}
