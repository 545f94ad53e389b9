"""Annotations in the documents of a case: offsets, checks, undo, adjudication, verify and exports."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubleread.domain.adjudication import Decision
from doubleread.domain.annotation import document_source
from doubleread.domain.answer import Answer
from doubleread.domain.case import Document
from doubleread.domain.events.annotations import AnnotationMarked
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.reports.case_html import case_html
from doubleread.reports.case_on_page import case_data
from doubleread.results import unblind
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from sessions.making import ARMS, DEVICE, choice_case

SURGERY = Document("surgery", "Bowel resected on 11 May. Ναί 👩‍⚕️. No complications.", "Surgical report", needed=True)
CLINIC = Document("clinic", "Oxaliplatin was stopped because of neuropathy.", "Clinic")
CASE = replace(choice_case(0), documents=(SURGERY, CLINIC))


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.doubleread"
    protocol = Protocol(document_order="shuffled")
    with StudyFile.create(path, cases=[CASE], arms=ARMS, protocol=protocol, device=DEVICE, secret=b"s" * 32) as study:
        for arm in ARMS:
            study.answers.record(Answer(f"answer-{arm.id}", CASE.id, arm.id, "B. Fever.", "", "", "stop", {}))
        yield study


def words(document: Document, quote: str) -> Span:
    start = document.text.index(quote)
    return Span(start, start + len(quote))


def opened(study: StudyFile, reader: str = "R-01") -> ReadingSession:
    session = ReadingSession(StudyFile.open(study.path, device=DEVICE), reader)
    session.answers()
    return session


def test_readers_see_documents_in_the_order_of_the_first_answers_and_not_which_are_needed(study):
    shown = opened(study).case.documents
    request_order = [document.id for document in shown]
    assert sorted(request_order) == ["clinic", "surgery"]
    assert not any(document.needed for document in shown)


def test_words_of_a_document_can_be_marked_as_left_out(study):
    session = opened(study)
    place = document_source("clinic")
    made = session.mark("A", place, words(CLINIC, "neuropathy"), "omission", "major")
    assert (made.place, made.quote, made.label) == (place, "neuropathy", "o1")
    session.move(made.id, words(CLINIC, "because of neuropathy"))
    assert session.annotation(made.id).quote == "because of neuropathy"
    session.undo()
    assert session.annotation(made.id).quote == "neuropathy"
    row = study.connection.rows("SELECT * FROM annotations")[0]
    assert (row["place"], row["quote"]) == ("document:clinic", "neuropathy")
    session.close()
    assert verify(study.path).ok


def test_an_annotation_can_be_linked_to_words_of_a_document(study):
    session = opened(study)
    made = session.mark("A", "answer", Span(3, 8), "fabrication", "minor")
    session.link(made.id, words(SURGERY, "No complications"), source=document_source("surgery"))
    passage = session.annotation(made.id).passage
    assert passage is not None
    assert (passage.quote, passage.document_id) == ("No complications", "surgery")
    session.close()
    assert verify(study.path).ok


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_offsets_never_drift(study, data):
    document = data.draw(st.sampled_from((SURGERY, CLINIC)))
    start = data.draw(st.integers(0, len(document.text) - 1))
    end = data.draw(st.integers(start + 1, len(document.text)))
    session = opened(study)
    made = session.mark("A", document_source(document.id), Span(start, end), "omission", "minor")
    assert made.quote == document.text[start:end]
    session.retract(made.id)
    session.close()


@pytest.mark.parametrize(
    ("place", "start", "end", "quote", "category"),
    [
        ("document:clinic", 0, 5, "Bowel", "omission"),
        ("document:nothing", 0, 5, "Bowel", "omission"),
        ("document:", 0, 5, "Bowel", "omission"),
        ("document:surgery", 0, 500, SURGERY.text, "omission"),
        ("document:surgery", 0, 5, "Bowel", "fabrication"),
        ("retrieved:abc", 0, 5, "Bowel", "omission"),
        (7, 0, 5, "Bowel", "omission"),
    ],
)
def test_a_mark_that_is_not_in_the_document_is_refused(study, place, start, end, quote, category):
    session = opened(study)
    made = session.mark("A", document_source("surgery"), Span(0, 5), "omission", "minor")
    reading = session.reading
    assert reading is not None
    wrong = replace(made, id="other", place=place, start=start, end=end, quote=quote, category=category)
    with pytest.raises(InputRefusedError):
        study.append("R-01", reading.id, [AnnotationMarked(annotation=wrong).draft()])


def test_omissions_in_different_documents_are_different_matters(study):
    for reader, document, quote in (("R-01", CLINIC, "neuropathy"), ("R-02", SURGERY, "resected on 11 May")):
        session = opened(study, reader)
        assert session.reading is not None
        side = session.reading.side_of("answer-one")
        session.mark(side, document_source(document.id), words(document, quote), "omission", "major")
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        session.close()
    study.readers.register("S-01")
    study.readers.describe("S-01", "adjudicator", "")
    adjudication = AdjudicationSession(StudyFile.open(study.path, device=DEVICE), "S-01")
    marked = [difference for difference in adjudication.differences if difference.marked]
    assert sorted(difference.place for difference in marked) == ["document:clinic", "document:surgery"]
    for difference in marked:
        adjudication.decide(
            difference.id, Decision.take(next(n for n, held in enumerate(difference.held) if held.annotation))
        )
    adjudication.commit()
    adjudication.close()
    rows = study.connection.rows("SELECT place, quote FROM adjudicated_annotations ORDER BY place")
    assert [(row["place"], row["quote"]) for row in rows] == [
        ("document:clinic", "neuropathy"),
        ("document:surgery", "resected on 11 May"),
    ]
    assert verify(study.path).ok


def test_exports_check_the_words_of_documents(study, tmp_path):
    session = opened(study)
    session.mark("A", document_source("clinic"), words(CLINIC, "neuropathy"), "omission", "major")
    session.close()
    out = tmp_path / "out"
    export_study(study, "jsonl", out, with_case_text=True, attestation=ATTESTED)
    (line,) = (out / "annotations.jsonl").read_text(encoding="utf-8").splitlines()
    record = json.loads(line)
    assert (record["place"], record["quote"]) == ("document:clinic", "neuropathy")


def test_the_report_marks_words_of_documents(study):
    session = opened(study)
    session.mark("A", document_source("clinic"), words(CLINIC, "neuropathy"), "omission", "major")
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    session.commit()
    session.close()
    unblind(study, "lead", "test")
    (detail,) = case_details(study, blinding_of(study))
    documents = re.findall(r"<details.*?</details>", case_html(case_data(detail, ("one", "two"))))
    titles = [re.search(r"<summary[^>]*>Document .*?  (.*?)</summary>", document)[1] for document in documents]
    assert titles == [
        {"surgery": "Surgical report", "clinic": "Clinic"}[document.id] for document in detail.case.documents
    ]
    (marked,) = (document for document in documents if document.startswith("<details open>"))
    assert "Clinic</summary>" in marked
    assert re.search(r"<mark[^>]*>neuropathy", marked)
    assert "neuropathy" not in re.sub(r"<mark.*?</mark>", "", marked)
