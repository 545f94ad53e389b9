"""Results after a consensus round: reliability is that of the first readings, and agreement after it is beside it."""

from __future__ import annotations

import dataclasses

import pytest

from doubleread.domain.axes import MED_PALM
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.results import results
from doubleread.results.consensus import REVISIONS
from doubleread.results.outline import outline
from doubleread.sessions.consensus import ConsensusSession
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Estimate
from sessions.adjudicated_study import READERS, make_study, read, read_twice, side_of

FIRST, SECOND = READERS


@pytest.fixture
def study(tmp_path):
    made = make_study(tmp_path / "trial.study", cases=3, protocol=Protocol(axes=MED_PALM[:2], consensus=True))
    read_twice(made)
    for reader in READERS:
        read(made, reader, "case-1")
        read(made, reader, "case-2", ("nitrates", "fabrication", "minor"))
    yield made
    made.close()


def revise_all(study, reader):
    """Take over everything that the other reader said, and mark one more annotation."""
    session = ConsensusSession(study, reader)
    while session.differences:
        session.take(session.differences[0].id, 1, "convinced")
    session.mark("A", "answer", Span(0, 4), "negation", "minor", reason="seen now")
    session.close_case()
    session.leave()


def said(found):
    """Everything that the sections on agreement show, without the titles."""
    return [
        section.rows
        for section in outline(found)
        if section.chapter == "agreement" and not section.key.startswith("consensus")
    ]


def test_reliability_is_what_it_was_without_the_round_to_the_last_digit(study):
    before = results(study)
    assert before.consensus is None
    revise_all(study, SECOND)
    after = results(study)
    assert after.consensus is not None
    assert after.inter_rater == before.inter_rater
    assert after.intra_rater == before.intra_rater
    assert said(after) == said(before)


def test_a_correction_before_the_round_counts_as_before_and_one_after_it_does_not(study):
    reading = ReadingSession(study, SECOND)
    reading.goto("case-0")
    reading.judge(preference="both bad", reason="slip")
    before = results(study).inter_rater
    ConsensusSession(study, SECOND).close_case()
    reading = ReadingSession(study, SECOND)
    reading.goto("case-0")
    reading.judge(preference=side_of(reading, "m-secretius"), reason="as the other reader")
    assert results(study).inter_rater == before


def test_agreement_after_the_round_is_of_the_readings_as_they_are(study):
    revise_all(study, SECOND)
    found = results(study)

    def observed(reliability, subject):
        labels = [label for label in reliability.labels if label.subject == subject]
        return [label.observed.value for label in labels if isinstance(label.observed, Estimate)]

    assert min(observed(found.inter_rater, "verdict")) < 1
    assert min(observed(found.consensus.after, "verdict")) == 1
    assert observed(found.inter_rater, "preference") == [pytest.approx(2 / 3)]
    assert observed(found.consensus.after, "preference") == [1]
    assert found.consensus.after.cases == found.inter_rater.cases == 3


def test_revisions_are_counted_by_reader_and_kind(study):
    revise_all(study, SECOND)
    ConsensusSession(study, FIRST).close_case()
    found = results(study).consensus
    by_reader = {one.reader_id: one for one in found.readers}
    second = by_reader[SECOND]
    assert (second.opened, second.kept, second.revised) == (1, 0, 1)
    assert (second.toward, second.away) == (1, 0)
    assert second.revisions == dict(zip(REVISIONS, (2, 0, 1, 1, 1, 0), strict=True))
    first = by_reader[FIRST]
    assert (first.kept, first.revised, sum(first.revisions.values())) == (1, 0, 0)


def test_what_was_shown_is_what_it_was_compared_with(study):
    """The other reader revises later: the first revision still counts as one toward what was shown."""
    session = ConsensusSession(study, SECOND)
    preference = next(one for one in session.differences if one.subject == "preference")
    session.take(preference.id, 1, "convinced")
    session.close_case()
    other = ConsensusSession(study, FIRST)
    other.judge(preference="both bad", reason="neither")
    other.close_case()
    readers = {one.reader_id: one for one in results(study).consensus.readers}
    assert (readers[SECOND].toward, readers[SECOND].away) == (1, 0)
    assert (readers[FIRST].toward, readers[FIRST].away) == (0, 1)


def test_rates_count_the_revised_readings(study):
    before = results(study)
    revise_all(study, SECOND)
    after = results(study)
    assert dataclasses.asdict(after)["preference"] != dataclasses.asdict(before)["preference"]
