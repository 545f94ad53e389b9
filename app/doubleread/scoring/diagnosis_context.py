"""What the sentence around a name says of it: negated, doubted, past, a risk, an example, one of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from doubleread.scoring.diagnosis_data import word_list
from doubleread.scoring.diagnosis_match import Place
from doubleread.scoring.diagnosis_names import STOP, Name
from doubleread.scoring.diagnosis_phrase import objection_beside, phrase_of
from doubleread.scoring.diagnosis_words import Token, normal_words

NEGATED = "the name is negated or turned down"
OPEN = "the answer leaves it open between diagnoses"
TURNED_DOWN = "the answer goes on to another diagnosis"

# In a list of diagnoses, what passes a name over or gives it as an example speaks against nothing.
_NOT_IN_A_LIST = ("passed_over", "example")
_CLAUSE_SIGN = re.compile(r"[;:]|\bbut\b|, (?=not )", re.I)
# Behind such a comma a main clause begins, to which a negation before it does not reach.
_MAIN_CLAUSE = re.compile(
    r",\s+(?=(?:this|it|the|i|we|these|he|she|my|so|then|his|her)\b[^,]*\b(?:is|are|was|suggests?|suggesting|indicates?|"
    r"points?|consistent|diagnos\w*|has|have|suffers?|think|believe|favou?rs?|fits?|makes?)\b)",
    re.I,
)
_RELATIVE = re.compile(
    r"\b(?:mother|father|sister|brother|parent|uncle|aunt|cousin|grandmother|grandfather|sibling|relative)s?(?:'s)?\b"
    r"[^.;:]{0,40}$",
    re.I,
)
_ASKED = re.compile(r"^\s*\?")
_ASKED_BEFORE = re.compile(r"\?\s*$")
_TURNS_DOWN = re.compile(r"\b(?:over|anything but)\s+(?:an?\s+)?$", re.I)
_FORCED = re.compile(r"\bif (?:i|we) (?:had|have|were|am|must)\b", re.I)
_STATED_AFTER = re.compile(r"\s+(?:to be\s+|as\s+)?(?:the\s+)?(?:most|likeliest|leading|best|diagnosis)\b", re.I)
_LESSER_CLAUSE = re.compile(
    r"\b(?:but|because|since|although|though|while|whereas|rather|not only|given|as it|which|and not|despite|even)\b",
    re.I,
)
# "But it is ...", "however, the biopsy shows ...": not "but the uric acid is normal".
_TURN = re.compile(
    r"\b(?:but|however|yet|actually|instead|until)\b[^.;\n]{0,40}?"
    r"(?:\b(?:it|this|that|diagnosis|answer|patient|he|she|biops\w+|histolog\w+|cultures?|serolog\w*|imaging|patholog\w+|"
    r"results?|tests?|pcr|mri|ct|final\w*)\b[^.;\n]{0,30}?"
    r"\b(?:is|was|are|were|turn\w* out|prove[sdn]*|show\w*|reveal\w*|confirm\w*|found|favou?r\w*|suggest\w*|point\w*|"
    r"indicat\w*)\b|\bin (?:fact|reality)\b)(?P<then>[^.;\n]{0,80})",
    re.I,
)
_ONLY_A_REMARK = re.compile(
    r"^\s*(?:\w+\s+){0,2}?(?:need\w*|requir\w*|recommend\w*|advis\w*|importan\w*|possible|warranted|necessary|treatable|rare|"
    r"common|unusual|uncommon|uncertain|also|still|indicated|consistent with this|this|it|the same|compatible)\b",
    re.I,
)
_BEHIND_ANOTHER = re.compile(
    r"(?P<before>[\w'-]+)\s+(?:\w+ly\s+)?(?:due to|caused by|secondary to|because of|complicating|"
    r"(?:as\s+)?an?\s+(?:complication|consequence|result|manifestation|sequela) of|(?:complication|sequela)s? of|"
    r"resulting from|arising from|following|after|triggered by|associated with|leading to|complicated by|"
    r"in the setting of|superimposed on|on top of|mimicking|in a patient with|in patients with|from)\s+"
    r"(?:an?\s+|the\s+|his\s+|her\s+)?(?:[\w-]+\s+){0,2}$",
    re.I,
)
_LINKED = re.compile(r"(?:\b(?:and|with|plus|then)|\+|&)\s+(?:an?\s+|the\s+)?$", re.I)
_STATING = re.compile(
    r"\b(?:consistent|compatible|in keeping|in line|diagnosed|fits?|agrees?|goes|presents?|patient|associated|left|"
    r"case)\s+(?:\w+ly\s+)?with\s+(?:an?\s+|the\s+)?$",
    re.I,
)
_OPEN_WORD = re.compile(r"\b(?:or|versus|vs|and/or|either)\b", re.I)
_SLASH = re.compile(r"(?<!\d)/|/(?!\d)")
_PART_END = re.compile(r"[,;:()\n]")


@lru_cache(maxsize=1)
def _cues_before() -> dict[str, tuple[re.Pattern[str], str]]:
    """Return for each kind of phrase before a name what finds it, and what is said of it."""
    reach = {"negated": r"[^.;:]{0,60}$", "doubtful": r"[^.;:]{0,60}$", "passed_over": r"[^.;:]{0,60}$"}
    reach["example"] = r"[.,:]*[^.;:]{0,60}$"
    return {
        kind: (re.compile(_any_of(table["phrases"]) + reach.get(kind, r"[^.;:,]{0,40}$"), re.I), table["reason"])
        for kind, table in word_list("phrases")["before"].items()
    }


@lru_cache(maxsize=1)
def _cues_after() -> list[tuple[str, re.Pattern[str], str]]:
    return [
        (kind, re.compile(r"^[^.;,]{0,40}?" + _any_of(table["phrases"]), re.I), table["reason"])
        for kind, table in word_list("phrases")["after"].items()
    ]


def _any_of(phrases: Sequence[str]) -> str:
    listed = sorted(phrases, key=len, reverse=True)
    written = (re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in listed)
    return rf"(?<![\w'])(?:{'|'.join(written)})(?!\w)"


def objection(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name], listed: bool = False) -> str:
    """Return why a name that is in a sentence is not what the answer says, or an empty string.

    `names` are all accepted ones. `listed` says that it is in a list of diagnoses, where "or" and "differential"
    speak against nothing.
    """
    low, high = phrase_of(tokens, place, sentence)
    before, after = sentence[:low], sentence[high:]
    return (
        _said_before(before, listed)
        or _said_after(after)
        or objection_beside(sentence, tokens, place, names, listed)
        or (OPEN if not listed and _is_open(sentence, low, high) else "")
        or ("" if listed else _behind_another(before, tokens, place))
        or ("" if listed else _turned_down(after, names))
    )


def _said_before(before: str, listed: bool) -> str:
    clause = _CLAUSE_SIGN.split(before)[-1]
    main = list(_MAIN_CLAUSE.finditer(clause))
    clause = clause[main[-1].end() :] if main else clause
    for kind, (cue, reason) in _cues_before().items():
        if listed and kind in _NOT_IN_A_LIST:
            continue
        if cue.search(clause) and not (kind == "hypothetical" and _FORCED.search(clause)):
            return reason
    if _TURNS_DOWN.search(before):
        return NEGATED
    if _ASKED_BEFORE.search(before):
        return _cues_before()["doubtful"][1]
    return _cues_before()["history"][1] if _RELATIVE.search(clause) else ""


def _said_after(after: str) -> str:
    if _ASKED.match(after):
        return NEGATED
    clause = _LESSER_CLAUSE.split(after)[0]
    for kind, cue, reason in _cues_after():
        match = cue.search(clause)
        if match and not (kind == "doubtful" and _STATED_AFTER.match(clause, match.end())):
            return reason
    return ""


def _turned_down(after: str, names: Sequence[Name]) -> str:
    """Return an objection if the sentence goes on "but it is" with another diagnosis."""
    turn = _TURN.search(after)
    if not turn or _ONLY_A_REMARK.match(turn["then"]) or not turn["then"].strip(" ,"):
        return ""
    then = set(normal_words(turn["then"]))
    return "" if any(then.issuperset(name.telling) for name in names) else TURNED_DOWN


def _is_open(sentence: str, low: int, high: int) -> bool:
    """Return whether "or" is near a name, or a slash beside it, and neither is part of the name itself."""
    before, name, after = sentence[max(0, low - 80) : low], sentence[low:high], sentence[high : high + 60]
    beside = _PART_END.split(before)[-1] + " " + _PART_END.split(after)[0]
    opened = _OPEN_WORD.search(before) or _OPEN_WORD.search(after) or _SLASH.search(beside)
    return bool(opened) and not (_OPEN_WORD.search(name) or _SLASH.search(name))


@lru_cache(maxsize=1)
def _complaints() -> frozenset[str]:
    return frozenset(word_list("phrases")["complaints"]["words"].split())


def _is_a_complaint(word: str) -> bool:
    """Return whether what is due to the diagnosis is no other one: a symptom, or an electrolyte out of range."""
    return word in _complaints() or (word.startswith("hyp") and word.endswith(("emia", "aemia")))


def _behind_another(before: str, tokens: Sequence[Token], place: Place) -> str:
    cause = _BEHIND_ANOTHER.search(before)
    if cause and not _is_a_complaint(cause["before"].lower()):
        return "the name is given as the cause or consequence of another diagnosis"
    linked = _LINKED.search(before)
    if linked and not _STATING.search(before) and any(token.word not in STOP for token in tokens[: place.first]):
        return "the name follows another diagnosis"
    return ""
