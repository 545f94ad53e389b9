"""Exports for annotation tools: what is in the files, and that Label Studio and brat can read them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from doubleread.domain.labels import CREOLA, LABEL_SETS, Label, label_set
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import CaseFileError, InputRefusedError
from doubleread.exports.brat import fragments
from doubleread.exports.export import export_study
from doubleread.exports.label_studio import labeling_config
from doubleread.imports.offsets import MeasuredText
from doubleread.read_model.blinding import unblind
from doubleread.runs.importing_annotations import AnnotationImport, import_annotations
from doubleread.sessions.reading import ReadingSession
from exports.attested import ATTESTED
from imports.texts_study import AWKWARD, PLAIN, fresh_copy, side_of, study_of

TEXT = "Fever.\r\nNo rash\u2028at all 😀, none."


@pytest.fixture
def study(tmp_path):
    """R-01 has marked each answer, an omission, and something that was retracted; R-02 has marked nothing."""
    with study_of(tmp_path / "study.doubleread", [(TEXT, PLAIN), (PLAIN, AWKWARD)]) as opened:
        session = ReadingSession(opened, "R-01")
        session.answers()
        one, two = side_of(session, "one"), side_of(session, "two")
        session.mark(one, "answer", Span(8, 22), "fabrication", "major", basis="medically false", note="a\nb\tc")
        session.mark(one, "answer", Span(23, 24), "negation", "minor", harm="likely")
        session.mark(two, "answer", Span(16, 21), "fabrication", "minor")
        session.mark(two, "case", Span(2, 7), "omission", "major")
        session.retract(session.mark(two, "answer", Span(0, 3), "negation", "minor").id)
        session.leave()
        other = ReadingSession(opened, "R-02")
        other.answers()
        other.leave()
        unblind(opened, "lead", "to see the texts")
        yield opened


def test_tasks_of_label_studio(study, tmp_path):
    done = export_study(study, "label-studio", tmp_path / "out")
    assert done.rows == {"tasks": 4, "annotations": 3}
    assert done.left_out == ("1 omission marks no words of an answer", "1 retracted annotation is left out")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text(encoding="utf-8"))
    first = tasks[0]
    assert first["data"]["text"] == TEXT
    assert (first["data"]["answer_id"], first["data"]["case_id"]) == ("case-0/one", "case-0")
    assert "Alpha-7B" not in json.dumps(tasks)
    mine, others = first["annotations"]
    assert (mine["reader"], others["reader"], others["result"]) == ("R-01", "R-02", [])
    assert [(result["from_name"], result["type"]) for result in mine["result"]] == [
        ("label", "labels"), ("severity", "choices"), ("basis", "choices"), ("note", "textarea"),
        ("label", "labels"), ("severity", "choices"), ("harm", "choices"),
    ]  # fmt: skip
    assert mine["result"][0]["value"] == {
        "start": 8,
        "end": 22,
        "text": "No rash\u2028at all",
        "labels": ["fabrication"],
    }
    assert len({result["id"] for result in mine["result"][:4]}) == 1
    assert all(
        task["data"]["text"][value["start"] : value["end"]] == value["text"]
        for task in tasks
        for work in task["annotations"]
        for value in (result["value"] for result in work["result"] if result["type"] == "labels")
    )


def test_the_labeling_interface_has_every_label():
    for labels in LABEL_SETS.values():
        view = ElementTree.fromstring(labeling_config(labels, with_case=True))
        assert [one.get("value") for one in view.iter("Label")] == [label.name for label in labels.categories]
        for choices in view.iter("Choices"):
            known = [label.name for label in labels.ratings(choices.get("name"))]
            assert [one.get("value") for one in choices] == known
            assert (choices.get("perRegion"), choices.get("toName")) == ("true", "text")
        assert [text.get("value") for text in view.iter("Text")] == ["$case", "$text"]
    odd = label_set("odd", (Label("<\"&'>", "x", ""),))
    assert next(ElementTree.fromstring(labeling_config(odd)).iter("Label")).get("value") == "<\"&'>"


def test_case_text_only_on_request(study, tmp_path):
    export_study(study, "label-studio", tmp_path / "without")
    export_study(study, "label-studio", tmp_path / "with", with_case_text=True, attestation=ATTESTED)
    found = {
        name: json.loads((tmp_path / name / "tasks.json").read_text(encoding="utf-8")) for name in ("without", "with")
    }
    assert all("case" not in task["data"] for task in found["without"])
    assert found["with"][0]["data"]["case"] == study.case("case-0").text
    assert "$case" not in (tmp_path / "without" / "labeling-config.xml").read_text(encoding="utf-8")


def test_what_label_studio_exports_comes_back(study, tmp_path):
    """As Label Studio writes it: numbers for people, several labels, other results, newlines as two characters."""
    value = {"start": 0, "end": 16, "text": "Fever.\\n\\nNo rash", "labels": ["Fabrication", "negation"]}
    task = {
        "id": 7,
        "data": {"text": TEXT, "answer_id": "case-0/one"},
        "annotations": [
            {
                "id": 1,
                "completed_by": {"id": 3, "email": "ann@example.org"},
                "was_cancelled": False,
                "result": [
                    {
                        "id": "r1", "type": "labels", "from_name": "label", "to_name": "text",
                        "value": value | {"end": 15}, "meta": {"text": ["look", "again"]},
                    },
                    {"id": "r1", "type": "choices", "from_name": "severity", "value": {**value, "choices": ["major"]}},
                    {"id": "r1", "type": "choices", "from_name": "mood", "value": {**value, "choices": ["bad"]}},
                    {"id": "r1", "type": "rating", "from_name": "stars", "value": {**value, "rating": 3}},
                    {"id": "x", "type": "choices", "from_name": "whole", "value": {"choices": ["fine"]}},
                    {"type": "relation", "from_id": "r1", "to_id": "r1", "direction": "right"},
                ],
            },
            {"completed_by": 4, "was_cancelled": True, "result": []},
        ],
        "predictions": [{"model_version": "m", "result": []}],
    }  # fmt: skip
    file = tmp_path / "project.json"
    file.write_text(json.dumps([task]), encoding="utf-8")
    with fresh_copy(study, tmp_path / "fresh.doubleread") as fresh:
        fresh.readers.register("R-03")
        done = import_annotations(fresh, file, AnnotationImport(readers={"ann@example.org": "R-03"}))
        assert done.added == {"R-03": 2}
        assert done.ignored == {
            "predictions": 1,
            "choices": 1,
            "rating": 1,
            "choices about a whole task": 1,
            "relations": 1,
            "skipped annotations": 1,
        }
        made = fresh.reading("R-03", "case-0").judgement.annotations
        assert {(one.category, one.severity, one.quote, one.note) for one in made} == {
            ("fabrication", "major", "Fever.\r\nNo rash", "look\nagain"),
            ("negation", "major", "Fever.\r\nNo rash", "look\nagain"),
        }


def test_brat_files(study, tmp_path):
    done = export_study(study, "brat", tmp_path / "out")
    assert done.rows == {"documents": 4, "annotations": 3}
    assert done.left_out[-1] == "1 note has line breaks; each line is a note of its own"
    documents = [json.loads(line) for line in (tmp_path / "out" / "documents.jsonl").read_text().splitlines()]
    assert {one["reader_id"] for one in documents} == {"R-01", "R-02"}
    (mine,) = [one for one in documents if (one["reader_id"], one["answer_id"]) == ("R-01", "case-0/one")]
    path = tmp_path / "out" / mine["file"]
    assert path.read_bytes().decode() == TEXT.replace("\r\n", "\n")
    assert path.with_suffix(".ann").read_text(encoding="utf-8").split("\n") == [
        "T1\tfabrication 7 14;15 21\tNo rash at all",
        "A1\tSeverity T1 major",
        "A2\tBasis T1 medically_false",
        "#1\tAnnotatorNotes T1\ta",
        "#2\tAnnotatorNotes T1\tb\tc",
        "T2\tnegation 22 23\t😀",
        "A3\tSeverity T2 minor",
        "A4\tHarm T2 likely",
        "",
    ]
    config = (tmp_path / "out" / "annotation.conf").read_text(encoding="utf-8")
    assert "[entities]\nfabrication\nnegation\n" in config
    assert "Basis\tArg:<ENTITY>, Value:contradicted_by_the_case|unsupported_by_the_case|medically_false\n" in config
    assert "medically_false | medically false" in (tmp_path / "out" / "visual.conf").read_text(encoding="utf-8")


SPLITS = re.compile("[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")


def check_by_the_rules_of_brat(text: str, standoff: str) -> int:
    """Check a pair of files as brat's own parser does (server/src/annotation.py); return how many marks there are."""
    known: set[str] = set()
    marks = 0
    for line in filter(None, standoff.split("\n")):
        assert not SPLITS.search(line), "brat reads lines with a reader that splits at all of these"
        line_id, data, tail = line.split("\t", 2) if line[0] != "A" else (*line.split("\t"), "")
        assert re.fullmatch(r"(?:[TA]|#)[0-9]+", line_id)
        assert line_id not in known
        known.add(line_id)
        if line_id[0] == "T":
            marks += 1
            label, _, rest = data.partition(" ")
            assert re.fullmatch(r"[A-Za-z0-9_-]+", label)
            spans = [tuple(map(int, part.split(" "))) for part in rest.split(";")]
            assert all(0 <= start < end <= len(text) for start, end in spans)
            assert all(end < start for (_, end), (start, _) in pairwise(spans))
            assert " ".join(text[start:end] for start, end in spans) == tail
        elif line_id[0] == "A":
            assert re.fullmatch(r"[A-Za-z0-9_-]+ T[0-9]+ [A-Za-z0-9_-]+", data)
            assert data.split(" ")[1] in known
        else:
            kind, target = data.split()
            assert (kind, target in known) == ("AnnotatorNotes", True)
    return marks


def test_brat_files_keep_the_rules_of_brat(study, tmp_path):
    export_study(study, "brat", tmp_path / "out")
    files = sorted((tmp_path / "out").rglob("*.ann"))
    assert len(files) == 4
    marks = [
        check_by_the_rules_of_brat(
            file.with_suffix(".txt").read_bytes().decode().replace("\r\n", "\n").replace("\r", "\n"),
            file.read_bytes().decode(),
        )
        for file in files
    ]
    assert sum(marks) == 3


def test_files_of_brat_come_back_after_changes(study, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT.replace("\r\n", "\n"), encoding="utf-8", newline="")
    lines = [
        "T1\tFabrication 0 5\tFever",
        "A1\tSeverity T1 major",
        "A2\tPolarity T1 positive",
        "A3\tSeverity T9 major",
        "M1\tNegated T1",
        "#1\tAnnotatorNotes T1\tlook",
        "#2\tAnnotatorNotes T1\tagain",
        "T2\tNegation 7 9;18 21\tNo all",
        "A4\tSeverity T2 minor",
        "R1\tCauses Arg1:T1 Arg2:T2",
        "E1\tNegation:T2",
        "*\tEquiv T1 T2",
        "N1\tReference T1 SNOMED:386661006\tFever",
        "T3 Negation 0 5 Fever",
        "T1\tNegation 0 5\tFever",
        "T4\tNegation zero five\tFever",
        "what is this",
        "A5\tSeverity",
    ]
    (tmp_path / "a.ann").write_text("\r\n".join(lines), encoding="utf-8", newline="")
    study.readers.register("R-03")
    how = AnnotationImport(reader_id="R-03")
    with pytest.raises(CaseFileError) as raised:
        import_annotations(study, tmp_path / "a.ann", how)
    assert [problem.partition("line ")[2] for problem in raised.value.problems] == [
        "8, start: it has several parts with other words between them",
        "14: is not a line of a standoff file, such as T1, a tab, a label",
        "15: T1 is used twice",
        "16: must be a label, start and end, then a tab and the words marked",
        "17: is not a line of a standoff file, such as T1, a tab, a label",
        "18: A5 does not say what it is about",
    ]
    done = import_annotations(study, tmp_path / "a.ann", how, skip_bad=True)
    assert done.added == {"R-03": 1}
    assert done.ignored == {
        "relations": 1,
        "events": 1,
        "equivalences": 1,
        "normalisations": 1,
        "attributes": 2,
        "notes and attributes about other things": 1,
    }
    (made,) = study.reading("R-03", "case-0").judgement.annotations
    assert (made.category, made.severity, made.note) == ("fabrication", "major", "look\nagain")


def test_marks_that_brat_cannot_write():
    text = MeasuredText("a\r\nb\u2028")
    assert fragments(text, Span(0, 4)) == [(0, 1, "a"), (2, 3, "b")]
    for start, end in ((1, 4), (0, 2), (1, 3), (0, 5), (2, 4)):
        assert fragments(text, Span(start, end)) == []


def test_labels_that_brat_cannot_tell_apart_are_refused(tmp_path):
    labels = label_set("own-1", (Label("für", "a", ""), Label("f_r", "b", "")), severities=CREOLA.severities)
    protocol = Protocol(label_set="own-1", own_labels=labels)
    with (
        study_of(tmp_path / "s.doubleread", [("a", "b")], protocol) as study,
        pytest.raises(InputRefusedError, match="cannot tell the labels"),
    ):
        export_study(study, "brat", tmp_path / "out")


def test_a_blinded_export_comes_back_with_redacted_quotes(tmp_path):
    texts = [("As Alpha-7B, I say fever.", "No fever, says Beta-7B.")]
    with study_of(tmp_path / "study.doubleread", texts) as study:
        session = ReadingSession(study, "R-01")
        session.answers()
        session.mark(side_of(session, "one"), "answer", Span(0, 25), "fabrication", "major")
        session.mark(side_of(session, "two"), "answer", Span(15, 22), "negation", "minor")
        session.leave()
        quotes = {one.quote for one in study.reading("R-01", "case-0").judgement.annotations}
        for format_name in ("jsonl", "csv", "label-studio", "brat"):
            done = export_study(study, format_name, tmp_path / format_name)
            assert done.blinded
            fresh_path = tmp_path / f"{format_name}.doubleread"
            with study_of(fresh_path, texts) as fresh:
                fresh.readers.register("R-01")
                import_annotations(fresh, tmp_path / format_name, AnnotationImport())
                made = fresh.reading("R-01", "case-0").judgement.annotations
                assert {one.quote for one in made} == quotes
