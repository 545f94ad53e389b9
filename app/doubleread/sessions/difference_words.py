"""Differences between readings in words: where they are, what each reader said, how they were resolved."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.domain.adjudication import OF_ANSWER, Decision, Difference, Held
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side

_FIELDS = ("words", "category", "severity", "basis", "harm", "certainty")
_PREFERENCES = {"A": "A is better", "B": "B is better", "tie": "a tie", "both bad": "both bad"}


def reader_words(number: int) -> str:
    """Return what a reader of a consensus round is called: 0 is the one who reads."""
    return "you" if number == 0 else f"reader {number}"


def place_words(difference: Difference, side: Side | None) -> str:
    """Return what a difference is about. `side` is that of its answer."""
    return {
        "annotation": f"annotation in answer {side}",
        "omission": f"left out by answer {side}",
        "verdict": f"verdict on answer {side}",
        "preference": "preference",
        "rating": f"compared by {difference.axis}",
        "criterion": f"criterion of answer {side}",
    }[difference.subject]


def value_words(difference: Difference, value: str) -> str:
    """Return a value in words."""
    return value if difference.subject in OF_ANSWER else _PREFERENCES[value]


def holders(difference: Difference) -> tuple[int, ...]:
    """Return the numbers of the readers who marked or stated something."""
    return tuple(number for number, held in enumerate(difference.held) if not held.empty)


def ratings_of(annotation: Annotation) -> dict[str, str]:
    """Return the stated ratings of an annotation by field, as they are shown."""
    said = {
        "words": f"“{annotation.quote}”",
        "category": annotation.category,
        "severity": annotation.severity,
        "basis": annotation.basis or "",
        "harm": f"harm {annotation.harm}" if annotation.harm else "",
        "certainty": annotation.certainty or "",
    }
    return {field: words for field, words in said.items() if words}


def rated_words(annotation: Annotation | None) -> str:
    """Return the ratings of an annotation in words."""
    if annotation is None:
        return "nothing"
    return ", ".join(words for field, words in ratings_of(annotation).items() if field != "words")


def differing_fields(difference: Difference) -> tuple[str, ...]:
    """Return the fields in which the annotations of a difference differ."""
    found = [held.annotation for held in difference.held if held.annotation is not None]
    spans = {annotation.span for annotation in found}
    return tuple(
        field
        for field in _FIELDS
        if (len(spans) if field == "words" else len({getattr(annotation, field) for annotation in found})) > 1
    )


def how_they_differ(difference: Difference) -> str:
    """Return in a few words how the readers differ."""
    if not difference.marked:
        words = [value_words(difference, held.value) if held.value else "nothing" for held in difference.held]
        return " / ".join(words)
    marked = holders(difference)
    said = []
    if len(marked) < len(difference.held):
        said.append(f"only {_readers(marked)}")
    said += differing_fields(difference)
    return ", ".join(said)


def _readers(numbers: tuple[int, ...]) -> str:
    listed = " and ".join(str(number + 1) for number in numbers)
    return f"reader {listed}" if len(numbers) == 1 else f"readers {listed}"


def listed_words(difference: Difference, side: Side | None, decision: Decision | None, question: str = "") -> str:
    """Return a difference in one line: how it is resolved or how the readers differ, and the words.

    `question` is the text of a criterion.
    """
    annotation = next((held.annotation for held in difference.held if held.annotation is not None), None)
    quote = f"  “{annotation.quote}”" if annotation is not None else f"  {question}" if question else ""
    where = {
        "annotation": str(side),
        "omission": f"{side} left out",
        "verdict": f"{side} verdict",
        "criterion": f"{side} criterion",
    }.get(difference.subject, difference.axis or difference.subject)
    said = how_they_differ(difference) if decision is None else decision_words(difference, decision)
    return f"{'✓' if decision else '◦'} {where}  {said}{quote}"


def decision_words(difference: Difference, decision: Decision) -> str:
    """Return in words how a difference was resolved."""
    whose = f"reader {decision.reader + 1}'s" if decision.reader is not None else ""
    if decision.how == "take":
        held = difference.held[decision.reader or 0]
        value = f": {value_words(difference, held.value)}" if held.value else ""
        return whose + (": nothing" if held.empty else value)
    if decision.how == "join":
        rated = ", ".join(value for value in decision.ratings.values() if value)
        return f"spans joined, {f'rated {rated}' if rated else f'rated as {whose}'}"
    if decision.how == "reject":
        return "rejected: no annotation"
    return f"own: {value_words(difference, decision.value)}" if decision.value else "own annotation"


def held_parts(difference: Difference, held: Held) -> Iterator[tuple[str, bool]]:
    """Yield a reader's judgement, part by part, each with whether the readers differ in it."""
    if held.value is not None:
        yield value_words(difference, held.value), True
        if held.evidence is not None:
            yield f"“{held.evidence.quote}”", False
    elif held.annotation is None:
        yield "nothing here", True
    else:
        differing = differing_fields(difference)
        for field, words in ratings_of(held.annotation).items():
            yield words, field in differing
        if held.annotation.passage is not None:
            yield held.annotation.passage.words, False
        if held.annotation.note:
            yield f"note: {held.annotation.note}", False
        if held.annotation.label:
            yield f"labelled {held.annotation.label} by this reader", False
