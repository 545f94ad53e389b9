"""A deposit holds texts, tables, checklists, ratings and a receipt, and nothing that must stay at home."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from doubleread.deposit import deposit as deposit_module
from doubleread.deposit import latex, markdown
from doubleread.deposit.deposit import deposit
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.exports.pseudonyms import new_pseudonyms
from doubleread.read_model.blinding import unblind
from doubleread.read_model.readers import people_of
from doubleread.reports.guidelines import GUIDELINES, numbers_of
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from exports.canary_study import CANARY, canary_study
from exports.everything import texts_of
from hostile import MARKUP, SEQUENCES, SHAPES
from sessions.judged_study import answered_study, read

FILES = {
    *("README.md", "manifest.json", "methods.md", "methods.tex", "tables.md", "tables.tex", "supplement.tex"),
    *("checklists.md", "checklists.tex", "checklists.csv", "references.bib", "protocol.toml", "label-set.json"),
    *("models.json", "verification.json"),
}


@pytest.fixture(scope="module")
def deposited(tmp_path_factory):
    """Return the folder of a study whose cases have a canary in every text."""
    folder = tmp_path_factory.mktemp("deposit")
    with canary_study(folder / "study.doubleread") as study:
        unblind(study, "lead", "to see everything")
        fresh = new_pseudonyms(people_of(study))
        seen: list[tuple[int, int]] = []
        done = deposit(study, folder / "out", pseudonyms=fresh, progress=lambda _, *step: seen.append(step))
        assert seen[-1][0] == seen[-1][1] == len(set(seen))
        assert list(study.events(kind="export.attested")) == []
        heads = study.chain_heads()
    assert verify(folder / "study.doubleread").ok
    return folder / "out", done, heads


def read_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_it_has_every_file_with_its_hash(deposited):
    out, done, _ = deposited
    assert {path.name for path in out.iterdir() if path.is_file()} == FILES
    manifest = read_json(out / "manifest.json")
    present = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == present - {"manifest.json"}
    for name, entry in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == entry["sha256"], name
    assert done.files == len(present)
    assert list(manifest["files"]) == sorted(manifest["files"])
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert all(
        f"`{name}`" in readme for name in FILES - {"README.md", "tables.tex", "checklists.tex", "checklists.csv"}
    )


def test_no_text_of_a_case_and_no_registered_reader_is_in_it(deposited):
    out, _, _ = deposited
    for name, text in texts_of(out):
        assert CANARY not in text.lower(), name
        assert not re.search(r"\b[RS]-0\d\b", text.replace("\\", "")), name


def test_the_protocol_can_be_read_and_says_what_is_left_out(deposited):
    text = (deposited[0] / "protocol.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["label_set"] == Protocol().label_set
    assert "Without the 1 solved cases" in text


def test_the_receipt_has_checks_heads_and_how_to_check(deposited):
    out, _, heads = deposited
    receipt = read_json(out / "verification.json")
    assert receipt["ok"]
    assert receipt["chain_heads"] == {device: {"seq": seq, "hash": head} for device, (seq, head) in heads.items()}
    assert {check["name"] for check in receipt["checks"]} > {"integrity"}
    assert "doubleread verify" in receipt["how_to_check"]
    assert receipt["study"] == "study.doubleread"


def test_the_models_are_what_the_manifests_record(deposited):
    models = read_json(deposited[0] / "models.json")["arms"]
    assert {(arm["name"], arm["model_sha256"]) for arm in models} == {("Alpha-7B", "1" * 64), ("Beta-7B", "2" * 64)}
    assert {arm["answers"] for arm in models} == {7}


def test_checklists_have_every_number_and_name_what_is_missing(deposited):
    out, done, _ = deposited
    with (out / "checklists.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["guideline"], row["item"]) for row in rows] == [
        (name, number) for name, topics in GUIDELINES.items() for number in topics
    ]
    by_item = {(row["guideline"], row["item"]): row for row in rows}
    assert by_item["TRIPOD-LLM", "13"]["missing"].endswith("to be written by the authors")
    assert "Alpha-7B" in by_item["CHART", "3a"]["recorded"]
    assert "city and country" in by_item["CHART", "6b"]["missing"]
    assert by_item["MI-CLEAR-LLM", "6"]["missing"]
    assert all(row["recorded"] or row["missing"] for row in rows)
    counted = {name: sum(1 for row in rows if row["guideline"] == name and row["missing"]) for name in GUIDELINES}
    assert done.missing == counted
    text = (out / "checklists.md").read_text(encoding="utf-8")
    assert all(f"## {name}" in text for name in GUIDELINES)


def test_the_references_are_programs_guidelines_and_label_set(deposited):
    text = (deposited[0] / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
    assert keys == ["doubleread", "tripod-llm", "chart", "mi-clear-llm", "asgari-2025"]
    assert text.count("{") == text.count("}")


def test_the_methods_and_tables_are_those_of_the_report(deposited):
    out, _, _ = deposited
    assert "7 cases" in (out / "methods.md").read_text(encoding="utf-8")
    assert "| Alpha-7B" in (out / "tables.md").read_text(encoding="utf-8")
    assert "| &nbsp;&nbsp;difference |" in (out / "tables.md").read_text(encoding="utf-8")
    assert r"\begin{longtable}" in (out / "tables.tex").read_text(encoding="utf-8")


def test_numbers_of_a_guideline():
    assert numbers_of("TRIPOD-LLM 1-4, 19d; CHART 1, 2", "CHART") == ("1a", "1b", "2a", "2b")
    assert numbers_of("TRIPOD-LLM 1-4, 19d; CHART 1, 2", "TRIPOD-LLM") == ("1", "2", "3a", "3b", "4", "19d")
    with pytest.raises(ValueError, match="no item 20"):
        numbers_of("TRIPOD-LLM 20", "TRIPOD-LLM")


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        read(opened, "R-01", 6)
        yield opened


def test_a_blind_study_names_no_model(study, tmp_path):
    read(study, "R-02", 1)
    done = deposit(study, tmp_path / "out")
    assert done.blinded == "R-02 has 5 cases left"
    for name, text in texts_of(tmp_path / "out"):
        assert "Alpha" not in text, name
        assert "1" * 12 not in text, name
    assert read_json(tmp_path / "out" / "models.json")["arms"] == []


def test_case_text_needs_an_attestation_which_the_log_keeps(study, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputRefusedError, match="texts of the cases"):
        deposit(study, out, with_case_text=True)
    assert not out.exists()
    deposit(study, out, with_case_text=True, attestation=ATTESTED)
    (event,) = study.events(kind="export.attested")
    assert (event.body["format"], event.body["with_case_text"]) == ("deposit", True)
    assert event.body["manifest_sha256"] == hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest()
    assert (out / "ratings-jsonl" / "cases.jsonl").is_file()
    assert "study lead attested" in (out / "README.md").read_text(encoding="utf-8")


def test_a_study_that_fails_its_verification_is_not_deposited(study, tmp_path):
    study.connection.db.execute("DROP TRIGGER cases_no_update")
    study.connection.db.execute("UPDATE cases SET question = 'Another one?'")
    study.connection.db.conn.commit()
    with pytest.raises(DoublereadError, match="fails its verification"):
        deposit(study, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if "study.doubleread" not in path.name] == []


def test_it_appears_whole_or_not_at_all(study, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(deposit_module, "_receipt", fail)
    with pytest.raises(DoublereadError, match="No space left"):
        deposit(study, tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    assert not (tmp_path / "out").exists()
    assert list(study.events(kind="export.attested")) == []


HARD = [
    *SEQUENCES,
    *MARKUP,
    *SHAPES,
    r"100% of $5 & #1_{x}^2 ~ \input{/etc/passwd}",
    "a | b\n\n# c",
    "Weiß, Łódź, naïve, κ ≤ 0.4",
    "🫀",
    "--",
    "*]",
]


@pytest.mark.parametrize("text", HARD)
def test_what_is_written_cannot_become_a_command(text):
    made = latex.escaped(text)
    assert made.isascii()
    plain = re.sub(r"\\[{}$&#%_]", "", made)
    assert not re.search(r"[$&#%_~^]", re.sub(r"\\[\"'^~`]|\bensuremath\{\^[^}]*\}|~", "", plain))
    commands = set(re.findall(r"\\([a-zA-Z]+)", made))
    assert not commands & {"input", "include", "write", "def", "openout"}
    assert plain.count("{") == plain.count("}")
    row = markdown.table(("a", "b"), [(text, text)]).splitlines()[2]
    assert len(re.findall(r"(?<!\\)\|", row.replace(r"\\", ""))) == 3


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_it_compiles(deposited, tmp_path):
    out = tmp_path / "copy"
    shutil.copytree(deposited[0], out)
    (out / "tables.tex").write_text(
        latex.table(HARD, [HARD], [1] * len(HARD)) + latex.paragraphs(HARD), encoding="utf-8"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "supplement.tex"], cwd=out, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
    assert (out / "supplement.pdf").stat().st_size > 10_000


def test_a_study_that_changes_meanwhile_is_not_deposited(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as study:
        read(study, "R-01", 1)

        def progress(_what: str, done: int, _total: int) -> None:
            if done == 3:
                study.readers.register("R-02")

        with pytest.raises(DoublereadError, match="changed meanwhile"):
            deposit(study, tmp_path / "out", attestation=ATTESTED, progress=progress)
        assert list(study.events(kind="export.attested")) == []
    assert not (tmp_path / "out").exists()
