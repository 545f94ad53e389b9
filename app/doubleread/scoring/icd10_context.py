"""What shows something in the form of an ICD-10-CM code as a code.

A code with its dot ("E11.9") counts wherever it is, unless a unit or a word such as "version" shows it as something
else. Without a dot, the form alone is no evidence: "B12", "N95" and "P53" have it too. Such a word counts as a code

- behind a label: "ICD-10: I10", "coded as I10", a JSON key or the heading of a list or a table,
- in a text or a line of nothing but codes, or joined to another code by a comma or "and",
- where the words beside it describe it in the words of the code set: "hypertension (I10)",
- at the same place of a list as other codes: "I10 - ..." below "E11.9 - ...",
- before or behind a colon or a dash, if it is billable and longer than a category: "I219: heart attack".

Codes of other systems (ICD-9, HCPCS, ICD-10-PCS, ATC, ICPC) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from doubleread.scoring.diagnosis_data import abbreviations, ambiguous_abbreviations
from doubleread.scoring.icd10_code_set import descriptions, exists, is_billable
from doubleread.scoring.icd10_forms import Written
from doubleread.scoring.icd10_rejections import heading_rejects
from doubleread.scoring.icd10_systems import foreign, foreign_heading
from doubleread.scoring.icd10_words import pattern, words
from doubleread.scoring.plain import fold

_ICD = r"<system>(?:[-\s]?(?:10|X))?(?:[-\s]?(?:CM|GM|WHO|AM|CA))?(?![-\s]?(?:9|11|O\b|PCS|10[-\s]?PCS))"
_LABEL = rf"(?:(?<![A-Za-z]){_ICD}|(?<![A-Za-z])<code>)"
_OPEN = r"[\s\"'(\[]*"
_LABELLED = (
    rf"{_LABEL}(?:[-\s_/]*(?:<code>|<diagnosis>))*(?:\s*\([^()\n]{{0,20}}\))?[\s\"'\]]*(?:<copula>(?!\w))?"
    r"[\s\"'\[({#>=:|-]*$"
    rf"|{_LABEL}\b[^.;:\n]{{1,70}}(?:\b<copula>(?!\w)|[:=]){_OPEN}$"
    rf"|\b<assigns>(?:\s+<assigns_as>)*{_OPEN}$"
)
_LABELLED_BEHIND = re.compile(
    r"[\"'\])]*\s*(?:[(\[]\s*ICD-?10[^)\]\n]{0,12}[)\]]|is (?:right|correct|the (?:\w+ ){0,3}(?:ICD|code))\b"
    r"|applies\b)",
    re.I,
)
_ANSWER = (
    r"(?:\b<answer>(?:[ \t]+(?:is|dx|<diagnosis>))?[ \t]*\d*[ \t]*[:=-]|\b(?:answer|diagnosis) is)"
    rf"{_OPEN}$"
)
_HEADING = rf"{_LABEL}|\b<diagnosis>\b"
_JOIN = (
    r"(?: ?[GVAZRLB]\b)?[\"'\])]*\.?\s*(?:[,;|/&+\n\t和]|\(?(?=<joins_but>\b)|\b<joins>\b|(?<=[ \n])-(?= ))"
    r"(?:\s|[,;|&+\"'\[({*•▪●-]|\b(?:<joins>|<joins_but>)\b|\(?\b\d{1,2}[.)](?=\s)|#)*"
)
_AHEAD = re.compile(
    r"(?P<number>^\s*(?:[-+*•▪◦‣●>✓✔☑]+|\[[ x]\]|\(?\d{1,3}[.):\]]|\(?[a-z][.)])?\s*)[\"'\[(#]*$"
    r"|(?:[,;|/\t{&+和]|[.!?]\s|\b(?:and|und|et|y|or)\b)[\s\"'\[(#]*$"
    r"|(?P<tail>[:=(\[>→]|(?<=\s)-+)[\s\"'#]*$",
    re.I,
)
_BEHIND = re.compile(
    r"(?P<alone>(?: ?[GVAZRLB](?!\w))?[\"'\])*†]*[ \t]*(?:$|[,;|/}\n&+和]|\.(?:\s|$)|\b(?:and|und|et|y|or)\b))"
    r"|(?P<head>[\"'\])*†]*[ \t]*(?:[:=(\[>→\t]|-+(?=[\s>])))"
    r"|(?P<word>[ \t]+(?=\w))",
    re.I,
)
_BRACKETS = re.compile(r"[(\[]\s*(?:ICD[^\s:]*[\s:]*)?(?:code\s*:?\s*)?$", re.I)
_SENTENCE = re.compile(r"(?:^|[.!?])\s*$")
_SENTENCE_ENDS = re.compile(r"\s*(?:[.!]|$)")
_RANGE = r" ?(?:-|\b<up_to>\b) ?"
_BETWEEN = r"\b<between>\s+$"
_RANGE_END = re.compile(r"-\s?\.?[0-9]")
_NOT_DOTTED = r"\b<not_dotted>\.?\s*$"
_UNIT = r"\s?(?:%|°|(?-i:<unit>)(?:/|\b))"
_OTHER_BEFORE = r"\b<other_before>[.:]?[\s(\"'-]*$|[A-Za-z][-.]$"
_OTHER_DIRECTLY_BEFORE = r"\b<other_before>\.?[\s-]*$|[A-Za-z][-.]$"
_OTHER_BEHIND = r"[\s:=(-]*<other_behind>\b"
_HYPHENATED = re.compile(r"[A-Za-z]-$")
_REST = rf"[\W\d_]+|\b[A-Za-z][.)]|{_LABEL}|\b(?:and|und|et|cm|gm|are|the|list|of|only|just|both|<diagnosis>)\b"
_ALSO_OTHER = frozenset(("P53", "N95", "E40", "A1C", "M1A", "C4A"))
_WORD = re.compile(r"[a-zà-ɏ]{4,}")
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]{1,5}\b")
_TEMPERATURE = re.compile(r"T(?:3[4-9]|4[0-2])\.[0-9]")
_VITAL_SIGNS = r"\b(?:<vital_signs>|[PR] ?\d{2,3})\b"
_NEAR = 90
_STEM = 6


class CodeContext:
    """A text with all that has the form of a code, and what is around each."""

    def __init__(self, text: str, items: list[Written]) -> None:
        self.text = text
        self.items = items
        self.lines = _line_bounds(text)
        self.rejecting_lines: set[int] = set()
        self._code_lines: set[int] = set()
        self._foreign_lines: dict[int, str] = {}
        self._read_headings()
        self.line = [self._line_of(item.start) for item in items]
        self.ranges = self._find_ranges()

    def codes(self) -> list[int]:
        """Return the positions of the items that are codes."""
        possible = [at for at in range(len(self.items)) if not self._is_foreign(at)]
        if not possible:
            return []
        if self._nothing_else() and self._mostly_valid(possible):
            return possible
        found = {at for at in possible if self._certain(at)}
        found |= self._of_lines(possible) | self._in_pairs(possible)
        places = {at: self._place(at) for at in possible}
        undecided = [at for at in possible if at not in found and not self._other(at)]
        while True:
            seen = {places[at] for at in found} - {""}
            before = len(found)
            # Forwards and backwards, so that one round goes all along a list.
            for at in (*undecided, *reversed(undecided)):
                if at not in found and (self._joined(at, found) or self._listed(at, places, seen)):
                    found.add(at)
            if len(found) == before:
                return sorted(found)

    def _read_headings(self) -> None:
        """Note for each line whether a heading above it announces codes, foreign codes, or rejected ones."""
        coded = rejecting = False
        system = ""
        starts = {self._line_of(item.start) for item in self.items}
        for number, (start, end) in enumerate(self.lines):
            line = self.text[start:end].strip()
            if not any(map(str.isalpha, line)):
                continue
            if number not in starts:
                if line[0] in "-*•" and not line.endswith(":"):
                    continue
                coded = bool(pattern(_HEADING).search(line)) and len(line) <= 120
                rejecting = len(line) <= 80 and heading_rejects(line)
                system = foreign_heading(line)
                continue
            if coded:
                self._code_lines.add(number)
            if rejecting:
                self.rejecting_lines.add(start)
            if system:
                self._foreign_lines[number] = system

    def _line_of(self, offset: int) -> int:
        low, high = 0, len(self.lines)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.lines[middle][0] <= offset else (low, middle)
        return low

    def _ahead(self, at: int) -> str:
        start = self.lines[self.line[at]][0]
        return self.text[max(start, self.items[at].start - 120) : self.items[at].start]

    def _behind(self, at: int) -> str:
        end = self.lines[self.line[at]][1]
        return self.text[self.items[at].end : min(end, self.items[at].end + 120)]

    def _is_foreign(self, at: int) -> bool:
        item = self.items[at]
        written_as = self.text[item.start : item.end]
        heading = self._foreign_lines.get(self.line[at], "")
        return foreign(written_as, item.code, self._ahead(at), self._behind(at), heading)

    def _nothing_else(self) -> bool:
        """Return whether the text is nothing but codes, list signs and the words for codes."""
        rest = list(self.text)
        for item in self.items:
            rest[item.start : item.end] = " " * (item.end - item.start)
        return not pattern(_REST).sub("", "".join(rest))

    def _of_lines(self, possible: list[int]) -> set[int]:
        """Return the items of lines that have several and nothing else, where most are in the code set."""
        found: set[int] = set()
        by_line: dict[int, list[int]] = {}
        for at in possible:
            by_line.setdefault(self.line[at], []).append(at)
        for number, here in by_line.items():
            start, end = self.lines[number]
            rest = list(self.text[start:end])
            for at in here:
                low, high = self.items[at].start - start, self.items[at].end - start
                rest[low:high] = " " * (high - low)
            if pattern(_REST).sub("", "".join(rest)):
                continue
            only = self.items[here[0]]
            if len(here) == 1 and not (is_billable(only.code) and not (only.small and only.short)):
                continue
            if self._mostly_valid(here):
                found.update(here)
        return found

    def _mostly_valid(self, here: list[int]) -> bool:
        """Return whether most of these are in the code set, and none is something else.

        A single one counts only if nothing else is known by its name.
        """
        if any(map(self._other, here)) or (len(here) == 1 and self.items[here[0]].code in _ALSO_OTHER):
            return False
        return 2 * sum(exists(self.items[at].code) for at in here) > len(here)

    def _certain(self, at: int) -> bool:
        """Return whether an item is a code by itself, by its label, or by the words that describe it."""
        item = self.items[at]
        ahead, behind = self._ahead(at), self._behind(at)
        if pattern(_UNIT).match(behind):
            return False
        if pattern(_LABELLED).search(ahead) or _LABELLED_BEHIND.match(behind):
            return not item.small or item.writing == "dot" or exists(item.code)
        known = exists(item.code)
        described = known and self._described(at)
        if self._other(at) and (not described or pattern(_OTHER_DIRECTLY_BEFORE).search(ahead)):
            return False
        if item.writing == "dot" and not item.spaced and not self._other(at):
            return known or not (item.small or pattern(_NOT_DOTTED).search(ahead))
        place = self._place(at)
        if not known or (item.small and item.short and place != "brackets"):
            return False
        likely = is_billable(item.code) or not item.short
        if place and ((pattern(_ANSWER).search(ahead) and item.code not in _ALSO_OTHER) or self._below_label(at)):
            return likely
        if place == "alone" and _SENTENCE.search(ahead) and _SENTENCE_ENDS.match(behind):
            return is_billable(item.code) and not item.small and item.code not in _ALSO_OTHER
        if described or at in self.ranges:
            return described or not item.small
        if item.writing == "other":
            return bool(place)
        return place in ("head", "tail") and is_billable(item.code) and not item.short and not item.small

    def _below_label(self, at: int) -> bool:
        return self.line[at] in self._code_lines

    def _other(self, at: int) -> bool:
        """Return whether the words beside an item show it as something else: "vitamin B12", "N95 mask"."""
        item = self.items[at]
        ahead, behind = self._ahead(at), self._behind(at)
        if _TEMPERATURE.fullmatch(item.code) and pattern(_VITAL_SIGNS).search(f"{ahead} {behind}"):
            return True
        if item.writing == "dot" and not item.spaced:
            return bool(pattern(_NOT_DOTTED).search(ahead) or pattern(_UNIT).match(behind) or _HYPHENATED.search(ahead))
        return bool(
            pattern(_OTHER_BEFORE).search(ahead) or pattern(_OTHER_BEHIND).match(behind) or pattern(_UNIT).match(behind)
        )

    def _place(self, at: int) -> str:
        """Return where in its entry of a list an item is: "alone", "head", "tail", "brackets", or "" for in a text."""
        ahead, behind = self._ahead(at), self._behind(at)
        before, after = _AHEAD.search(ahead), _BEHIND.match(behind)
        if after is None:
            return ""
        if _BRACKETS.search(ahead) and re.match(r"[^()\n]*[)\]]", behind):
            return "brackets"
        if before is None:
            return "end" if after["alone"] is not None and behind.strip() == "" else ""
        if before["tail"]:
            return "tail" if after["alone"] is not None else ""
        if after["alone"] is not None:
            return "alone"
        if after["head"] is not None:
            return "head"
        return "head of words" if before["number"] is not None or ahead.rstrip().endswith(";") else ""

    def _joined(self, at: int, found: set[int]) -> bool:
        """Return whether nothing but a comma or "and" is between an item and a code."""
        place = self._place(at)
        after = _BEHIND.match(self._behind(at))
        closed = after is not None and (after["word"] is None or exists(self.items[at].code))
        if not closed or (place == "head of words" and not is_billable(self.items[at].code)):
            return False
        if after is not None and after["word"] is not None and not is_billable(self.items[at].code):
            return False
        if self.items[at].small and not exists(self.items[at].code):
            return False
        if at - 1 in found and self._joins(at - 1):
            return True
        begins = place not in ("", "end") or (is_billable(self.items[at].code) and not self.items[at].small)
        return begins and at + 1 in found and self._joins(at)

    def _in_pairs(self, possible: list[int]) -> set[int]:
        """Return the items that are joined to another such item, each billable and alone in its entry: "I10, E119"."""
        alone = {at for at in possible if self._place(at) == "alone" and is_billable(self.items[at].code)}
        pairs = [at for at in alone if at + 1 in alone and self._joins(at)]
        return {*pairs, *(at + 1 for at in pairs)}

    def _joins(self, at: int) -> bool:
        between = self.text[self.items[at].end : self.items[at + 1].start]
        return len(between) <= 30 and pattern(_JOIN).fullmatch(between) is not None

    def _listed(self, at: int, places: dict[int, str], seen: set[str]) -> bool:
        """Return whether an item is at the same place of its entry as codes are, and may be one."""
        item, place = self.items[at], places[at]
        if not place or place not in seen or item.small:
            return False
        if is_billable(item.code) or (exists(item.code) and not item.short and not item.spaced):
            return True
        return not item.short and not item.spaced and place in ("head", "tail", "alone")

    def _described(self, at: int) -> bool:
        """Return whether the words beside an item are words of its description in the code set."""
        item = self.items[at]
        wanted = _stems_of(item.code)
        if not wanted:
            return False
        low = max(self.items[at - 1].end if at else 0, item.start - _NEAR)
        high = min(self.items[at + 1].start if at + 1 < len(self.items) else len(self.text), item.end + _NEAR)
        ahead = re.split(r"[.!?;]\s|\n", self.text[low : item.start])[-1]
        behind = re.split(r"[.!?;]\s|\n", self.text[item.end : high])[0]
        if "," in ahead and not ahead.rstrip().endswith(("(", "[", ":", "-", ",", "|", "=", ">", "→", "\t")):
            ahead = ahead.rpartition(",")[2]
        beside = f"{ahead} {behind.partition(',')[0]}"
        return bool(wanted & {*_stems(beside), *_CAPITALS.findall(beside), *_stems(_expanded(beside))})

    def _find_ranges(self) -> set[int]:
        found: set[int] = set()
        for at, item in enumerate(self.items):
            if at + 1 < len(self.items):
                following = self.items[at + 1]
                between = self.text[item.end : following.start]
                both = len(item.code) == len(following.code) == 3
                tight = " " not in between or between.strip() != "-"
                close = both or (tight and following.code[:3] == item.code[:3])
                joined = pattern(_RANGE).fullmatch(between) or (
                    between == " and " and pattern(_BETWEEN).search(self._ahead(at))
                )
                if joined and close and item.code < following.code:
                    found |= {at, at + 1}
                    continue
            if _RANGE_END.match(self.text, item.end) and item.writing != "other":
                found.add(at)
        return found


def _line_bounds(text: str) -> list[tuple[int, int]]:
    bounds = []
    start = 0
    for line in text.split("\n"):
        bounds.append((start, start + len(line)))
        start += len(line) + 1
    return bounds


def _stems(text: str) -> Iterator[str]:
    for word in _WORD.findall(fold(text)):
        if word not in words("generic"):
            yield word[:_STEM]


def _expanded(text: str) -> str:
    """Return what the abbreviations of a text stand for, in all their meanings."""
    found = []
    for match in _CAPITALS.finditer(text):
        short = match[0].lower()
        found.append(abbreviations().get(short, ""))
        found += ambiguous_abbreviations().get(short, ())
    return " ".join(found)


@lru_cache(maxsize=4096)
def _stems_of(code: str) -> frozenset[str]:
    texts = descriptions(code)
    capitals = (word for text in texts for word in _CAPITALS.findall(text) if not any(map(str.isdigit, word)))
    return frozenset((*(stem for text in texts for stem in _stems(text)), *capitals))
