"""The checklists of reporting guidelines, filled from a study: every number, what is recorded, and what is missing.

The numbers are those of TRIPOD-LLM (Nat Med 2025;31:60-69), CHART (BMJ Med 2025;4:e001632) and MI-CLEAR-LLM in its
first version (Korean J Radiol 2024;25:865-868). The topics are in our own words and do not replace the checklists.
CHART divides 5a, 7b and 9a further, by small Roman numerals; here each is one line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.reports.checklist import BY_AUTHORS, Item, checklist
from doubleread.reports.facts import Facts

TRIPOD_LLM: Mapping[str, str] = {
    "1": "Title",
    "2": "Abstract, by the guideline's own checklist for abstracts",
    "3a": "Background: healthcare context and rationale",
    "3b": "Background: target population, intended use and users",
    "4": "Objectives",
    "5a": "Data: sources, and why these",
    "5b": "Data: data points and their distribution",
    "5c": "Data: dates of the oldest and newest text",
    "5d": "Data: pre-processing and quality checks",
    "5e": "Data: missing and imbalanced data",
    "6a": "Models: name, version, last date of training",
    "6b": "Models: architecture, training, fine-tuning, alignment",
    "6c": "Models: how text was generated (prompts, seed, temperature, length, penalties)",
    "6d": "Models: raw and post-processed output",
    "6e": "Models: classification, probabilities, thresholds",
    "7a": "Metrics of the quality of the output",
    "7b": "Relevance of the metrics, and their correlation with human evaluation",
    "7c": "Outcome, how predictions were computed, date of inference",
    "7d": "Assessors: qualifications, instructions, demographics, agreement",
    "7e": "Comparison with other models, humans, benchmarks",
    "8a": "Annotation: how text was labelled, guideline with examples",
    "8b": "Annotation: number of annotators, proportion annotated by several, agreement",
    "8c": "Annotation: background of the annotators",
    "9a": "Prompts: design, curation and selection",
    "9b": "Prompts: data used to develop them",
    "10": "Summarisation: pre-processing of the data",
    "11": "Instruction tuning and alignment: instructions, interface, people",
    "12": "Compute",
    "13": "Ethics approval and consent",
    "14a": "Funding",
    "14b": "Conflicts of interest",
    "14c": "Access to the protocol",
    "14d": "Registration",
    "14e": "Availability of the data",
    "14f": "Availability of the code",
    "15": "Patient and public involvement",
    "16a": "Flow of texts, records or patients",
    "16b": "Characteristics of texts or patients, by source and split",
    "16c": "Comparison of development and evaluation data",
    "16d": "Numbers of participants and outcome events in each analysis",
    "17": "Performance, by the metrics and by human evaluation",
    "18": "Results of updating the model",
    "19a": "Interpretation, with fairness",
    "19b": "Limitations",
    "19c": "Known challenges of the data",
    "19d": "Intended use, input, user, autonomy",
    "19e": "Poor or unavailable input data",
    "19f": "Interaction and expertise that users need",
    "19g": "Next steps for research",
}
CHART: Mapping[str, str] = {
    "1a": "Title",
    "1b": "Abstract or summary",
    "2a": "Background: context and rationale",
    "2b": "Background: aims, audience, comparators, outcomes",
    "3a": "Model: name, version, date of release or update",
    "3b": "Model: open or closed source",
    "4a": "Model: base, novel, tuned or fine-tuned",
    "4b": "Model: source of a base model",
    "4c": "Model: data and parameters of a novel, tuned or fine-tuned one",
    "5a": "Prompts: development, sources, people, public involvement",
    "5b": "Prompts: the prompts themselves",
    "6a": "Queries: route of access",
    "6b": "Queries: dates, city and country",
    "6c": "Queries: separate sessions",
    "6d": "Queries: all responses",
    "7a": "Ground truth or reference standard",
    "7b": "Evaluation: assessors, public involvement, blinding",
    "8": "Sample size",
    "9a": "Statistical methods, performance measures, reproducibility",
    "10a": "Results: performance against the ground truth",
    "10b": "Results: nature of the deviations from the ground truth",
    "10c": "Results: harmful, biased or misleading responses",
    "11a": "Discussion: interpretation",
    "11b": "Discussion: strengths and limitations",
    "11c": "Discussion: implications",
    "12a": "Conflicts of interest",
    "12b": "Funding",
    "12c": "Ethics",
    "12d": "Protocol",
    "12e": "Availability of data",
}
MI_CLEAR_LLM: Mapping[str, str] = {
    "1": "Model: name, version, manufacturer, training cut-off, web access, dates of the queries",
    "2": "Stochasticity: settings, repeated queries, how results are combined",
    "3": "Prompts: exact wording",
    "4": "Prompts: how they were put to the model, such as separate sessions",
    "5": "Prompts: testing and optimisation",
    "6": "Independence of the test data",
}
GUIDELINES: Mapping[str, Mapping[str, str]] = {
    "TRIPOD-LLM": TRIPOD_LLM,
    "CHART": CHART,
    "MI-CLEAR-LLM": MI_CLEAR_LLM,
}
"""The topic of each number, by guideline."""

_RESULTS = {"TRIPOD-LLM": ("7a", "17"), "CHART": ("10a", "10b")}
_IN_TABLES = "see the results tables"
_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class FilledItem:
    """One number of a guideline: its topic, what the study records, and what is missing ("" if nothing is)."""

    guideline: str
    number: str
    topic: str
    recorded: str
    missing: str

    def as_record(self) -> dict[str, str]:
        """Return it as JSON."""
        return {
            "guideline": self.guideline,
            "item": self.number,
            "topic": self.topic,
            "recorded": self.recorded,
            "missing": self.missing,
        }


def filled_checklists(facts: Facts) -> tuple[FilledItem, ...]:
    """Return every number of every guideline, in their order."""
    items = checklist(facts)
    return tuple(
        _filled(guideline, number, topic, items, facts)
        for guideline, topics in GUIDELINES.items()
        for number, topic in topics.items()
    )


def _filled(guideline: str, number: str, topic: str, items: tuple[Item, ...], facts: Facts) -> FilledItem:
    about = [item for item in items if number in numbers_of(item.guidelines, guideline)]
    recorded = [f"{item.asked}: {item.said}" for item in about if item.said]
    missing = [f"{item.asked}: {item.missing}" for item in about if item.missing]
    if number in _RESULTS.get(guideline, ()) and facts.methods.readings.committed:
        recorded.append(_IN_TABLES)
    if not recorded and not missing:
        missing = [BY_AUTHORS]
    return FilledItem(guideline, number, topic, "; ".join(recorded), "; ".join(missing))


def numbers_of(guidelines: str, guideline: str) -> tuple[str, ...]:
    """Return which numbers of a guideline are meant by such as "TRIPOD-LLM 1-4, 19d; CHART 1, 2".

    A number without a letter means all of its subitems. Raises ValueError for a number that the guideline has not.
    """
    found: list[str] = []
    for part in guidelines.split("; "):
        name, _, numbers = part.partition(" ")
        if name == guideline:
            for number in numbers.split(", "):
                found += _expanded(number, GUIDELINES[guideline])
    return tuple(found)


def _expanded(number: str, known: Mapping[str, str]) -> list[str]:
    if match := _RANGE.fullmatch(number):
        return [one for main in range(int(match[1]), int(match[2]) + 1) for one in _expanded(str(main), known)]
    found = [one for one in known if one == number or (number.isdigit() and one.rstrip("abcdefg") == number)]
    if not found:
        raise ValueError(f"there is no item {number}")
    return found
