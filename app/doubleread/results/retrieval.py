"""Retrieval: whether arms were given passages, the right ones, and whether what readers marked is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import PairedRates


@dataclass(frozen=True, slots=True)
class RetrievalResults:
    """Both arms' proportions, by a bootstrap over cases, so that the passages and spans of a case stay together.

    `given`: answers that were given at least one passage, of those of an arm with retrieval. `recall`: the gold
    passages of a case that were given. `linked`: marked spans that readers linked to a retrieved passage; `supported`
    and `contradicted` are proportions of those.
    """

    given: PairedRates
    recall: PairedRates
    linked: PairedRates
    supported: PairedRates
    contradicted: PairedRates


def retrieval_results(cases: Sequence[AnsweredCase], arms: Pair) -> RetrievalResults | None:
    """Count and compare what the arms were given; None if no answer was generated with retrieval."""
    if not any(answer.retrieval is not None for case in cases for answer in case.answers.values()):
        return None
    (given,) = rates_of_answers(cases, arms, _given, 1, "the arm has no retrieval")
    (recall,) = rates_of_answers(cases, arms, _recall, 1, "the arm has no retrieval, or no case names gold passages")
    (linked,) = rates_of_answers(cases, arms, _linked, 1, "no span was marked in a committed reading")
    supported, contradicted = rates_of_answers(
        cases, arms, _relations, 2, "no marked span is linked to a retrieved passage"
    )
    return RetrievalResults(given, recall, linked, supported, contradicted)


def _given(answer: ScoredAnswer) -> list[float]:
    return [] if answer.retrieval is None else [1.0, float(answer.retrieval.passages > 0)]


def _recall(answer: ScoredAnswer) -> list[float]:
    if answer.retrieval is None or not answer.retrieval.gold:
        return []
    return [float(answer.retrieval.gold), float(answer.retrieval.gold_given)]


def _linked(answer: ScoredAnswer) -> list[float]:
    marked = answer.annotations
    return [float(len(marked)), float(len(_relations_of(answer)))] if marked else []


def _relations(answer: ScoredAnswer) -> list[float]:
    found = _relations_of(answer)
    return [float(len(found)), float(found.count("supports")), float(found.count("contradicts"))] if found else []


def _relations_of(answer: ScoredAnswer) -> list[str]:
    passages = (annotation.passage for annotation in answer.annotations)
    return [passage.relation for passage in passages if passage is not None and passage.retrieved]
