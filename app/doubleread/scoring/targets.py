"""What a statement names: the words after "the answer is", or before "is the best option"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doubleread.scoring.option_text import Mention
from doubleread.scoring.rejections import rejected
from doubleread.scoring.statements import Statement
from doubleread.scoring.text_view import TextView

_FILLER = re.compile(
    r"[\s\"'\[({<:=>|,-]+|(?:therefore|thus|hence|then|most likely|likely|probably|clearly|definitely|"
    r"indeed|going to be|to be|be|is|are|option|choice|letter|answer|alternative|response|candidate|number|simply|"
    r"actually|still|as follows|und zwar|also|antwort|wohl|donc|la réponse|"
    r"l'option|l'opzione|la|le|el|die|der|das|opci[oó]n|opzione|op[cç][aã]o|lettre|letra|lettera|alternativa|"
    r"respuesta|réponse|risposta|resposta|buchstabe|boxed|[ao](?=[ \t]+(?:(?-i:[A-Z])(?![\w'])|op|letra|altern))|"
    r"text|the|best|correct|right|final|single|both)(?![^\W_a-z]|[a-z])[ \t]*|选项|選項|選択肢|第|項目",
    re.I,
)
_SETS_OFF = re.compile(r"[(\[{\"'<]|option|choice|letter|lettre|letra|lettera|选项|選項|選択肢", re.I)
_NOT = re.compile(
    r"not\b|n't\b|nicht\b|pas\b|no\b(?= (?:es|la|el|option))|neither\b|none but\b|não\b|non\b|不是|ではなく", re.I
)
_INSTEAD = re.compile(r"\b(?:but(?: rather)?|sondern|mais|sino|ma|bensì|mas(?: sim)?)\b|而是", re.I)
_NOTHING = re.compile(
    r"(?:none|neither) of\b|not (?:among|listed|present|included|one of|any of|given|in the)\b|"
    r"keine (?:der|von)\b|aucune (?:de|des)\b|ningun[ao] de\b|nessuna delle\b|nenhuma (?:das|dessas)\b",
    re.I,
)
_LETTER = re.compile(r"([A-Z])(?![0-9A-Za-zÀ-ɏ_]|'[a-z]|-[^\W_]|\.[^\W\d_])")
_SMALL_LETTER = re.compile(r"([a-z])(?=[ \t]*(?:[).\]}]|$))", re.M)
_NUMBER = re.compile(r"#?(\d{1,2})(?![\d\w%]|[.,]\d)(?=[ \t]*(?:[\])}>\"'.:,;!]|$))", re.M)
_ENDS_LINE = re.compile(r"[)\].}\"'*]*[ \t]*(?:\n|\Z)")
_AFTER_LETTER = re.compile(
    r"[ \t]*(?:[\])}>\"'.:;,!?=/&+|\\<—–。-]|$|\((?!s\))|\b(?:because|since|as|for|is|was|would|due|"
    r"based|which|given|and|or|from|in|on|over|with|by|without|rather|not|but|here|seems?|und|oder|ist|weil|da|parce|car|"
    r"est|porque|ya|perch[eé]|pois|et|y|e|o|ou|é|è|es)\b|[^\W\d_a-zA-ZÀ-ɏ])",
    re.M,
)
_ANOTHER = re.compile(
    r"[ \t]*[\])}\"']*[ \t]*(?:,[ \t]*(?:and|or)?|/|&|\+|\band\b(?:/or)?|\bor\b|\bund\b|\boder\b|"
    r"\bet\b|\bou\b|\by\b|\bo\b|\be\b|和|或|与|と|か)"
    r"[ \t]*(?:the )?(?:[Oo]ption[ \t]*)?[\[(\"']*([A-Z])(?![^\W_一-鿿ぁ-ヿ]|'[a-z]|"
    r"-[^\W_])(?=[ \t]*(?:[\])}.,;:!?\"'/&+。]|$|and\b|or\b|are\b|both\b|\n|[一-鿿ぁ-ヿ]))"
)
_BRACKETED = re.compile(
    r"[(\[](?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Aa]ntwort)?[ \t]*([A-Z])[)\]]|\b(?:[Oo]ptions?|[Cc]hoice|[Aa]ntwort|"
    r"[Oo]pci[oó]n|[Oo]pzione|[Oo]pção|[Aa]lternativa|[Ll]etra|[Ll]etter)[ \t]+[(\"']*([A-Z])(?![^\W_]|')"
)
_GENUS = re.compile(r"\.[ \t]+[a-z]{3,}")
_SET_OFF_BEHIND = re.compile(r"[ \t]*(?:[).:\]]|\Z|\n|-[ \t])")
_SIGNS = re.compile(r"[\s).:\]}\"',>(-]*(?:the\b|an?\b)?\s*")
_CLEAR_SIGNS = re.compile(r"[).:\]}]+[ \t]")
_BRACKET_BEHIND = re.compile(r"[\"']?[ \t]*,?[ \t]*[(\[](?:[Oo]ption|[Cc]hoice)?[ \t]*([A-Z])[)\]]")
_OR_BEHIND = re.compile(r"[ \t]*(?:,[ \t]*)?(?:or|and/or|/|oder|ou|o)[ \t]+")
_BRACKET_GAP = re.compile(r"[\"']?[ \t]*[(\[](?:[Oo]ption|[Cc]hoice)?[ \t]*")
_LABEL_GAP = re.compile(r"[)\]]?[\s:,-]*")
_LIST_GAP = re.compile(r"[)\]\s]*(?:\([A-Z]\))?[\s]*(?:or|and|oder|und|ou|et|,|/|&).{0,40}", re.S)
_CONFLICT_REACH = 90


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


def as_target(mention: Mention, disagrees: bool = False) -> Target:
    """Return the choice of what is mentioned."""
    return Target((mention.letter,), mention.start, mention.end, mention.how, disagrees=disagrees)


def of(view: TextView, statement: Statement) -> Target | None:
    """Return what a statement names, or None."""
    if statement.where == "before":
        return before(view, statement.start, statement.end)
    return after(view, statement.start, statement.end, statement.liberal, statement.negated)


def after(view: TextView, start: int, end: int, liberal: bool, negated: bool = False) -> Target | None:
    """Return what stands in [start, end), the rest of a sentence behind a cue such as "the answer is".

    `liberal` is for cues that ask for a letter ("answer:"); others ("the diagnosis is") need a letter set off by signs,
    so that "vitamin C" or "A patient" is not one.
    """
    text = view.text
    position, set_off = start, False
    while position < end and not negated:
        match = _FILLER.match(text, position, end)
        if match and not _begins_option(view, position, match.end()):
            set_off = _SETS_OFF.search(match[0]) is not None
            position = match.end()
        else:
            denial = _NOT.match(text, position, end)
            if denial and not _begins_option(view, position, denial.end()) and not _NOTHING.match(text, position, end):
                negated, position = True, denial.end()
            break
    if position >= end:
        return None
    opening = _opening(view, position, end)
    nothing = None if opening else _NOTHING.match(text, position, end)
    if nothing:
        return Target((), nothing.start(), nothing.end(), "words")
    if negated:
        instead = _INSTEAD.search(text, position, min(end, position + 120))
        return after(view, instead.end(), end, liberal) if instead else named(view, position, end, denied=True)
    if opening and len(view.options.words[opening.letter]) > 1:
        return _with_bracket(view, opening, end)
    stated = _letter_at(view, position, end, liberal, set_off)
    if stated:
        return stated
    if opening:
        return _with_bracket(view, opening, end)
    return (_number_at(view, position, end) if liberal else None) or named(view, position, end)


def _begins_option(view: TextView, position: int, end: int) -> bool:
    """Say whether an option's own words begin where a word that would be skipped or would deny stands."""
    return any(mention.start == position and mention.end > end for mention in view.exact_in(position, position + 400))


def _opening(view: TextView, position: int, end: int) -> Mention | None:
    found = view.exact_in(position, min(end, position + 400))
    return found[0] if found and found[0].start <= position + 2 else None


def _number_at(view: TextView, position: int, end: int) -> Target | None:
    """Return the option that a number counts out, where no option has a number in its own text.

    The number that begins a line with more words on it is a list's.
    """
    match = None if view.options.numbered else _NUMBER.match(view.text, position, end)
    if not match or not 1 <= int(match[1]) <= len(view.options.letters):
        return None
    line = view.text.rfind("\n", 0, position) + 1
    if not view.text[line:position].strip(" \t#([") and not _ENDS_LINE.match(view.text, match.end()):
        return None
    return Target((view.options.letters[int(match[1]) - 1],), match.start(1), match.end(1), "number")


def _letter_at(view: TextView, position: int, end: int, liberal: bool, set_off: bool) -> Target | None:
    text, offered = view.text, view.options.letters
    match = _LETTER.match(text, position, end)
    if not match and (liberal or set_off):
        match = _SMALL_LETTER.match(text, position, end)
    if not match:
        return None
    letter = match[1].upper()
    follows = _AFTER_LETTER.match(text, match.end(), end) or match.end() >= end
    if not follows and (letter in "AI" or not liberal) and not set_off:
        return None
    if not liberal and not set_off:
        if _GENUS.match(text, match.end(), end):
            own = view.exact_in(match.end(), end)
            if not own or own[0].letter != letter or own[0].start > match.end() + 3:
                return None
        if not _SET_OFF_BEHIND.match(text, match.end()):
            return None
    group, tail = [letter], match.end()
    while another := _ANOTHER.match(text, tail, end):
        group.append(another[1])
        tail = another.end()
    group = list(dict.fromkeys(group))
    if len(group) > 1:
        return Target(tuple(group), match.start(1), tail, "letter")
    if letter not in offered:
        return Target((letter,), match.start(1), match.end(1), "letter", offered=False)
    disagrees = other_text_follows(view, letter, match.end(), end)
    return Target((letter,), match.start(1), match.end(1), "letter", disagrees=disagrees)


def other_text_follows(view: TextView, letter: str, position: int, end: int) -> bool:
    """Say whether another option's text stands right behind a letter ("B: Tuberculosis")."""
    signs = _SIGNS.match(view.text, position, end)
    position = signs.end() if signs else position
    opening = _opening(view, position, end)
    if not opening:
        line_end = view.text.find("\n", position, end)
        end = end if line_end < 0 else line_end
        if signs is None or not _CLEAR_SIGNS.match(signs[0]) or end - position > _CONFLICT_REACH:
            return False
        close = view.close_in(position, end)
        return close is not None and close.letter != letter
    if opening.letter == letter:
        return False
    other = view.options.words[opening.letter]
    return other != view.options.words.get(letter, ())[: len(other)]


def _with_bracket(view: TextView, mention: Mention, end: int) -> Target:
    """Return the option whose text opens the statement; a letter in brackets right behind it counts more."""
    bracket = _BRACKET_BEHIND.match(view.text, mention.end, end)
    if bracket and bracket[1] in view.options.letters:
        disagrees = bracket[1] != mention.letter
        return Target((bracket[1],), bracket.start(1), bracket.end(1), "letter", disagrees=disagrees)
    joined = _OR_BEHIND.match(view.text, mention.end, end)
    if joined:
        others = [other for other in view.exact_in(joined.end(), end) if other.start <= joined.end() + 4]
        if others and others[0].letter != mention.letter:
            return Target((mention.letter, others[0].letter), mention.start, others[0].end, "exact")
    return as_target(mention)


def mentions(view: TextView, start: int, end: int, rejected_too: bool = False) -> list[Mention]:
    """Return the options named in [start, end) by "(X)", "option X" or their text, and not rejected there."""
    found: list[Mention] = []
    for match in _BRACKETED.finditer(view.text, start, end):
        letter = match[1] or match[2]
        if letter in view.options.letters:
            found.append(Mention(letter, match.start(match.lastindex or 0), match.end(match.lastindex or 0), "letter"))
    found += [mention for mention in view.exact_in(start, end) if mention.letter not in view.options.short]
    found.sort(key=lambda mention: (mention.start, mention.end))
    return [mention for mention in found if rejected_too or not rejected(view.text, mention, start, end)]


def named(view: TextView, start: int, end: int, denied: bool = False) -> Target | None:
    """Return the option or options that a stretch names without rejecting them, or None.

    `denied`: what the stretch names first is denied by the words before it.
    """
    found = mentions(view, start, end)
    if denied:
        first = next(iter(mentions(view, start, end, rejected_too=True)), None)
        found = [mention for mention in found if first and mention.letter != first.letter]
        if not found:
            return None
    if not found:
        close = view.close_in(start, min(end, start + 400))
        if close and not rejected(view.text, close, start, end):
            return as_target(close)
        return None
    distinct = list(dict.fromkeys(mention.letter for mention in found))
    if len(distinct) == 1:
        return as_target(next((mention for mention in found if mention.how == "letter"), found[-1]))
    return _between(view, found, distinct)


def _between(view: TextView, found: list[Mention], distinct: list[str]) -> Target:
    """Tell a name with another option's letter, and a first choice with others behind it, from an open list."""
    first, second = found[0], next(mention for mention in found if mention.letter != found[0].letter)
    gap = view.text[first.end : second.start]
    if first.how == "exact" and second.how == "letter" and _BRACKET_GAP.fullmatch(gap):
        return as_target(second, disagrees=True)
    if first.how == "letter" and second.how == "exact" and _LABEL_GAP.fullmatch(gap):
        return as_target(first, disagrees=True)
    if len(gap) > 25 and not _LIST_GAP.fullmatch(gap):
        return as_target(first)
    return Target(tuple(distinct), first.start, second.end, first.how)


_LETTER_BEFORE = re.compile(
    r"(?:^|[\n.,;:。]|[^\W\d_a-zA-ZÀ-ɏ]|\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter|[Aa]ntwort|[Oo]pci[oó]n|[Oo]pzione|"
    r"[Oo]pção|[Aa]lternativa|[Ll]etra|[Rr][ée]ponse|[Rr]espuesta|[Rr]isposta|[Rr]esposta|so|[Tt]hus|[Tt]herefore|[Hh]ence|"
    r"that|only|[Oo]nly|and|but|because|daher|[Dd]onc|que|che|dass)\b)"
    r"[\s,:]*[\[(\"']*([A-Z])[)\]\"']*,?\s*$"
)
_LETTER_JOINED = re.compile(
    r"\b([A-Z])[)\]]?(?:[ \t]*,)?[ \t]*(?:,|\b(?:and|or|und|oder|et|ou|y|e|o)\b|&|/|和|と)[ \t]*[(\[]?\Z"
)
_POINTS_BACK = re.compile(r"\b(?:it|this|that|which|he|she|they|these|those|there|none of [\w ]{1,30})[\s,]*$", re.I)
_TURN = re.compile(r";|\b(?:but|however|therefore|thus|hence|while|whereas|aber|sondern|mais|pero|ma|mas)\b", re.I)
_JOINED_GAP = re.compile(
    r"[)\]\s,]*(?:\([A-Z]\))?[)\s]*(?:and|or|/|&|,|und|oder|et|ou|y)[\s(]*(?:the\s+|[Oo]ptions?\s+)?\(?"
)


def before(view: TextView, start: int, end: int) -> Target | None:
    """Return what stands at the end of [start, end), the subject in front of a verdict such as "is the best option"."""
    text, offered = view.text, view.options.letters
    offset = max(start, end - 30)
    match = _LETTER_BEFORE.search(text[offset:end])
    if match:
        if match[1] not in offered:
            return None
        low, high = offset + match.start(1), offset + match.end(1)
        another = _LETTER_JOINED.search(text, max(start, low - 20), low)
        if another and another[1] in offered and another[1] != match[1]:
            return Target((another[1], match[1]), another.start(1), high, "letter")
        return Target((match[1],), low, high, "letter")
    if _POINTS_BACK.search(text, max(start, end - 60), end):
        return None
    for turn in _TURN.finditer(text, start, end):
        start = turn.end()
    found = mentions(view, start, end)
    if not found:
        if view.exact_in(start, end) or _BRACKETED.search(text, start, end):
            return None
        close = view.close_in(max(start, end - 120), end)
        return as_target(close) if close else None
    last = found[-1]
    others = [mention for mention in found if mention.letter != last.letter]
    if others:
        gap = text[others[-1].end : last.start]
        if _JOINED_GAP.fullmatch(gap):
            return Target((others[-1].letter, last.letter), others[-1].start, last.end, last.how)
        if last.how == "letter" and others[-1].how == "exact" and _BRACKET_GAP.fullmatch(gap):
            return as_target(last, disagrees=True)
    return as_target(last)
