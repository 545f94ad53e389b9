"""Use tuning records in a study's plan, and measure what a batch run lacks.

Only a batch run measures. Whoever reads gets what is known already, or the defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from doubleread.domain.formatting import percent, whole
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.installed import built_for_gpu
from doubleread.engine.planning.devices import Machine, machine
from doubleread.engine.planning.memory_plan import Preferred
from doubleread.engine.planning.probe import probe
from doubleread.engine.tuning.record import PairRecord, TuningRecord, all_records, look_up, look_up_pair
from doubleread.engine.tuning.tune import SECONDS, conditions_here, tune_model, tune_pair
from doubleread.errors import DoublereadError
from doubleread.runs.configuration import StudyConfiguration

FEWEST_ANSWERS = 50
"""With fewer answers to generate, measuring a model takes longer than it saves."""


def consistent(preferred: Preferred, configuration: StudyConfiguration, arm_id: str) -> Preferred:
    """Keep what changes answers as it was for the arm's existing answers."""
    flash, kv_type = (configuration.usual(arm_id, name) for name in ("flash_attention", "kv_type"))
    if flash is None or kv_type is None:
        return preferred
    same = (flash, kv_type) == (preferred.flash_attention, preferred.kv_type)
    kept = replace(preferred, flash_attention=flash, kv_type=kv_type)
    # A micro-batch was measured with the attention that it was chosen for.
    return kept if same else replace(kept, n_ubatch=0)


def measured_here(path: Path, seconds: float = SECONDS) -> TuningRecord:
    """Measure a model file and keep the record. Raises DoublereadError, ModelFileError for the file."""
    return tune_model(path, model_sha256(path), machine(), seconds)


def measured_together(paths: tuple[Path, Path], seconds: float = SECONDS) -> PairRecord:
    """Measure two model files together and keep the record. Raises DoublereadError, ModelFileError for a file."""
    return tune_pair(paths, (model_sha256(paths[0]), model_sha256(paths[1])), machine(), seconds)


def counts_of_records(here: Machine) -> tuple[int, int]:
    """Return how many tuning records count on this machine, and how many do not."""
    conditions = conditions_here(here)
    found = [item.record is not None and item.record.conditions == conditions for item in all_records()]
    return sum(found), len(found) - sum(found)


def why_in_turn(sha256s: Sequence[str], here: Machine) -> str:
    """Return why a batch of two models runs them one after the other; empty if it does not, or nothing was measured."""
    if len(sha256s) != 2:
        return ""
    record = look_up_pair((sha256s[0], sha256s[1]), conditions_here(here)).record
    if record is None or not record.in_turn:
        return ""
    return (
        f"one model after the other: both at the same time take {_longer(record)} longer on this machine, as measured"
    )


def why_at_once(sha256s: Sequence[str], here: Machine) -> str:
    """Return why two models run at the same time."""
    record = look_up_pair((sha256s[0], sha256s[1]), conditions_here(here)).record
    if record is None:
        return "both models at the same time: this pair was not measured on this machine"
    if record.in_turn:
        return (
            f"both models at the same time, although that takes {_longer(record)} longer on this machine, as measured: "
            "reproducible and interactive runs do not go by measurements"
        )
    if record.side_by_side >= 1:
        return "both models at the same time: one after the other takes about as long on this machine, as measured"
    return (
        "both models at the same time: one after the other would take "
        f"{percent(1 / record.side_by_side - 1)} longer on this machine, as measured"
    )


def _longer(record: PairRecord) -> str:
    return percent(record.side_by_side - 1)


@dataclass(frozen=True, slots=True)
class Measurable:
    """A model of a batch run: its file, its hash, and how many answers it has to generate."""

    path: Path
    sha256: str
    answers: int


def measure_missing(models: Sequence[Measurable], here: Machine, say: Callable[[str], None]) -> None:
    """Measure the models that have many answers to generate and no record that counts, and then the pair.

    A model that cannot be measured runs with the defaults. No message names a model, since the study may be blinded.
    """
    busy = [model for model in models if model.answers >= FEWEST_ANSWERS]
    if not busy or (built_for_gpu() and probe().gpus):
        return
    conditions = conditions_here(here)
    for number, model in enumerate(busy, start=1):
        known = look_up(model.sha256, conditions)
        if known.record is not None:
            continue
        if known.why:
            say(f"note: {known.why}, so it does not count")
        say(f"measuring model {number} of {len(busy)} on this machine, for at most {whole(SECONDS)} s")
        try:
            tune_model(model.path, model.sha256, here)
        except DoublereadError:
            say("note: it could not be measured, so it runs with the default settings")
    hashes = [model.sha256 for model in busy]
    if len(set(hashes)) == 2 and look_up_pair((hashes[0], hashes[1]), conditions).record is None:
        say(f"measuring both models side by side and one after the other, for at most {whole(SECONDS)} s")
        try:
            tune_pair((busy[0].path, busy[1].path), (hashes[0], hashes[1]), here)
        except DoublereadError:
            say("note: they could not be measured, so they run side by side")
