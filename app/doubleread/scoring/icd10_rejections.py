"""What the words around an ICD-10-CM code do with it: turn it down, or make it depend on a condition."""

from __future__ import annotations

import re
from collections.abc import Sequence

from doubleread.scoring.icd10_code_set import descriptions
from doubleread.scoring.icd10_forms import Written
from doubleread.scoring.icd10_words import pattern

_CLOSED = r"[\"'\])]*"
_OPEN = r"[\s\"'(\[]*"
_BRACKETS = r"(?:\s*\([^()\n]{0,80}\))?"
_TURNED_DOWN = rf"(?:\b<turned_down>\b:?|(?<!code )\bno\b(?![.:]))(?:\s+<turned_down_filler>\b)*(?:{_OPEN}|:\s*)*$"
_RULED_OUT = r"\b(?P<cue><ruled_out>)(?!\w)[^.;,\n]{0,60}$"
_CONDITION = r"(?:^|[.;,(\n]\s*|\b<only>\s)\b<if>\b[^.;\n]*$"
_SHOULD_IT = r"^\W*should\s+[^.;,\n]{3,60}\s+be\s+\w+,[^.;\n]*$"
_IN_LIST = r"(?:^|[.;]\s)[^\w\n]*(?:\w+ ){0,3}<rejecting_heading>(?!\w)[^:.;\n]{0,25}:(?:[^.;:\n]|\.(?=\d))*$"
_ALTHOUGH = r"\b<although>\b[^.;\n]*$"
_COULD = rf"{_CLOSED}{_BRACKETS}\s*<could>\b"
_FIRST_THOUGHT = r"\b<first_thought>\b[^.;\n]{0,40}$"
_THEN = r"[^.;\n]*?\b<then>\b"
_CONTRAST = r"\b<contrast>(?!\w)"
_DENIED = (
    rf"{_CLOSED}\s*(?:\?\s*<no>\b|(?:\([^()\n]{{0,80}}\)\s*)?[:=]\s*<no>(?=\s*(?:[.;,|)\n]|$))"
    r"|no(?=\s*(?:[.;,|)\n]|$))|(?:<seems>\s)?<marked_at_once>\b)"
)
_NOT = r"not\b(?! only| be (?:excluded|ruled out))"
_CANNOT = r"(?:can't|cannot)\b(?! be (?:excluded|ruled out))"
_SAID = rf"(?:{_NOT}|<down>(?!\w)|considered(?=,? <considered_and>))"
_TURNED_DOWN_BEHIND = (
    rf"{_CLOSED}(?:\s*\([^()\n]{{0,80}}\)|\s+[^.;:,()\n]{{0,60}}?)?(?:,?\s*(?:which|however,?|though,?)\s+|\s*)"
    rf"(?:<verb>\s+(?:<adverb>\s+)*{_SAID}|<verb_not>\b|{_CANNOT})"
)
_MARKED = (
    rf"{_CLOSED}[^.;\n]{{0,70}}?(?:\s[-:]\s*|[(\[,:]\s*|-\s|=\s*|\s\|\s*)"
    rf"(?:(?:<seems>\s)?(?P<cue><marked>)(?!\w)|[❌✗✘×])|{_CLOSED}\s*[❌✗✘]"
)
_CONDITION_BEHIND = (
    rf"{_CLOSED}{_BRACKETS}\s*(?:would|<could>)\b[^.;\n]{{0,60}}\b(?:once|when|only|<if>)\b"
    rf"|{_CLOSED}(?:\s*\([^()\n]{{0,80}}\)|\s*[-:]?\s*[^.;,()\n]{{0,60}}?)?[,\s(]*(?:only )?\b<if>\b"
    rf"|{_CLOSED}{_BRACKETS}\s*(?:is|are|would be)\s+(?:only\s+for\b|for\b[^.;\n]{{0,60}}\bonly\b)"
)
_OR = re.compile(rf"{_CLOSED}\s*(?:,?\s*\b(?:or|nor|and|oder|noch|und|ou|ni|et)\b|/|&){_OPEN}", re.I)
_REPLACED = re.compile(r"[\"'\])]*[ \t]*(?:->|=>|→|⇒)[ \t\"'(\[]*")
_OF_SEVERAL = rf"{_CLOSED}\s*<verb_plural>\b"
_SENTENCE = re.compile(r"[.!?;]\s")
_MARK_BEFORE = re.compile(r"(?:(?P<no>[❌✗✘])|[✔✓✅☑])\s*$")
_COMMA = re.compile(rf"{_CLOSED}\s*,{_OPEN}")
_VERSUS = rf"{_CLOSED}\s*\b<versus>\s{_OPEN}"
_HEADING = r"\b<rejecting_heading>(?!\w)"
_WINDOW = 110
_WINDOW_AND_DESCRIPTION = 250
_NEXT_TO = 6


def heading_rejects(line: str) -> bool:
    """Return whether a heading announces codes that do not count: "Excluded codes", "Considered but not assigned"."""
    return pattern(_HEADING).search(line) is not None


class Rejections:
    """Which codes of a text are rejected. `lines` are the starts of the lines below a heading that rejects them."""

    def __init__(self, text: str, codes: Sequence[Written], lines: set[int]) -> None:
        self._text = text
        self._codes = codes
        self._lines = lines
        own = [self._by_words(at) for at in range(len(codes))]
        joints = [self._joint(at) for at in range(len(codes) - 1)]
        several = False
        # "R07.9 and R06.02 are not coded" speaks of both.
        for at in range(len(codes) - 1, 0, -1):
            several = own[at] and (several or pattern(_OF_SEVERAL).match(self._behind(at)) is not None)
            several = several and joints[at - 1] in ("or", "comma")
            own[at - 1] = own[at - 1] or several
        left_open = {at + side for at, joint in enumerate(joints) if joint == "versus" for side in (0, 1)}
        left_open |= {at for at, joint in enumerate(joints) if joint == "replaced"}
        self._rejected = [rejected or at in left_open for at, rejected in enumerate(own)]
        follows_or = False
        # From the last code on: whether the list of a code goes on to an "or".
        or_ahead = [False] * len(codes)
        for at in range(len(codes) - 2, -1, -1):
            follows_or = joints[at] == "or" or (follows_or and joints[at] == "comma")
            or_ahead[at] = follows_or
        labelled = False
        for at in range(1, len(codes)):
            if own[at - 1]:
                labelled = text[max(0, codes[at - 1].start - 4) : codes[at - 1].start].rstrip().endswith((":", " of"))
            if self._rejected[at - 1] and joints[at - 1] in ("or", "comma") and not self._rejected[at]:
                self._rejected[at] = labelled or joints[at - 1] == "or" or or_ahead[at]

    def rejected(self, at: int) -> bool:
        """Return whether a code is rejected, by itself or joined to a rejected one: "not E10.9 or E13.9"."""
        return self._rejected[at]

    def _joint(self, at: int) -> str:
        between = self._text[self._codes[at].end : self._codes[at + 1].start]
        if len(between) > 20:
            return ""
        if pattern(_VERSUS).fullmatch(between):
            return "versus"
        if _REPLACED.fullmatch(between):
            return "replaced"
        return "or" if _OR.fullmatch(between) else "comma" if _COMMA.fullmatch(between) else ""

    def _by_words(self, at: int) -> bool:
        code = self._codes[at]
        line_start = self._text.rfind("\n", 0, code.start) + 1
        if line_start in self._lines:
            return True
        before = self._codes[at - 1].end if at else 0
        low = max(line_start, before, code.start - _WINDOW)
        ahead = _SENTENCE.split(self._text[low : code.start])[-1]
        sentence = _SENTENCE.split(self._text[max(line_start, code.start - _WINDOW) : code.start])[-1]
        mark = _MARK_BEFORE.search(ahead)
        if mark:
            return mark["no"] is not None
        return _rejects_what_follows(ahead, sentence, code.code) or _rejects_what_was(
            self._behind(at), ahead, code.code
        )

    def _behind(self, at: int) -> str:
        """Return what follows a code, up to the next one or the end of its line, without the code's description."""
        code = self._codes[at]
        line_end = self._text.find("\n", code.end)
        line_end = len(self._text) if line_end < 0 else line_end
        following = self._codes[at + 1].start if at + 1 < len(self._codes) else line_end
        stretch = self._text[code.end : min(line_end, following, code.end + _WINDOW_AND_DESCRIPTION)]
        return _after_description(stretch, code.code)[:_WINDOW]


def _rejects_what_follows(ahead: str, sentence: str, code: str) -> bool:
    """Return whether the words before a code turn it down. `ahead` begins behind the previous code."""
    if pattern(_TURNED_DOWN).search(ahead):
        return True
    if any(pattern(wording).search(sentence) for wording in (_CONDITION, _SHOULD_IT, _IN_LIST)):
        return True
    since = ahead[max((match.end() for match in pattern(_CONTRAST).finditer(ahead)), default=0) :]
    ruled_out = pattern(_RULED_OUT).search(since)
    return ruled_out is not None and not _describes(ruled_out, code)


def _rejects_what_was(behind: str, ahead: str, code: str) -> bool:
    """Return whether the words behind a code turn it down."""
    if pattern(_DENIED).match(behind) or (pattern(_FIRST_THOUGHT).search(ahead) and pattern(_THEN).match(behind)):
        return True
    behind = _SENTENCE.split(behind)[0]
    if pattern(_COULD).match(behind) and pattern(_ALTHOUGH).search(ahead):
        return True
    if pattern(_TURNED_DOWN_BEHIND).match(behind) or pattern(_CONDITION_BEHIND).match(behind):
        return True
    marked = pattern(_MARKED).match(behind)
    return marked is not None and not _describes(marked, code)


def _after_description(behind: str, code: str) -> str:
    """Return what follows a code without its own description: "Z66 Do not resuscitate" rejects nothing."""
    first = next(iter(descriptions(code)), "").lower()
    at = behind.lower().find(first) if first else -1
    return behind[at + len(first) :] if 0 <= at <= _NEXT_TO else behind


def _describes(rejection: re.Match[str], code: str) -> bool:
    """Return whether words that seem to reject a code are those of its description: "acquired absence of left foot"."""
    cue = rejection["cue"]
    return cue is not None and any(cue.lower() in text.lower() for text in descriptions(code))


__all__ = ["Rejections", "heading_rejects"]
