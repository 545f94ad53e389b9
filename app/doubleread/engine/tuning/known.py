"""What is known of how a model runs best on this machine."""

from __future__ import annotations

from pathlib import Path

from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.planning.devices import Machine
from doubleread.engine.planning.memory_plan import Preferred
from doubleread.engine.tuning.record import Lookup, TuningRecord, look_up
from doubleread.engine.tuning.tune import conditions_here


def known_here(path: Path, here: Machine) -> Lookup[TuningRecord]:
    """Return the record of a model file that counts on this machine, or why there is none. Raises ModelFileError."""
    return look_up(model_sha256(path), conditions_here(here))


def preferred_for(sha256: str, tokens: int, here: Machine) -> Preferred:
    """Return how a model runs best for answers of so many tokens, prompts included, if it was measured here."""
    record = look_up(sha256, conditions_here(here)).record
    return Preferred() if record is None else of_record(record, tokens)


def of_record(record: TuningRecord, tokens: int) -> Preferred:
    """Return what a record prefers."""
    choice = record.for_tokens(tokens)
    return Preferred(
        flash_attention="on" if choice.flash_attention else "off",
        kv_type=choice.kv_type,
        n_slots=choice.n_slots,
        kv_unified=choice.kv_unified,
        n_ubatch=choice.n_ubatch,
        single=record.threads.single,
        batch=record.threads.batch,
        tuning=record.id,
    )
