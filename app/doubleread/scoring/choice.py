"""Which option a free answer chooses. Blind to the key: nothing in here can see which option is right.

The last explicit commitment wins ("the answer is B"), then the last one in the matter's words ("the best next step is
..."), then the form of the answer (a leading or closing letter, a verdict for each option), then the only option named.
Where none of these holds, the extractor abstains and says why. It never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from doubleread.domain.case import Case
from doubleread.domain.score import Outcome, Score
from doubleread.scoring import targets
from doubleread.scoring.extraction import Extraction, Method
from doubleread.scoring.forms import by_form, opening
from doubleread.scoring.option_text import OptionTexts, TextView
from doubleread.scoring.plain import Plain, after_echo, next_question, sentence_bounds, visible_stretch, without_mark_up
from doubleread.scoring.statements import Statement, retracts, statements
from doubleread.scoring.targets import Target

SCORER = "choice"
VERSION = "1"

_REFUSAL = re.compile(
    r"\b(?:I(?:'m| am) (?:sorry|unable|not able)|I (?:can(?:'t|not)|won't|must decline|"
    r"do not feel able)|as an AI|cannot (?:provide|assist|help|answer)|"
    r"unable to (?:provide|assist|help|answer)|je ne peux pas|ich kann (?:diese|leider|hier)|"
    r"no puedo (?:responder|ayudar))",
    re.I,
)
_WORDS = re.compile(r"[\W_]+|\b(?:the|a|an)\b", re.I)
_MOST_TRIED = 60
_ENOUGH = 6
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
    if not plain.text.strip():
        return Extraction(None, reason="truncated" if cut_off else "empty")
    echo = after_echo(plain.text)
    if echo:
        plain = Plain(plain.text[echo:], plain.offsets[echo:])
        if not plain.text.strip():
            return Extraction(None, reason="truncated" if cut_off else "empty")
    view, starts = _views(plain.text, options)
    tail = next_question(plain.text)
    if tail:
        first_part, first_starts = _views(plain.text[:tail], options)
        if _committed(first_part, options, first_starts):
            view, starts = first_part, first_starts
    found = _whole(view) or _committed(view, options, starts)
    if found is None and is_refusal(plain.text):
        return Extraction(None, reason="refused")
    if found is None:
        target, method, reason = by_form(view, options, starts, cut_off)
        if target is None:
            return Extraction(None, reason="truncated" if cut_off else reason)
        found = target, method, ()
    return _extraction(*found, plain)


_Found = tuple[Target, Method, tuple[str, ...]]


def _whole(view: TextView) -> _Found | None:
    """Return the option whose text is the whole answer, word for word."""
    exact = view.exact
    if len(exact) == 1 and not _WORDS.sub("", view.text[: exact[0].start] + view.text[exact[0].end :]).strip():
        return Target((exact[0].letter,), exact[0].start, exact[0].end, "exact"), "whole text", ()
    return None


def _committed(view: TextView, options: Mapping[str, str], starts: list[int]) -> _Found | None:
    """Return the last commitment that names something: of the answer, its first letter, or of the matter."""
    made = [statement for statement in statements(view.text, starts) if not view.inside_option(statement.cue)]
    explicit = _resolved(view, options, [statement for statement in made if statement.explicit])
    matter = _resolved(view, options, [statement for statement in made if not statement.explicit])
    if explicit:
        first = explicit[0]
        if matter and matter[0][0].cue > first[0].cue and retracts(view.text, first[0].end, matter[0][0].cue):
            return matter[0][1], "stated judgement", _changed(matter[0][1], [first[1]])
        return first[1], "stated answer", _changed(first[1], [target for _, target in explicit[1:]])
    leading = opening(view, options)
    if leading:
        return leading, "opening", ()
    if matter:
        return matter[0][1], "stated judgement", _changed(matter[0][1], [target for _, target in matter[1:2]])
    return None


def _views(text: str, options: Mapping[str, str]) -> tuple[TextView, list[int]]:
    return TextView(text, OptionTexts(options)), sentence_bounds(text)


def _resolved(view: TextView, options: Mapping[str, str], made: list[Statement]) -> list[tuple[Statement, Target]]:
    """Return the statements that name something, the last first; a few are enough."""
    found = []
    for statement in reversed(made[-_MOST_TRIED:]):
        if statement.where == "before":
            target = targets.before(view, options, statement.start, statement.end)
        else:
            target = targets.after(view, options, statement.start, statement.end, statement.liberal)
        if target:
            found.append((statement, target))
            if len(found) == _ENOUGH:
                break
    return found


def _changed(last: Target, earlier: list[Target]) -> tuple[str, ...]:
    other = any(target.letter and last.letter and target.letter != last.letter for target in earlier)
    return ("changed its answer",) if other else ()


def _extraction(target: Target, method: Method, flags: tuple[str, ...], plain: Plain) -> Extraction:
    start, end = plain.raw_span(target.start, max(target.end, target.start + 1))
    if not target.letters:
        return Extraction(None, method, "none", start, end)
    if len(target.letters) > 1:
        return Extraction(None, method, "several", start, end)
    if not target.offered:
        return Extraction(None, method, "out of range", start, end)
    if target.disagrees:
        flags = ("letter and text disagree", *flags)
    confidence = _CONFIDENCE[method] * {"fuzzy": 0.9, "words": 0.75}.get(target.how, 1.0) * (0.6 if flags else 1.0)
    return Extraction(target.letter, method, "", start, end, round(confidence, 3), flags)


def is_refusal(plain: str) -> bool:
    """Say whether an answer without a choice refuses to make one, in its first 600 characters."""
    return bool(_REFUSAL.search(plain[:600]))


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
