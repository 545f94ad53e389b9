"""Which tokens name an option: its text, or its letter where the letter belongs to no other word."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from doubleread.scoring.option_text import WORD, Mention
from doubleread.scoring.splitting import ENDINGS, SCRIPTS_WITHOUT_CASE
from doubleread.scoring.token_row import Merge, TokenRow

LINE_START = re.compile(r"(?:^|\n)(?:[-|yzk.,+:>)]|\(w?\)){0,5}O?\(?$")
"""The tags between a line's beginning and the letter with which it begins."""
LINE_START_REACH = 8

_LOOKALIKE = {
    **dict(zip("АВЕСНІЈ", "ABECHIJ", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΓΔ", "ABEZHICD", strict=True)),
    **dict(zip("أابجده", "AABCDE", strict=True)),
}
_CYRILLIC_ORDER = dict(zip("АБВГДЕЖЗ", "ABCDEFGH", strict=True))
_SINGLE = frozenset("abcdefghijklmnopqrstuvwxyz") | {letter.lower() for letter in (*_LOOKALIKE, *_CYRILLIC_ORDER)}
_WITH_ENDINGS = ("secene", "sikk", "sıkk")
_RANGE = ("to", "through", "bis", "a")
_UNITS_BEFORE = "°º′″%µ$€£#@~^"
_GENUS = re.compile(r"\.[ ](?=[a-z]{4})[a-z]*(?:us|um|is|i|ae|ns|es|ile|a|er)\b")
_CHAIN = re.compile(r"t(?:[)(]*[,/&vi+|-]{1,2}[aObe(]*t)*")
_TOGETHER = re.compile(r"l(?:[,/&v+-]{1,2}[aO]?t)+|(?<=\()t(?:[,/&v+-]{1,2}[aO]?t)+(?=\))")
_NOT_BEFORE = frozenset("wMKSsFpqkX")
_NOT_BEHIND = frozenset("wMKSsFLkpqP")
_CUES = ("I", "W", ":", "R", "C")
_CLAUSE_ENDS = ("", ".", ",", "\n", ";")
_BEFORE_SHORT = frozenset("\n.:,(>=|I-)ltZ")
_AFTER_SHORT = frozenset(".,;\n)(:-?|/=>B&vT")
_CALLED_CORRECT = re.compile(r"Ia{0,2}K[AO]")
_BRACKET_REACH = 40


def texts(row: TokenRow) -> list[Merge]:
    """Return the texts of options that a row names, ascending. A token in which one begins is cut in two."""
    found = []
    low = row.view.low
    for mention in row.view.exact:
        first = bisect_right(row.starts, mention.start) - 1
        behind = bisect_left(row.starts, mention.end)
        goes_on = low[mention.end : mention.end + 2]
        if first < 0 or behind <= first or (goes_on[:1] == "-" and goes_on[1:].isalpha()):
            continue
        tag = "q" if mention.letter in row.view.options.short else "p"
        if tag == "q" and not (_accents_agree(row, mention) and _stands_alone(row, mention, first, behind)):
            continue
        if row.starts[first] < mention.start:
            _cut(row, first, behind, mention)
            behind += behind == first + 1
            first += 1
        if low[mention.end : mention.end + 1] == "%" and behind < len(row.tags):
            behind += 1
        found.append(Merge(first, behind, tag, mention))
    return found


def _cut(row: TokenRow, first: int, behind: int, mention: Mention) -> None:
    """Cut the token in which an option's text begins in two: "A-Sarcoidosis"."""
    kept = row.view.low[row.starts[first] : mention.start].rstrip("-' ")
    row.words[first], row.ends[first] = kept, row.starts[first] + len(kept)
    row.tags[first] = row.known.words[kept] if kept else ","
    if behind == first + 1:
        row.words.insert(behind, "")
        row.starts.insert(behind, mention.start)
        row.ends.insert(behind, mention.end)
        row.tags.insert(behind, "p")


def _stands_alone(row: TokenRow, mention: Mention, first: int, behind: int) -> bool:
    """Return whether a sign or a reason follows a short text: "No." and "no because", but not "no evidence"."""
    if mention.letter in row.view.options.numbers:
        return True
    if row.words[first] > SCRIPTS_WITHOUT_CASE and (
        row.starts[first] < mention.start
        or row.ends[behind - 1] > mention.end
        or (first and row.tags[first - 1] not in _BEFORE_SHORT)
    ):
        return False
    if behind >= len(row.tags):
        return True
    tag = row.tags[behind]
    if tag == "I" and _CALLED_CORRECT.match("".join(row.tags[behind : behind + 5])):
        return first == 0 or row.tags[first - 1] in _BEFORE_SHORT
    return tag in _AFTER_SHORT or (tag == "a" and row.words[behind] > SCRIPTS_WITHOUT_CASE)


def _accents_agree(row: TokenRow, mention: Mention) -> bool:
    """Return whether a short text has the option's accents: Spanish "si" is not the option "Sí"."""
    wanted = row.view.options.texts[mention.letter]
    written = row.view.text[mention.start : mention.end]
    return wanted.isascii() or written.casefold() == wanted.strip(" .").casefold()


def tag_letters(row: TokenRow) -> set[int]:
    """Tag the letters of options: "l" where signs or words set them off, "t" where they are bare.

    Returns those at the beginning of a line, as in a list. Letters that no option has are tagged, too.
    """
    listed = set()
    text, offered = row.view.text, row.view.options.letters
    for index in [at for at, word in enumerate(row.words) if word in _SINGLE]:
        start, end = row.starts[index], row.ends[index]
        named = index > 0 and row.tags[index - 1] in "OP"
        small = text[start].islower()
        if small and text[end : end + 1] not in (")", "]", ".", ":") and not named:
            continue
        letter = _letter_at(row, start)
        pronoun = text[start] == "I" and "I" not in offered and not named and not _ends_there(row, index)
        if letter is None or pronoun:
            continue
        before = "".join(row.tags[max(0, index - LINE_START_REACH) : index])
        begins_line = LINE_START.search(before) is not None and (index < LINE_START_REACH or "\n" in before)
        tag = _set_off(row, index, before, begins_line=begins_line)
        if small and (tag != "l" or letter not in offered):
            continue
        if not tag or (text[end : end + 1] == "." and _is_genus(row, index, letter)):
            row.tags[index] = "w"
            continue
        if tag == "l" and begins_line:
            listed.add(index)
        row.tags[index] = tag
        row.mentions[index] = _mention(row, index, letter)
    return listed


def _ends_there(row: TokenRow, index: int) -> bool:
    """Return whether a clause ends with a letter after a verb: "the answer is I."."""
    behind = row.tags[index + 1] if index + 1 < len(row.tags) else "."
    return index > 0 and row.tags[index - 1] in "I:" and behind in ".,;)\n"


def _mention(row: TokenRow, index: int, letter: str) -> Mention:
    """Return what a letter names: the option of that letter, or the one whose text it is."""
    options, start, end = row.view.options, row.starts[index], row.ends[index]
    if letter in options.letters:
        return Mention(letter, start, end, "letter")
    as_text = options.letter_as_text.get(row.view.text[start])
    return Mention(as_text, start, end, "exact") if as_text else Mention(letter, start, end, "letter", offered=False)


def _letter_at(row: TokenRow, start: int) -> str | None:
    """Return the Latin letter that a letter is, looks like, or stands for in its alphabet's order."""
    character = row.view.text[start]
    if character.isascii():
        return character.upper()
    if character in _CYRILLIC_ORDER and row.view.cyrillic_order:
        return _CYRILLIC_ORDER[character]
    return _LOOKALIKE.get(character)


def _set_off(row: TokenRow, index: int, before: str, *, begins_line: bool) -> str:
    """Return "l" for a letter that signs or words set off, "t" for a bare one, "" for a part of something else."""
    text, start, end = row.view.text, row.starts[index], row.ends[index]
    ahead, behind = text[start - 1 : start] if start else "", text[end : end + 1]
    further = text[start - 2 : start - 1] if start > 1 else ""
    if _is_part(row, start, end):
        return ""
    if ahead and ahead in "(|[" and further.isalnum() and further < SCRIPTS_WITHOUT_CASE:
        return ""
    if before[-1:] in ("O", "P") or (ahead in ("(", "[") and behind in (")", "]")):
        return "l"
    following = row.tags[index + 1] if index + 1 < len(row.tags) else "\n"
    if begins_line and following in ".):-|=>/yz" and not (behind in (".", ":") and text[end + 1 : end + 2].isalnum()):
        return "l"
    return "l" if behind == ")" and "(" not in text[max(0, start - _BRACKET_REACH) : start] else "t"


def _is_part(row: TokenRow, start: int, end: int) -> bool:
    """Return whether a letter belongs to its neighbours: "U.S.", "°C", "mmol/L", "H&E"."""
    text = row.view.text
    ahead, behind = text[start - 1 : start] if start else "", text[end : end + 1]
    further = text[start - 2 : start - 1] if start > 1 else ""
    if ahead and ((ahead in ".&'" and further.isalnum()) or ahead in _UNITS_BEFORE):
        return True
    if ahead == "/" and further.isalnum() and text[max(0, start - 3) : start - 2].isalnum():
        return True
    if behind and behind in ".&'" and text[end + 1 : end + 2].isalnum():
        ending = WORD.match(row.view.low, end + 1)
        return behind != "'" or ending is None or ending[0] not in ENDINGS
    return False


def _is_genus(row: TokenRow, index: int, letter: str) -> bool:
    """Return whether a letter with a point abbreviates a genus ("C. difficile") and is not an option's text."""
    end = row.ends[index]
    if not _GENUS.match(row.view.text, end) or index + 2 >= len(row.tags):
        return False
    if index + 2 in row.mentions or row.tags[index + 2] not in "wM":
        return False
    line_end = row.view.text.find("\n", end)
    close = row.view.close_in(end, len(row.view.text) if line_end < 0 else line_end)
    return close is None or close.letter != letter


def join_letters(row: TokenRow) -> None:
    """Make conjunctions of small words that are such only between two options: Dutch "A of B", Polish "A i B"."""
    words, tags, last = row.words, row.tags, len(row.words) - 1
    for before in row.mentions:
        index = before + 1
        while index < last and tags[index] == ")":
            index += 1
        tag = row.known.between.get(words[index]) if index < last else None
        if tag is None or index in row.mentions:
            continue
        behind = index + 1
        while behind < last and tags[behind] in "(aO" and behind not in row.mentions:
            behind += 1
        compared = words[index] in _RANGE and (before == 0 or tags[before - 1] not in "OPx")
        if behind in row.mentions and not compared:
            tags[index] = tag


def free_letters(row: TokenRow) -> None:
    """Make words of bare letters that belong to their neighbours: "vitamin C", "A patient", "B cells"."""
    tags = "".join(row.tags)
    for match in _CHAIN.finditer(tags):
        start, end = match.span()
        if _is_free(row, tags, start, end):
            continue
        before = tags[start - 1 : start]
        only_last = before not in _NOT_BEFORE and "t" in match[0][:-1] and set(match[0]).isdisjoint("&v/+")
        for index in range(end - 1 if only_last else start, end):
            if tags[index] == "t":
                row.tags[index] = "i" if row.mentions.pop(index).letter == "I" else "w"


def set_off_together(row: TokenRow) -> None:
    """Set off the letters beside one that is set off: "options A, B and D", "(A, C)"."""
    tags = "".join(row.tags)
    for match in _TOGETHER.finditer(tags):
        for index in range(*match.span()):
            if tags[index] == "t":
                row.tags[index] = "l"


def _is_free(row: TokenRow, tags: str, start: int, end: int) -> bool:
    """Return whether the letters in [start, end) are free of the words before and after them."""
    before, behind, beyond = tags[start - 1 : start], tags[end : end + 1], tags[end + 1 : end + 2]
    last = row.mentions[end - 1].letter
    cue = before in _CUES or (before == "a" and tags[start - 2 : start - 1] in _CUES)
    if cue and tags.count("t", start, end) > 2:
        return True
    if before in _NOT_BEFORE:
        return False
    if last == "A" and behind and behind in "OAP" and not row.words[end].startswith(_WITH_ENDINGS):
        return False
    if last == "I" and behind and behind in "ChWIaiNDw":
        return False
    if behind not in _NOT_BEHIND:
        return True
    if behind == "k":
        return beyond in ("%", ".", ")")
    if behind == "p" and row.mentions[end].letter == last:
        return True
    return behind in "KSp" and (last not in "AI" or (last == "A" and behind == "K" and beyond in _CLAUSE_ENDS))
