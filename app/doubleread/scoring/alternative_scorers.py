"""Alternative scores: how likely a case's options are to a model, and its answer when only a letter is allowed.

Unlike the primary scorers, these do not read the free answer: the model is asked once more. Each has a name and a
version of its own, so that nobody confuses their results.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.case import Case
from doubleread.domain.formatting import decimal
from doubleread.domain.score import CONSTRAINED_LETTER, LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Outcome, Score

VERSIONS: Mapping[str, str] = {LETTER_LIKELIHOOD: "1", TEXT_LIKELIHOOD: "1", CONSTRAINED_LETTER: "1"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to begin an answer: its log-likelihood (natural, summed over its tokens) and its tokens."""

    log_likelihood: float
    tokens: tuple[int, ...]


def spellings(text: str) -> tuple[str, str]:
    """Return the two ways in which an answer may begin with a text: models differ in whether a blank comes first."""
    return text, f" {text}"


def letter_likelihood(case: Case, weighed: Mapping[str, Sequence[Spelling]]) -> Score:
    """Score by the likelihood of the options' letters as the answer's beginning, all spellings of each together."""
    weights = {
        letter: _log_sum([item.log_likelihood for item in _distinct(found)]) for letter, found in weighed.items()
    }
    asked = "likelihood of the letters as the answer's beginning, with and without a blank before them"
    return _by_weight(case, LETTER_LIKELIHOOD, asked, weights)


def text_likelihood(case: Case, weighed: Mapping[str, Sequence[Spelling]]) -> Score:
    """Score by the mean log-likelihood of a token of the options' texts as the answer, of each the likelier spelling.

    Without the mean, the shortest option would nearly always win.
    """
    weights = {
        letter: max(item.log_likelihood / len(item.tokens) for item in found) for letter, found in weighed.items()
    }
    return _by_weight(case, TEXT_LIKELIHOOD, "likelihood of the options' texts as the answer, by token", weights)


def letter_grammar(case: Case) -> str:
    """Return the grammar (GBNF) of an answer that is one of the case's letters and nothing else."""
    letters = " | ".join(f'"{letter}"' for letter in case.options)
    return f'root ::= " "? ({letters})'


def constrained_letter(case: Case, reply: str, question: str) -> Score:
    """Score what a model replied to `question` after its free answer, when only the letters were allowed."""
    letter = reply.strip()
    if letter not in case.options:
        shown = json.dumps(reply[:40], ensure_ascii=False)
        return _score(case, CONSTRAINED_LETTER, None, f"after its free answer the reply was no letter: {shown}", None)
    asked = json.dumps(question, ensure_ascii=False)
    reason = f"reply to {asked} after its free answer, with only the letters allowed: {letter}"
    return _score(case, CONSTRAINED_LETTER, letter, reason, None)


def _by_weight(case: Case, scorer: str, asked: str, weights: Mapping[str, float]) -> Score:
    """Choose the option of the highest log-weight. If two are alike, none is chosen."""
    total = _log_sum(list(weights.values()))
    shares = {letter: math.exp(weight - total) for letter, weight in weights.items()}
    ranked = sorted(shares, key=lambda letter: (-weights[letter], letter))
    listed = ", ".join(f"{letter} {decimal(shares[letter])}" for letter in ranked)
    reason = f"{asked}: {listed}"
    if len(ranked) > 1 and weights[ranked[0]] == weights[ranked[1]]:
        return _score(case, scorer, None, f"{reason}; the first two are equally likely", None)
    return _score(case, scorer, ranked[0], reason, min(shares[ranked[0]], 1.0))


def _score(case: Case, scorer: str, letter: str | None, reason: str, confidence: float | None) -> Score:
    if letter is None:
        return Score(scorer, VERSIONS[scorer], "unparsed", None, reason)
    outcome: Outcome = "correct" if letter == case.key else "incorrect"
    return Score(scorer, VERSIONS[scorer], outcome, letter, reason, confidence=confidence)


def _distinct(found: Sequence[Spelling]) -> list[Spelling]:
    """Return the spellings that are not the same tokens as one before: some vocabularies know no blank at the start."""
    return list({item.tokens: item for item in found}.values())


def _log_sum(weights: Sequence[float]) -> float:
    highest = max(weights)
    return highest + math.log(math.fsum(math.exp(weight - highest) for weight in weights))
