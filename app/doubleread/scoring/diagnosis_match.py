"""Where a stretch of an answer names a diagnosis, and what speaks against taking it at its word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from doubleread.scoring.diagnosis_contrasts import CHANGING, contradicts, opposed
from doubleread.scoring.diagnosis_names import STOP, Name, inside_another, known_words
from doubleread.scoring.diagnosis_words import Token, word_set

NEGATED = "the name is negated or turned down"
OPEN = "the answer leaves it open between diagnoses"

_DENIED_BEFORE = re.compile(
    r"\b(?:not|no|never|nor|neither|rul(?:e|es|ed|ing) out|exclud\w+|without|unlike|rather than|instead of|"
    r"unlikely|denies|denied|lacks?|absence of|against|isn't|wasn't|don't|doesn't|didn't|cannot be|can't be|"
    r"free of|negative for|distinguish\w*|differentiat\w+|r/o|other than|misdiagnos\w+|mistaken\w*|doubt\w*|"
    r"(?:insufficient|little|weak|scant) evidence|refut\w+|reject\w*|dismiss\w*|discard\w*|fails? to)\b[^.;:]{0,60}$"
    r"|\bover\s+(?:an?\s+)?$",
    re.I,
)
_ANYTHING_BUT = re.compile(r"\banything but\s+(?:an?\s+)?$", re.I)
_PASSED_OVER = re.compile(r"\b(?:less likely|differential\w*|mimic\w*|considered|resembl\w+)\b[^.;:]{0,60}$", re.I)
_DENIED_AFTER = re.compile(
    r"^[^.;,]{0,40}\b(?:unlikely|less likely|ruled out|excluded|not|isn't|wasn't|improbable|"
    r"considered|was thought|negative|absent|wrong|incorrect|false|doubtful|refuted|rejected|dismissed|implausible)\b"
    r"|^\s*\?",
    re.I,
)
_HISTORY = re.compile(
    r"\b(?:history of|h/o|family history|(?:mother|father|sister|brother|parent|uncle|aunt|cousin|grandmother|"
    r"grandfather)(?:'s)?\b[^.;:]{0,20}|previous(?:ly)?|prior|past|risk (?:of|for|factors? for)|"
    r"screening for|vaccin\w+ (?:against|for))\b[^.;:,]{0,30}$",
    re.I,
)
_BEHIND_ANOTHER = re.compile(
    r"(?P<before>[\w'-]+)\s+(?:\w+ly\s+)?(?:due to|caused by|secondary to|because of|complicating|"
    r"as a complication of|"
    r"resulting from|arising from|following|triggered by|associated with|leading to|complicated by|in the setting of|"
    r"superimposed on|from)\s+(?:an?\s+|the\s+|his\s+|her\s+)?(?:[\w-]+\s+){0,2}$",
    re.I,
)
# What is due to the diagnosis without being another one.
_COMPLAINTS = word_set(
    """is are was were be being been likely probably possibly presumably most symptom symptoms finding findings
    presentation picture sign signs condition illness illnesses pain fever dyspnea cough syncope seizure seizures
    weakness breath jaundice bleeding rash edema fatigue headache vomiting this that it these which changes lesions
    lesion failure death complaint complaints problem problems suffering abnormalities results murmur loss swelling
    shock episode episodes attack attacks history"""
)
_LINKED = re.compile(r"\b(?:and|with)\s+(?:an?\s+|the\s+)?$", re.I)
_STATING = re.compile(
    r"\b(?:consistent|compatible|in keeping|in line|diagnosed|fits?|agrees?|goes)\s+(?:\w+ly\s+)?"
    r"with\s+(?:an?\s+|the\s+)?$",
    re.I,
)
_OPEN_WORD = re.compile(r"\b(?:or|versus|vs|and/or|either)\b|(?<!\d)/(?!\d)", re.I)
_LESSER = re.compile(r"\b(?:but|because|since|although|though|while|whereas|rather|not only|given|as it|which)\b")
_TO = re.compile(r"secondary to\b", re.I)
_PHRASE_END = re.compile(r"[,.;:()\n]")
_AFTER_EPONYM = word_set(
    """of in with due is are was and or as given which because by at on to from that without causing presenting
    complicated involving affecting secondary stage type should would could may has have accounts explains"""
)


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a list of words: from word `first` to word `last`. `quality` is 1 where it stands word for word."""

    name: Name
    first: int
    last: int
    quality: float


def find(tokens: Sequence[Token], name: Name) -> Place | None:
    """Return the closest place where all telling words of a name stand together, misspelt ones among them."""
    here = [token.word for token in tokens]
    words = list(name.words)
    for index in range(len(here) - len(words) + 1):
        if here[index] == words[0] and here[index : index + len(words)] == words:
            return Place(name, index, index + len(words) - 1, 1.0)
    wanted = name.telling
    if len("".join(wanted)) < 4:
        return None
    at: list[list[tuple[int, float]]] = []
    for word in wanted:
        spots = [(place, 0.0) for place, other in enumerate(here) if other == word]
        spots = spots or [(place, 0.1) for place, other in enumerate(here) if misspelt(word, other)]
        if not spots:
            return None
        at.append(spots)
    reach = len(words) + 2
    best: Place | None = None
    for start in sorted({place for spots in at for place, _ in spots}):
        chosen = [next((spot for spot in spots if start <= spot[0] < start + reach), None) for spots in at]
        taken = [spot for spot in chosen if spot is not None]
        if len(taken) < len(at) or len({place for place, _ in taken}) < len(taken):
            continue
        quality = 0.95 - sum(cost for _, cost in taken)
        if best is None or quality > best.quality:
            best = Place(name, start, max(place for place, _ in taken), quality)
    return best


@lru_cache(maxsize=65536)
def misspelt(word: str, other: str) -> bool:
    """Say whether one word is the other with a letter or two wrong, and neither is a word of its own."""
    if min(len(word), len(other)) < 6 or word[0] != other[0] or ":" in word or ":" in other or opposed(word, other):
        return False
    allowed = 1 if len(word) < 9 else 2
    if DamerauLevenshtein.distance(word, other, score_cutoff=allowed) > allowed:
        return False
    known = known_words()
    return not (word in known and other in known)


def objection(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name], listed: bool = False) -> str:
    """Return why a name that stands in a sentence is not what the answer says, or an empty string.

    `names` are all accepted ones. `listed` says that it stands in a list of diagnoses, where "or" and "differential"
    speak against nothing.
    """
    low, high = tokens[place.first].start, tokens[place.last].end
    before, after = sentence[:low], sentence[high:]
    clause = re.split(r"[;:]|\bbut\b|, (?=not )", before)[-1]
    then = _LESSER.split(after)[0]
    if _DENIED_BEFORE.search(clause) or _ANYTHING_BUT.search(before) or _DENIED_AFTER.search(then):
        return NEGATED
    if not listed and _PASSED_OVER.search(clause):
        return NEGATED
    if _HISTORY.search(clause):
        return "the name stands in the history, not as the diagnosis"
    if other := _of_another_disease(sentence, tokens, place):
        return other
    if inside_another(tokens, place.first, place.last, {name.words for name in names}):
        return "the name is part of a longer one"
    if not listed and _is_open(sentence, low, high):
        return OPEN
    return "" if listed else _behind_another(before, tokens, place)


def _of_another_disease(sentence: str, tokens: Sequence[Token], place: Place) -> str:
    """Return why the words beside a name make another disease of it."""
    low, high = tokens[place.first].start, tokens[place.last].end
    phrase_start = max((match.end() for match in _PHRASE_END.finditer(sentence, 0, low)), default=0)
    ends = _PHRASE_END.search(sentence, high)
    phrase_end = ends.start() if ends else len(sentence)
    around = [
        token.word
        for token in tokens[max(0, place.first - 3) : place.last + 4]
        if token.start >= phrase_start and token.end <= phrase_end and not _TO.match(sentence, token.start)
    ]
    if contradicts(place.name.words, around):
        return "a word beside the name makes it another disease"
    previous = tokens[place.first - 1] if place.first else None
    if previous and previous.end <= low and previous.start >= phrase_start:
        joined = sentence[previous.end : low] in ("-", "\u2010", "\u2011", "\u2013")
        if (previous.word in CHANGING or joined) and previous.word not in place.name.words:
            return "a word before the name makes it another disease"
    if len(place.name.telling) == 1 and len(place.name.words) > 1 and place.first == place.last:
        following = tokens[place.last + 1] if place.last + 1 < len(tokens) else None
        if following and sentence[high : following.start].isspace() and not _ends_eponym(following.word):
            return "another word than in the name follows it"
    return ""


def _ends_eponym(word: str) -> bool:
    return word in _AFTER_EPONYM or word in STOP


def _is_open(sentence: str, low: int, high: int) -> bool:
    near = sentence[max(0, low - 80) : high + 60]
    return bool(_OPEN_WORD.search(near)) and not _OPEN_WORD.search(sentence[low:high])


def _behind_another(before: str, tokens: Sequence[Token], place: Place) -> str:
    cause = _BEHIND_ANOTHER.search(before)
    if cause and cause["before"].lower() not in _COMPLAINTS:
        return "the name stands as the cause or consequence of another diagnosis"
    linked = _LINKED.search(before)
    if linked and not _STATING.search(before) and any(token.word not in STOP for token in tokens[: place.first]):
        return "the name stands behind another diagnosis"
    return ""
