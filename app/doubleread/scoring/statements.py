"""Where an answer commits itself, in words: statements of the answer or an option, and statements of the matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from doubleread.scoring import choosing, targets, verdicts
from doubleread.scoring.nouns import named_as
from doubleread.scoring.targets import Target
from doubleread.scoring.tokens import Tokens

_MOST_NAMING = 80
_MOST_CUES = 1500

_Reading = Callable[[Tokens, int], Target | None]
_OF_ANSWER: Mapping[str, _Reading] = MappingProxyType(
    {
        "A": named_as,
        "O": named_as,
        "P": named_as,
        "K": verdicts.praised,
        "I": partial(verdicts.verdict, of_answer=True),
        "C": choosing.chosen,
        "c": choosing.chosen,
        "D": choosing.chosen,
        "R": choosing.left,
        "E": choosing.all_but,
        "T": choosing.contrasted,
        "~": choosing.tied,
    }
)
_OF_MATTER: Mapping[str, _Reading] = MappingProxyType(
    {
        "M": named_as,
        "S": verdicts.praised,
        "I": partial(verdicts.verdict, of_answer=False),
        "D": verdicts.fits_best,
        "m": verdicts.made_best,
        "#": choosing.prescribed,
        ":": choosing.line_below,
        "Z": choosing.so,
    }
)
_CUE_OF_ANSWER = re.compile(r"[AOPKICcRE~]|(?<=i)D|(?<=g)[PAOo]{0,2}T|T(?=[aOI(]{0,3}[ltp])")
_CUE_OF_MATTER = re.compile(r"[MSIDm#Z]|:(?=\n)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A commitment: the token of its cue and what it names."""

    cue: int
    target: Target


def explicit(tokens: Tokens) -> Iterator[Statement]:
    """Yield the statements that speak of the answer or an option, the last first; of very many, the last ones."""
    cues = [match.end() - 1 for match in _CUE_OF_ANSWER.finditer(tokens.tags)]
    yield from _made(tokens, cues, _OF_ANSWER)


def of_the_matter(tokens: Tokens) -> Iterator[Statement]:
    """Yield the statements that speak of the matter itself ("the next step is", "X is most likely"), the last first."""
    cues = [match.start() for match in _CUE_OF_MATTER.finditer(tokens.tags)]
    yield from _made(tokens, sorted({*cues, *verdicts.only_ones(tokens)}), _OF_MATTER)


def _made(tokens: Tokens, cues: list[int], readings: Mapping[str, _Reading]) -> Iterator[Statement]:
    left = _MOST_NAMING
    for index in reversed(cues[-_MOST_CUES:]):
        reading = readings.get(tokens.tags[index])
        target = reading(tokens, index) if reading else targets.as_target(tokens.mentions[index])
        if target and not (readings is _OF_ANSWER and _is_first_thought(tokens, index)):
            yield Statement(index, target)
            left -= 1
            if not left:
                return


def _is_first_thought(tokens: Tokens, cue: int) -> bool:
    """Return whether a sentence only says what was thought at first: "Initially, I was inclined to choose B"."""
    first = tokens.tags.rfind("f", tokens.sentence_start(cue), cue)
    return first >= 0 and not any(sign in tokens.tags[first:cue] for sign in "TZr;")
