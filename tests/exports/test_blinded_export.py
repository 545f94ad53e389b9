"""An export before every reading is committed: nothing in it links answers of one model, and nothing else is lost."""

from __future__ import annotations

import csv
import hashlib
import json
import uuid
from collections import Counter

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.answer import Answer
from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.retrieval import RetrievedPassage
from doubleread.domain.score import LETTER_LIKELIHOOD, Score
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError
from doubleread.exports.blinded import LABELLED, WITHHELD
from doubleread.exports.columns import TABLES
from doubleread.exports.export import export_study
from doubleread.exports.formats import EXPORTERS
from doubleread.read_model.blinding import blinding_of, unblind
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from exports.attested import ATTESTED
from exports.everything import texts_of
from sessions.making import ARMS, make_study

SELF = "As BioMistral, I say so. "
GIVEN = "What only one model was given."
GIVEN_PASSAGE = RetrievedPassage(1, "d", "", 0, len(GIVEN), GIVEN, 1.0)


@pytest.fixture
def study(tmp_path):
    """Ten cases; the second model names itself, thinks, and was imported; R-01 and R-02 have read one case each."""
    with make_study(tmp_path / "study.doubleread", 10) as opened:
        for number, case_id in enumerate(opened.case_ids()):
            for arm in ARMS:
                second = arm is ARMS[1]
                text = f"{SELF if second else ''}Fever, and no rash at all in {case_id}."
                at = f"2026-03-0{1 + second}T12:00:0{number % 10}.000Z"
                finish = "imported" if second else "length" if number == 0 else "stop"
                entry = {"retrieval": {"passages": [GIVEN_PASSAGE.as_record()]}} if second else {}
                manifest = {"tokens": 10 + second, **entry}
                answer = Answer(str(uuid.uuid4()), case_id, arm.id, text, at, at, finish, manifest, "Hm." * second)
                scores = [Score("choice", f"{1 + second}", "correct", "B", f"says {text[:12]}", 0, 12, 0.9)]
                if not second:
                    scores.append(Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood"))
                opened.answers.record(answer, scores)
        for reader_id in ("R-01", "R-02"):
            session = ReadingSession(opened, reader_id)
            for side, answer in session.answers().items():
                end = 14 if answer.text.startswith("As ") else 5
                marked = session.mark(
                    side, "answer", Span(0, end), "fabrication", "major", note="by BioMistral I think"
                )
                session.link(marked.id, Span(5, 9), source=GIVEN_PASSAGE.source, text=GIVEN)
            session.mark("A", "case", Span(2, 7), "omission", "minor")
            preferred = "A" if reader_id == "R-01" else "B"
            session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference=preferred)
            session.commit()
            session.leave()
        opened.readers.register("S-01")
        opened.readers.describe("S-01", "adjudicator", "")
        session = AdjudicationSession(opened, "S-01")
        for difference in session.differences:
            session.decide(difference.id, Decision(how="take", reader=0))
        session.commit()
        yield opened


def exported(study, tmp_path, format_name="jsonl"):
    out = tmp_path / f"out-{format_name}"
    done = export_study(study, format_name, out, with_case_text=True, attestation=ATTESTED)
    tables = {}
    for name in TABLES:
        text = (out / f"{name}.{format_name}").read_text(encoding="utf-8-sig")
        lines = text.splitlines()
        tables[name] = list(csv.DictReader(lines)) if format_name == "csv" else [json.loads(line) for line in lines]
    return done, tables, out


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_no_format_names_a_model(study, tmp_path, format_name):
    out = tmp_path / "out"
    if EXPORTERS[format_name].needs_names:
        with pytest.raises(InputRefusedError, match="withheld until every reading is committed") as refused:
            export_study(study, format_name, out, with_case_text=True, attestation=ATTESTED)
        texts = [str(refused.value)]
    else:
        export_study(study, format_name, out, with_case_text=True, attestation=ATTESTED)
        texts = [text for named in texts_of(out) for text in named]
    ids = [arm.id for arm in ARMS]
    secrets = ["BioMistral", GIVEN, "retrieved:", *(arm.name for arm in ARMS), *(arm.model_sha256 for arm in ARMS)]
    everything = "\n".join(texts).replace("document:ID, or retrieved:", "")
    assert not [secret for secret in secrets if secret in everything]
    assert not [name for name in ids if f'"{name}"' in everything]


@pytest.mark.parametrize("format_name", ["jsonl", "csv"])
def test_nothing_in_it_names_a_model_or_links_the_answers_of_one(study, tmp_path, format_name):
    done, tables, out = exported(study, tmp_path, format_name)
    assert done.blinded.startswith("R-01 has 9 cases left")
    everything = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    for secret in (
        "BioMistral",
        *(arm.name for arm in ARMS),
        *(arm.model_sha256 for arm in ARMS if arm.model_sha256),
    ):
        assert secret not in everything
    for name, rows in tables.items():
        assert rows or name in ("sentences", "criteria"), name
        for column in WITHHELD.intersection(TABLES[name]):
            assert {row[column] for row in rows} <= {None, ""}, (name, column)
    # Each answer has a label of its own, in whichever table: no column has one value for several cases.
    labels = {}
    for row in tables["answers"]:
        assert row["arm_id"] == row["arm_name"] == labels.setdefault(row["answer_id"], row["arm_name"])
    assert len(set(labels.values())) == 20
    for name in ("annotations", "scores", "adjudicated_annotations"):
        assert all(row["arm_name"] == labels[row["answer_id"]] for row in tables[name])
    for row in tables["readings"]:
        assert (row["arm_a"], row["arm_b"]) == (labels[row["answer_a"]], labels[row["answer_b"]])
        assert row["preferred_arm"] == labels[row["preferred_answer_id"]]
    for row in tables["adjudications"]:
        assert row["arm_name"] in (None, "", labels.get(row["answer_id"]))


def test_no_column_splits_the_answers_as_the_models_do(study, tmp_path):
    _, tables, _ = exported(study, tmp_path)
    made_by = {row["id"]: row["arm_id"] for row in study.connection.rows("SELECT id, arm_id FROM answers")}
    for name in ("answers", "scores"):
        rows = tables[name]
        for column in TABLES[name]:
            if column in ("text", "text_sha256", "score_reason", "answer_id", *LABELLED):
                continue
            values = {arm.id: Counter() for arm in ARMS}
            for row in rows:
                values[made_by[row["answer_id"]]][json.dumps(row[column])] += 1
            apart = [value for value, count in values["one"].items() if count > 1 and value not in values["two"]]
            assert not apart, (name, column, apart)
        first = [made_by[row["answer_id"]] for row in rows[::2]]
        assert [row["case_id"] for row in rows[::2]] == study.case_ids()
        assert 0 < first.count("one") < 10, "the first row of each case is the same model's"


def test_offsets_quotes_and_hashes_hold_in_the_covered_texts(study, tmp_path):
    _, tables, _ = exported(study, tmp_path)
    texts = {row["answer_id"]: row for row in tables["answers"]}
    originals = {row["id"]: row["text"] for row in study.connection.rows("SELECT id, text FROM answers")}
    covered = [row for row in texts.values() if REDACTION_MARK in row["text"]]
    assert len(covered) == 10
    for answer_id, row in texts.items():
        assert len(row["text"]) == len(originals[answer_id])
        assert row["text_sha256"] == hashlib.sha256(row["text"].encode()).hexdigest()
    seen = 0
    for row in (*tables["annotations"], *tables["adjudicated_annotations"]):
        assert "BioMistral" not in row["note"]
        if row["place"] == "answer":
            assert texts[row["answer_id"]]["text"][row["start"] : row["end"]] == row["quote"]
            assert row["text_sha256"] == texts[row["answer_id"]]["text_sha256"]
            seen += REDACTION_MARK in row["quote"]
    assert seen
    for row in tables["readings"]:
        assert row["answer_a_sha256"] == texts[row["answer_a"]]["text_sha256"]


def test_labels_stay_the_same_from_export_to_export(study, tmp_path):
    _, before, _ = exported(study, tmp_path)
    study.readers.register("R-03")
    (tmp_path / "again").mkdir()
    _, after, _ = exported(study, tmp_path / "again")
    assert [row["arm_name"] for row in before["answers"]] == [row["arm_name"] for row in after["answers"]]
    assert [row["answer_id"] for row in before["answers"]] == [row["answer_id"] for row in after["answers"]]


def test_how_an_answer_ended_is_only_whether_it_was_cut_off(study, tmp_path):
    _, tables, _ = exported(study, tmp_path)
    assert Counter(row["finish_reason"] for row in tables["answers"]) == {None: 19, "length": 1}


def test_the_folder_says_that_it_is_blinded(study, tmp_path):
    _, _, out = exported(study, tmp_path)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["arms"], manifest["blinded"]) == ([], blinding_of(study).reason)
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "## This export is blinded" in readme
    for column in WITHHELD | LABELLED:
        assert f"`{column}`" in readme.partition("## annotations")[0]


def test_after_an_unblinding_it_names_everything(study, tmp_path):
    unblind(study, "lead", "interim analysis")
    done, tables, out = exported(study, tmp_path)
    assert done.blinded == ""
    assert {row["arm_name"] for row in tables["answers"]} == {arm.name for arm in ARMS}
    assert {row["finish_reason"] for row in tables["answers"]} == {"imported", "stop", "length"}
    assert len(tables["scores"]) == 30
    assert any("BioMistral" in row["text"] for row in tables["answers"])
    assert "blinded" not in (out / "README.md").read_text(encoding="utf-8")
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["blinded"] is None


def test_what_is_withheld_or_labelled_is_a_column():
    columns = {column for table in TABLES.values() for column in table}
    assert columns >= WITHHELD | LABELLED
    naming = {
        column for column in columns if column.startswith(("arm_", "model_", "manifest")) or column.endswith("_arm")
    }
    said = ("arm_", "_arm", "model_", "manifest")
    assert naming == {column for column in WITHHELD | LABELLED if any(word in column for word in said)}


def test_later_answers_of_an_arm_are_left_out(study, tmp_path):
    first = next(iter(study.answers.of_case("case-0").values()))
    later = Answer("later", "case-0", first.arm_id, first.text, "", "", "stop", {}, sample=1)
    study.answers.record(later, [Score("choice", "1", "correct", "B", "says B", 0, 5)])
    _, tables, _ = exported(study, tmp_path)
    for name in ("answers", "scores"):
        assert len(tables[name]) == 20
        assert {row["sample"] for row in tables[name]} == {0}
    unblind(study, "lead", "a test")
    _, tables, _ = exported(study, tmp_path, "csv")
    assert [row["sample"] for row in tables["answers"] if row["answer_id"] == "later"] == ["1"]
    assert [row["sample"] for row in tables["scores"] if row["answer_id"] == "later"] == ["1"]


def test_links_to_what_only_one_model_was_given_are_left_out(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "blind", with_case_text=True, attestation=ATTESTED)
    rows = [json.loads(line) for line in (tmp_path / "blind" / "annotations.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) > 3
    assert {row["passage_source"] for row in rows} == {row["passage_quote"] for row in rows} == {None}
    for file in (tmp_path / "blind").iterdir():
        assert "retrieved:" not in file.read_text("utf-8").replace("document:ID, or retrieved:", "")
    unblind(study, "lead", "done")
    export_study(study, "jsonl", tmp_path / "open", with_case_text=True, attestation=ATTESTED)
    rows = [json.loads(line) for line in (tmp_path / "open" / "annotations.jsonl").read_text("utf-8").splitlines()]
    assert {row["passage_quote"] for row in rows if row["place"] == "answer"} == {GIVEN[5:9]}
