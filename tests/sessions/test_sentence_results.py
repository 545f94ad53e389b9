"""Proportions of sentences by model, and how far readers agree on them, against counts made by hand."""

from __future__ import annotations

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.study import Protocol
from doubleread.reports.page import report_page
from doubleread.reports.results_table import results_tables
from doubleread.results import results, unblind
from doubleread.results.record import results_record
from doubleread.results.study_methods import study_methods
from doubleread.results.view import results_view
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Estimate, Interval, Undefined
from doubleread.store import StudyFile
from doubleread.tui.results.page import results_page
from outline_rows import row_of
from sessions.judged_study import side_of
from sessions.making import ARMS, DEVICE, choice_case

SAID = {"s": "supported", "u": "unsupported", "w": "incorrect", "?": "unsure", "-": ""}


@pytest.fixture
def study(tmp_path):
    cases = [choice_case(number) for number in range(4)]
    path = tmp_path / "study.doubleread"
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=Protocol(title="t"), device=DEVICE) as opened:
        for case in cases:
            for arm in ARMS:
                text = f"{arm.id} says B. There was a rub. It was heard well."
                times = ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
                opened.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, *times, "stop", {}), [])
        yield opened


def judge(study: StudyFile, reader: str, *said: tuple[str, str], commit: bool = True) -> None:
    """Commit a reading for each pair: what is said of model one's sentences and of model two's."""
    session = ReadingSession(study, reader)
    for number, pair in enumerate(said):
        for arm, letters in zip(("one", "two"), pair, strict=True):
            side = side_of(session, arm)
            text = session.answers()[side].text
            for span, letter in zip(sentences_to_judge(text), letters, strict=True):
                if SAID[letter]:
                    session.judge_sentence(side, span, SAID[letter])
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        if commit:
            session.commit()
        if number + 1 < len(said):
            session.next_open()
    session.leave()


def test_shares_are_of_judged_sentences_and_their_intervals_draw_cases(study):
    judge(study, "R-01", ("sss", "suw"), ("ssu", "www"), ("s?s", "ss-"), ("---", "sss"))
    unblind(study, "lead", "interim")
    found = results(study).sentences
    one, two = found.counts
    assert (one.readings, one.whole, one.sentences, one.judged) == (3, 3, 9, 9)
    assert (two.readings, two.whole, two.sentences, two.judged) == (4, 3, 12, 11)
    assert one.by_judgement == {"supported": 7, "unsupported": 1, "incorrect": 0, "unsure": 1}
    assert two.by_judgement == {"supported": 6, "unsupported": 1, "incorrect": 4, "unsure": 0}
    assert (found.faulty.first.value, found.faulty.second.value) == (pytest.approx(1 / 9), pytest.approx(5 / 11))
    # Paired in the three cases in which sentences of both answers were judged.
    assert found.faulty.difference.value == pytest.approx(1 / 9 - 5 / 8)
    assert [figure.n for figure in (found.faulty.first, found.faulty.second, found.faulty.difference)] == [3, 4, 3]
    assert "BCa bootstrap over cases" in found.faulty.second.method
    interval = found.faulty.second.interval
    assert isinstance(interval, Interval)
    assert interval.low < 5 / 11 < interval.high
    assert found.by_judgement["unsure"].first.value == pytest.approx(1 / 9)
    record = results_record(results(study))
    assert row_of(record, "sentences", "judged")["second"] == {"count": 11, "of": 12}
    assert row_of(record, "sentences", "faulty")["first"]["value"] == pytest.approx(1 / 9)


def test_an_open_reading_and_a_study_without_sentences_have_no_shares(study):
    judge(study, "R-01", ("sss", "suw"), commit=False)
    found = results(study)
    assert not found.sentences.any
    assert isinstance(found.sentences.faulty.first, Undefined)
    assert not any(label.subject == "sentence" for label in found.inter_rater.labels)
    assert "sentences" not in {table.key for table in results_tables(found).tables}
    html = "".join(report_page(found, study_methods(study, found), None, "2026-03-01T12:00:00.000Z"))
    assert 'id="sentences"' not in html


def test_readers_agree_on_sentences_and_the_interval_draws_cases(study):
    judge(study, "R-01", ("sss", "suw"), ("ssu", "www"), ("s?s", "sss"), ("www", "sss"))
    judge(study, "R-02", ("sss", "suw"), ("swu", "wws"), ("sss", "ss-"))
    unblind(study, "lead", "interim")
    found = results(study)
    labels = {label.arm: label for label in found.inter_rater.labels if label.subject == "sentence"}
    one, two = labels[0], labels[1]
    assert (one.readers, one.cases, two.cases) == (2, 3, 3)
    assert (one.observed.value, one.observed.n) == (pytest.approx(7 / 9), 9)
    assert (two.observed.value, two.observed.n) == (pytest.approx(7 / 8), 8)
    assert "BCa bootstrap over cases" in one.observed.method
    # By hand: R-01 says s 7, u 1, ? 1; R-02 says s 7, w 1, u 1.
    chance = (7 / 9) ** 2 + (1 / 9) ** 2
    assert one.cohen.value == pytest.approx((7 / 9 - chance) / (1 - chance))
    assert isinstance(two.ac1, Estimate)
    assert two.ac1.n == 8
    view = results_view(study)
    lines = ["".join(part.text for part in line) for line in results_page(view, 120)[0]]
    assert "Sentence judgements" in lines
    assert "judged 21 of 21 20 of 21" in " ".join(" ".join(lines).split())
    html = "".join(report_page(found, study_methods(study, found), None, "2026-03-01T12:00:00.000Z"))
    assert '<section id="sentences">' in html
    assert (
        " single sentences (supported, unsupported, incorrect, unsure); such a judgement is not an annotation." in html
    )
    tables = {table.key: table for table in results_tables(found).tables}
    assert any(line[0] == "sentence" for line in tables["inter-rater-reliability"].lines)
    assert ("judged", "21 of 21", "20 of 21") in tables["sentences"].lines
    assert "unsupported or incorrect" in {line[0] for line in tables["sentences"].lines}
