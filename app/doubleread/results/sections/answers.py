"""The models and their answers: how many, how long, and the diagnoses in them."""

from __future__ import annotations

from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.scales import COEFFICIENT, COUNT, COUNT_DIFFERENCE, PROPORTION
from doubleread.results.section import (
    Bar,
    Bars,
    Count,
    Counts,
    Part,
    Plot,
    Row,
    Section,
    Value,
    arm_heads,
    drawn,
    pair,
    pairs_plot,
    proportions,
    rates,
)

_PROPOSALS = (("precision", "proposals confirmed"), ("recall", "named, proposed"), ("agreement", "agreement"))


def arms(results: Results) -> Section | None:
    """What the arms are called, and how many answers each has."""
    rows = [
        Row(
            f"arm-{place + 1}",
            f"arm {place + 1}",
            {
                "answers": Count(arm.answered, arm.cases, behind=Behind("answers", place=place)),
                "role": arm.role,
                "name": arm.name,
            },
        )
        for place, arm in zip(PLACES, results.arms, strict=True)
    ]
    bars = [
        Bar(
            "answers",
            place,
            (Part("committed", "done", answered), Part("missing", "left", results.cases - answered)),
        )
        for place, answered in enumerate(results.progress.answered)
    ]
    return Section(
        "arms",
        "Arms",
        "progress",
        ("answers", "role", "name"),
        tuple(rows),
        bars=(Bars("answers-progress", "Answers", tuple(bars)),),
    )


def words(results: Results) -> Section | None:
    """How many words an answer has."""
    if not any(results.progress.answered):
        return None
    row = rates("words", "words", results.words, COUNT, COUNT_DIFFERENCE)
    return Section("words", "Words per answer", "accuracy", arm_heads(results), (row,))


def diagnoses(results: Results) -> Section | None:
    """Where the answers name the diagnosis of the key, the scorer's proposals against people, and Bond grades."""
    found = results.diagnoses
    if not found.cases or not any(results.progress.answered):
        return None
    by = f"by the scorer, {plural(found.reviewed, 'answer')} by score review" if found.reviewed else "by the scorer"
    top = [
        proportions(
            f"top-{places}",
            f"among the first {places}",
            compared,
            behind=(Behind("top", "diagnosis", 0, places), Behind("top", "diagnosis", 1, places)),
        )
        for places, compared in found.top.items()
    ]
    rows = list(top)
    proposed = []
    if any(proposals.n for proposals in found.proposals):
        proposed = [
            Row(name, label, pair(*(Value(getattr(one, name), PROPORTION) for one in found.proposals)))
            for name, label in _PROPOSALS
        ]
        kappa = Row("kappa", "kappa", pair(*(Value(one.kappa, COEFFICIENT) for one in found.proposals)))
        rows += [*proposed[:-1], Row("agreement", "agreement", proposed[-1].cells, (kappa,))]
    if any(grades.graded for grades in found.grades):
        weighted = pair(*(Value(grades.proposals, COEFFICIENT) for grades in found.grades))
        below = [Row("weighted-kappa", "weighted kappa", weighted)]
        if any(grades.differ for grades in found.grades):
            below.append(Row("disputed", "disputed", pair(*(Count(grades.differ) for grades in found.grades))))
        counts = pair(*(Counts(grades.counts, grades.graded) for grades in found.grades))
        rows.append(Row("grades", f"grades {'/'.join(found.grades[0].counts)}", counts, tuple(below)))
    if found.readers.pairs:
        rows.append(
            Row(
                "readers-against-review",
                "readers vs review",
                {"same": Value(found.readers.same, PROPORTION), "weighted": Value(found.readers.weighted, COEFFICIENT)},
            )
        )
    plots: list[Plot] = (
        [pairs_plot("top-diagnoses", f"The key diagnosis in the answer, {by}", top)] if found.compared else []
    )
    plots.append(pairs_plot("proposals", "Scorer's proposals against human judgement", proposed[:-1]))
    return Section(
        "diagnoses",
        f"The key diagnosis in the answers, {by}",
        "accuracy",
        arm_heads(results),
        tuple(rows),
        drawn(*plots),
    )
