"""What readers say, counted by hand: annotations at the same place, axes, cases that came twice, versions, groups."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from doubleread.domain.annotation import Annotation
from doubleread.domain.labels import CREOLA
from doubleread.domain.marked_words import marked_words
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.answers import AnswerReading, ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results import results
from doubleread.results.hallucinating import hallucination_rates_by
from doubleread.results.record import results_record
from doubleread.results.reliability import inter_rater_reliability
from doubleread.results.view import results_view
from doubleread.sessions.readers import assign_cases
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Adjusted, Undefined
from outline_rows import row_of, section_of
from sessions.judged_twice import AXES, MURMUR, TEXT, read_all, steady, twice_study
from sessions.making import ARMS

RUB, FEVER = Span(34, 37), Span(45, 50)
PAIR = (ARMS[0].id, ARMS[1].id)


def judged(reader, *annotations, omitted=0):
    def annotation(place, span, category, severity):
        return Annotation("", "", place, span.start, span.end, "", category, severity)

    marked = tuple(annotation("answer", *one) for one in annotations)
    return AnswerReading(
        reader_id=reader,
        verdict="incorrect" if annotations else "correct",
        annotations=marked,
        omissions=(annotation("case", Span(0, 1), "omission", "minor"),) * omitted,
        words=marked_words(TEXT, marked),
    )


def judged_case(number, one, two=(), kind="choice"):
    score = Score("choice", "1", "correct", "A", "")
    answers = {
        arm: ScoredAnswer(f"{number}/{arm}", arm, kind, TEXT, 12, score, readings=tuple(readings))
        for arm, readings in zip(PAIR, (one, two), strict=True)
    }
    return AnsweredCase(f"case-{number}", number, "", kind, "", answers)


def agreement(*cases):
    return inter_rater_reliability(cases, PAIR, CREOLA)


def by_subject(labels):
    return {(label.subject, label.arm): label for label in labels}


def test_annotations_at_the_same_place_are_compared_in_category_and_severity():
    cases = [
        judged_case(
            1,
            [
                judged("R-01", (MURMUR, "fabrication", "major"), (RUB, "negation", "minor")),
                judged("R-02", (Span(18, 31), "fabrication", "minor"), (FEVER, "negation", "minor")),
            ],
        ),
        judged_case(
            2,
            [
                judged("R-01", (RUB, "negation", "minor")),
                judged("R-02", (RUB, "causality", "minor")),
            ],
        ),
        judged_case(3, [judged("R-01"), judged("R-02", (MURMUR, "fabrication", "major"))]),
    ]
    found = agreement(*cases)
    assert (found.spans.matched, found.spans.first_only, found.spans.second_only) == (2, 1, 2)
    assert found.spans.spans.value == pytest.approx(2 * 2 / 7)
    # Words: heart and murmur and the rub of case 2 are marked by both; rub, fever, heart and murmur by one.
    assert found.spans.words.value == pytest.approx(2 * 3 / (4 + 6))
    category, severity = found.matched
    assert (category.subject, category.cases, category.observed.value, category.observed.n) == (
        "category, same span",
        2,
        0.5,
        2,
    )
    assert (severity.observed.value, severity.level) == (0.5, "ordinal")
    assert severity.krippendorff.method.startswith("Krippendorff's alpha, ordinal")
    highest = by_subject(found.labels)["most severe annotation", 0]
    # R-01 says major, minor, none; R-02 minor, minor, major: 1/2 observed, 11/18 by chance.
    assert highest.observed.value == pytest.approx(1 / 3)
    assert highest.cohen.method == "Cohen's kappa, linear weights"
    assert highest.cohen.value == pytest.approx(-2 / 7)


def test_where_nobody_marked_the_same_there_is_a_reason():
    found = agreement(judged_case(1, [judged("R-01", (RUB, "negation", "minor")), judged("R-02")]))
    category, severity = found.matched
    assert category.observed == severity.krippendorff == Undefined("no case was judged by two readers")
    assert (found.spans.spans.value, found.spans.matched) == (0.0, 0)
    nothing = agreement(judged_case(1, [judged("R-01"), judged("R-02")]))
    assert nothing.spans.words == Undefined("neither reader marked anything")
    assert by_subject(nothing.labels)["most severe annotation", 0].fleiss == Undefined("everybody gave one category")


def test_rates_in_groups_have_exact_p_values_corrected_for_the_groups():
    def annotations(count):
        return [judged("R-01", *[(MURMUR, "fabrication", "major")] * count)]

    cases = [judged_case(number, annotations(2), annotations(0)) for number in range(6)]
    cases += [
        judged_case(number, annotations(1), annotations(count), "diagnosis") for number, count in ((7, 0), (8, 1))
    ]
    choice, diagnosis = hallucination_rates_by(cases, PAIR, lambda case: case.kind)
    assert (choice.name, choice.cases, choice.result.each_answer.difference.value) == ("choice", 6, 2.0)
    assert isinstance(choice.p, Adjusted)
    assert isinstance(diagnosis.p, Adjusted)
    assert (choice.p.p, choice.p.holm) == (pytest.approx(2 / 2**6), pytest.approx(4 / 2**6))
    assert (diagnosis.result.each_answer.difference.value, diagnosis.p.p) == (0.5, 1.0)


@pytest.fixture
def twice(tmp_path):
    with twice_study(tmp_path / "twice.doubleread") as study:
        yield study


def test_a_reader_is_compared_with_themselves_by_answer_and_not_by_side(twice):
    sides = read_all(twice, "R-01", steady)
    assert {side for _, side in sides} == {"A", "B"}
    found = results(twice)
    assert found.progress.committed == 4
    assert found.inter_rater.cases == 0
    (own,) = found.intra_rater
    assert (own.reader_id, own.cases, own.readings) == ("R-01", 4, 4)
    labels = by_subject(own.labels)
    verdict = labels["verdict", None]
    assert (verdict.observed.value, verdict.observed.n, verdict.cases) == (7 / 8, 8, 4)
    assert (verdict.cohen.n, "bootstrap" in verdict.cohen.method) == (8, True)
    assert labels["any hallucination", None].observed.value == 1.0
    assert labels["most severe annotation", None].observed.value == 7 / 8
    assert isinstance(labels["most severe annotation", None].cohen.interval, Undefined)
    assert (labels["preference", None].observed.value, labels["recall (axis)", None].observed.value) == (1.0, 1.0)
    assert labels["bias (axis)", None].observed.value == 0.0
    assert ("names the diagnosis", None) not in labels
    assert (own.spans.words.value, own.spans.matched) == (1.0, 4)
    assert [label.observed.value for label in own.matched] == [1.0, 0.75]


def test_what_is_said_the_second_time_counts_nowhere_else(twice):
    read_all(twice, "R-01", steady)
    found = results(twice)
    first = found.arms[0].annotations
    assert (first.readings, first.annotations, first.by_severity) == (4, 4, {"minor": 4, "major": 0})
    assert found.axes[1].found.readings == {"first": 0, "second": 4, "tie": 0, "both bad": 0}
    assert [case.repeat_readers for case in results_view(twice).cases] == [frozenset({"R-01"})] * 4
    assert [case.lead(PAIR, "recall") for case in results_view(twice).cases] == ["even", "second", "second", "second"]


def test_readers_are_counted_together_and_each_alone(twice):
    for reader in ("R-01", "R-02"):
        twice.readers.register(reader)
    assign_cases(twice, "all", ["R-01", "R-02"], seed=7, each=1)
    read_all(twice, "R-01", steady)
    read_all(twice, "R-02", lambda session, number, again, one, two: steady(session, number, False, one, two))
    together, first, second = results(twice).intra_rater
    assert [own.reader_id for own in (together, first, second)] == [None, "R-01", "R-02"]
    assert (together.cases, together.readings) == (4, 8)
    verdicts = [by_subject(own.labels)["verdict", None].observed for own in (together, first, second)]
    assert [verdict.value for verdict in verdicts] == [15 / 16, 7 / 8, 1.0]
    record = json.loads(json.dumps(results_record(results(twice))))
    keys = [row["key"] for row in section_of(record, "intra-rater-reliability")["rows"]]
    assert keys == ["", "R-01", "R-02"]
    assert row_of(record, "intra-rater-reliability", "R-02", "verdict")["observed"]["value"] == 1.0


def test_axes_go_to_the_model_that_more_readers_hold_for_better(twice):
    read_all(twice, "R-01", steady)
    recall, bias = results(twice).axes
    assert (recall.name, recall.question) == ("recall", "Which recalls more?")
    assert (recall.found.first, recall.found.even, recall.found.second) == (0, 1, 3)
    assert recall.found.sign_test == pytest.approx(2 / 2**3)
    assert recall.found.net.value == -0.75
    assert bias.found.sign_test == pytest.approx(2 / 2**4)
    assert isinstance(bias.p, Adjusted)
    assert (bias.p.holm, bias.p.comparisons) == (pytest.approx(0.25), 2)
    assert recall.p.holm == pytest.approx(0.25)


def test_axes_that_nobody_rated_have_no_p_value(twice):
    recall, bias = results(twice).axes
    assert recall.p == bias.p == Undefined("no reading states a preference")


def test_readings_count_under_the_version_of_the_protocol_they_were_opened_with(twice):
    session = ReadingSession(twice, "R-01")
    steady(session, 1, False, "A", "B")
    session.commit()
    session.leave()
    first = twice.protocol_sha256
    twice.change_protocol(replace(twice.protocol, guideline="Mark all.", axes=AXES[:1]), "too many axes")
    session = ReadingSession(twice, "R-01")
    session.judge(verdicts={"A": "incorrect", "B": "incorrect"}, preference="tie")
    session.rate("recall", "tie")
    session.commit()
    session.leave()
    found = results(twice)
    before, after = found.versions
    assert (before.number, before.sha256, before.changed, before.readings) == (1, first, (), 1)
    assert (after.number, after.sha256, after.readings) == (2, twice.protocol_sha256, 1)
    assert (after.changed, after.reason) == (("axes", "guideline"), "too many axes")
    assert after.since > "2026"
    # The axis that the protocol no longer has keeps what was said by it.
    assert [axis.name for axis in found.axes] == ["recall", "bias"]
    assert found.axes[1].question == ""
