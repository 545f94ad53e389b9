"""Long cases: documents that were left out of prompts, and LongHealth by task."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.results.counting import Results
from doubleread.results.long_cases import LongHealthTask
from doubleread.results.section import Count, Row, Section, arm_heads, differences_plot, drawn, pair, pairs_plot
from doubleread.results.sections.repeated_runs import means

CHAPTER = "accuracy"


def documents(results: Results) -> Section | None:
    """How many answers to cases with documents were not given all of them, because the context had no room.

    Nothing while arms are not named: the arm with the smaller context would be known.
    """
    given = results.documents
    if not results.blindness.named or not any(one.answers for one in given):
        return None
    rows = (
        Row("cut", "answers with documents left out", pair(*(Count(one.cut, one.answers) for one in given))),
        Row("left-out", "documents left out", pair(*(Count(one.left_out, one.documents) for one in given))),
    )
    return Section("documents", "Documents left out of prompts", CHAPTER, arm_heads(results), rows)


def longhealth(results: Results) -> Section | None:
    """LongHealth by task, over all answers to each question; hallucinations and unparsed answers are separate."""
    if not results.longhealth:
        return None
    rows = tuple(_task(found) for found in results.longhealth)
    plotted = [
        Row(f"{task.key}-{row.key}", f"{task.label.partition(',')[0]}, {row.label}", row.cells, row.below)
        for task in rows
        for row in task.below
        if row.key in ("accuracy", "hallucinated")
    ]
    return Section(
        "longhealth",
        "LongHealth",
        CHAPTER,
        arm_heads(results),
        rows,
        drawn(
            pairs_plot("longhealth", "LongHealth, all answers", plotted),
            differences_plot("longhealth-difference", "LongHealth, same questions", plotted),
        ),
    )


def _task(found: LongHealthTask) -> Row:
    scored = pair(*(Count(count, found.cases * found.samples) for count in found.answers))
    return Row(f"task-{found.task}", f"task {found.task}, scored", scored, tuple(_parts(found)))


def _parts(found: LongHealthTask) -> Iterator[Row]:
    of_parsed = means("of-parsed", "of those parsed", found.correct_of_parsed)
    yield means("accuracy", "correct", found.correct, below=(of_parsed,))
    if found.hallucinated is not None and found.hallucinated_of_parsed is not None:
        parsed = means("of-parsed", "of those parsed", found.hallucinated_of_parsed)
        yield means("hallucinated", "hallucinated", found.hallucinated, below=(parsed,))
    yield means("without-choice", "not parsed", found.without_choice)
    yield means("published", "correct, by CLUE", found.published)
