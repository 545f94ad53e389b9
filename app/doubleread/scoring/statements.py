"""Where an answer commits itself: "the answer is", "best next step:", "(B) is correct", boxed letters, JSON, XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.scoring.plain import sentence_of

_ANSWER_NOUN = re.compile(
    r"(?<![A-Za-z])(?:answer|ans|antwort|l[oö]sung|r[ée]ponse|respuesta|risposta|resposta|答案|答え|回答|正解|"
    r"정답)s?(?![A-Za-z])",
    re.I,
)
_OPTION_NOUN = re.compile(
    r"(?<![A-Za-z])(?:option|choice|selection|pick|solution|alternative|diagnosis|opci[oó]n|opzione|"
    r"op[cç][aã]o)(?![A-Za-z])",
    re.I,
)
_CLINICAL_NOUN = re.compile(
    r"(?<![A-Za-z])(?:diagnosis|steps?|action|management|treatment|therapy|course|approach|"
    r"intervention|test|explanation|cause|"
    r"etiology|mechanism|drug|finding|priority|measure|agent|medication|investigation|study|strategy|"
    r"plan|decision|recommendation|"
    r"thing|disorder|condition|conclusion|Diagnose|diagnostic|diagn[oó]stico|diagnosi|Therapie|Ma(?:ß|"
    r"ss)nahme)(?![A-Za-z])",
    re.I,
)
_SUPERLATIVE = re.compile(
    r"\b(?:most|best|correct|right|first|next|initial|final|immediate|likely|leading|preferred|"
    r"recommended|appropriate|definitive|"
    r"underlying|probable|only|chosen|selected|my|optimal|ideal|working|wahrscheinlichste|beste|plus|"
    r"m[aá]s|pi[uù]|mais)\b",
    re.I,
)
_VERB = re.compile(
    r"(?:[ \t]+(?!(?:is|are|was|would|should|will|must|remains|seems|appears|has)\b)[^\s.:;?!]{1,24}){0,10}?[ \t]*"
    r"(?::|=|->|→|\b(?:is|are|was|would(?: likely| therefore| most likely)? be|"
    r"should(?: therefore)? be|will be|must be|"
    r"has to be|remains|seems to be|appears to be|ist|lautet|w[aä]re|est|es|es la|é|è|sarebbe|seria|"
    r"ser[ií]a)(?![a-z])|是|为|為|は)",
    re.I,
)
_DIRECT = re.compile(r"[ \t]*[-–—]?[ \t]*[\[(\"']*[A-Z](?=[\])\"'.,;]|[ \t]*$)", re.M)
_HEADING = re.compile(r"[ \t]*[:.]?[ \t]*(?=\n)")
_STRUCTURED = re.compile(
    r"boxed\s*\{[\s{]*(?:(?:text|mathbf|mathrm|textbf)\s*\{)?|<(?:final[_ -]?)?(?:answer|choice|option)>|"
    r"[\"'](?:final[_ ]?)?(?:answer|answer_?(?:choice|letter|idx)|choice|option|prediction|letter)[\"']\s*:",
    re.I,
)
_CHOOSING = re.compile(
    r"\b(?:I|we)(?:'d|'ll| would| will| should| am| must| have to)?(?:[ \t]+(?:therefore|thus|also|"
    r"strongly|then|most likely|go|going))?[ \t]+"
    r"(?:choose|chose|select(?:ed)?|pick(?:ed)?|with|opt(?:ed)? for|vote for|conclude(?: that)?|"
    r"choosing|recommend)\b(?![ \t]+against)",
    re.I,
)
_VERDICT = re.compile(
    r"[ \t]+(?:is|are|would be|should be|seems|appears|appears to be|seems to be|remains|represents|"
    r"must be|has to be|ist|est|es|è|é)[ \t]+"
    r"(?:(?:therefore|thus|hence|clearly|likely|indeed|probably|generally|considered|also|still|"
    r"therefore,|thus,)[ \t]+){0,2}"
    r"(?:(?:the|a|an|my|our|die|la|le|el)[ \t]+)?(?:(?:single|only|overall|final|most)[ \t]+)?"
    r"(best|correct|right|most appropriate|most likely|appropriate|likely|answer|true|preferred|"
    r"optimal|reasonable|suitable|fitting|choice|"
    r"richtig(?:e)?|correcte|correcta|corretta|correta)\b",
    re.I,
)
_STRONG_VERDICT = re.compile(r"\b(?:answer|option|choice|correct|right|true)\b", re.I)
_FAR = 300
_IF = re.compile(r"\b(?:if|unless|had|were|suppose|assuming|in case|otherwise)\b", re.I)
_FORCED = re.compile(r"\bif (?:I|we) (?:had|have|were|am|must)\b", re.I)
HEDGE = re.compile(
    r"\b(?:perhaps|maybe|alternatively|might|could|possibly|what if|let's say|one might|tempt(?:ed|ing))\b", re.I
)
_WOULD = re.compile(r"\b(?:would|might|could)\b", re.I)
_RETRACTION = re.compile(
    r"\b(?:wait|actually|correction|on second thought|on reflection|i change|scratch that|i was wrong|"
    r"revis(?:ed|ing))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A commitment. What it names lies in [start, end) of the plain text, behind the cue or, for a verdict, before it.

    `explicit` is True for words that speak of the answer or the option, False for those that speak of the matter ("the
    best next step is"). `where` is "after" or "before". `liberal`: a bare letter there means an option.
    """

    cue: int
    start: int
    end: int
    explicit: bool
    liberal: bool
    where: str = "after"


def statements(text: str, starts: list[int]) -> list[Statement]:
    """Return all commitments in the order of their cues. `starts` are the starts of the sentences, the length last."""
    found = [
        *_structured(text),
        *_nouns(text, starts),
        *_choosing(text, starts),
        *_verdicts(text, starts),
    ]
    found.sort(key=lambda statement: statement.cue)
    return found


def retracts(text: str, start: int, end: int) -> bool:
    """Say whether the words between two statements take the first back."""
    return bool(_RETRACTION.search(text, start, end))


def _structured(text: str) -> Iterator[Statement]:
    for match in _STRUCTURED.finditer(text):
        stop = re.compile(r"[}<\n]|$").search(text, match.end(), match.end() + 300)
        yield Statement(
            match.start(), match.end(), stop.start() if stop else min(len(text), match.end() + 300), True, True
        )


def _nouns(text: str, starts: list[int]) -> Iterator[Statement]:
    for kind, pattern in (("answer", _ANSWER_NOUN), ("option", _OPTION_NOUN), ("clinical", _CLINICAL_NOUN)):
        for match in pattern.finditer(text):
            low, high = _sentence(starts, match.start())
            prefix = text[max(low, match.start() - 90) : match.start()]
            if kind != "answer" and not _SUPERLATIVE.search(prefix):
                continue
            liberal = kind != "clinical"
            verb = _VERB.match(text, match.end(), min(high, match.end() + 160))
            if verb and not re.search(r"\b(?:if|whether|which|what|because|since)\b", verb[0], re.I):
                if _hypothetical(text[low : verb.end()]) or HEDGE.search(prefix):
                    continue
                yield _behind(text, starts, match.start(), verb.end(), high, kind != "clinical", liberal)
            elif kind == "answer" and _DIRECT.match(text, match.end(), high):
                yield Statement(match.start(), match.end(), high, True, True)
            elif kind == "answer" and (heading := _HEADING.match(text, match.end())) and prefix.count(" ") <= 3:
                yield _behind(text, starts, match.start(), heading.end(), heading.end(), True, True)


def _behind(
    text: str, starts: list[int], cue: int, position: int, high: int, explicit: bool, liberal: bool
) -> Statement:
    """Make the statement behind a cue; where its line ends there, the next line is meant."""
    if not text[position:high].strip(" \t\n:-"):
        rest = re.compile(r"[\s:-]*").match(text, position)
        position = rest.end() if rest else position
        high = _sentence(starts, position)[1] if position < len(text) else position
    return Statement(cue, position, min(high, position + 400), explicit, liberal)


def _choosing(text: str, starts: list[int]) -> Iterator[Statement]:
    for match in _CHOOSING.finditer(text):
        low, high = _sentence(starts, match.start())
        if not re.search(r"\bif\b", text[low : match.start()], re.I):
            yield Statement(match.start(), match.end(), min(high, match.end() + 400), True, True)


def _verdicts(text: str, starts: list[int]) -> Iterator[Statement]:
    for match in _VERDICT.finditer(text):
        low, high = _sentence(starts, match.start())
        low = max(low, match.start() - 300)
        if re.search(r"\b(?:which|what|whether)\b|\b(?:not|n't)\b[^,;]*$", text[low : match.start()], re.I):
            continue
        if _hypothetical(text[low : match.end()]):
            continue
        strong = bool(_STRONG_VERDICT.search(text[match.start(1) : min(high, match.end() + 25)]))
        yield Statement(match.start(), low, match.start(), strong, True, "before")


def _hypothetical(clause: str) -> bool:
    return bool(_IF.search(clause) and _WOULD.search(clause) and not _FORCED.search(clause))


def _sentence(starts: list[int], offset: int) -> tuple[int, int]:
    """Return the sentence around an offset, cut to a few hundred characters on either side of it."""
    low, high = sentence_of(starts, offset)
    return max(low, offset - _FAR), min(high, offset + 2 * _FAR)
