"""Print tuning records, for `doubleread tune` and `doubleread doctor`."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.console import say, say_table
from doubleread.domain.formatting import decimal, percent
from doubleread.domain.wording import plural
from doubleread.engine.tuning.record import Choice, PairRecord, TuningRecord

_RACES = {
    "threads": "threads for several answers",
    "single": "threads for one answer",
    "decode": "parallel answers and their memory",
    "prefill": "micro-batches",
    "long": "long answers",
    "kv": "keys and values of 8 bits",
}


def say_record(name: str, record: TuningRecord) -> None:
    """Print what was chosen for a model."""
    say_table([name, ""], [[what, value] for what, value in _rows(record)])


def say_pair(record: PairRecord) -> None:
    """Print how two models are faster."""
    way = "one after the other" if record.in_turn else "at the same time"
    ratio = decimal(record.side_by_side)
    say(f"A run takes both models {way}: at the same time takes {ratio} times as long as one after the other.")


def _rows(record: TuningRecord) -> Iterator[tuple[str, str]]:
    if record.short == record.long or not record.long_from:
        yield "answers", _words(record.short)
    else:
        yield f"answers below {record.long_from:,} tokens", _words(record.short)
        yield "longer answers", _words(record.long)
    threads = record.threads
    yield (
        "threads",
        f"{percent(threads.single, 0)} of the cores for one answer, {percent(threads.batch, 0)} for several",
    )
    if record.unmeasured:
        what = ", ".join(_RACES.get(name, name) for name in record.unmeasured)
        yield "not measured", f"{what}: too little time or memory, or refused by llama.cpp; the default counts"
    yield "measured", f"{record.measured_at}, in {decimal(record.seconds, 1)} s; record {record.id}"


def _words(choice: Choice) -> str:
    return ", ".join(
        (
            f"flash attention {'on' if choice.flash_attention else 'off'}",
            plural(choice.n_slots, "parallel answer"),
            "one memory for all" if choice.kv_unified else "a memory for each",
            f"micro-batch {choice.n_ubatch or 'as usual'}",
            f"keys and values {choice.kv_type}",
        )
    )
