"""Annotations from files: whose they become, what is refused, and that they are events like any others."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.annotation import Annotation
from doubleread.domain.events.annotations import AnnotationsImported
from doubleread.domain.spans import Span
from doubleread.errors import CaseFileError, InputRefusedError, WrongSettingsError
from doubleread.exports.export import export_study
from doubleread.imports.offsets import CODE_POINTS, OffsetConvention
from doubleread.results import results
from doubleread.runs.importing_annotations import AnnotationImport, Label, import_annotations
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from imports.texts_study import AWKWARD, PLAIN, fresh_copy, side_of, study_of

FOR_R1 = AnnotationImport(reader_id="R-01")
ROW = {
    "answer_id": "case-0/one",
    "start": 16,
    "end": 21,
    "quote": "fever",
    "category": "fabrication",
    "severity": "major",
    "note": "it is not",
}


@pytest.fixture
def study(tmp_path):
    with study_of(tmp_path / "study.doubleread", [(PLAIN, AWKWARD), (PLAIN, "No fever."), ("One.", "Two.")]) as opened:
        opened.readers.register("R-01")
        yield opened


def table(path, *rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode())
    return path


def annotations(study, reader_id="R-01"):
    """Return the annotations of a reader, without their ids."""
    found = []
    for case_id in study.case_ids():
        reading = study.reading(reader_id, case_id)
        if reading is not None:
            found += [replace(one, id="") for one in reading.judgement.annotations]
    return sorted(found, key=lambda one: one.mark)


def problems(raised) -> list[str]:
    return [problem.partition("line ")[2] for problem in raised.value.problems]


def test_annotations_become_those_of_the_reader(study, tmp_path):
    rated = {"basis": "medically false", "harm": "Possible", "certainty": "unsure"}
    file = table(tmp_path / "spans.csv", {**ROW, **rated}, {**ROW, "start": 28, "end": 32, "quote": "rash"})
    done = import_annotations(study, file, FOR_R1)
    assert (done.format_name, done.offsets, done.deciding) == ("spans", CODE_POINTS, 2)
    assert (done.added, done.same, done.opened, done.left_out) == ({"R-01": 2}, {}, 1, ())
    assert annotations(study) == [
        Annotation(
            "", "case-0/one", "answer", 16, 21, "fever", "fabrication", "major", "medically false", "possible",
            "unsure", "it is not",
        ),
        Annotation("", "case-0/one", "answer", 28, 32, "rash", "fabrication", "major", note="it is not"),
    ]  # fmt: skip
    reading = study.reading("R-01", "case-0")
    assert (reading.committed, reading.active_seconds) == (False, 0.0)
    assert verify(study.path).ok


def test_the_sides_of_a_new_reading_are_the_randomised_ones(study, tmp_path):
    with fresh_copy(study, tmp_path / "other.doubleread") as other:
        for case_id in study.case_ids():
            answer = f"{case_id}/two"
            text = study.answers.by_id(answer).text
            file = table(tmp_path / "x.csv", {**ROW, "answer_id": answer, "start": 0, "end": 2, "quote": text[:2]})
            import_annotations(study, file, FOR_R1)
        session = ReadingSession(other, "R-01")
        for case_id in other.case_ids():
            session.goto(case_id)
            session.answers()
            opened, imported = session.reading, study.reading("R-01", case_id)
            assert opened.answer_ids == imported.answer_ids
            assert (opened.protocol_sha256, opened.axes) == (imported.protocol_sha256, imported.axes)


def test_the_same_file_adds_nothing_the_second_time(study, tmp_path):
    file = table(tmp_path / "spans.csv", ROW)
    import_annotations(study, file, FOR_R1)
    before = study.chain_heads()
    done = import_annotations(study, file, FOR_R1)
    assert (done.added, done.same, done.opened) == ({}, {"R-01": 1}, 0)
    assert study.chain_heads() == before


def test_the_log_says_where_they_come_from(study, tmp_path):
    file = table(tmp_path / "spans.csv", ROW, {**ROW, "quote": "cough"}, {**ROW, "start": 15, "end": 20})
    done = import_annotations(study, file, replace(FOR_R1, relocate=True), skip_bad=True)
    assert done.relocated == 0
    assert len(done.left_out) == 1
    assert done.same == {"R-01": 1}  # the third row, moved to its quote
    (event,) = study.events(kind=AnnotationsImported.kind)
    assert event.body["added"] == {"R-01": 1}
    assert event.body["about"] | {"sha256": "", "left_out": 0} == {
        "file": "spans.csv",
        "sha256": "",
        "format": "spans",
        "offsets": "code-points,0,exclusive",
        "left_out": 0,
    }
    assert event.body["about"]["left_out"]["listed"][0]["line"] == 3
    assert len(event.body["about"]["sha256"]) == 64
    words = AnnotationsImported.from_body(event.body).describe(None)
    assert words == "imported 1 annotation of R-01; 1 line of the file skipped as faulty"


def test_what_does_not_fit_is_named_by_line(study, tmp_path):
    file = table(
        tmp_path / "spans.csv",
        ROW,
        {**ROW, "start": 17, "end": 22},
        {**ROW, "start": 0, "end": 1, "quote": "a"},
        {**ROW, "quote": "cough"},
        {**ROW, "answer_id": "nobody's"},
        {**ROW, "category": "wrong"},
        {**ROW, "severity": ""},
        {**ROW, "severity": "grave"},
        {**ROW, "category": "omission"},
        {**ROW, "severity": "minor"},
        {**ROW, "start": "x"},
        {**ROW, "category": ""},
    )
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, file, FOR_R1)
    assert problems(raised) == [
        "3, quote: the quote is not at [17, 22), but once at [16, 21); --relocate moves it there",
        "4, quote: the quote is not at [0, 1), but at 5 other places",
        "5, quote: the quote at [16, 21) is not in the text",
        '6, answer_id: the study has no answer "nobody\'s"',
        "7, category: 'wrong' is not a category of the label set creola-1; say what the label means: --label"
        ' "wrong=CATEGORY/SEVERITY"',
        '8, severity: it has no severity; give one for the label: --label "fabrication=CATEGORY/SEVERITY"',
        "9, category: 'grave' is not a severity of the label set creola-1",
        "10, category: an omission belongs in the case or a document, every other annotation in an answer",
        "11, category: the reading has another annotation of these words in this category",
        '12, start: must be a whole number, but is "x"',
        "13, category: is empty",
    ]
    assert study.reading("R-01", "case-0") is None
    assert list(study.events(kind=AnnotationsImported.kind)) == []
    done = import_annotations(study, file, FOR_R1, skip_bad=True)
    assert (done.added, len(done.left_out)) == ({"R-01": 1}, 11)


def test_relocate_moves_to_the_only_place_of_the_quote(study, tmp_path):
    file = table(tmp_path / "spans.csv", {**ROW, "start": 18, "end": 23})
    with pytest.raises(CaseFileError):
        import_annotations(study, file, FOR_R1)
    done = import_annotations(study, file, replace(FOR_R1, relocate=True))
    assert done.relocated == 1
    assert [(one.start, one.end) for one in annotations(study)] == [(16, 21)]
    (event,) = study.events(kind=AnnotationsImported.kind)
    assert event.body["about"]["relocated"] == 1


@pytest.mark.parametrize(
    "named",
    [
        {"answer_id": "case-1/two"},
        {"case_id": "case-1", "arm": "Beta-7B"},
        {"case_id": "case-1", "arm": "two"},
        {"case_id": "case-1", "text": "No fever."},
        {"text": "No fever."},
        {"case_id": "case-1", "side": "side"},
    ],
)
def test_the_answer_is_found_by_id_arm_side_or_text(study, tmp_path, named):
    row = {**ROW, "start": 3, "end": 8, **named}
    if "answer_id" not in named:
        del row["answer_id"]
    if "side" in named:
        session = ReadingSession(study, "R-01")
        session.goto("case-1")
        session.answers()
        row["side"] = side_of(session, "two").lower()
    import_annotations(study, table(tmp_path / "spans.csv", row), FOR_R1)
    assert [one.answer_id for one in annotations(study)] == ["case-1/two"]


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"case_id": "case-1"}, "it can be about both answers of the case; name the answer by answer_id, arm or side"),
        ({"text": PLAIN}, "it can be about both answers of the case; name the answer by answer_id, arm or side"),
        ({"text": "Other."}, "no answer of the study has this text"),
        ({"case_id": "case-9"}, 'the study has no case "case-9"'),
        ({"case_id": "case-1", "arm": "Gamma"}, "the case has no such answer"),
        ({"answer_id": "case-1/two", "text": "Other."}, "the text differs from that of the answer that is named"),
    ],
)
def test_an_answer_that_is_not_certain_is_refused(study, tmp_path, named, why):
    row = {name: value for name, value in ROW.items() if name != "answer_id"} | {"start": 3, "end": 8, **named}
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, table(tmp_path / "spans.csv", row), FOR_R1)
    assert problems(raised)[0].endswith(f": {why}")


def test_offsets_are_proved_by_the_quotes_or_said(study, tmp_path):
    start = len(AWKWARD[: AWKWARD.index("120")].encode())
    row = {**ROW, "answer_id": "case-0/two", "start": start, "end": start + 6, "quote": "120/80"}
    done = import_annotations(study, table(tmp_path / "spans.csv", row), FOR_R1)
    assert done.offsets == OffsetConvention("bytes")
    assert [one.quote for one in annotations(study)] == ["120/80"]
    no_quote = table(tmp_path / "more.csv", {**row, "quote": ""})
    with pytest.raises(CaseFileError, match="not clear how the offsets count"):
        import_annotations(study, no_quote, FOR_R1)
    done = import_annotations(study, no_quote, replace(FOR_R1, offsets=OffsetConvention("bytes")))
    assert done.same == {"R-01": 1}


def test_columns_and_labels_of_other_names(study, tmp_path):
    file = table(
        tmp_path / "spans.csv",
        {"doc": "case-1", "who": "one", "from": 16, "to": 21, "words": "fever", "tag": "HALLU", "Severity": ""},
    )
    columns = {"case_id": "doc", "arm": "who", "start": "from", "end": "to", "quote": "words", "category": "tag"}
    how = replace(FOR_R1, columns=columns, labels={"HALLU": Label("negation", "minor")})
    import_annotations(study, file, how)
    assert [(one.category, one.severity) for one in annotations(study)] == [("negation", "minor")]
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, file, FOR_R1)
    assert any("--map start=COLUMN" in problem for problem in problems(raised))


def test_readers_are_named_by_the_file_or_by_the_user(study, tmp_path):
    study.readers.register("R-02")
    file = table(tmp_path / "spans.csv", {**ROW, "reader": "ann"}, {**ROW, "reader": "bob", "severity": "minor"})
    with pytest.raises(WrongSettingsError, match='"ann" is not a registered reader'):
        import_annotations(study, file, AnnotationImport())
    with pytest.raises(WrongSettingsError, match="one reader cannot have made them all"):
        import_annotations(study, file, FOR_R1)
    done = import_annotations(study, file, AnnotationImport(readers={"ann": "R-02", "bob": "R-01"}))
    assert done.added == {"R-01": 1, "R-02": 1}
    assert [one.severity for one in annotations(study, "R-02")] == ["major"]
    nobody = table(tmp_path / "nobody.csv", ROW)
    with pytest.raises(WrongSettingsError, match="does not say who made"):
        import_annotations(study, nobody, AnnotationImport())


def test_a_committed_reading_takes_nothing_new(study, tmp_path):
    import_annotations(study, table(tmp_path / "a.csv", ROW), FOR_R1)
    session = ReadingSession(study, "R-01")
    session.answers()
    assert [one.quote for one in session.reading.judgement.annotations] == ["fever"]
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    session.commit()
    session.leave()
    both = table(tmp_path / "b.csv", ROW, {**ROW, "category": "negation"})
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, both, FOR_R1)
    assert problems(raised) == ["3, reader: R-01 has committed the reading of this case"]
    assert import_annotations(study, table(tmp_path / "a.csv", ROW), FOR_R1).same == {"R-01": 1}


def test_only_assigned_cases_get_readings(study, tmp_path):
    study.readers.assign({"R-01": ["case-1"]}, {})
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, table(tmp_path / "a.csv", ROW), FOR_R1)
    assert problems(raised) == ["2, reader: the case is not assigned to R-01"]


def test_a_withdrawn_reader_gets_nothing(study, tmp_path):
    study.readers.withdraw("R-01", "moved", "lead")
    with pytest.raises(InputRefusedError, match="withdrawn"):
        import_annotations(study, table(tmp_path / "a.csv", ROW), FOR_R1)


def test_an_import_is_undone_in_one_step_within_a_reading(study, tmp_path):
    second = {**ROW, "answer_id": "case-0/two", "start": 5, "end": 10}
    file = table(tmp_path / "a.csv", ROW, second, {**ROW, "category": "negation"})
    import_annotations(study, file, FOR_R1)
    session = ReadingSession(study, "R-01")
    session.answers()
    assert len(session.reading.judgement.annotations) == 3
    session.undo()
    assert session.reading.judgement.annotations == ()
    session.redo()
    assert len(session.reading.judgement.annotations) == 3
    session.retract(session.reading.judgement.annotations[0].id)
    session.leave()
    done = import_annotations(study, file, FOR_R1)
    assert (done.added, done.same) == ({}, {"R-01": 3})  # what the reader has retracted stays so


def test_imported_annotations_travel_with_the_readers_own_file(study, tmp_path):
    own = tmp_path / "own.doubleread"
    split(study, "R-01", own)
    with StudyFile.open(own, device="laptop") as theirs:
        import_annotations(theirs, table(tmp_path / "a.csv", ROW), FOR_R1)
        assert verify(theirs.path).ok
        with pytest.raises(WrongSettingsError, match="not a registered reader"):
            import_annotations(theirs, table(tmp_path / "a.csv", ROW), AnnotationImport(reader_id="R-02"))
    (merged,) = merge(study, [own])
    assert merged.refused is None
    assert [one.quote for one in annotations(study)] == ["fever"]
    assert results(study).imported_annotations == {"R-01": 1}
    assert verify(study.path).ok


def test_imported_annotations_are_adjudicated_like_others(study, tmp_path):
    for reader_id, row in (("R-01", ROW), ("R-02", {**ROW, "severity": "minor"}), ("S-01", None)):
        study.readers.register(reader_id)
        if row is not None:
            import_annotations(study, table(tmp_path / "a.csv", row), AnnotationImport(reader_id=reader_id))
            session = ReadingSession(study, reader_id)
            session.answers()
            session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
            session.commit()
            session.leave()
    study.readers.describe("S-01", "adjudicator", "")
    session = AdjudicationSession(study, "S-01")
    (difference,) = [difference for difference in session.differences if difference.subject == "annotation"]
    session.decide(difference.id, Decision(how="take", reader=0))
    late = table(tmp_path / "late.csv", ROW)
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, late, AnnotationImport(reader_id="S-01"))
    assert problems(raised) == ["2, reader: S-01 has adjudicated the case and knows other readers' judgements"]


def test_our_own_export_comes_back_with_passages_and_omissions(study, tmp_path):
    session = ReadingSession(study, "R-01")
    session.answers()
    side = side_of(session, "two")
    marked = session.mark(side, "answer", Span(5, 10), "negation", "minor", note="= a\n'b'", harm="likely")
    session.link(marked.id, Span(2, 7))
    session.mark(side, "case", Span(0, 7), "omission", "major", note="@x")
    session.retract(session.mark(side, "answer", Span(13, 15), "negation", "minor").id)
    session.leave()
    for number, with_case_text in enumerate((False, True)):
        for format_name in ("jsonl", "csv"):
            out = tmp_path / f"{format_name}-{number}"
            export_study(study, format_name, out, with_case_text=with_case_text, attestation=ATTESTED)
            with study_of(tmp_path / f"{number}{format_name}.doubleread", [(PLAIN, AWKWARD)]) as fresh:
                fresh.readers.register("R-01")
                done = import_annotations(fresh, out, AnnotationImport())
                assert (done.format_name, done.ignored) == (format_name, {"retracted annotations": 1})
                assert annotations(fresh) == annotations(study)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_a_folder_of_brat_is_not_waited_for(study, tmp_path):
    folder = tmp_path / "brat"
    folder.mkdir()
    os.mkfifo(folder / "a.ann")
    with pytest.raises(CaseFileError, match=r"has no \.ann files"):
        import_annotations(study, folder, replace(FOR_R1, format_name="brat"))


def test_files_that_are_no_annotations_are_refused(study, tmp_path):
    for name, data in (
        ("a.json", b'{"a": 1}'), ("b.json", b"[1]"), ("c.csv", b""), ("d.csv", b"a,b\n1,2\n"), ("e.csv", b"\0"),
        ("f.ann", b"T1\tX 0 1\ta\n"), ("g.jsonl", b'{"data": {}}'), ("h.json", b"[]"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises((CaseFileError, WrongSettingsError)) as raised:
            import_annotations(study, tmp_path / name, FOR_R1)
        assert raised.value.happened, name
    (tmp_path / "empty").mkdir()
    with pytest.raises(CaseFileError, match="folder without annotations"):
        import_annotations(study, tmp_path / "empty", FOR_R1)
