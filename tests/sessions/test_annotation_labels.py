"""An annotation has one label everywhere: on the reader's screen, in the study file, in results, report and export."""

from __future__ import annotations

import json

from doubleread.domain.spans import Span
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_detail, case_details
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.difference_words import held_parts
from doubleread.sessions.reading import ReadingSession
from sessions.judged_study import answered_study


def read_with_gaps(study, reader_id, severity):
    """Commit the first case with A2 and o1, the first mark in A having been retracted."""
    session = ReadingSession(study, reader_id)
    session.retract(session.mark("A", "answer", Span(0, 4), "negation", "minor").id)
    session.mark("A", "answer", Span(2, 6), "fabrication", severity)
    session.mark("B", "case", Span(2, 7), "omission", "minor")
    session.judge(verdicts={"A": "incorrect", "B": "correct"}, preference="B")
    session.commit()
    labels = {annotation.id: annotation.label for annotation in session.reading.judgement.annotations}
    session.leave()
    return labels


def test_one_label_everywhere(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as study:
        labels = read_with_gaps(study, "R-01", "major") | read_with_gaps(study, "R-02", "minor")
        assert sorted(labels.values()) == ["A2", "A2", "o1", "o1"]
        stored = study.connection.rows("SELECT id, label FROM annotations WHERE retracted_at IS NULL")
        assert dict(map(tuple, stored)) == labels

        export_study(study, "jsonl", tmp_path / "out")
        rows = map(json.loads, (tmp_path / "out" / "annotations.jsonl").read_text(encoding="utf-8").splitlines())
        assert {row["annotation_id"]: row["label"] for row in rows if not row["retracted"]} == labels

        (case_id, *_), first = study.case_ids(), next(iter(case_details(study, blinding_of(study))))
        assert sorted(item.label for answer in first.answers for _, item in answer.marked) == sorted(labels.values())
        answers = case_detail(study, case_id, blinding_of(study)).answers
        seen = {item.id: item.label for answer in answers for _, item in answer.marked}
        assert seen == labels

        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
        session = AdjudicationSession(study, "S-01")
        held = [(each, held) for each in session.differences for held in each.held if held.annotation is not None]
        assert held
        for difference, item in held:
            said = [words for words, _ in held_parts(difference, item)]
            assert f"labelled {labels[item.annotation.id]} by this reader" in said
