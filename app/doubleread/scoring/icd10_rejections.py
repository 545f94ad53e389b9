"""What the words around an ICD-10-CM code do with it: turn it down, or make it depend on a condition."""

from __future__ import annotations

import re
from collections.abc import Sequence

from doubleread.scoring.icd10_code_set import descriptions
from doubleread.scoring.icd10_forms import Written

_FILLER = (
    r"(?:\s+(?:a|an|the|code|codes|coded|coding|as|to|use|using|assign|with|from|for|necessarily|yet|include|report|"
    r"suspected|possible|probable|ICD-10(?:-CM)?|zu|kodieren|kodiert|den|die|der|kode|le|la|any|of))*"
)
_TURNED_DOWN = re.compile(
    rf"\b(?:not|never|neither|nor|nicht|keine?n?|pas|statt|anstatt|anstelle von|au lieu de|plutôt que|rather than|"
    rf"instead of|as opposed to|other than|in place of|replac(?:es|ing)|avoid|omit(?:ted)?|remov(?:e|ed|ing)|"
    rf"delet(?:e|ed)|don't|doesn't|isn't|wasn't|cannot|can't|excludes?\s?[12]?|excluding|exclu(?:t|re)|"
    rf"no (?:separate )?code for|drop(?:ped)?|no longer|reject(?:ed|s)?)\b:?{_FILLER}[\s\"'(\[:]*$",
    re.I,
)
_RULED_OUT = re.compile(
    r"(?P<cue>\b(?:rul(?:e|ed|es|ing)[\s-]?out|r/o|exclud(?:e|ed|ing)|not coded|not assigned|not applicable|"
    r"considered but not \w+|no evidence of|no history of|no signs? of|negative for|denie[sd]|absence of|"
    r"unlikely(?: to be)?|ausgeschlossen|ausschluss(?: von| einer| eines)?|"
    r"kein(?:e|en)? (?:hinweis|anhalt)\w* (?:auf|für)|"
    r"pas de signes? de|à exclure|exclu|écarté)\b)[^.;,\n]{0,60}$",
    re.I,
)
_CONDITION = re.compile(
    r"(?:^|[.;,(\n]\s*|\b(?:only|but|and|also|add|nur)\s)\b(?:if|unless|wenn|falls|sofern|si)\b[^.;\n]*$",
    re.I,
)
_ALTHOUGH = re.compile(r"\b(?:although|though|while|even if|obwohl|bien que)\b[^.;\n]*$", re.I)
_COULD = re.compile(r"[\"'\])]*(?:\s*\([^()\n]{0,80}\))?\s*(?:could|might|may|can|könnte|pourrait)\b", re.I)
_CONTRAST = re.compile(r"\b(?:but|sondern|mais|rather use|use|instead,|however|aber|stattdessen)\b", re.I)
_VERB = (
    r"(?:is|was|are|were|should|would|could|can|must|may|will|do|does|did|has been|have been|had been|ist|sind|wurde|"
    r"wird|sollte|kann|est|était|a été|n'est|n'a)"
)
_DOWN = (
    r"(?:not\b(?! only| be (?:excluded|ruled out))|never|nicht|pas\b|excluded|ruled out|rejected|removed|omitted|"
    r"dropped|replaced|incorrect|wrong|inappropriate|inaccurate|inapplicable|unlikely|unsupported|outdated|invalid|"
    r"less (?:likely|appropriate|specific|accurate)|"
    r"ausgeschlossen|verworfen|falsch|exclue?|écartée?|incorrecte?|only considered|initially considered|"
    r"considered(?=,? (?:but|and (?:then )?(?:rejected|excluded|ruled out)|initially|first)))"
)
_TURNED_DOWN_BEHIND = re.compile(
    rf"[\"'\])]*(?:\s*\([^()\n]{{0,80}}\)|\s+[^.;:,()\n]{{0,60}}?)?,?\s*(?:which\s+)?"
    rf"(?:{_VERB}\s+(?:also\s+|therefore\s+|be\s+|been\s+|briefly\s+|clearly\s+|explicitly\s+)*{_DOWN}"
    rf"|(?:isn't|wasn't|aren't|doesn't|don't|didn't|shouldn't|(?:can't|cannot)(?! be (?:excluded|ruled out)))\b)",
    re.I,
)
_MARKED = re.compile(
    r"[\"'\])]*[^.;\n]{0,70}?(?:\s[-:]\s*|[(\[,:]\s*|-\s|=\s*|\s\|\s*)"
    r"(?:(?:was |were |is |has been )?(?P<cue>ruled out|excluded|rejected|not (?:coded|applicable|assigned|supported|"
    r"present|indicated|used|documented|reported|selected|included|billable here)|incorrect|considered,? but|omitted|"
    r"removed|ausgeschlossen|nicht kodiert|nicht zutreffend|verworfen|exclue?|écartée?|non retenue?|non codée?)\b"
    r"|[❌✗✘×])"
    r"|[\"'\])]*\s+(?:not (?:coded|applicable|assigned|used|reported|selected|included)|nicht kodiert)\b"
    r"|[\"'\])]*\s*[❌✗✘]",
    re.I,
)
_CONDITION_BEHIND = re.compile(
    r"[\"'\])]*(?:\s*\([^()\n]{0,80}\))?\s*(?:would|could|might|may)\b[^.;\n]{0,60}\b(?:if|once|when|only)\b"
    r"|[\"'\])]*(?:\s*\([^()\n]{0,80}\)|\s*[-:]?\s*[^.;,()\n]{0,60}?)?[,\s(]*(?:only )?\b(?:if|unless)\b",
    re.I,
)
_OR = re.compile(r"[\"'\])]*\s*(?:,?\s*\b(?:or|nor|and|oder|noch|und|ou|ni|et)\b|/|&)[\s\"'(\[]*", re.I)
_REPLACED = re.compile(r"[\"'\])]*\s*(?:->|=>|→|⇒)\s*[\"'(\[]*")
_VERSUS = re.compile(r"[\"'\])]*\s*\b(?:vs\.?|versus|gegenüber)\s[\s\"'(\[]*", re.I)
_COMMA = re.compile(r"[\"'\])]*\s*,[\s\"'(\[]*")
_HEADING = re.compile(
    r"\b(?:exclu(?:ded|sions?|s)|excludes?\s?[12]?|rejected|ruled[\s-]out|not (?:coded|assigned|applicable|included|"
    r"selected|used|supported)|considered but|discarded|removed|omitted|ausgeschlossene?\w*|nicht kodiert\w*|"
    r"codes? not|écartés?|non retenus?|do not (?:code|use|assign))\b",
    re.I,
)
_WINDOW = 110


def heading_rejects(line: str) -> bool:
    """Return whether a heading announces codes that do not count: "Excluded codes", "Considered but not assigned"."""
    return _HEADING.search(line) is not None


class Rejections:
    """Which codes of a text are rejected. `lines` are the starts of the lines below a heading that rejects them."""

    def __init__(self, text: str, codes: Sequence[Written], lines: set[int]) -> None:
        self._text = text
        self._codes = codes
        self._lines = lines
        own = [self._by_words(at) for at in range(len(codes))]
        joints = [self._joint(at) for at in range(len(codes) - 1)]
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
                labelled = text[max(0, codes[at - 1].start - 4) : codes[at - 1].start].rstrip().endswith(":")
            if self._rejected[at - 1] and joints[at - 1] in ("or", "comma") and not self._rejected[at]:
                self._rejected[at] = labelled or joints[at - 1] == "or" or or_ahead[at]

    def rejected(self, at: int) -> bool:
        """Return whether a code is rejected, by itself or joined to a rejected one: "not E10.9 or E13.9"."""
        return self._rejected[at]

    def _joint(self, at: int) -> str:
        between = self._text[self._codes[at].end : self._codes[at + 1].start]
        if len(between) > 20:
            return ""
        if _VERSUS.fullmatch(between):
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
        ahead = re.split(r"[.!?;]\s", self._text[low : code.start])[-1]
        whole_ahead = re.split(r"[.!?;]\s", self._text[max(line_start, code.start - _WINDOW) : code.start])[-1]
        since = ahead[max((match.end() for match in _CONTRAST.finditer(ahead)), default=0) :]
        if _TURNED_DOWN.search(ahead) or _CONDITION.search(whole_ahead):
            return True
        if (ruled_out := _RULED_OUT.search(since)) and not _describes(ruled_out, code.code):
            return True
        line_end = self._text.find("\n", code.end)
        line_end = len(self._text) if line_end < 0 else line_end
        following = self._codes[at + 1].start if at + 1 < len(self._codes) else line_end
        behind = self._text[code.end : min(line_end, following, code.end + _WINDOW)]
        behind = re.split(r"[.!?;]\s", behind)[0]
        if _COULD.match(behind) and _ALTHOUGH.search(ahead):
            return True
        if _TURNED_DOWN_BEHIND.match(behind) or _CONDITION_BEHIND.match(behind):
            return True
        marked = _MARKED.match(behind)
        return marked is not None and not _describes(marked, code.code)


def _describes(rejection: re.Match[str], code: str) -> bool:
    """Return whether words that seem to reject a code are those of its description: "acquired absence of left foot"."""
    cue = rejection["cue"]
    return cue is not None and any(cue.lower() in text.lower() for text in descriptions(code))


__all__ = ["Rejections", "heading_rejects"]
