"""The items of reporting guidelines with the answers from the study file. Unrecorded facts are named as missing.

After TRIPOD-LLM (Gallifant et al., Nat Med 2025;31:60-69, doi 10.1038/s41591-024-03425-5), CHART (The CHART
Collaborative, BMJ Med 2025;4:e001632, doi 10.1136/bmjmed-2025-001632) and MI-CLEAR-LLM (Park et al., 2024,
PMC11444851). The items are a selection in our own words, with their numbers, not the checklists themselves, which a
paper has to fill in full. `guidelines` lists all numbers of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from doubleread.reports import checklist_answers as answers
from doubleread.reports import checklist_readings as readings
from doubleread.reports.facts import NOT_RECORDED, Facts

BY_AUTHORS = "to be written by the authors"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to report. `reply` returns what the study records of it, None if it records nothing.

    `guidelines` is such as "TRIPOD-LLM 6a; CHART 3a, 6b". `missing` returns what the authors must add, "" for nothing.
    """

    id: str
    asked: str
    guidelines: str
    reply: Callable[[Facts], str | None]
    missing: Callable[[Facts], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist: what is asked, by which items, what the study file says, and what is missing."""

    asked: str
    guidelines: str
    said: str
    missing: str = ""


def checklist(facts: Facts) -> tuple[Item, ...]:
    """Return all items, including those that the study does not answer."""
    return (
        *(_item(question, facts) for question in QUESTIONS),
        *(Item(asked, guidelines, "", BY_AUTHORS) for asked, guidelines in OUTSIDE),
    )


def _item(question: Question, facts: Facts) -> Item:
    reply = question.reply(facts)
    missing = question.missing(facts)
    if reply is None:
        missing = f"{NOT_RECORDED}; {missing}" if missing else NOT_RECORDED
    return Item(question.asked, question.guidelines, reply or "", missing)


QUESTIONS: tuple[Question, ...] = (
    Question(
        "arms",
        "Models: name, version, identifier",
        "TRIPOD-LLM 6a; CHART 3a; MI-CLEAR-LLM 1",
        answers.arms,
        answers.unknown,
    ),
    Question(
        "dates",
        "Dates and locations of the queries",
        "TRIPOD-LLM 7c; CHART 6b; MI-CLEAR-LLM 1",
        answers.dates,
        answers.dates_missing,
    ),
    Question(
        "decoding",
        "Seed, temperature, token limit, penalties",
        "TRIPOD-LLM 6c; MI-CLEAR-LLM 2",
        answers.decoding,
        answers.decoding_missing,
    ),
    Question(
        "runs",
        "Runs per case, and how they are combined",
        "TRIPOD-LLM 6c; MI-CLEAR-LLM 2",
        answers.runs,
        answers.runs_missing,
    ),
    Question(
        "prompts",
        "Exact prompts and their source",
        "TRIPOD-LLM 9a; CHART 5a, 5b; MI-CLEAR-LLM 3, 5",
        answers.prompts,
        answers.prompts_missing,
    ),
    Question("sessions", "Separate sessions", "CHART 6c; MI-CLEAR-LLM 4", answers.sessions, answers.sessions_missing),
    Question("web", "Web access of the models", "MI-CLEAR-LLM 1", answers.web, answers.web_missing),
    Question("output", "Raw and processed output", "TRIPOD-LLM 6d; CHART 6d", answers.output),
    Question("scores", "Automatic classification of the answers", "TRIPOD-LLM 6e, 7c", answers.scores),
    Question(
        "score-validity",
        "Automatic scores against human judgement",
        "TRIPOD-LLM 7b",
        answers.score_validity,
        answers.score_validity_missing,
    ),
    Question("compute", "Compute: device, threads, time", "TRIPOD-LLM 12", answers.compute),
    Question("access", "Access: local software, its version", "CHART 6a", answers.software),
    Question("cases", "Cases: number and source", "TRIPOD-LLM 5a, 5b", readings.cases, readings.cases_missing),
    Question("truth", "Ground truth", "TRIPOD-LLM 7c; CHART 7a", readings.truth, lambda _: "who made the answer key"),
    Question(
        "sample",
        "Sample size",
        "CHART 8",
        readings.sample,
        lambda _: "how it was chosen (see doubleread sample-size)",
    ),
    Question("assessors", "Assessors: number", "TRIPOD-LLM 8b; CHART 7b", readings.assessors),
    Question(
        "qualifications",
        "Assessors: qualifications, background",
        "TRIPOD-LLM 7d, 8c; CHART 7b",
        readings.qualifications,
        readings.qualifications_missing,
    ),
    Question(
        "instructions",
        "Instructions to assessors, with examples",
        "TRIPOD-LLM 7d, 8a",
        readings.instructions,
    ),
    Question("training", "Training of assessors", "TRIPOD-LLM 7d; CHART 7b", readings.training),
    Question("blinding", "Blinding of assessors", "CHART 7b", readings.blinding),
    Question("read-twice", "Proportion of cases read by several assessors", "TRIPOD-LLM 8b", readings.read_twice),
    Question("agreement", "Inter-rater reliability of assessors", "TRIPOD-LLM 7d, 8b", readings.agreement),
    Question("intra-rater", "Intra-rater reliability of assessors", "TRIPOD-LLM 7d, 8b", readings.intra_rater),
    Question("measures", "Annotated errors", "TRIPOD-LLM 7a, 8a", readings.measures),
    Question(
        "comparison",
        "Comparison of the models, and statistics",
        "TRIPOD-LLM 7e; CHART 9a",
        readings.comparison,
        lambda _: "which comparisons were prespecified",
    ),
)
"""The items that a study file can answer, in the order of the page."""

OUTSIDE: tuple[tuple[str, str], ...] = (
    ("Title, abstract, aim, and the intended use", "TRIPOD-LLM 1-4, 19d; CHART 1, 2"),
    ("Models: training cut-off date", "TRIPOD-LLM 6a; MI-CLEAR-LLM 1"),
    ("Models: open or proprietary; architecture, training, fine-tuning, alignment", "TRIPOD-LLM 6b; CHART 3b, 4a"),
    (
        "Independence of the cases from the training data: publication date against the training cut-off date",
        "TRIPOD-LLM 5a; MI-CLEAR-LLM 6",
    ),
    ("Ethics, consent, registration, protocol", "TRIPOD-LLM 13, 14c, 14d; CHART 12c, 12d"),
    ("Funding and interests", "TRIPOD-LLM 14a, 14b; CHART 12a, 12b"),
    ("Availability of data and code", "TRIPOD-LLM 14e, 14f; CHART 12e"),
    ("Involvement of patients and the public", "TRIPOD-LLM 15; CHART 5a, 7b"),
    ("Interpretation, limits, risks, fairness", "TRIPOD-LLM 19a, 19b; CHART 11"),
)
"""The items that no study file answers, with their numbers."""
