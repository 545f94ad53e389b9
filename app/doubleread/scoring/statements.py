"""Where an answer commits itself: "the answer is", "best next step:", "(B) is correct", boxed letters, JSON, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doubleread.scoring import cues
from doubleread.scoring.text_view import TextView

_REACH = 400
_BLANK = re.compile(r"[\s:-]*")
_MOST_TRIED = 80


@dataclass(frozen=True, slots=True)
class Statement:
    """A commitment. What it names lies in [start, end) of the plain text, behind the cue or, for a verdict, before it.

    `explicit` is True for words that speak of the answer or the option, False for those that speak of the matter ("the
    best next step is"). `where` is "after" or "before". `liberal`: a bare letter there means an option. `negated`: the
    cue denies what is named first ("the answer is not").
    """

    cue: int
    start: int
    end: int
    explicit: bool
    liberal: bool
    where: str = "after"
    negated: bool = False


_Hit = tuple[int, int, str]


def explicit(view: TextView) -> Iterator[Statement]:
    """Yield the statements that speak of the answer or an option, the last first; of very many, the last ones."""
    low = view.low
    wide = not low.isascii()
    hits: list[_Hit] = []
    _collect(hits, low, cues.ANSWER_STEMS, "answer")
    _collect(hits, low, cues.OPTION_STEMS, "option")
    if wide:
        _collect(hits, low, cues.ANSWER_STEMS_WIDE, "answer")
        _collect(hits, low, cues.OPTION_STEMS_WIDE, "option")
        hits += [(match.start(), match.end(), "chosen") for match in cues.CHOICE_WIDE.finditer(low)]
    _collect(hits, low, cues.CHOOSING_STEMS, "choosing")
    _collect(hits, low, cues.CHOICE_ABROAD_STEMS, "abroad")
    if " leaves" in low:
        hits += [(match.start(), match.end(), "chosen") for match in cues.LEAVES.finditer(low)]
    if any(sign in low for sign in cues.STRUCTURED_SIGNS):
        hits += [(match.start(), match.end(), "structured") for match in cues.STRUCTURED.finditer(low)]
    hits += [(start, end, "verdict") for start, end in _verdicts(low, strong=True)]
    yield from _made(view, hits)


def of_the_matter(view: TextView) -> Iterator[Statement]:
    """Yield the statements that speak of the matter itself ("the next step is", "X is most likely"), the last first."""
    low = view.low
    hits: list[_Hit] = []
    _collect(hits, low, cues.CLINICAL_STEMS, "clinical")
    if not low.isascii():
        _collect(hits, low, cues.CLINICAL_STEMS_WIDE, "clinical")
    hits += [(start, end, "judgement") for start, end in _verdicts(low, strong=False)]
    yield from _made(view, hits)


def structured(view: TextView) -> Iterator[Statement]:
    """Yield the answers given in a form for machines (JSON, tags, a box), the last first."""
    hits = [(match.start(), match.end(), "structured") for match in cues.STRUCTURED.finditer(view.low)]
    yield from _made(view, hits)


def _collect(hits: list[_Hit], low: str, stems: Sequence[str], kind: str) -> None:
    for stem in stems:
        position = low.find(stem)
        while position >= 0:
            end = position + len(stem)
            if not position or not "a" <= low[position - 1] <= "z":
                hits.append((position, end, kind))
            position = low.find(stem, end)


def _verdicts(low: str, strong: bool) -> Iterator[tuple[int, int]]:
    """Yield where a verdict's verb begins and where its telling word begins."""
    for match in cues.VERDICT.finditer(low):
        if bool(cues.STRONG_VERDICT.search(low, match.start(1), match.end() + 25)) == strong:
            yield match.start(), match.start(1)
    if not low.isascii():
        for match in cues.VERDICT_WIDE.finditer(low):
            if bool(cues.STRONG_VERDICT.search(low, match.start(), match.end() + 6)) == strong:
                yield match.start(), match.end()


def _made(view: TextView, hits: list[_Hit]) -> Iterator[Statement]:
    """Make the statements of the places where cues stand, from the end; of very many only the last ones."""
    hits.sort(reverse=True)
    left = _MOST_TRIED
    for start, end, kind in hits:
        if view.inside_option(start):
            continue
        statement = _statement(view, start, end, kind)
        if statement:
            yield statement
            left -= 1
            if not left:
                return


def _statement(view: TextView, start: int, end: int, kind: str) -> Statement | None:
    if kind in ("answer", "option", "clinical"):
        return _noun(view, start, end, kind)
    low, high = view.sentence(start)
    if kind == "structured":
        stop = cues.STRUCTURED_END.search(view.low, end, end + _REACH)
        return Statement(start, end, stop.start() if stop else min(len(view.low), end + _REACH), True, True)
    if kind == "choosing":
        made = cues.CHOICE_MADE.match(view.low, start)
        if not made or not _has_chooser(view.low, low, start) or cues.IF.search(view.low, low, start):
            return None
        return Statement(start, made.end(), min(high, made.end() + _REACH), True, True)
    if kind == "abroad":
        choice = cues.CHOICE_ABROAD.match(view.low, start)
        if not choice:
            return None
        end = choice.end()
    if kind in ("chosen", "abroad"):
        if _hypothetical(view.low[low : min(high, end + 100)]):
            return None
        return Statement(start, end, min(high, end + _REACH), True, True)
    low = max(low, start - 300)
    if cues.VERDICT_ASKED.search(view.low, low, start) or _hypothetical(view.low[low:end]):
        return None
    return Statement(start, low, start, kind == "verdict", True, "before")


def _has_chooser(low: str, sentence: int, start: int) -> bool:
    """Say whether "I" or "we" choose, or a line begins with the order to choose."""
    begin = max(sentence, start - 60)
    return bool(cues.CHOOSER.search(low, begin, start)) or (
        low.startswith(("choose", "select", "pick"), start) and not low[sentence:start].strip(" \t\n-:")
    )


def _noun(view: TextView, start: int, end: int, kind: str) -> Statement | None:
    text = view.low
    low, high = view.sentence(start)
    noun = cues.CLINICAL.match(text, start) if kind == "clinical" else cues.NOUN_END.match(text, end)
    if not noun:
        return None
    end = noun.end()
    prefix = text[max(low, start - 90) : start]
    if kind == "answer" and cues.AS_VERB.search(prefix):
        return None
    verb = cues.VERB.match(text, end, min(high, end + 160))
    if (
        kind != "answer"
        and not cues.SUPERLATIVE.search(prefix)
        and not (verb and cues.SUPERLATIVE.search(text, start, verb.end()))
    ):
        return None
    if verb and not cues.ASKING.search(text, end, verb.end()):
        if _hypothetical(text[low : verb.end()]) or cues.HEDGE.search(cues.TURN.split(prefix)[-1]):
            return None
        return _behind(view, start, verb.end(), high, kind, bool(cues.DENYING.search(text, end, verb.end())))
    if kind == "answer":
        if cues.DIRECT.match(text, end, high):
            if _hypothetical(text[low:end]):
                return None
            return Statement(start, end, high, True, True)
        heading = cues.HEADING.match(text, end)
        if heading and prefix.count(" ") <= 3:
            return _behind(view, start, heading.end(), heading.end(), kind)
    return None


def _behind(view: TextView, cue: int, position: int, high: int, kind: str, negated: bool = False) -> Statement | None:
    """Make the statement behind a cue; where its line ends there, the next line is meant. A question states nothing."""
    if not view.low[position:high].strip(" \t\n:-"):
        rest = _BLANK.match(view.low, position)
        position = rest.end() if rest else position
        high = view.sentence(position)[1] if position < len(view.low) else position
    elif view.low[max(position, high - 12) : high].rstrip(" \t\n\"')*").endswith(("?", "？")):
        return None
    explicit = kind != "clinical"
    return Statement(cue, position, min(high, position + _REACH), explicit, explicit, negated=negated)


def _hypothetical(clause: str) -> bool:
    clause = clause[clause.rfind(". ") + 1 :]
    return bool(cues.IF.search(clause) and cues.WOULD.search(clause) and not cues.FORCED.search(clause))
