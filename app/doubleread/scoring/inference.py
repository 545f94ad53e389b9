"""Which label an answer to an inference case commits to: entailment, neutral or contradiction. Blind to the key.

The labels are read as the options of a choice are, with their first letters as option letters, so that the last
explicit commitment wins and "not entailment" alone is no label. Other words for a label ("entailed", "widerspricht",
"not enough information") are put into its name first. A number is no label: data sets number them differently.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from doubleread.domain.case import INFERENCE_LABELS, Case
from doubleread.domain.extraction import Extraction
from doubleread.domain.score import Evidence, Outcome, Score
from doubleread.scoring.choice import VERSION as CHOICE_VERSION
from doubleread.scoring.choice import extract_choice
from doubleread.scoring.confidence import confidence_of
from doubleread.scoring.plain import visible_stretch

SCORER = "inference"
VERSION = f"1, choice {CHOICE_VERSION}"

_OPTIONS: Mapping[str, str] = MappingProxyType({label[0].upper(): label.capitalize() for label in INFERENCE_LABELS})
_LABELS: Mapping[str, str] = MappingProxyType({label[0].upper(): label for label in INFERENCE_LABELS})
_ENOUGH = r"(?:enough|sufficient|adequate)\s+(?:information|evidence|data|details?)"
_FOR = r"(?:entail\w*|impl(?:y|ies|ied)|supports?|supported|confirms?|confirmed)"
_AGAINST = r"(?:contradict\w*|refute[sd]?|den(?:y|ies|ied)|excludes?|excluded)"
_NEITHER = r"(?:neither|not|n't)\s+(?:an?\s+)?"
_NOR = r"(?:\s+(?:it|(?:the|this)\s+\w+|by\s+the\s+\w+))?,?\s+n?or\s+(?:does\s+it\s+|is\s+it\s+)?(?:an?\s+)?"
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "neutral": (
            rf"{_NEITHER}{_FOR}{_NOR}{_AGAINST}"
            rf"|{_NEITHER}{_AGAINST}{_NOR}{_FOR}"
            rf"|not\s+{_ENOUGH}|insufficient\s+(?:information|evidence|data)"
            rf"|(?:does|do|is|are)(?:\s+not|n't)\s+(?:(?:give|provide|contain|offer|have|include)\s+)?{_ENOUGH}"
            r"|(?:can\s?not|can't)\s+be\s+(?:determined|decided|inferred\s+or\s+excluded)"
            r"|not\s+determinable|undeterminable"
            r"|(?:(?<=: )|(?<=\bis )|(?<=\bremains )|(?<=\bit )|^[ \t]*)"
            r"(?:undetermined|unknown|inconclusive|indeterminate)(?=[ \t]*(?:[.;!\n]|$))"
            r"|neutrality|neutrale?|neutre"
            r"|nicht\s+(?:genügend|genug|ausreichend)\s+informationen|unbestimmt|nicht\s+(?:entscheidbar|bestimmbar)"
            r"|pas\s+(?:assez|suffisamment)\s+d['’]informations?|indéterminée?"
        ),
        "entailment": (
            r"entail(?:s|ed|ing|ments?)|(?<=\bis )(?:logically )?implied|(?<=\bare )implied"
            r"|follows\s+(?:logically\s+|directly\s+)?from|logically\s+follows"
            r"|implikation|impliziert|folgt\s+(?:logisch\s+|direkt\s+)?aus|implication|implique|(?<=\best )impliquée?"
        ),
        "contradiction": (
            r"contradict(?:s|ed|ory|ing|ions)?|widerspruch|widerspricht|widersprüchlich|widersprochen"
            r"|contredi(?:t|te|sent)|contradictoires?"
        ),
    }
)
_THREE = "|".join(INFERENCE_LABELS)
_NO_LABEL = (
    r"neutral(?=\s+(?:in\s+)?(?:affect|mood|position\w*|alignment|posture|rotation|spine|ph)\b)"
    rf"|(?:{_THREE})\s*[,/|]\s*(?:{_THREE})\s*(?:[,/|]|,?\s*(?:or|and|oder|und|ou|et)\b)\s*(?:{_THREE})"
)
_WORD = re.compile(
    rf"(?<![^\W_])(?:(?P<something>{_NO_LABEL})"
    rf"|{'|'.join(f'(?P<{label}>{words})' for label, words in _WORDS.items())})(?![^\W_])",
    re.I | re.M,
)

_LABEL = re.compile(rf"\b(?:{_THREE})\b", re.I)
_OPENING = re.compile(
    rf"[\W_]*\b(?P<label>{_THREE})\b[*_]*\s*"
    r"(?:[.,:;!(—–-]|\b(?:because|since|as|denn|weil|da|car|parce)\b)",
    re.I,
)
_EITHER = re.compile(
    rf"\b(?:could|might|may|can) be (?:an? |either )*(?P<one>{_THREE}) or (?:an? )?"
    rf"(?P<other>{_THREE})\b",
    re.I,
)
_ONLY_LABELS = re.compile(rf"(?:[\W\d_]|\b(?:{_THREE}|and|or|und|oder|et|ou)\b)*", re.I)


def extract_label(answer_text: str, *, finish_reason: str = "stop") -> Extraction:
    """Return the label that an answer commits to, or why there is none, as `extract_choice` does for an option.

    `letter` is the label's first letter, in capitals; offsets are code points of the answer.
    """
    named = _in_its_name(answer_text)
    if _ONLY_LABELS.fullmatch(named.text) and len({word.lower() for word in _LABEL.findall(named.text)}) > 1:
        return Extraction(None, reason="several")
    found = extract_choice(named.text, _OPTIONS, finish_reason=finish_reason)
    if found.reason == "truncated":
        found = _opening(named.text) or found
    if found.start is not None and found.end is not None:
        start, end = named.raw_span(found.start, found.end)
        found = replace(found, start=start, end=end)
    if found.method == "only option left" and _left_open(named.text, found.letter):
        return Extraction(None, reason="several", start=found.start, end=found.end)
    if "number for a letter" in found.flags:
        return Extraction(None, reason="not offered", start=found.start, end=found.end)
    return found


def _left_open(text: str, letter: str | None) -> bool:
    """Return whether a label is only one of two between which an answer does not decide: "could be neutral or ..."."""
    pairs = ({match["one"][0].upper(), match["other"][0].upper()} for match in _EITHER.finditer(text))
    return any(letter in pair for pair in pairs)


def _opening(text: str) -> Extraction | None:
    """Return the label with which an answer begins that was cut off in its explanation, if it names no other."""
    start, end, _ = visible_stretch(text)
    opening = _OPENING.match(text, start, end)
    if opening is None or len({word.lower() for word in _LABEL.findall(text, start, end)}) > 1:
        return None
    letter = opening["label"][0].upper()
    return Extraction(letter, "opening", "", *opening.span("label"), confidence_of("opening", "exact", ()))


def score_inference(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the score of an answer to a case of kind "inference". The key is used only here, after the extraction.

    `chosen` is the label. Abstentions are "refused", "truncated" or "unparsed", never "incorrect". Raises ValueError
    for a case of another kind.
    """
    if case.kind != "inference":
        raise ValueError(f"case {case.id} is of kind {case.kind}, not inference")
    found = extract_label(answer_text, finish_reason=finish_reason)
    chosen = None if found.letter is None else _LABELS[found.letter]
    outcome: Outcome
    if chosen is not None:
        outcome = "correct" if chosen == case.key else "incorrect"
    else:
        outcome = "refused" if found.reason == "refused" else "truncated" if found.reason == "truncated" else "unparsed"
    evidence: tuple[Evidence, ...] = ()
    if chosen is not None and found.start is not None and found.end is not None:
        evidence = (Evidence(found.start, found.end, chosen, chosen == case.key),)
    return Score(
        SCORER,
        VERSION,
        outcome,
        chosen,
        "; ".join(filter(None, (found.method, found.reason, *found.flags))),
        found.start,
        found.end,
        found.confidence,
        measures={"clue_accuracy": clue_accuracy(answer_text, case.key)},
        evidence=evidence,
    )


def clue_accuracy(answer_text: str, key: str) -> float:
    """Return 1 if the key's word is in the answer exactly once, in any case, as `eval/eval_mednli.py` of CLUE does."""
    return float(answer_text.upper().count(key.upper()) == 1)


@dataclass(frozen=True, slots=True)
class _Named:
    """An answer with other words for labels put into their names, and words that only look like labels replaced.

    `raws` has the spans in the answer of those at `spans`.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    raws: tuple[tuple[int, int], ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the answer behind a span of the text, with the whole of a word that was replaced."""
        return self._raw(start, 0), self._raw(end - 1, 1)

    def _raw(self, offset: int, side: int) -> int:
        at = bisect_right(self.spans, (offset, len(self.text))) - 1
        if at < 0:
            return offset + side
        if offset < self.spans[at][1]:
            return self.raws[at][side]
        return offset - self.spans[at][1] + self.raws[at][1] + side


def _in_its_name(answer_text: str) -> _Named:
    pieces: list[str] = []
    spans, raws = [], []
    position = length = 0
    for match in _WORD.finditer(answer_text):
        label = match.lastgroup or ""
        if match[0].lower() == label:
            continue
        pieces += [answer_text[position : match.start()], label]
        length += match.start() - position
        spans.append((length, length + len(label)))
        raws.append(match.span())
        length += len(label)
        position = match.end()
    pieces.append(answer_text[position:])
    return _Named("".join(pieces), tuple(spans), tuple(raws))


__all__ = ["SCORER", "VERSION", "clue_accuracy", "extract_label", "score_inference"]
