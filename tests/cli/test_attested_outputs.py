"""`export` and `deposit` show possible identifiers, ask for an attestation, and write nothing without it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import typer

from doubleread.cli import attesting
from doubleread.domain.spans import Span
from doubleread.sessions.reading import ReadingSession
from sessions.judged_study import answered_study, read

OUTPUTS = (("export", "--format", "jsonl"), ("deposit",))


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        read(opened, "R-01", 6)
        session = ReadingSession(opened, "R-07")
        session.mark("A", "answer", Span(0, 2), "fabrication", "major", note="as Mrs. Campbell said on 3/14/2021")
        session.leave()
    return opened.path


@pytest.mark.parametrize("command", OUTPUTS)
def test_without_a_name_nothing_is_written_and_what_was_found_is_shown(invoke, study, tmp_path, command):
    name, *options = command
    before = study.read_bytes()
    done = invoke(name, study, *options, "--out", tmp_path / "out", "--identifiers-out", tmp_path / "found.jsonl")
    assert (done.code, done.out) == (1, "")
    assert "2 possible identifiers (name 1, date 1)" in done.err
    assert "name: 'Campbell' in annotations" in done.err
    assert "--attested-by NAME" in done.err
    assert not (tmp_path / "out").exists()
    assert study.read_bytes() == before
    found = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text("utf-8").splitlines()]
    assert [(one["kind"], one["text"], one["field"]) for one in found] == [
        ("name", "Campbell", "note"),
        ("date", "3/14/2021", "note"),
    ]


@pytest.mark.parametrize("command", OUTPUTS)
def test_with_a_name_it_is_written_and_logged(invoke, study, tmp_path, command):
    name, *options = command
    attested = ("--attested-by", "Lead", "--attest", "All of it is made up.")
    done = invoke(name, study, *options, "--out", tmp_path / "out", *attested)
    assert done.code == 0, done.err
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert (manifest["attestation"]["by"], manifest["attestation"]["statement"]) == ("Lead", "All of it is made up.")
    (entry,) = invoke("log", study, "--kind", "export.attested", "--json").json
    assert entry["actor"] == "Lead"
    assert entry["what"].startswith(f"attested an export ({'jsonl' if options else 'deposit'}, without case text)")
    assert invoke("verify", study).code == 0


@pytest.mark.parametrize("command", OUTPUTS)
def test_an_attestation_that_is_given_is_logged_even_where_none_is_needed(invoke, tmp_path, command):
    name, *options = command
    with answered_study(tmp_path / "study.doubleread") as opened:
        study = opened.path
    done = invoke(name, study, *options, "--out", tmp_path / "out", "--attested-by", "Lead")
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["attestation"]["by"] == "Lead"
    (entry,) = invoke("log", study, "--kind", "export.attested", "--json").json
    assert entry["actor"] == "Lead"


def test_an_attestation_survives_a_merge(invoke, study, tmp_path):
    assert invoke("backup", study, "--out", tmp_path / "copy").code == 0
    done = invoke("export", study, "--format", "csv", "--out", tmp_path / "out", "--attested-by", "Lead")
    assert done.code == 0, done.err
    assert invoke("merge", tmp_path / "copy", study).code == 0
    (entry,) = invoke("log", tmp_path / "copy", "--kind", "export.attested", "--json").json
    assert (entry["actor"], entry["kind"]) == ("Lead", "export.attested")
    assert invoke("verify", tmp_path / "copy").code == 0


def test_new_pseudonyms_and_their_key(invoke, study, tmp_path):
    out, key = tmp_path / "out", tmp_path / "key.csv"
    arguments = ("export", study, "--format", "jsonl", "--out", out, "--attested-by", "Lead")
    done = invoke(*arguments, "--pseudonyms", "new", "--pseudonym-key", key)
    assert done.code == 0, done.err
    named = {json.loads(line)["reader_id"] for line in (out / "readings.jsonl").read_text("utf-8").splitlines()}
    pairs = dict(line.split(",") for line in key.read_text("utf-8").split())
    assert named == {pairs["R-01"], pairs["R-07"]}
    assert all(name.startswith("P-") for name in named)
    assert str(key) in done.err


@pytest.mark.parametrize(
    "options",
    [("--attest", "fine"), ("--pseudonyms", "some"), ("--pseudonym-key", "k.csv")],
)
def test_wrong_use(invoke, study, tmp_path, options):
    done = invoke("export", study, "--format", "csv", "--out", tmp_path / "out", *options)
    assert (done.code, (tmp_path / "out").exists()) == (2, False)


def test_an_export_that_lacks_an_attestation_unblinds_nothing(invoke, study, tmp_path):
    unblind = ("--unblind", "the paper is due")
    assert invoke("export", study, "--format", "csv", "--out", tmp_path / "out", *unblind).code == 1
    assert invoke("log", study, "--kind", "study.unblinded", "--json").json == []
    done = invoke("export", study, "--format", "csv", "--out", tmp_path / "out", *unblind, "--attested-by", "Lead")
    assert done.code == 0, done.err
    assert "Alpha-7B" in (tmp_path / "out" / "answers.csv").read_text("utf-8")


def test_deposit_as_json(invoke, study, tmp_path):
    done = invoke("deposit", study, "--out", tmp_path / "out", "--attested-by", "Lead", "--json")
    assert done.code == 0, done.err
    assert set(done.json) == {
        *("out", "files", "missing", "open_readings", "blinded", "possible_identifiers", "identifying"),
    }
    assert done.json["possible_identifiers"] == {"name": 1, "date": 1}
    assert set(done.json["missing"]) == {"TRIPOD-LLM", "CHART", "MI-CLEAR-LLM"}
    assert "R-07" in done.json["blinded"]


@pytest.mark.parametrize(("name", "code"), [("Lead", 0), ("", 1)])
def test_a_person_at_a_terminal_is_asked(invoke, study, tmp_path, monkeypatch, name, code):
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(attesting, "sys", SimpleNamespace(stdin=terminal, stderr=terminal))
    asked = []
    monkeypatch.setattr(typer, "prompt", lambda words, **_: asked.append(words) or name)
    done = invoke("export", study, "--format", "csv", "--out", tmp_path / "out")
    assert (done.code, (tmp_path / "out").exists()) == (code, code == 0)
    assert len(asked) == 1
    assert "Statement: I have checked the texts" in done.err
    assert [entry["actor"] for entry in invoke("log", study, "--kind", "export.attested", "--json").json] == (
        ["Lead"] if code == 0 else []
    )
