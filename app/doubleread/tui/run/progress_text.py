"""How a run is shown: a bar for the study and one for each model, in counts, with what went wrong below."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import set_cell_size
from textual.content import Content

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.sessions.running import ArmLine, RunNow
from doubleread.tui.shared.screen_words import screen_error, screen_words

DONE, LEFT = "█", "░"
_BAR = 20
_NARROW = 90
"""Below this width, what is said of a model has a line of its own."""

STATES = {
    "preparing": "Getting ready: the model files are checked and loaded. Large files take minutes.",
    "running": "Generating answers. You can leave this page meanwhile.",
    "pausing": "Pausing: answers in progress are finished first.",
    "paused": "Paused. The models stay in memory, so they can continue at once.",
    "stopping": "Stopping the models.",
}


def bar(done: int, total: int, width: int = _BAR) -> str:
    """Return a bar that is full only when all is done."""
    filled = width if done >= total else done * width // total
    return DONE * filled + LEFT * (width - filled)


def state_words(now: RunNow) -> str:
    """Return in a sentence what the run does, or how it ended."""
    if now.state != "ended":
        return STATES[now.state]
    if now.error is not None:
        return f"{now.error.title}."
    if now.nothing:
        return screen_words(f"{now.nothing[:1].upper()}{now.nothing[1:]}.")
    if now.outcome is not None and now.outcome.stopped:
        made, left = plural(now.outcome.made, "answer"), plural(now.outcome.missing, "answer")
        return f"Stopped. {made} generated in this run, {left} to go."
    if now.outcome is not None and now.outcome.failed:
        return f"Finished, but {plural(now.outcome.missing, 'answer')} could not be generated: see below."
    if now.outcome is not None and now.outcome.missing:
        return f"Finished. {plural(now.outcome.missing, 'answer')} of a model with external answers must be imported."
    return "Finished: no answer is missing."


def progress_text(now: RunNow, width: int) -> Content:
    """Return the progress of a run as lines."""
    return Content("\n").join(_lines(now, width))


def _lines(now: RunNow, width: int) -> Iterator[Content]:
    if now.total:
        yield _row("This study", now.written, now.total, "", width)
    for line in now.lines:
        # The pace of the last seconds means nothing during a pause.
        yield from _arm(line, "" if now.state == "paused" else line.words, width)
    if now.error is not None:
        yield Content("")
        told = screen_error(now.error)
        yield Content.styled(display_line(f"{told.happened[:1].upper()}{told.happened[1:]}."), "$error")
        if told.remedy:
            yield Content(display_line(f"What to do: {told.remedy}."))
    if now.failures:
        yield Content("")
        yield Content.styled("Failed answers", "bold")
        yield from (Content(display_line(screen_words(failure))) for failure in now.failures)
    troubles = [line.progress.trouble for line in now.lines if line.progress.trouble is not None]
    remarks = [*map(str, troubles), *(note.removeprefix("note: ") for note in now.notes)]
    if remarks and now.error is None:
        yield Content("")
        yield Content.styled("Notes", "bold")
        yield from (Content(display_line(screen_words(remark))) for remark in dict.fromkeys(remarks))


def _arm(line: ArmLine, words: str, width: int) -> Iterator[Content]:
    now = line.progress
    words = {"loading": "is being loaded", "waits": "waits for the other model"}.get(words, words)
    if width >= _NARROW:
        yield _row(line.name, now.done + now.failed, now.total, words, width)
    else:
        yield _row(line.name, now.done + now.failed, now.total, "", width)
        yield Content.styled(f"  {display_line(words)}", "$text-muted")


def _row(name: str, done: int, total: int, words: str, width: int) -> Content:
    names = max(min(width - _BAR - 22, 32), 12)
    shown = set_cell_size(display_line(name), names)
    return Content.assemble(
        (f"{shown} ", "bold"), (bar(done, total), "$primary"), f" {done} of {total}", (f"   {words}" if words else "")
    )
