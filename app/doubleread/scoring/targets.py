"""What a statement names: the words after "the answer is", or before "is the best option"."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from doubleread.scoring.option_text import Mention, TextView

_FILLER = re.compile(
    r"[\s\"'\[({<:=>|,-]+|(?:therefore|thus|hence|then|most likely|likely|probably|clearly|definitely|"
    r"indeed|going to be|to be|"
    r"be|is|are|option|choice|letter|answer|alternative|response|candidate|number|simply|actually|"
    r"still|as follows|und zwar|"
    r"l'option|l'opzione|la|le|el|die|der|das|opci[oó]n|opzione|op[cç][aã]o|lettre|letra|lettera|"
    r"buchstabe|选项|選択肢|boxed|"
    r"text|the|best|correct|right|final|single|both)(?![^\W_a-z]|[a-z])[ \t]*",
    re.I,
)
_NOT = re.compile(r"not\b|n't\b|nicht\b|pas\b|neither\b|none but\b", re.I)
_NOTHING = re.compile(r"(?:none|neither) of\b", re.I)
_LETTER = re.compile(r"([A-Z])(?![0-9A-Za-zÀ-ɏ_]|'[a-z]|-[^\W_]|\.[^\W\d_])")
_SMALL_LETTER = re.compile(r"([a-z])(?=[ \t]*(?:[).\]}]|$))", re.M)
_AFTER_LETTER = re.compile(
    r"[ \t]*(?:[\])}>\"'.:;,!?=/&+|\\<—–-]|$|\((?!s\))|\b(?:because|since|as|for|is|was|would|due|"
    r"based|which|given|and|or|"
    r"from|in|on|over|with|by|without|rather|not|but|here|seems?|und|weil|da|parce|car|porque|"
    r"perch[eé]|et|y|e|o|ou)\b|[^\W\d_a-zA-ZÀ-ɏ])",
    re.M,
)
_ANOTHER = re.compile(
    r"[ \t]*[\])}\"']*[ \t]*(?:,[ \t]*(?:and|or)?|/|&|\+|\band\b(?:/or)?|\bor\b|\bund\b|\boder\b|"
    r"\bet\b|\bou\b|\by\b|\bo\b|和|或)"
    r"[ \t]*(?:the )?(?:[Oo]ption[ \t]*)?[\[(\"']*([A-Z])(?![^\W_]|'[a-z]|"
    r"-[^\W_])(?=[ \t]*(?:[\])}.,;:!?\"'/&+]|$|and\b|or\b|are\b|both\b|\n))"
)
_BRACKETED = re.compile(
    r"[(\[](?:[Oo]ption|[Cc]hoice|[Aa]nswer)?[ \t]*([A-Z])[)\]]|\b(?:[Oo]ptions?|[Cc]hoice|"
    r"[Ll]etter)[ \t]+[(\"']*([A-Z])(?![^\W_]|')"
)
_REJECTED_BEFORE = re.compile(
    r"\b(?:not|no|never|nor|neither|rather than|instead of|unlike|ruled? out|ruling out|excluding|"
    r"excludes?|except|without|over|versus|vs|"
    r"against|than|than in|cannot be|isn't|aren't|wasn't|nicht|pas|although|though|while|whereas|"
    r"despite|besides|statt|consider(?:ed|ing)?|"
    r"before|prior to|followed by|after)\b[ \t]*(?:[\w'-]+[ \t]+){0,3}[(\"'\[]*[ \t]*$",
    re.I,
)
_REJECTED_AFTER = re.compile(
    r"[\s)\]\"',.:;-]*(?:\([A-Z]\)[\s:,-]*)?(?:[\w'-]+[ \t]+){0,5}?"
    r"(?:not(?!\s+(?:option\s+)?\(?(?-i:[A-Z])\b)|isn't|aren't|wasn't|doesn't|don't|cannot|can't|"
    r"incorrect|wrong|unlikely|less|ruled out|false|inappropriate|contraindicated|"
    r"unnecessary|distractor|rejected|excluded|was considered|were considered|is considered|"
    r"might be considered|could be considered|may be|"
    r"might|could|premature|secondary|delayed)\b",
    re.I,
)
_OTHERS = re.compile(r"\b(?:other|remaining) (?:options|choices|answers|interventions|tests)\b")


@dataclass(frozen=True, slots=True)
class Target:
    """What a statement names. `letters` has one entry for a choice, more where it leaves the choice open, and none
    where it says that no option fits.

    A letter that is not offered stands in `letters` alone, with `offered` False. Offsets are the plain text's.
    """

    letters: tuple[str, ...]
    start: int
    end: int
    how: str
    offered: bool = True
    disagrees: bool = False

    @property
    def letter(self) -> str | None:
        """The one letter named, or None."""
        return self.letters[0] if len(self.letters) == 1 and self.offered else None


def after(view: TextView, letters: Collection[str], start: int, end: int, liberal: bool) -> Target | None:
    """Return what stands in [start, end), the rest of a sentence behind a cue such as "the answer is".

    `liberal` is for cues that ask for a letter ("answer:"); others ("the diagnosis is") need a letter set off by signs,
    so that "vitamin C" or "A patient" is not one.
    """
    text = view.text
    position, set_off, negated = start, False, False
    while position < end:
        match = _FILLER.match(text, position, end)
        if match:
            set_off = any(sign in match[0] for sign in "([{\"'<") or bool(
                re.search(r"option|choice|letter", match[0], re.I)
            )
            position = match.end()
        elif denial := _NOT.match(text, position, end):
            negated, position = True, denial.end()
            break
        else:
            break
    if position >= end:
        return None
    nothing = _NOTHING.match(text, position, end)
    if nothing and not any(mention.start <= nothing.start() + 2 for mention in view.exact_in(position, end)):
        return Target((), nothing.start(), nothing.end(), "words")
    if negated:
        return named(view, letters, start, end)
    opening = [
        mention for mention in view.exact_in(position, min(end, position + 400)) if mention.start <= position + 2
    ]
    if opening and len(view.options.words[opening[0].letter]) > 1:
        return _with_bracket(view, letters, opening[0], end)
    stated = _letter_at(view, letters, position, end, liberal, set_off)
    if stated:
        return stated
    if opening:
        return _with_bracket(view, letters, opening[0], end)
    return named(view, letters, position, end)


def _letter_at(
    view: TextView, letters: Collection[str], position: int, end: int, liberal: bool, set_off: bool
) -> Target | None:
    text = view.text
    match = _LETTER.match(text, position, end)
    if not match and (liberal or set_off):
        match = _SMALL_LETTER.match(text, position, end)
    if not match:
        return None
    letter = match[1].upper()
    follows = _AFTER_LETTER.match(text, match.end(), end) or match.end() >= end
    if not follows and (letter in "AI" or not liberal) and not set_off:
        return None
    genus = re.compile(r"\.[ \t]+[a-z]{3,}").match(text, match.end(), end)
    if genus and not liberal and not set_off:
        own = view.exact_in(match.end(), end)
        if not own or own[0].letter != letter or own[0].start > match.end() + 3:
            return None
    if not liberal and not set_off and not re.match(r"[ \t]*(?:[).:\]]|$|-[ \t])", text[match.end() : match.end() + 3]):
        return None
    group, tail = [letter], match.end()
    while another := _ANOTHER.match(text, tail, end):
        group.append(another[1])
        tail = another.end()
    group = list(dict.fromkeys(group))
    if len(group) > 1:
        return Target(tuple(group), match.start(1), tail, "letter")
    if letter not in letters:
        return Target((letter,), match.start(1), match.end(1), "letter", offered=False)
    disagrees = _other_text_follows(view, letter, match.end(), end)
    return Target((letter,), match.start(1), match.end(1), "letter", disagrees=disagrees)


def _other_text_follows(view: TextView, letter: str, position: int, end: int) -> bool:
    signs = re.compile(r"[\s).:\]}\"',>(-]*(?:the\b|an?\b)?\s*").match(view.text, position, end)
    position = signs.end() if signs else position
    opening = [
        mention for mention in view.exact_in(position, min(end, position + 400)) if mention.start <= position + 2
    ]
    if not opening:
        set_off = signs is not None and re.match(r"[).:\]}]+[ \t]", signs[0])
        close = view.close_in(position, end) if set_off and end - position <= 90 else None
        return close is not None and close.how == "fuzzy" and close.letter != letter
    if opening[0].letter == letter:
        return False
    own = view.options.words.get(letter, ())
    return view.options.words[opening[0].letter] != own[: len(view.options.words[opening[0].letter])]


def _with_bracket(view: TextView, letters: Collection[str], mention: Mention, end: int) -> Target:
    """Return the option whose text opens the statement; a letter in brackets right behind it counts more."""
    bracket = re.compile(r"[\"']?[ \t]*,?[ \t]*[(\[](?:[Oo]ption|[Cc]hoice)?[ \t]*([A-Z])[)\]]").match(
        view.text, mention.end, end
    )
    if bracket and bracket[1] in letters:
        disagrees = bracket[1] != mention.letter
        return Target((bracket[1],), bracket.start(1), bracket.end(1), "letter", disagrees=disagrees)
    joined = re.compile(r"[ \t]*(?:,[ \t]*)?(?:or|and/or|/)[ \t]+").match(view.text, mention.end, end)
    if joined:
        others = [other for other in view.exact_in(joined.end(), end) if other.start <= joined.end() + 4]
        if others and others[0].letter != mention.letter:
            return Target((mention.letter, others[0].letter), mention.start, others[0].end, "exact")
    return Target((mention.letter,), mention.start, mention.end, mention.how)


def mentions(view: TextView, letters: Collection[str], start: int, end: int) -> list[Mention]:
    """Return the options named in [start, end) by "(X)", "option X" or their text, and not rejected there."""
    found: list[Mention] = []
    lettered: dict[int, str] = {}
    for match in _BRACKETED.finditer(view.text, start, end):
        letter = match[1] or match[2]
        if letter in letters:
            lettered[match.start()] = letter
            found.append(Mention(letter, match.start(match.lastindex or 0), match.end(match.lastindex or 0), "letter"))
    found += [mention for mention in view.exact_in(start, end) if not view.options.is_short(mention.letter)]
    found.sort(key=lambda mention: (mention.start, mention.end))
    return [mention for mention in found if not rejected(view.text, mention, start, end)]


def rejected(text: str, mention: Mention, start: int, end: int) -> bool:
    """Say whether the words around a mention turn it down: "not X", "rather than X", "X is less likely"."""
    before = text[max(start, mention.start - 60) : mention.start]
    before = re.split(r"[;:]|,(?! (?:or|nor)\b)|\bbut\b|\bbecause\b", before)[-1]
    if _REJECTED_BEFORE.search(before) or _OTHERS.search(text, max(start, mention.start - 90), mention.start):
        return True
    behind = text[mention.end : min(end, mention.end + 80)]
    behind = re.split(r"[;.!?\n]|\bbut\b|\brather\b|\bbecause\b|\band\b|\bover\b|\bnot only\b|,\s*not\b", behind)[0]
    return bool(_REJECTED_AFTER.match(behind))


def named(view: TextView, letters: Collection[str], start: int, end: int) -> Target | None:
    """Return the option or options that a stretch names without rejecting them, or None."""
    found = mentions(view, letters, start, end)
    if not found:
        close = view.close_in(start, min(end, start + 400))
        if close and not rejected(view.text, close, start, end):
            return Target((close.letter,), close.start, close.end, close.how)
        return None
    distinct = list(dict.fromkeys(mention.letter for mention in found))
    last = found[-1]
    if len(distinct) == 1:
        best = next((mention for mention in found if mention.how == "letter"), last)
        return Target((best.letter,), best.start, best.end, best.how)
    return _between(view, found, distinct)


def _between(view: TextView, found: list[Mention], distinct: list[str]) -> Target:
    """Tell a name with another option's letter, and a first choice with others behind it, from an open list."""
    first, second = found[0], next(mention for mention in found if mention.letter != found[0].letter)
    gap = view.text[first.end : second.start]
    if (
        first.how == "exact"
        and second.how == "letter"
        and re.fullmatch(r"[\"']?[ \t]*[(\[](?:[Oo]ption|[Cc]hoice)?[ \t]*", gap)
    ):
        return Target((second.letter,), second.start, second.end, "letter", disagrees=True)
    if first.how == "letter" and second.how == "exact" and re.fullmatch(r"[)\]]?[\s:,-]*", gap):
        return Target((first.letter,), first.start, first.end, "letter", disagrees=True)
    if len(gap) > 25 and not re.fullmatch(r"[)\]\s]*(?:\([A-Z]\))?[\s]*(?:or|and|,|/|&).{0,40}", gap, re.S):
        return Target((first.letter,), first.start, first.end, first.how)
    return Target(tuple(distinct), first.start, second.end, first.how)


_LETTER_BEFORE = re.compile(
    r"(?:^|[\n.,;:]|\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter|so|[Tt]hus|[Tt]herefore|[Hh]ence|"
    r"that|only|[Oo]nly|and|but|because)\b)"
    r"[\s,:]*[\[(\"']*([A-Z])[)\]\"']*,?\s*$"
)


_LETTER_JOINED = re.compile(r"\b([A-Z])[)\]]?(?:[ \t]*,)?[ \t]*(?:,|\band\b|\bor\b|&|/)[ \t]*[(\[]?\Z")
_TURN = re.compile(r";|\b(?:but|however|therefore|thus|hence|while|whereas)\b", re.I)


def before(view: TextView, letters: Collection[str], start: int, end: int) -> Target | None:
    """Return what stands at the end of [start, end), the subject in front of a verdict such as "is the best option"."""
    text = view.text
    match = _LETTER_BEFORE.search(text[max(start, end - 30) : end])
    if match:
        offset = max(start, end - 30)
        if match[1] in letters:
            another = _LETTER_JOINED.search(text, max(start, offset + match.start(1) - 20), offset + match.start(1))
            if another and another[1] in letters and another[1] != match[1]:
                return Target((another[1], match[1]), another.start(1), offset + match.end(1), "letter")
            return Target((match[1],), offset + match.start(1), offset + match.end(1), "letter")
        return None
    if re.search(
        r"\b(?:it|this|that|which|he|she|they|these|those|there|none of [\w ]{1,30})[\s,]*$", text[start:end], re.I
    ):
        return None
    turns = list(_TURN.finditer(text, start, end))
    start = turns[-1].end() if turns else start
    found = mentions(view, letters, start, end)
    if not found:
        if view.exact_in(start, end) or _BRACKETED.search(text, start, end):
            return None
        close = view.close_in(max(start, end - 120), end)
        return Target((close.letter,), close.start, close.end, close.how) if close else None
    last = found[-1]
    others = [mention for mention in found if mention.letter != last.letter]
    if others:
        gap = text[others[-1].end : last.start]
        joined = re.fullmatch(r"[)\]\s,]*(?:\([A-Z]\))?[)\s]*(?:and|or|/|&|,)[\s(]*(?:the\s+|[Oo]ptions?\s+)?\(?", gap)
        if joined:
            return Target((others[-1].letter, last.letter), others[-1].start, last.end, last.how)
        if (
            last.how == "letter"
            and others[-1].how == "exact"
            and re.fullmatch(r"[\"']?[ \t]*[(\[](?:[Oo]ption)?[ \t]*", gap)
        ):
            return Target((last.letter,), last.start, last.end, "letter", disagrees=True)
    return Target((last.letter,), last.start, last.end, last.how)
