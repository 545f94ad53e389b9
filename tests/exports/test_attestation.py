"""Case text and possible identifiers leave a study only with an attestation, which the log and the export keep."""

from __future__ import annotations

import errno
import json
from dataclasses import replace

import pytest

from doubleread.domain.case import Case
from doubleread.domain.spans import Span
from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.exports import folder
from doubleread.exports.attestation import STATEMENT, Attestation
from doubleread.exports.export import export_study
from doubleread.exports.identifiers import look
from doubleread.exports.pseudonyms import new_pseudonyms
from doubleread.exports.source import ExportSource
from doubleread.file_hash import file_sha256
from doubleread.read_model.blinding import unblind
from doubleread.read_model.history import Wanted, history
from doubleread.read_model.readers import people_of
from doubleread.sessions.reading import ReadingSession
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from exports.everything import texts_of
from sessions.judged_study import answered_study, read


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        read(opened, "R-01", 1)
        yield opened


def note(study, words: str) -> None:
    session = ReadingSession(study, "R-07")
    session.mark("A", "answer", Span(0, 2), "fabrication", "major", note=words)
    session.leave()


def attestations(study) -> list:
    return list(study.events(kind="export.attested"))


def test_an_export_with_neither_case_text_nor_identifiers_needs_none(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["attestation"] is None
    assert "## Attestation" not in (tmp_path / "out" / "README.md").read_text("utf-8")
    assert attestations(study) == []


@pytest.mark.parametrize("with_case_text", [True, False])
def test_without_an_attestation_nothing_is_written(study, tmp_path, with_case_text):
    if not with_case_text:
        note(study, "Mrs. Campbell said so")
    said = "texts of the cases" if with_case_text else "1 possible identifier \\(name 1\\)"
    with pytest.raises(InputRefusedError, match=said):
        export_study(study, "jsonl", tmp_path / "out", with_case_text=with_case_text)
    assert not (tmp_path / "out").exists()
    assert attestations(study) == []


@pytest.mark.parametrize(("by", "statement"), [(" ", STATEMENT), ("lead", "")])
def test_an_attestation_has_a_name_and_a_statement(study, tmp_path, by, statement):
    with pytest.raises(InputRefusedError, match="needs a statement and the name"):
        export_study(study, "csv", tmp_path / "out", with_case_text=True, attestation=Attestation(by, statement))
    assert [path.name for path in tmp_path.iterdir()] == ["study.doubleread"]


def test_log_manifest_and_readme_keep_it(study, tmp_path):
    note(study, "call 415-555-0132, DOB 3/14/1950")
    unblind(study, "lead", "done")
    attestation = Attestation("Dr. Lead", "The ethics committee agreed.")
    export_study(study, "csv", tmp_path / "out", with_case_text=True, attestation=attestation)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    counts = {"date": 1, "phone number": 1}
    told = manifest["attestation"]
    assert (told["by"], told["statement"], told["possible_identifiers"]) == ("Dr. Lead", attestation.statement, counts)
    readme = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "Dr. Lead attested this export: “The ethics committee agreed.”" in readme
    assert "It does not prove" in readme
    (event,) = attestations(study)
    assert event.actor == "Dr. Lead"
    assert event.body == {
        "statement": attestation.statement,
        "format": "csv",
        "filters": {},
        "with_case_text": True,
        "blinded": False,
        "identifiers": counts,
        "folder": "out",
        "manifest_sha256": file_sha256(tmp_path / "out" / "manifest.json"),
    }
    (line,) = history(study, Wanted(kind="export.attested"))
    assert line.what == "attested an export (csv, with case text); possible identifiers shown before: 2"
    assert verify(study.path).ok


def test_a_folder_that_is_taken_is_refused_before_the_log_says_anything(study, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(Exception, match="not empty"):
        export_study(study, "jsonl", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert attestations(study) == []


def test_it_looks_at_notes_answers_ids_and_titles_and_at_cases_if_they_are_written(study, monkeypatch):
    note(study, "as Mr. Henderson told me")
    study.readers.register("Anna-Reads")
    study.readers.describe("Anna-Reads", "", "internist, since 3 May 2011")
    case = study.case("case-0")
    told = replace(case, text="Seen on 2021-03-14.", extra={"record": ["MRN 5484367"]})
    monkeypatch.setattr(type(study), "cases", lambda self: iter([told]))
    without = look(ExportSource(study)).found
    assert {(one.table, one.field, one.hit.text) for one in without} >= {
        ("readers", "reader_id", "Anna"),
        ("readers", "qualification", "3 May 2011"),
    }
    assert not [one for one in without if one.table == "cases"]
    found = look(ExportSource(study, with_case_text=True)).found
    assert {(one.id, one.field, one.hit.kind, one.hit.text) for one in found if one.table == "cases"} == {
        ("case-0", "text", "date", "2021-03-14"),
        ("case-0", "record", "number", "5484367"),
    }


def test_every_hit_says_where_it_is(study):
    note(study, "as Mr. Henderson told me")
    (one,) = look(ExportSource(study)).found
    (row,) = [row for row in ExportSource(study).table("annotations") if row["reader_id"] == "R-07"]
    record = one.as_record()
    assert record == {
        "kind": "name",
        "table": "annotations",
        "id": row["annotation_id"],
        "field": "note",
        "start": 7,
        "end": 16,
        "text": "Henderson",
        "rule": 'name after a title such as "Mrs"',
    }
    assert row["note"][record["start"] : record["end"]] == record["text"]


def test_a_note_that_recurs_is_shown_once_and_progress_ends_full(study):
    note(study, "Mrs. Campbell")
    session = ReadingSession(study, "R-08")
    session.mark("A", "answer", Span(0, 2), "fabrication", "major", note="Mrs. Campbell")
    session.leave()
    seen: list[tuple[int, int]] = []
    found = look(ExportSource(study), lambda _, done, total: seen.append((done, total)))
    assert found.counts == {"name": 1}
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {seen[-1][0]}
    assert len(seen) > 3


def test_new_pseudonyms_replace_everybody_everywhere(study, tmp_path):
    read(study, "Anna-Reads", 2)
    study.readers.register("S-01")
    unblind(study, "Paul Lead", "the paper is due")
    fresh = new_pseudonyms(people_of(study))
    assert sorted(fresh.names.values()) == [f"P-{number:02d}" for number in range(1, len(fresh.names) + 1)]
    out = tmp_path / "out"
    export_study(study, "jsonl", out, pseudonyms=fresh, attestation=ATTESTED)
    for name, text in texts_of(out):
        assert "Anna" not in text, name
        assert "R-01" not in text, name
    rows = [json.loads(line) for line in (out / "readings.jsonl").read_text("utf-8").splitlines()]
    assert {row["reader_id"] for row in rows} == {fresh.of("R-01"), fresh.of("Anna-Reads")}
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert {reader["reader_id"] for reader in manifest["readers"]} <= set(fresh.names.values())
    assert manifest["pseudonyms"] == "new"
    fresh.write_key(tmp_path / "key.csv")
    assert f"Anna-Reads,{fresh.of('Anna-Reads')}" in (tmp_path / "key.csv").read_text("utf-8")


def test_new_pseudonyms_are_no_registered_ones():
    assert set(new_pseudonyms(["P-01", "R-01"]).names.values()) == {"P-02", "P-03"}


def test_a_case_is_looked_at_whole():
    case = Case("c", "summary", "text", "question", key="Mr. Rossi was here", title="Frau Schneider")
    assert {"key", "title"} <= case.as_record().keys()


def test_nobody_who_joins_after_the_pseudonyms_were_chosen_is_named(study, tmp_path):
    people = new_pseudonyms(people_of(study))
    shown = look(ExportSource(study, pseudonyms=people))
    note(study, "ok")
    with pytest.raises(InputRefusedError, match="has joined the study"):
        export_study(study, "jsonl", tmp_path / "out", pseudonyms=people, identifiers=shown)
    assert not (tmp_path / "out").exists()


def full_disk(*_) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_log_says_nothing_of_an_export_that_the_disk_did_not_take(study, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "_sync", full_disk)
    with pytest.raises(DoublereadError, match="No space left"):
        export_study(study, "jsonl", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert attestations(study) == []
    assert not (tmp_path / "out").exists()


def test_no_export_appears_before_the_log_has_its_attestation(study, tmp_path, monkeypatch):
    seen: list[bool] = []
    record = type(study).record_attestation

    def watched(self, actor, attested) -> None:
        seen.append((tmp_path / "out").exists())
        record(self, actor, attested)

    monkeypatch.setattr(type(study), "record_attestation", watched)
    export_study(study, "jsonl", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert seen == [False]
    assert (tmp_path / "out").is_dir()


@pytest.mark.parametrize(("words", "refused"), [("as Mr. Henderson told me", True), ("a harmless note", False)])
def test_what_was_written_since_the_scan_is_scanned_too(study, tmp_path, words, refused):
    unblind(study, "lead", "done")
    shown = look(ExportSource(study))
    note(study, words)
    if refused:
        with pytest.raises(InputRefusedError, match=r"1 possible identifier \(name 1\) that nobody has seen"):
            export_study(study, "jsonl", tmp_path / "out", identifiers=shown, attestation=ATTESTED)
    else:
        export_study(study, "jsonl", tmp_path / "out", identifiers=shown, attestation=ATTESTED)
    assert (tmp_path / "out").exists() != refused
    assert bool(attestations(study)) != refused
