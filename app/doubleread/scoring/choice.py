"""Which option a free answer chooses. Blind to the key: nothing in here can see which option is right.

The last explicit commitment wins ("the answer is B"), then the last one in the matter's words ("the best next step is
..."), then the form of the answer (a leading or closing letter, a verdict for each option), then the only option named.
Where none of these holds, the extractor abstains and says why. It never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from doubleread.domain.case import Case
from doubleread.domain.score import Outcome, Score
from doubleread.scoring import statements, targets
from doubleread.scoring.extraction import Extraction, Flag, Method
from doubleread.scoring.forms import by_form, opening
from doubleread.scoring.option_text import WORD, option_texts
from doubleread.scoring.plain import Plain, after_echo, next_question, visible_stretch, without_mark_up
from doubleread.scoring.rejections import is_refusal
from doubleread.scoring.retractions import retracted
from doubleread.scoring.statements import Statement
from doubleread.scoring.targets import Target
from doubleread.scoring.text_view import TextView

SCORER = "choice"
VERSION = "2"

_BEFORE_WHOLE = re.compile(r"[\W_]*(?:(?:[Tt]he|[Aa]n?)[ \t]+)?[\W_]*")
_ENOUGH = 6
_FENCED = re.compile(r"\s*(?:json|xml|yaml)?\s*[{\[]", re.I)
_CONFIDENCE: dict[Method, float] = {
    "stated answer": 0.98,
    "stated judgement": 0.9,
    "opening": 0.93,
    "closing": 0.93,
    "option by option": 0.85,
    "only option named": 0.75,
    "conclusion": 0.7,
    "whole text": 0.95,
    "": 0.0,
}


def extract_choice(text: str, options: Mapping[str, str], *, finish_reason: str = "stop") -> Extraction:
    """Return the option that an answer chooses, or why none can be had.

    `options` maps single capital letters to texts. `finish_reason` is the engine's; "length" makes an answer without a
    commitment "truncated". Works on any string, in time linear in its length; never raises. Offsets are code points
    of `text`.
    """
    start, end, cut_off = visible_stretch(text)
    plain = without_mark_up(text, start, end)
    cut_off = cut_off or finish_reason == "length"
    echo = after_echo(plain.text)
    if echo:
        plain = plain.without_front(echo)
    if not plain.text.strip():
        return Extraction(None, reason="truncated" if cut_off else "empty")
    wanted = option_texts(options)
    view = TextView(plain.text, wanted)
    tail = next_question(view.low)
    found = _committed(TextView(plain.text[:tail], wanted)) if tail else None
    found = found or _whole(view) or _committed(view)
    if found is None and is_refusal(plain.text):
        return Extraction(None, reason="refused")
    if found is None:
        target, method, reason = by_form(view, cut_off)
        if target is None:
            return Extraction(None, reason="truncated" if cut_off else reason)
        found = target, method, ()
    return _extraction(*found, plain)


_Found = tuple[Target | None, Method, tuple[Flag, ...]]


def _whole(view: TextView) -> _Found | None:
    """Return the option whose text is the whole answer, word for word."""
    if len(view.exact) != 1:
        return None
    only = view.exact[0]
    whole = _BEFORE_WHOLE.fullmatch(view.text, 0, only.start) and not WORD.search(view.low, only.end)
    return (targets.as_target(only), "whole text", ()) if whole else None


def _committed(view: TextView) -> _Found | None:
    """Return the last commitment that names something: of the answer, its first letter, or of the matter.

    The target is None where the commitment is taken back and no other made.
    """
    if _FENCED.match(view.text):
        record = _resolved(view, statements.structured(view))
        if record:
            return record[0][1], "stated answer", _changed(record)
    explicit = _resolved(view, statements.explicit(view))
    if explicit:
        return _unless_retracted(view, (explicit[0][1], "stated answer", _changed(explicit)))
    leading = opening(view)
    if leading:
        return _unless_retracted(view, (leading, "opening", ()))
    matter = _resolved(view, statements.of_the_matter(view), enough=2)
    if matter:
        return _unless_retracted(view, (matter[0][1], "stated judgement", _changed(matter)))
    return None


_Resolved = list[tuple[Statement, Target]]


def _resolved(view: TextView, made: Iterable[Statement], enough: int = _ENOUGH) -> _Resolved:
    """Return the statements that name something, the last first; a few are enough."""
    found = []
    for statement in made:
        target = targets.of(view, statement)
        if target:
            found.append((statement, target))
            if len(found) == enough:
                break
    return found


def _unless_retracted(view: TextView, found: _Found) -> _Found:
    """Return a commitment, or what the words behind it put in its place."""
    kept = found[0]
    instead = retracted(view, kept) if kept else None
    if not kept or instead is None:
        return found
    target = instead[0]
    if target is None:
        return None, "", ()
    return target, "stated judgement", () if target.letter == kept.letter else ("changed its answer",)


def _changed(stated: _Resolved) -> tuple[Flag, ...]:
    last = stated[0][1].letter
    other = any(target.letter and last and target.letter != last for _, target in stated[1:])
    return ("changed its answer",) if other else ()


def _extraction(target: Target | None, method: Method, flags: tuple[Flag, ...], plain: Plain) -> Extraction:
    if target is None:
        return Extraction(None, method, "taken back")
    start, end = plain.raw_span(target.start, max(target.end, target.start + 1))
    if not target.letters:
        return Extraction(None, method, "none", start, end)
    if len(target.letters) > 1:
        return Extraction(None, method, "several", start, end)
    if not target.offered:
        return Extraction(None, method, "out of range", start, end)
    if target.disagrees:
        flags = ("letter and text disagree", *flags)
    if target.how == "number":
        flags = (*flags, "number for a letter")
    confidence = _CONFIDENCE[method] * {"fuzzy": 0.9, "words": 0.75}.get(target.how, 1.0) * (0.6 if flags else 1.0)
    return Extraction(target.letter, method, "", start, end, round(confidence, 3), flags)


def score_choice(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the score of an answer to a case of kind "choice". Only here the key comes in, after the extraction.

    `chosen` is the letter. Abstentions are "refused", "truncated" or "unparsed", never "wrong". Raises ValueError for a
    case of another kind.
    """
    if case.kind != "choice":
        raise ValueError(f"case {case.id} is of kind {case.kind}, not choice")
    found = extract_choice(answer_text, case.options, finish_reason=finish_reason)
    outcome: Outcome
    if found.letter is not None:
        outcome = "correct" if found.letter == case.key else "wrong"
    else:
        outcome = "refused" if found.reason == "refused" else "truncated" if found.reason == "truncated" else "unparsed"
    reason = "; ".join(filter(None, (found.method, found.reason, *found.flags)))
    return Score(SCORER, VERSION, outcome, found.letter, reason, found.start, found.end, found.confidence)


__all__ = ["SCORER", "VERSION", "extract_choice", "is_refusal", "score_choice"]
