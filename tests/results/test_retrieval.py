"""What is counted of passages that an arm was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubleread.domain.retrieval import RetrievedPassage, gold_given, gold_passages
from doubleread.results import results
from doubleread.results.outline import outline
from doubleread.statistics import Undefined
from reports.small_studies import generated, retrieving

GIVEN = (
    RetrievedPassage(1, "a.md", "A", 0, 30, "Halve the dose\nin renal failure.", 1.0),
    RetrievedPassage(2, "b.md", "B", 0, 5, "Other", 0.5),
)


@pytest.mark.parametrize(
    ("gold", "found"),
    [
        (["a.md"], 1),
        (["a.md", "b.md", "c.md"], 2),
        (["the dose in  renal"], 1),
        (["double the dose"], 0),
        ([], 0),
    ],
)
def test_gold_is_a_document_or_a_quote(gold: list[str], found: int) -> None:
    assert gold_given(gold, GIVEN) == found


@pytest.mark.parametrize(
    ("named", "gold"),
    [(None, ()), ("a", ("a",)), (["a", "", 5, "b"], ("a", "b")), (7, ()), ({"a": 1}, ())],
)
def test_a_case_names_its_gold_in_a_list_or_in_one_text(named: object, gold: tuple[str, ...]) -> None:
    assert gold_passages(named) == gold


def test_proportions_of_answers_gold_passages_and_marked_spans(tmp_path: Path) -> None:
    with retrieving(tmp_path) as study:
        found = results(study).retrieval
    assert found is not None
    values = {
        name: getattr(found, name).second.value for name in ("given", "recall", "linked", "supported", "contradicted")
    }
    assert values == {"given": 0.5, "recall": 0.25, "linked": 0.5, "supported": 1.0, "contradicted": 0.0}
    assert found.given.second.n == 2
    assert isinstance(found.given.first, Undefined)
    assert isinstance(found.recall.first, Undefined)


@pytest.mark.parametrize("unblinded", [True, False])
def test_the_section_is_shown_only_if_arms_are_named(tmp_path: Path, unblinded: bool) -> None:
    with retrieving(tmp_path, unblinded=unblinded) as study:
        shown = {section.key for section in outline(results(study))}
    assert ("retrieval" in shown) == unblinded


def test_a_study_without_retrieval_has_no_such_results(tmp_path: Path) -> None:
    with generated(tmp_path) as study:
        assert results(study).retrieval is None
