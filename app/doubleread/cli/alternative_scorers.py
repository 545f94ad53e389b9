"""`doubleread run --alternative-scorers`: query the models again to store alternative scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.generating import run_to_end
from doubleread.cli.run_progress import LINE_SECONDS
from doubleread.console import note
from doubleread.domain.display import display_line
from doubleread.domain.formatting import PROPORTION, fraction
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.read_model.blinding import Blinding, blinding_of
from doubleread.read_model.scorer_accuracy import ScorerAccuracy, accuracy_by_scorer
from doubleread.runs.alternative_scorers import SCORER_OPTIONS, AlternativeScorersRun, missing_scores
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engines import EnginePlan
from doubleread.runs.study_run import RESTARTS
from doubleread.statistics import Proportion, Undefined
from doubleread.store import StudyFile

_FAILURES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class AlternativeScorersReport:
    """What a run of alternative scorers did: scores `made`, scores `missing` that could be made here, and a summary."""

    made: int
    missing: int
    stopped: bool
    accuracy: tuple[ScorerAccuracy, ...]

    def lines(self) -> list[str]:
        """Return a line for each model and scorer."""
        return [
            f"{display_line(item.arm_name)}, {item.scorer}: {_proportion(item.accuracy)} correct{_agreement(item)}"
            for item in self.accuracy
        ]

    def as_record(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "made": self.made,
            "missing": self.missing,
            "stopped": self.stopped,
            "scorers": [item.as_record() for item in self.accuracy],
        }

    def raise_if_stopped(self) -> None:
        """Raise DoublereadError if the run was stopped early."""
        if self.stopped:
            made = f"{plural(self.made, 'score')} made by alternative scorers, {self.missing} to go"
            raise DoublereadError("Stopped", made, "run the same command again to continue")


def scorers_named(names: str) -> tuple[str, ...]:
    """Return the scorers named in a comma-separated list. Raises WrongUseError for an unknown name."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in SCORER_OPTIONS:
            known = ", ".join(SCORER_OPTIONS)
            raise WrongUseError("Wrong use", f"there is no alternative scorer named {name!r}", f"choose from {known}")
    return tuple(scorer for name, scorer in SCORER_OPTIONS.items() if name in wanted)


def score_with_alternatives(
    study: StudyFile,
    scorers: tuple[str, ...],
    *,
    slots: int | None,
    configuration: StudyConfiguration,
    prompt_cache: bool = True,
) -> AlternativeScorersReport:
    """Make the missing alternative scores; failures are listed on standard error.

    Ctrl-C and SIGTERM stop it. Raises DoublereadError if no model can be queried: no model file, configuration drift
    from the answers, a study file that cannot be written.
    """
    here = {arm.id for arm in study.arms() if arm.model is not None}
    blinding = blinding_of(study)
    everything = missing_scores(study, scorers)
    askable = [item for item in everything if item.arm_id in here]
    if len(askable) < len(everything):
        note("answers without a model file here get no scores from alternative scorers")
    stopped, made = False, 0
    if askable:
        plan = EnginePlan(
            study,
            slots=slots,
            for_batch=True,
            configuration=configuration,
            asked_again={item.arm_id for item in askable},
            prompt_cache=prompt_cache,
        )
        plan.check()
        run = AlternativeScorersRun(
            study,
            plan.factories(),
            askable,
            sequential=plan.sequential,
            restarts=RESTARTS,
            configuration=configuration,
        )
        stopped = run_to_end(run, _shown(run, blinding))
        if run.halted is not None:
            raise run.halted
        _tell(run, blinding)
        made = sum(progress.done for progress in run.progress().values())
        for remark in configuration.remarks():
            note(f"note: {blinding.text(remark)}")
    elif not everything:
        note("no score of an alternative scorer is missing")
    missing = sum(item.arm_id in here for item in missing_scores(study, scorers))
    return AlternativeScorersReport(made, missing, stopped, tuple(accuracy_by_scorer(study, blinding)))


def _shown(run: AlternativeScorersRun, blinding: Blinding) -> Callable[[], None]:
    """Return a function that shows the progress now and then."""
    last = time.monotonic()
    names = _names(blinding)

    def show() -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            for arm_id, now in blinding.progress(run.progress()).items():
                note(f"{names[arm_id]}: {now.done + now.failed} of {plural(now.total, 'alternative score')}")

    return show


def _names(blinding: Blinding) -> dict[str, str]:
    return {key: display_line(name) for key, name in blinding.progress_names().items()}


def _tell(run: AlternativeScorersRun, blinding: Blinding) -> None:
    names = _names(blinding)
    for arm_id, now in blinding.progress(run.progress()).items():
        note(f"{names[arm_id]}: {plural(now.done, 'score')} by alternative scorers")
        if now.trouble is not None:
            note(f"{names[arm_id]}: {now.trouble}")
    for item, trouble in run.failures[:_FAILURES_SHOWN]:
        about = ", ".join(filter(None, (item.case_id, blinding.name_of_one(item.arm_id), item.scorer)))
        note(f"{display_line(about)}: {display_line(blinding.text(str(trouble)))}")
    counted = Counter(item.scorer for item, _ in run.failures[_FAILURES_SHOWN:])
    for scorer, count in counted.items():
        note(f"and {count} more of {scorer}")


def _proportion(proportion: Proportion | Undefined) -> str:
    if isinstance(proportion, Undefined):
        return str(proportion)
    ends = PROPORTION.interval(proportion.low, proportion.high)
    return f"{PROPORTION.value(proportion.value)} {ends} {fraction(proportion.successes, proportion.n)}"


def _agreement(item: ScorerAccuracy) -> str:
    if item.agreement is None:
        return ""
    if isinstance(item.agreement, Undefined):
        return ", no choice to compare with the primary score's"
    return f", the same choice as the primary score in {item.agreement.successes} of {item.agreement.n}"
