"""An option's letter and its text, side by side, as one token: "B. Sarcoidosis", "sarcoidosis (B)", "option B"."""

from __future__ import annotations

import re
from dataclasses import replace

from doubleread.scoring.option_tokens import LINE_START, LINE_START_REACH
from doubleread.scoring.token_row import Merge, TokenRow

_LETTER_THEN_TEXT = re.compile(
    r"(?:\((?P<bracketed>[lt])\)|(?P<bare>[lt]))(?P<sign>[.:=>|)-]{1,2}|,|)(?P<open>\(?)a?(?P<text>[pq])\)?"
)
_LETTER_THEN_LETTER = re.compile(r"(?:\((?P<bracketed>[lt])\)|(?P<bare>[lt]))[.:=>|)-]{1,2}\(?(?P<text>[ltwaivq&h])\)?")
_TEXT_THEN_LETTER = re.compile(r"(?P<text>[pq])[,-]?(?:\(O?(?P<bracketed>[lt])\)|O(?P<bare>[lt]))")
_OPTION_LETTER = re.compile(r"(?<![KSFsM])O[lt]")
_ENDS_NAME = frozenset(".,;\n)(:-?&v|")


def join_pairs(row: TokenRow, listed: set[int]) -> set[int]:
    """Make one token of each letter and text side by side; return where the letters of lists then are.

    A letter beside another option's text keeps its letter and disagrees.
    """
    tags = "".join(row.tags)
    merges = _pairs(row, tags) if "l" in tags or "t" in tags else []
    if not merges:
        return listed
    starts = {row.mentions[index].start for index in listed if index in row.mentions}
    starts |= {merge.mention.start for merge in merges if merge.mention and _begins_line(tags, merge)}
    row.merge(merges)
    return {index for index, mention in row.mentions.items() if mention.start in starts}


def _begins_line(tags: str, merge: Merge) -> bool:
    """Return whether a letter with its text begins a line of a list: "Sarcoidosis (B): ...", "B (sarcoidosis): ..."."""
    ahead = tags[max(0, merge.first - LINE_START_REACH) : merge.first]
    return (
        LINE_START.search(ahead) is not None
        and (merge.first < LINE_START_REACH or "\n" in ahead)
        and tags[merge.behind : merge.behind + 1] in (":", "-")
    )


def _pairs(row: TokenRow, tags: str) -> list[Merge]:
    found: list[Merge | None] = []
    for match in _LETTER_THEN_TEXT.finditer(tags):
        sign = match["sign"]
        labelled = sign != "," and bool(sign or match["open"] or match["bracketed"])
        found.append(_pair(row, tags, match, labelled=labelled, ends=True))
    found += [_pair(row, tags, match, labelled=True, ends=False) for match in _TEXT_THEN_LETTER.finditer(tags)]
    found += [_letter_and_its_letter(row, match) for match in _LETTER_THEN_LETTER.finditer(tags)]
    found += [
        Merge(match.start(), match.end(), "l", row.mentions[match.end() - 1]) for match in _OPTION_LETTER.finditer(tags)
    ]
    kept: list[Merge] = []
    for merge in sorted(filter(None, found), key=lambda merge: (merge.first, -merge.behind)):
        if not kept or merge.first >= kept[-1].behind:
            kept.append(merge)
    return kept


def _letter(match: re.Match[str]) -> int:
    return match.start("bracketed") if match["bracketed"] else match.start("bare")


def _pair(row: TokenRow, tags: str, match: re.Match[str], *, labelled: bool, ends: bool) -> Merge | None:
    """Join a letter and a text. `labelled`: the letter is the text's label; `ends`: another's text must end there."""
    named, beside = row.mentions[_letter(match)], row.mentions[match.start("text")]
    following = tags[match.end() : match.end() + 1]
    goes_on = bool(following) and following not in _ENDS_NAME
    if match["text"] == "q" and goes_on:
        return None
    whole = Merge(match.start(), match.end(), "l", named)
    if named.letter == beside.letter:
        return whole
    if not labelled or not named.offered or (ends and goes_on):
        return None
    words = row.view.options.words
    if words[beside.letter] == words[named.letter][: len(words[beside.letter])]:
        return whole
    return replace(whole, mention=replace(named, disagrees=True))


def _letter_and_its_letter(row: TokenRow, match: re.Match[str]) -> Merge | None:
    """Join an option's letter with its text where the text is a letter itself: "A) S"."""
    text = match.start("text")
    named = row.mentions[_letter(match)]
    written = row.view.text[row.starts[text] : row.ends[text]]
    if row.view.options.single_letters.get(named.letter) != written:
        return None
    return Merge(match.start(), match.end(), "l", named)
