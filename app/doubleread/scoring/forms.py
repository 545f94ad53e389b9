"""Choices made by an answer's form: a letter at its start or end, a verdict for each option, the only option named."""

from __future__ import annotations

import re
from itertools import pairwise

from doubleread.scoring import cues, targets
from doubleread.scoring.extraction import Method, Reason
from doubleread.scoring.option_text import Mention
from doubleread.scoring.plain import sentence_of
from doubleread.scoring.rejections import rejected
from doubleread.scoring.targets import Target, as_target
from doubleread.scoring.text_view import TextView

_LEADING = re.compile(
    r"\s*+[\[(\"'<]{0,4}+(?:[Oo]ption[ \t]{1,4}|[Cc]hoice[ \t]{1,4}|[Aa]ntwort[ \t]{1,4}|[Ll]etra[ \t]{1,4}|"
    r"[Aa]lternativa[ \t]{1,4}|[Ll]etter[ \t]{1,4})?[\[(\"']{0,4}+([A-Z])(?![^\W_一-鿿ぁ-ヿ]|'[a-z]|-[^\W_])"
    r"(?=[ \t]*(?:[\])}>.:;,\"'=/。–—-]|\n|$|\(|\b(?:because|since|as|is|due|based|given|weil|da|parce|car|porque|"
    r"perch[ée]|pois)\b))"
)
_LINE_LETTER = re.compile(
    r"^[ \t]*(?:[-+•][ \t]*)?(?:[Oo]ption[ \t]+)?[\[(]?([A-Z])(?:[)\].:]|[ \t]*[-–—:=])(?=\s|$)", re.M
)
_CLOSING = re.compile(r"[ \t]*+[\[(\"']{0,4}+(?:[Oo]ption[ \t]{1,4})?[\[(\"']{0,4}+([A-Z])[)\]\"'.。]*+[ \t]*")
_OPTION_LINE = re.compile(
    r"(?:^|[/;,\n|])[ \t]*(?:[-+•][ \t]*)?(?:[Oo]ption[ \t]+)?\(?([A-Z])\)?[ \t]*(?:[:.)=|-]+[ \t]*|(?=[✓✔✅✗✘❌]))"
    r"([^\n/;|,]{0,120}(?:\|[^\n/;|,]{0,40})?)",
    re.M,
)
_VERDICT_SIGNS = re.compile(r"[-–—:|]")
_TRUE = re.compile(
    r"\W*(?:\([^)]*\)\W*)?(?:this is |is |the )?(?:true|yes|correct|right|best|richtig|wahr|ja\b|vrai|oui|verdadero|"
    r"vero\b|verdadeiro|correct[ao]|corrett[ao]|certo|most likely|fits best|✓|✔|✅|正确|对|正しい|○)(?!\w)",
    re.I,
)
_FALSE = re.compile(
    r"\W*(?:\([^)]*\)\W*)?(?:this is |is |the )?(?:false|no\b|incorrect|wrong|not\b.*|falsch|nein|faux|non\b|falso|"
    r"incorrect[ao]|errad[ao]|sbagliat[ao]|unlikely|less likely|ruled out|✗|✘|❌|错误|错|誤り|×)(?!\w)",
    re.I,
)
_CONCLUDES = re.compile(
    r"\b(?:therefore|thus|hence|consequently|so|overall|in conclusion|in summary|to conclude|"
    r"conclusively|ultimately|considering|given|based on|best|most (?:likely|appropriate|consistent)|points? to|fits?|"
    r"supports?|suggests?|consistent with|indicates?|leaves|leaving|daher|somit|spricht fur|passt|donc|evoque|"
    r"por lo tanto|por tanto|quindi|pertanto|portanto|sugiere|sugere|suggerisce)\b|因此|所以|提示|考虑"
    r"|したがって|よって"
)
_STRUCK = re.compile(r"[✗✘❌]\s*$")
_TICKED = re.compile(r"[✓✔✅]\s*$")
_LONE = re.compile(r"(?<![0-9A-Za-zÀ-ɏ])(?<!')([A-Z])(?![0-9A-Za-zÀ-ɏ]|'[a-z]|-[^\W_])")
_GOES_ON = re.compile(r"[ \t]+(?:[a-z]{3,}|\d)")
_CONNECTED = re.compile(
    r"[ \t]+(?:and|or|but|because|is|are|nor|not|since|would|und|oder|et|ou|fits?|seems|looks|makes|has|was|"
    r"best|for|given|car|weil)\b"
)
_GENUS = re.compile(r"\.[ \t]+[a-z]{3,}")
_LEADS_TO = re.compile(
    r"\b(?:but|and|both|either|or|is|be|option|choice|letter|say|think|pick|choose|maybe|probably|leaves|leaving|with|"
    r"answer|favou?rs?|fits?|not|towards?|to|und|oder|ist|sondern|option|antwort|est|et|ou|es|opci[oó]n|letra)[ \t]+$",
    re.I,
)
_WORD_BEFORE = re.compile(r"[a-z]{3,}[ \t]+$")
_LOWER = re.compile(r"[\W_]*([a-z])[\W_]*")
_NUMBER = re.compile(r"(?:option |choice )?[(\[#]?(\d{1,2})[)\].]?", re.I)
_ENDS_ITSELF = re.compile(r"[.,;:!。]|[ \t]*(?:\n|\Z)")
_ENDS_LINE = re.compile(r"[.!。]?[ \t]*(?:\n|\Z)")
_LISTED_WITHIN = 4000
_SHORT_WORDS = 14
_CLOSE_WORDS = 25
_LAST_SENTENCES = 6


def opening(view: TextView) -> Target | None:
    """Return the letter or option text that opens the answer, unless the answer goes through the options one by one."""
    first = view.exact[0] if view.exact else None
    if first and first.start != view.first_word():
        first = None
    match = _LEADING.match(view.text)
    if (not first and not match) or _one_by_one(view):
        return None
    if first:
        ends = _ENDS_ITSELF if first.letter in view.options.short else _ENDS_LINE
        if ends.match(view.text, first.end):
            return as_target(first)
    if not match or len(_listed(view)) > 1:
        return None
    end = view.text.find("\n", match.end())
    if _GENUS.match(view.text, match.end()):
        close = view.close_in(match.end(), len(view.text) if end < 0 else end)
        if not close or close.letter != match[1]:
            return None
    target = targets.after(view, match.start(1), len(view.text) if end < 0 else end, liberal=True)
    return target if target and target.how == "letter" else None


def _listed(view: TextView) -> set[str]:
    """Return the letters offered that stand at the beginning of a line, as in a list."""
    return {
        match[1] for match in _LINE_LETTER.finditer(view.text, 0, _LISTED_WITHIN) if match[1] in view.options.letters
    }


def by_form(view: TextView, cut_off: bool) -> tuple[Target | None, Method, Reason]:
    """Return the option chosen by the answer's form with the method, or why there is none."""
    verdict = _one_by_one(view)
    if verdict:
        return verdict, "option by option", ""
    closing = None if cut_off else _closing(view)
    if closing:
        return closing, "closing", ""
    if view.has_at_most(_SHORT_WORDS):
        target = _short(view)
        if target:
            return target, "only option named", ""
    if cut_off:
        return None, "", "truncated"
    return _only_named(view)


def _one_by_one(view: TextView) -> Target | None:
    """Return the one option called true where others are called false ("A: false / B: true")."""
    true: list[re.Match[str]] = []
    false = 0
    for match in _OPTION_LINE.finditer(view.text):
        if match[1] not in view.options.letters:
            continue
        words = _VERDICT_SIGNS.split(match[2])
        if any(_FALSE.match(part) for part in (words[0], words[-1])) or _STRUCK.search(match[2]):
            false += 1
        elif any(_TRUE.match(part) for part in (words[0], words[-1])) or _TICKED.search(match[2]):
            true.append(match)
    if false and len({match[1] for match in true}) == 1:
        return Target((true[-1][1],), true[-1].start(1), true[-1].end(1), "letter")
    return None


def _closing(view: TextView) -> Target | None:
    """Return the letter, or the letter with its text, or the option's text, that is the last line.

    A lone letter right below other lettered lines is the next item of a list that was cut off.
    """
    offered = view.options.letters
    text = view.text.rstrip()
    start = text.rfind("\n") + 1
    listed = {match[1] for match in _LINE_LETTER.finditer(text) if match[1] in offered}
    line = _CLOSING.fullmatch(text, start)
    if line and line[1] in offered:
        above = text.rfind("\n", 0, max(0, start - 1)) + 1
        goes_on = start > 0 and _LINE_LETTER.match(text, above) is not None
        dangling = len(listed) > 1 and (goes_on or (text.endswith((".", ")")) and "(" not in text[start:]))
        return None if dangling else Target((line[1],), line.start(1), line.end(1), "letter")
    lettered = _LINE_LETTER.match(text, start)
    if lettered and lettered[1] in offered and len(listed) == 1:
        target = targets.after(view, lettered.start(1), len(text), liberal=True)
        own = any(mention.letter == lettered[1] for mention in view.exact_in(start, len(text)))
        return target if own else None
    exact = view.exact_in(start, len(text))
    if (
        len(exact) == 1
        and not text[start : exact[0].start].strip(" \t\"'-•")
        and not text[exact[0].end :].strip(" .\"'!。")
    ):
        return as_target(exact[0])
    return None


def _short(view: TextView) -> Target | None:
    """Return the letter or letters that a very short answer names and does not reject."""
    text, offered = view.text, view.options.letters
    alone = _LOWER.fullmatch(text)
    if alone and alone[1].upper() in offered:
        return Target((alone[1].upper(),), alone.start(1), alone.end(1), "letter")
    counted = None if view.options.numbered else _NUMBER.fullmatch(text.strip())
    if counted and 1 <= int(counted[1]) <= len(offered):
        start = text.index(counted[1])
        return Target((offered[int(counted[1]) - 1],), start, start + len(counted[1]), "number")
    found = [mention for match in _LONE.finditer(text) if (mention := _lone_letter(view, match))]
    found = found or [
        mention
        for mention in view.exact
        if mention.letter in view.options.numbers and not rejected(text, mention, 0, len(text))
    ]
    distinct = tuple(dict.fromkeys(mention.letter for mention in found))
    if len(distinct) == 1:
        return as_target(found[-1])
    return Target(distinct, found[0].start, found[-1].end, "letter") if distinct else None


def _lone_letter(view: TextView, match: re.Match[str]) -> Mention | None:
    """Return a letter that stands alone in a short answer, unless it belongs to the next word or is rejected."""
    text, start, end = view.text, match.start(), match.end()
    goes_on = _GOES_ON.match(text, end) and not _CONNECTED.match(text, end)
    if goes_on or match[1] not in view.options.letters or _GENUS.match(text, end) or view.inside_option(start + 1):
        return None
    words = text[max(0, start - 20) : start]
    if not _LEADS_TO.search(words) and _WORD_BEFORE.search(words):
        return None
    mention = Mention(match[1], start, end, "letter")
    return None if rejected(text, mention, 0, len(text)) else mention


def _only_named(view: TextView) -> tuple[Target | None, Method, Reason]:
    """Return the only option named anywhere, or the only one of the last sentence that concludes."""
    spans = list(pairwise(view.bounds))
    found = [mention for low, high in spans for mention in targets.mentions(view, low, high)]
    distinct = {mention.letter for mention in found}
    listed = {match[1] for match in _LINE_LETTER.finditer(view.text)}
    if len(distinct) == 1 and not listed - distinct:
        return as_target(found[-1]), "only option named", ""
    if not distinct:
        if view.has_at_most(_CLOSE_WORDS) and "?" not in view.text:
            close = view.close_in(0, len(view.text))
            if close and not rejected(view.text, close, 0, len(view.text)):
                return as_target(close), "only option named", ""
        return None, "", "none"
    by_sentence: dict[int, list[Mention]] = {}
    for mention in found:
        by_sentence.setdefault(sentence_of(view.bounds, mention.start)[0], []).append(mention)
    for low, high in reversed(spans[-_LAST_SENTENCES:]):
        here = by_sentence.get(low, [])
        if here and _concludes(view, low, high):
            if len({mention.letter for mention in here}) == 1:
                return as_target(here[-1]), "conclusion", ""
            break
    return None, "", "several"


def _concludes(view: TextView, low: int, high: int) -> bool:
    """Say whether a sentence concludes, and does so without a hedge."""
    return bool(_CONCLUDES.search(view.low, low, high)) and not cues.HEDGE.search(view.low, low, high)
