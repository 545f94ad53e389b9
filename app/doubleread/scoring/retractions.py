"""Second thoughts: the words after an answer's last commitment that retract it, and what they put in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from doubleread.scoring import targets
from doubleread.scoring.clauses import asked, chain, hypothetical, rejected
from doubleread.scoring.statements import of_the_matter
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_BEGINS = re.compile(r"(?:^|[.?\n:;,()ltpq-])[aTZui]{0,3}$")
_NO = re.compile(r"(?:^|[.?\nltpq)-])T?[NJ],")
_ANSWER_WAS_WRONG = re.compile(r"A(?:[ajwxF]{0,3}(?:I[aw]?[XN]|J)|[ajw]{1,2}X)|(?<=I)[ajw]{0,2}A[aj]{0,2}X")
_CALLED_WRONG = re.compile(r"N[aw]?D|I[aZ]{0,2}X|J[aZ]{0,2}[KS]")
_SIGNS = ("", ",", ".", ":", "-", "?", "\n", ";", "j", "i", "a", "I", "K", "N", "r", "l", "p", "t", "A")
_SKIPPED = frozenset("aKSsFAOMPhu,(j")
_WEAK = frozenset(
    ("actually", "sorry", "i mean", "update", "edit", "moment", "halt", "doch", "en realidad", "in realta")
)
_NOT_MEANT = frozenset("fuQHXNGLJUWz~pD")
_SHORTEST_SENTENCE, _SHORT_SENTENCE = 3, 8
_REACH = 60
_TOGETHER = 12


@dataclass(frozen=True, slots=True)
class SecondThought:
    """What became of a choice: `target` is chosen instead; None if the choice is retracted, or only doubted."""

    target: Target | None
    taken_back: bool


def second_thought(tokens: Tokens, kept: Target, cue: int) -> SecondThought | None:
    """Return what the words after a choice make of it, or None if they leave it as it is.

    `cue` is the token of the statement. What is named with it belongs to it.
    """
    start = max(tokens.index_at(kept.end), cue + 1)
    back = _turning_point(tokens, start)
    called_wrong = _called_wrong(tokens, start)
    if called_wrong is not None and (back is None or called_wrong > back):
        back = called_wrong
    if back is None:
        return _rejected_later(tokens, kept, start)
    end = min(len(tokens.tags), back + _REACH)
    for statement in of_the_matter(tokens):
        if statement.cue < back:
            break
        if statement.target.letters:
            return SecondThought(statement.target, taken_back=True)
    found = None
    for index in range(back, end):
        if tokens.tags[index] in "ltp" and _put_in_place(tokens, index, back):
            found = targets.with_others(tokens, index)
    if found:
        return SecondThought(found, taken_back=True)
    sentence = tokens.sentence_end(back + 1)
    last = min(end, max(sentence, back + _TOGETHER)) - 1
    if tokens.known.denies.search(tokens.view.low, tokens.starts[back], tokens.ends[last]) or any(
        sign in tokens.tags[back:sentence] for sign in "JXN"
    ):
        return SecondThought(None, taken_back=True)
    return None if tokens.words[back] in _WEAK or tokens.tags[back] == "N" else SecondThought(None, taken_back=False)


def contradicted(tokens: Tokens, kept: Target, cue: int) -> bool:
    """Return whether the sentence right after a choice names another option without rejecting it.

    In words that are not known it can be a correction as well as a rejection, so nothing is chosen then.
    """
    tags = tokens.tags
    begin = tokens.sentence_end(max(tokens.index_at(kept.end), cue + 1)) + 1
    end = tokens.sentence_end(begin)
    if (
        kept.letter is None
        or not _SHORTEST_SENTENCE <= end - begin <= _SHORT_SENTENCE
        or any(sign in _NOT_MEANT for sign in tags[begin:end])
    ):
        return False
    named = [at for at in range(begin, end) if _is_letter(tokens, at) and at not in tokens.is_listed]
    if len(named) != 1 or tokens.words[named[0]].upper() == kept.letter or asked(tokens, begin):
        return False
    supposed = any(word in tokens.known.conditional for word in tokens.words[begin:end])
    turned_down = named[0] in tokens.mentions and rejected(tokens, named[0])
    return not supposed and not turned_down and not hypothetical(tokens, begin, end)


def _is_letter(tokens: Tokens, index: int) -> bool:
    """Return whether a token is the capital of an option, even if it seems to belong to an unknown word before it."""
    text, options = tokens.view.text, tokens.view.options
    return text[tokens.starts[index] : tokens.ends[index]] in options.letters


def _turning_point(tokens: Tokens, start: int) -> int | None:
    """Return the last token of second thoughts that begins a clause after a choice."""
    tags = tokens.tags
    back = tags.rfind("r", start)
    while back >= 0:
        signed = tokens.words[back] not in tokens.known.needs_sign or tags[back + 1 : back + 2] in _SIGNS
        if signed and _BEGINS.search(tags, max(0, back - 4), back):
            break
        back = tags.rfind("r", start, back)
    no = None
    for match in _NO.finditer(tags, max(0, start - 1)):
        no = match
    if no and no.end() - 2 >= start and no.end() - 2 > back and tags[no.start()] != "?":
        back = no.end() - 2
    while back >= 0 and (earlier := tags.rfind("r", start, back)) >= 0 and back - earlier < _TOGETHER:
        back = earlier
    return back if back >= 0 else None


def _called_wrong(tokens: Tokens, start: int) -> int | None:
    """Return the last noun of a sentence such as "That answer was a mistake", which names no option."""
    tags = tokens.tags
    found = None
    for match in _ANSWER_WAS_WRONG.finditer(tags, start):
        low, end = tokens.sentence_start(match.start()), tokens.sentence_end(match.start())
        if low >= start and not any(sign in tags[low:end] for sign in "ltpqgoQH"):
            found = match.start()
    return found


def _put_in_place(tokens: Tokens, index: int, back: int) -> bool:
    """Return whether an option is put in the place of the one before: "so it must be D", "Edit: E", "C instead"."""
    tags = tokens.tags
    if rejected(tokens, index) or hypothetical(tokens, tokens.sentence_start(index), tokens.sentence_end(index)):
        return False
    if tags[index + 1 : index + 3].lstrip(")")[:1] == "T":
        return True
    before = index - 1
    while before > back and tags[before] in _SKIPPED and tags[before] != ",":
        before -= 1
    follows = tags[index + 1 : index + 2]
    if _alone_in_short_correction(tokens, index, back):
        return True
    if before == back or tags[before] in "IZrTCcDR:":
        return not (follows and follows in "IhWYDJ" and tags[before] not in "IDRCc")
    return tags[before] in ".\n," and (not follows or follows in ".\n")


def _alone_in_short_correction(tokens: Tokens, index: int, back: int) -> bool:
    """Return whether a short sentence that begins with a second thought names one option: "Sorry, I meant B"."""
    end = tokens.sentence_end(back)
    if not back < index < end <= back + _TOGETHER or tokens.tags[index] == "p":
        return False
    stretch = tokens.tags[back:end]
    return sum(sign in "ltp" for sign in stretch) == 1 and not any(sign in _NOT_MEANT for sign in stretch)


def _rejected_later(tokens: Tokens, kept: Target, start: int) -> SecondThought | None:
    """Return that a letter is retracted if it is called wrong further down."""
    if kept.letter is None:
        return None
    for index in range(start, len(tokens.tags)):
        if tokens.tags[index] in "lt" and tokens.mentions[index].letter == kept.letter:
            called_wrong = _CALLED_WRONG.match(tokens.tags, index + 1) or _turned_on(tokens, index)
            if called_wrong and chain(tokens, index) == (index, index) and not asked(tokens, index):
                return SecondThought(None, taken_back=True)
    return None


def _turned_on(tokens: Tokens, index: int) -> bool:
    """Return whether a sentence that begins with "but" rejects an option."""
    low = tokens.sentence_start(index)
    return "T" in tokens.tags[low : min(index, low + 2)] and rejected(tokens, index)
