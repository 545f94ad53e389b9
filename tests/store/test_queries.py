"""Flat rows for results and exports."""

from __future__ import annotations

from doubleread.read_model import queries
from doubleread.read_model.queries import annotation_rows, answer_rows, reading_rows
from doubleread.store import StudyFile
from store.making import READER, SCORE, act, commit, mark, open_reading


def annotations(study: StudyFile) -> list[dict]:
    """Each annotation with the columns of its reading and answer."""
    return [{**one.reading, **one.answer, **row} for one in annotation_rows(study) for row in one.rows]


def test_rows_join_what_belongs_together(study: StudyFile) -> None:
    study.answers.replace_scores("case-0/m-general", [SCORE, SCORE])
    reading = mark(study, open_reading(study), 3, 9, side="B", note="n")
    reading = mark(study, reading, 0, 5)
    reading = mark(study, reading, 2, 9, category="omission")
    reading = act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[1].id)
    commit(study, reading)
    study.readers.register("R-00")
    mark(study, open_reading(study, "case-0", "R-00"))
    open_reading(study, "case-2")
    found = annotations(study)
    assert [(row["reader_id"], row["side"], row["start"], row["place"]) for row in found] == [
        ("R-00", "A", 0, "answer"),
        (READER, "A", 0, "answer"),
        (READER, "A", 2, "case"),
        (READER, "B", 3, "answer"),
    ]
    row = found[-1]
    assert row["quote"] == study.answers.by_id("case-0/m-biomedical").text[3:9]
    assert row["answer_sha256"] == study.answers.by_id("case-0/m-biomedical").sha256
    assert row["arm_id"] == "m-biomedical"
    assert row["manifest"] == {"model": {"sha256": "b" * 64}, "tokens": 17}
    assert row["retracted_at"] is None
    assert found[1]["retracted_at"]

    read = list(reading_rows(study))
    assert [(row["case_id"], row["reader_id"]) for row in read] == [
        ("case-0", "R-00"),
        ("case-0", READER),
        ("case-2", READER),
    ]
    assert (read[1]["annotations_a"], read[1]["annotations_b"]) == (1, 1)
    assert read[1]["verdicts"] == {"A": "correct", "B": "incorrect"}
    assert read[1]["case_tags"] == ["cardiology", "acute"]
    assert read[1]["preferred_arm_id"] == "m-general"
    assert read[1]["outside_field"] is False
    assert read[2]["committed_at"] is None

    answers = list(answer_rows(study))
    assert [row["answer_id"] for row in answers] == [
        f"{case_id}/{arm.id}" for case_id in study.case_ids() for arm in study.arms()
    ]
    assert answers[0]["text"] == study.answers.by_id(answers[0]["answer_id"]).text


def test_pages_join_without_a_seam(study: StudyFile, monkeypatch) -> None:
    for case_id in study.case_ids():
        reading = open_reading(study, case_id)
        for start in range(4):
            reading = mark(study, reading, start, start + 2)
    whole = [list(rows(study)) for rows in (annotations, reading_rows, answer_rows)]
    monkeypatch.setattr(queries, "_PAGE", 2)
    assert [list(rows(study)) for rows in (annotations, reading_rows, answer_rows)] == whole
    assert [len(rows) for rows in whole] == [12, 3, 6]


def test_the_queries_made_while_marking_use_indexes(study: StudyFile) -> None:
    """A search through all rows would show in a large study only."""
    for sql in (
        "SELECT * FROM events WHERE reading_id = 'x' AND position > 5 ORDER BY position",
        "SELECT seq, hash FROM events WHERE device = 'x' ORDER BY seq DESC LIMIT 1",
        "SELECT 1 FROM events WHERE id = 'x' OR position = 4 OR (device = 'x' AND seq = 4)",
        "SELECT * FROM events WHERE position > 4 AND kind = 'x' ORDER BY position LIMIT 10",
        "SELECT id FROM readings WHERE reader_id = 'x' AND case_id = 'y'",
        "SELECT count(*) FROM annotations WHERE reading_id = 'x' AND retracted_at IS NULL",
        "SELECT max(position) FROM events",
    ):
        plan = " | ".join(row["detail"] for row in study.connection.rows(f"EXPLAIN QUERY PLAN {sql}"))
        assert "SEARCH" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_scoring_again_finds_the_answers_and_scores_of_some_cases_by_indexes(study: StudyFile, monkeypatch) -> None:
    """A search through all scores for every page of cases takes a time that grows with the square of the cases."""
    asked = []
    rows = study.connection.rows

    def heard(sql: str, parameters=()):
        asked.append((sql, parameters))
        return rows(sql, parameters)

    monkeypatch.setattr(study.connection, "rows", heard)
    assert [len(case.answers) for page in study.answers.to_score() for case in page] == [2, 2, 2]
    plans = [row["detail"] for sql, given in asked for row in rows(f"EXPLAIN QUERY PLAN {sql}", given)]
    assert len(asked) > 2
    assert not [detail for detail in plans if "SCAN" in detail]
