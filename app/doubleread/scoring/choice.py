"""Which option a free answer chooses. Blind to the key: nothing in here can see which option is correct.

The last explicit commitment wins ("the answer is B"), then the option that opens the answer, then the last commitment
in the words of the question ("the best next step is ..."), then the answer's form (a verdict for each option, a closing
letter), then the only option that is named or left. If none of these holds, the extractor abstains and says why. It
never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doubleread.domain.case import Case
from doubleread.domain.extraction import Extraction, Flag, Method, Reason
from doubleread.domain.score import Outcome, Score
from doubleread.scoring import layouts, statements, targets
from doubleread.scoring.confidence import confidence_of
from doubleread.scoring.forms import by_form, opening
from doubleread.scoring.option_text import WORD, option_texts
from doubleread.scoring.plain import Plain, after_echo, next_question, visible_stretch, without_mark_up
from doubleread.scoring.refusals import is_refusal
from doubleread.scoring.retractions import contradicted, second_thought
from doubleread.scoring.statements import Statement
from doubleread.scoring.targets import Target
from doubleread.scoring.text_view import TextView
from doubleread.scoring.tokens import Tokens, tokens_of

SCORER = "choice"
VERSION = "3"

_BEFORE_WHOLE = re.compile(r"[\W_]*(?:(?:[Tt]he|[Aa]n?)[ \t]+)?[\W_]*")
_ENOUGH = 6
_TOO_MANY = 4


@dataclass(frozen=True, slots=True)
class _Found:
    target: Target | None
    method: Method
    flags: tuple[Flag, ...] = ()
    reason: Reason = "retracted"
    named: bool = True


def extract_choice(text: str, options: Mapping[str, str], *, finish_reason: str = "stop") -> Extraction:
    """Return the option that an answer chooses, or why there is none.

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
    if tail:
        before = _found(TextView(plain.text[:tail], wanted), cut_off=False)
        if before.target or before.named:
            return _extraction(before, plain)
    return _extraction(_found(view, cut_off=cut_off), plain)


def _found(view: TextView, *, cut_off: bool) -> _Found:
    tokens = tokens_of(view)
    found = _whole(view) or _committed(tokens)
    if found:
        return found
    if is_refusal(view.text):
        return _Found(None, "", (), "refused", True)
    target, method, reason = by_form(tokens, cut_off)
    if target is None and cut_off:
        reason = "truncated"
    if target is None or not target.letters:
        return _Found(target, method, (), reason, bool(tokens.mentions))
    return _unless_taken_back(tokens, [Statement(tokens.index_at(target.start), target)], method)


def _whole(view: TextView) -> _Found | None:
    """Return the option whose text is the whole answer, word for word."""
    if len(view.exact) != 1:
        return None
    only = view.exact[0]
    whole = _BEFORE_WHOLE.fullmatch(view.text, 0, only.start) and not WORD.search(view.low, only.end)
    return _Found(targets.as_target(only), "whole text") if whole else None


def _committed(tokens: Tokens) -> _Found | None:
    """Return the last commitment that names something: of the answer, its first letter, or of the matter.

    The target is None if the commitment is retracted and no other made.
    """
    record = layouts.recorded(tokens)
    if record and layouts.is_record(tokens):
        return _Found(record.target, "stated answer")
    explicit = _resolved(statements.explicit(tokens), record)
    if explicit:
        return _unless_taken_back(tokens, explicit, "stated answer")
    verdicts = layouts.one_by_one(tokens)
    if verdicts and len(verdicts.letters) != 1:
        return _Found(verdicts, "option by option")
    ranked = layouts.ranked(tokens)
    leading = None if verdicts or ranked else opening(tokens)
    if leading:
        return _unless_taken_back(tokens, [Statement(0, leading)], "opening")
    matter = _resolved(statements.of_the_matter(tokens))
    if matter and (matter[0].target.offered or _blocks(tokens, matter[0])):
        return _unless_taken_back(tokens, matter[:2], "stated judgement")
    named = [statement for statement in matter if statement.target.offered]
    if named:
        return _unless_taken_back(tokens, named[:2], "stated judgement")
    if verdicts:
        return _Found(verdicts, "option by option")
    return _Found(ranked, "ranking") if ranked else None


def _resolved(made: Iterable[Statement], record: Statement | None = None) -> list[Statement]:
    """Return the statements that name something, the last first; a few are enough."""
    found: list[Statement] = []
    for statement in made:
        found.append(statement)
        if len(found) == _ENOUGH:
            break
    if record:
        found.append(record)
        found.sort(key=lambda statement: -statement.cue)
    return found


def _blocks(tokens: Tokens, statement: Statement) -> bool:
    """Return whether something that is not offered is stated as a name, or no option is named after it."""
    return statement.target.how == "name" or not any(
        tokens.tags[at] in "lp" and at > statement.cue for at in tokens.mentions
    )


def _unless_taken_back(tokens: Tokens, stated: list[Statement], method: Method) -> _Found:
    """Return the last commitment, or what the words after it put in its place."""
    stated = _exact_before_similar(tokens, stated)
    last = stated[0]
    answers = {made.target.letter for made in stated if tokens.tags.startswith("A", made.cue) and made.target.letter}
    if len(answers) >= _TOO_MANY:
        return _Found(None, "", (), "several")
    flags: tuple[Flag, ...] = ("changed its answer",) if _changed(stated) else ()
    thought = second_thought(tokens, last.target, last.cue)
    if thought is None or not last.target.letters:
        if contradicted(tokens, last.target, last.cue):
            return _Found(None, "", (), "several")
        return _Found(last.target, method, flags)
    if thought.target is None:
        if thought.taken_back:
            return _Found(None, "")
        if contradicted(tokens, last.target, last.cue):
            return _Found(None, "", (), "several")
        return _Found(last.target, method, ("second thoughts", *flags))
    if thought.target.letter == last.target.letter:
        return _Found(last.target, method, flags)
    return _Found(thought.target, "second thought", ("changed its answer",))


def _exact_before_similar(tokens: Tokens, stated: list[Statement]) -> list[Statement]:
    """Leave out what resembles another option's words after the last letter that is stated.

    "The answer is B. ..., leaving only the resistant ones" does not change the answer.
    """
    if stated[0].target.how not in ("words", "fuzzy"):
        return stated
    for at, statement in enumerate(stated):
        if statement.target.how == "letter":
            return stated if "r" in tokens.tags[statement.cue : stated[0].cue] else stated[at:]
    return stated


def _changed(stated: list[Statement]) -> bool:
    last = stated[0].target.letter
    return any(made.target.letter and last and made.target.letter != last for made in stated[1:])


def _extraction(found: _Found, plain: Plain) -> Extraction:
    target, method, flags = found.target, found.method, found.flags
    if target is None:
        return Extraction(None, reason=found.reason)
    start, end = plain.raw_span(target.start, max(target.end, target.start + 1))
    if target.letter is None:
        said: Method = method if method.startswith("stated") else ""
        if len(target.letters) > 1:
            return Extraction(None, said, "several", start, end)
        if target.letters:
            return Extraction(None, said, "out of range", start, end)
        return Extraction(None, said, "none" if target.offered else "not offered", start, end)
    if target.disagrees:
        flags = ("letter and text disagree", *flags)
    if target.how == "number":
        flags = (*flags, "number for a letter")
    return Extraction(target.letter, method, "", start, end, confidence_of(method, target.how, flags), flags)


def score_choice(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the score of an answer to a case of kind "choice". The key is used only here, after the extraction.

    `chosen` is the letter. Abstentions are "refused", "truncated" or "unparsed", never "incorrect". Raises ValueError
    for a case of another kind.
    """
    if case.kind != "choice":
        raise ValueError(f"case {case.id} is of kind {case.kind}, not choice")
    found = extract_choice(answer_text, case.options, finish_reason=finish_reason)
    outcome: Outcome
    if found.letter is not None:
        outcome = "correct" if found.letter == case.key else "incorrect"
    else:
        outcome = "refused" if found.reason == "refused" else "truncated" if found.reason == "truncated" else "unparsed"
    reason = "; ".join(filter(None, (found.method, found.reason, *found.flags)))
    return Score(SCORER, VERSION, outcome, found.letter, reason, found.start, found.end, found.confidence)


__all__ = ["SCORER", "VERSION", "extract_choice", "score_choice"]
