"""Choices made by an answer's form: a letter at its start or end, a verdict for each option, the only option named."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from doubleread.scoring import targets
from doubleread.scoring.extraction import Method, Reason
from doubleread.scoring.option_text import Mention, TextView
from doubleread.scoring.plain import sentence_of
from doubleread.scoring.statements import HEDGE
from doubleread.scoring.targets import Target

_LEADING = re.compile(
    r"\A\s*+[\[(\"'<]{0,4}+(?:[Oo]ption[ \t]{1,4}|[Cc]hoice[ \t]{1,4}|"
    r"[Ll]etter[ \t]{1,4})?[\[(\"']{0,4}+([A-Z])(?![^\W_]|'[a-z]|-[^\W_])"
    r"(?=[ \t]*(?:[\])}>.:;,\"'=/–—-]|\n|$|\(|\b(?:because|since|as|is|due|based|given|weil|parce|porque)\b))"
)
_LINE_LETTER = re.compile(
    r"^[ \t]*(?:[-+•][ \t]*)?(?:[Oo]ption[ \t]+)?[\[(]?([A-Z])(?:[)\].:]|[ \t]*[-–—:=])(?=\s|$)", re.M
)
_CLOSING = re.compile(r"[ \t]*+[\[(\"']{0,4}+(?:[Oo]ption[ \t]{1,4})?[\[(\"']{0,4}+([A-Z])[)\]\"'.]*+[ \t]*")
_TRUE = re.compile(
    r"\W*(?:\([^)]*\)\W*)?(?:this is )?(?:true|yes|correct|right|best|richtig|wahr|vrai|verdadero|vero|✓|✔|✅)(?!\w)",
    re.I,
)
_FALSE = re.compile(
    r"\W*(?:\([^)]*\)\W*)?(?:this is )?(?:false|no|incorrect|wrong|not\b.*|falsch|faux|falso|✗|✘|❌)(?!\w)", re.I
)
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|hence|consequently|so|overall|in conclusion|in summary|to conclude|"
    r"conclusively|ultimately|considering|given|"
    r"based on|best|most (?:likely|appropriate|consistent)|points? to|fits?|supports?|suggests?|"
    r"consistent with|indicates?|leaves|leaving)\b",
    re.I,
)
_LONE = re.compile(r"(?<![^\W_])(?<!')([A-Z])(?![^\W_]|'[a-z]|-[^\W_])")
_ARTICLE = re.compile(r"[ \t]+[a-z]{3,}")
_CONNECTED = re.compile(r"[ \t]+(?:and|or|but|because|is|are|nor|not|since|would)\b")
_GENUS = re.compile(r"\.[ \t]+[a-z]{3,}")
_LEADS_TO = re.compile(
    r"\b(?:but|and|both|either|or|is|be|option|choice|letter|say|think|pick|choose|maybe|probably|"
    r"leaves|leaving|with|answer|"
    r"favou?rs?|fits?|not|towards?|to)[ \t]+$",
    re.I,
)
_LOWER = re.compile(r"[\W_]*([a-z])[\W_]*")
_SHORT_WORDS = 14


def opening(view: TextView, letters: Collection[str]) -> Target | None:
    """Return the letter or option text that opens the answer, unless the answer goes through the options one by one."""
    first = view.exact[0] if view.exact else None
    if first and first.start == view.starts[0] and not _one_by_one(view, letters):
        plain_word = view.options.is_short(first.letter)
        if re.compile(r"[.,;:!]|[ \t]*(?:\n|\Z)" if plain_word else r"[.!]?[ \t]*(?:\n|\Z)").match(
            view.text, first.end
        ):
            return Target((first.letter,), first.start, first.end, "exact")
    match = _LEADING.match(view.text)
    if (
        not match
        or _one_by_one(view, letters)
        or len({line[1] for line in _LINE_LETTER.finditer(view.text, 0, 4000) if line[1] in letters}) > 1
    ):
        return None
    end = view.text.find("\n", match.end())
    target = targets.after(view, letters, match.start(1), len(view.text) if end < 0 else end, liberal=True)
    return target if target and target.how == "letter" else None


def by_form(
    view: TextView, letters: Collection[str], starts: list[int], cut_off: bool
) -> tuple[Target | None, Method, Reason]:
    """Return the option chosen by the answer's form with the method, or why there is none ("several" or "none")."""
    verdict = _one_by_one(view, letters)
    if verdict:
        return verdict, "option by option", ""
    closing = None if cut_off else _closing(view, letters)
    if closing:
        return closing, "closing", ""
    if len(view.tokens) <= _SHORT_WORDS:
        target = _short(view, letters)
        if target:
            return target, "only option named", ""
    if cut_off:
        return None, "", "truncated"
    return _only_named(view, letters, starts)


def _one_by_one(view: TextView, letters: Collection[str]) -> Target | None:
    """Return the one option called true where others are called false ("A: false / B: true")."""
    true: list[re.Match[str]] = []
    false = 0
    pattern = re.compile(
        r"(?:^|[/;,\n|])[ \t]*(?:[-+•][ \t]*)?(?:[Oo]ption[ \t]+)?\(?([A-Z])\)?[ \t]*[:.)=-]+[ \t]*([^\n/;|,]{0,120})",
        re.M,
    )
    for match in pattern.finditer(view.text):
        if match[1] not in letters:
            continue
        words = re.split(r"[-–—:]", match[2])
        if any(_FALSE.match(part) for part in (words[0], words[-1])):
            false += 1
        elif any(_TRUE.match(part) for part in (words[0], words[-1])):
            true.append(match)
    if false and len({match[1] for match in true}) == 1:
        return Target((true[-1][1],), true[-1].start(1), true[-1].end(1), "letter")
    return None


def _closing(view: TextView, letters: Collection[str]) -> Target | None:
    """Return the letter, or the letter with its text, or the option's text, that is the last line."""
    text = view.text.rstrip()
    start = text.rfind("\n") + 1
    line = _CLOSING.fullmatch(text, start)
    if line and line[1] in letters:
        return Target((line[1],), line.start(1), line.end(1), "letter")
    lines = [match for match in _LINE_LETTER.finditer(text) if match[1] in letters]
    lettered = _LINE_LETTER.match(text, start)
    if lettered and lettered[1] in letters and len({match[1] for match in lines}) == 1:
        target = targets.after(view, letters, lettered.start(1), len(text), liberal=True)
        own = any(mention.letter == lettered[1] for mention in view.exact_in(start, len(text)))
        return target if own else None
    exact = view.exact_in(start, len(text))
    if (
        len(exact) == 1
        and not text[start : exact[0].start].strip(" \t\"'-•")
        and not text[exact[0].end :].strip(" .\"'!")
    ):
        return Target((exact[0].letter,), exact[0].start, exact[0].end, "exact")
    return None


def _short(view: TextView, letters: Collection[str]) -> Target | None:
    """Return the letter or letters that a very short answer names and does not reject."""
    found = []
    end = len(view.text)
    alone = _LOWER.fullmatch(view.text)
    if alone and alone[1].upper() in letters:
        return Target((alone[1].upper(),), alone.start(1), alone.end(1), "letter")
    for match in _LONE.finditer(view.text):
        article = (
            match[1] in "AI" and _ARTICLE.match(view.text, match.end()) and not _CONNECTED.match(view.text, match.end())
        )
        genus = _GENUS.match(view.text, match.end())
        if article or genus or match[1] not in letters or _inside_text(view, match.start()):
            continue
        mention = Mention(match[1], match.start(), match.end(), "letter")
        if not targets.rejected(view.text, mention, 0, end) and not re.search(
            r"[a-z]{3,}[ \t]+$", _before(view.text, match.start())
        ):
            found.append(mention)
    distinct = tuple(dict.fromkeys(mention.letter for mention in found))
    if len(distinct) == 1:
        return _as_target(found[-1])
    return Target(distinct, found[0].start, found[-1].end, "letter") if distinct else None


def _before(text: str, offset: int) -> str:
    """Return the word before an offset unless it is one that leads to an option ("but B", "both A and B")."""
    words = text[max(0, offset - 20) : offset]
    return "" if _LEADS_TO.search(words) else words


def _inside_text(view: TextView, offset: int) -> bool:
    return any(mention.start <= offset < mention.end for mention in view.exact)


def _only_named(view: TextView, letters: Collection[str], starts: list[int]) -> tuple[Target | None, Method, Reason]:
    """Return the only option named anywhere, or the only one of the last sentence that concludes."""
    spans = list(pairwise(starts))
    found: list[Mention] = []
    for low, high in spans:
        found += targets.mentions(view, letters, low, high)
    distinct = {mention.letter for mention in found}
    listed = {match[1] for match in _LINE_LETTER.finditer(view.text)}
    if len(distinct) == 1 and len(listed - distinct) == 0:
        return _as_target(found[-1]), "only option named", ""
    if not distinct:
        if len(view.tokens) <= 25 and "?" not in view.text and (close := view.close_in(0, len(view.text))):
            return _as_target(close), "only option named", ""
        return None, "", "none"
    by_sentence: dict[int, list[Mention]] = {}
    for mention in found:
        by_sentence.setdefault(sentence_of(starts, mention.start)[0], []).append(mention)
    for low, high in reversed(spans[-6:]):
        here = by_sentence.get(low, [])
        if here and _CONCLUDES.search(view.text, low, high) and not HEDGE.search(view.text, low, high):
            if len({mention.letter for mention in here}) == 1:
                return _as_target(here[-1]), "conclusion", ""
            break
    return None, "", "several"


def _as_target(mention: Mention) -> Target:
    return Target((mention.letter,), mention.start, mention.end, mention.how)
