"""The diagnoses of an answer that is a list: numbered, bulleted, in one line, or JSON."""

from __future__ import annotations

import re

from doubleread.scoring.differential_names import TIED, Groups, trimmed
from doubleread.scoring.plain import Plain, visible_stretch

_LIST_MARK = re.compile(
    r"^(?P<indent>[ \t>]*)(?:#{1,6}[ \t]+)?(?:\*\*|__)?"
    r"(?:(?P<number>\(?\d{1,2}[.):]\)?|#\d{1,2}[.:)]?|(?:diagnosis|dx|rank|differential)[ \t]*#?\d{1,2}[ \t]*[.:)-])"
    r"|(?P<bullet>[-*+•‣◦–—]))(?:\*\*|__)?[ \t]+(?P<item>\S.*)$",
    re.M | re.I,
)
_INLINE_MARK = re.compile(r"(?<![^\s:])\(?(\d{1,2})[.)]\s+(?=\D)")
_HEADING_OF_OTHERS = re.compile(
    r"\b(?:finding|feature|symptom|sign|evidence|reason|because|support|criteria|step|test|investigation|work-?up|"
    r"management|treatment|therapy|plan|recommend|explanation|rationale|key point|history|exam|lab|risk factor|"
    r"ruled out|excluded|unlikely|cause)\w*[^\n]*$",
    re.I,
)
_HEADING_OF_DIAGNOSES = re.compile(r"\b(?:differential|diagnos[ei]s|possibilit|likely|consider|impression|ddx)", re.I)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|shows?|suggests?|presents?|should|would|can|could|may|does|do|did|perform|"
    r"order|start|give|obtain|administer|check|the patient|he|she)\b",
    re.I,
)
_ITEM_END = re.compile(
    r"[:;.\n]|\s[-–—]+\s|\s(?:because|since|given|as (?:it|this|the|evidenced)|which|that|based on|"
    r"due to the|supported by|suggested by|with (?:its|the|his|her)|is|are|would|could|may|can|typically|presents?)\b"
    r"|,\s(?:which|but|as|given|although|though|because|since|especially|particularly)\b"
    r"|\s*\((?=[^()]*(?:likel|probab|%|possib|rank|confiden|most|least))",
    re.I,
)
_JSON_TOKEN = re.compile(r'"(?P<string>(?:[^"\\]|\\.)*)"(?P<colon>\s*:)?|(?P<open>[\[{])|(?P<close>[\]}])')
_JSON_KEY = re.compile(r"diagnos|differential|^dx$|^ddx$|^name$|^condition$|^disease$|most.?likely|^answer$", re.I)
_JSON_FIRST = re.compile(r"most.?likely|final|primary|leading|^diagnosis$|^answer$|^dx$", re.I)


def listed(raw: str, plain: Plain) -> Groups:
    """Return the heads of the first numbered or bulleted list that is one of diagnoses."""
    start, end, _ = visible_stretch(raw)
    runs: list[list[re.Match[str]]] = []
    for match in _LIST_MARK.finditer(raw[start:end]):
        if not runs or not _goes_on(runs[-1], match):
            if runs and _is_below(runs[-1][0], match):
                continue
            runs.append([])
        runs[-1].append(match)
    for run in runs:
        if len(run) >= 2 and (groups := _heads(plain, run, start)):
            return groups
    return []


def _goes_on(run: list[re.Match[str]], match: re.Match[str]) -> bool:
    """Return whether an item belongs to the list so far: the same kind of mark, as far in, the next number."""
    first, last = run[0], run[-1]
    if bool(first["number"]) != bool(match["number"]) or len(first["indent"]) != len(match["indent"]):
        return False
    if match["number"]:
        return _number(match) == _number(last) + 1
    between = match.string[last.end() : match.start()]
    return re.search(r"^\S", between.strip("\n"), re.M) is None


def _is_below(first: re.Match[str], match: re.Match[str]) -> bool:
    """Return whether an item explains one of the list: further in, or a bullet under a number."""
    return len(match["indent"]) > len(first["indent"]) or (first["number"] is not None and match["number"] is None)


def _number(match: re.Match[str]) -> int:
    return int(re.sub(r"\D", "", match["number"]))


def listed_inline(text: str) -> Groups:
    """Return the names of a numbered list in one line: "1. Gout 2. Pseudogout"."""
    for line in re.finditer(r"[^\n]+", text if "1." in text or "1)" in text else ""):
        marks = list(_INLINE_MARK.finditer(line[0][:2000]))
        if len(marks) < 2 or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
            continue
        ends = [*(mark.start() for mark in marks[1:]), len(line[0])]
        groups = [
            group
            for mark, end in zip(marks, ends, strict=True)
            for group in _head(text, line.start() + mark.end(), line.start() + end) or []
        ]
        if len(groups) == len(marks):
            return groups
    return []


def _heads(plain: Plain, run: list[re.Match[str]], start: int) -> Groups:
    """Return the names that the items of a list begin with; none where the list is one of something else."""
    text = run[0].string
    before = text[max(0, run[0].start() - 300) : run[0].start()].rstrip().rsplit("\n", 1)[-1]
    if before and not _HEADING_OF_DIAGNOSES.search(before) and _HEADING_OF_OTHERS.search(before):
        return []
    groups: Groups = []
    for match in run:
        low = plain.plain_offset(start + match.start("item"))
        high = plain.plain_offset(start + match.end("item"))
        group = _head(plain.text, low, high)
        if group is None:
            return []
        groups.extend(group)
    return groups


def _head(text: str, low: int, high: int) -> Groups | None:
    """Return the name that an item begins with, if any; None if the item is a sentence and no name."""
    ends = _ITEM_END.search(text, low, high)
    cut = ends.start() if ends else high
    if cut - low > 120:
        return None
    name = trimmed(text, low, cut)
    if name is None:
        return []
    return None if _VERB.search(text, *name) else _split_item(text, *name)


def _split_item(text: str, low: int, high: int) -> Groups:
    """Return the one name of a list's item; "A or B" in one item shares its rank, and nothing else splits it."""
    names = []
    position = low
    for match in TIED.finditer(text, low, high):
        if name := trimmed(text, position, match.start()):
            names.append(name)
        position = match.end()
    if name := trimmed(text, position, high):
        names.append(name)
    return [names] if names else []


def listed_in_json(text: str) -> Groups:
    """Return the strings of a JSON answer that are under a key of diagnoses, in their order."""
    opened = re.match(r"\s*(?:json\s*)?[\[{]", text, re.I)
    if not opened:
        return []
    first: Groups = []
    rest: Groups = []
    keys: list[str] = []
    key = ""
    for match in _JSON_TOKEN.finditer(text, 0, 20_000):
        if match["open"]:
            keys.append(key)
            key = key if match["open"] == "[" else ""
        elif match["close"]:
            key = keys.pop() if keys else ""
        elif match["colon"]:
            key = match["string"]
        elif (_JSON_KEY.search(key) or (not key and not any(keys))) and (name := trimmed(text, *match.span("string"))):
            (first if _JSON_FIRST.search(key) and not rest else rest).append([name])
    return [*first, *rest]
