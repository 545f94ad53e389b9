"""LongHealth end to end: a file of two patients, the demo models on all three tasks, results and report."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from doubleread import locations
from doubleread.store import StudyFile
from outline_rows import row_of
from real_model import smollm2

FILE = Path(__file__).parents[1] / "data" / "longhealth.json"
MODELS = [locations.bundled("models", f"demo-{name}.gguf") for name in ("general", "biomedical")]
PROTOCOL = """
title = "Two records"
n_ctx = 512
samples = 2
document_order = "shuffled"
reveal_key = false
[decoding]
max_tokens = 50
"""
TOO_LONG = {("patient_01-2", 4), ("patient_02-3", 3)}
"""The questions whose needed documents do not fit into 512 tokens, and how many these are."""


def packs(invoke, folder: Path, *tasks: int) -> list[object]:
    given: list[object] = []
    for task in tasks:
        out = folder / f"task-{task}.jsonl"
        done = invoke("cases", "convert", FILE, "--format", "longhealth", "--task", task, "--seed", 7, "--out", out)
        assert done.code == 0, done.err
        given += ["--cases", out]
    return given


def test_all_three_tasks_from_import_to_report(tmp_path, invoke):
    cases = packs(invoke, tmp_path, 1, 2, 3)
    protocol = tmp_path / "protocol.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    path = tmp_path / "study.doubleread"
    models = ["--model-a", MODELS[0], "--model-b", MODELS[1]]
    assert invoke("new", path, *cases, *models, "--protocol", protocol).code == 0
    ran = invoke("run", path)
    said = " ".join(ran.err.split())
    assert "by an estimate, " in said
    assert "answers without some of the case's documents" in said
    assert "with only the 4 documents that contain the answer" in said

    with StudyFile.open(path, device="test", read_only=True) as study:
        answers = [answer for case_id in study.case_ids() for answer in study.answers.all_of_case(case_id)]
        found = {case.id: case for case in study.cases()}
    too_long = {f"longhealth-{task}-{name}" for task in (1, 2) for name, _ in TOO_LONG}
    assert {answer.case_id for answer in answers} == found.keys() - too_long
    assert len(answers) == 4 * (27 - 4)
    orders: dict[str, set[tuple[str, ...]]] = {}
    for answer in answers:
        entry = answer.manifest["documents"]
        case = found[answer.case_id]
        assert sorted(entry["order"]) == sorted(document.id for document in case.documents)
        assert not {document.id for document in case.documents if document.needed} & set(entry["left_out"])
        assert answer.manifest["prompt_tokens"] + 50 <= 512
        orders.setdefault(case.id, set()).add(tuple(entry["order"]))
    assert {len(order) for order in orders.values()} == {2}

    record = invoke("results", path, "--json").json
    for task in (1, 2, 3):
        row = row_of(record, "longhealth", f"task-{task}")
        assert row["first"] == {"count": 18 if task == 3 else 14, "of": 18}
    hallucinated = row_of(record, "longhealth", "task-3", "hallucinated")["first"]
    unparsed = row_of(record, "longhealth", "task-3", "without-choice")["first"]
    correct = row_of(record, "longhealth", "task-3", "accuracy")["first"]
    assert hallucinated["n"] == 9
    assert hallucinated["value"] + unparsed["value"] + correct["value"] == pytest.approx(1)
    assert hallucinated["value"] > 0
    assert row_of(record, "documents", "cut")["first"]["of"] == 46

    page = tmp_path / "report.html"
    assert invoke("report", path, "--out", page).code == 0
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))).split())
    assert "had the documents of the case in the prompt, shuffled differently for each case and sample" in text
    assert "Surgical report, 11 May 2021." in text


def test_a_real_model_answers_from_the_documents(tmp_path, invoke):
    """SmolLM2 has room for all documents, and often follows the format that CLUE's scoring asks for."""
    cases = packs(invoke, tmp_path, 1)
    protocol = tmp_path / "protocol.toml"
    protocol.write_text(
        'n_ctx = 2048\n[prompt]\nsystem = ""\nchoice = """{documents}\n\n{text}{question}\n{options}\n\n'
        'Answer with "The correct answer is X: ...", X being the letter."""\n[decoding]\nmax_tokens = 24\n',
        encoding="utf-8",
    )
    path = tmp_path / "study.doubleread"
    few = tmp_path / "few.jsonl"
    few.write_text("".join(Path(cases[1]).read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    models = ["--model-a", smollm2(), "--model-b", MODELS[0]]
    assert invoke("new", path, "--cases", few, *models, "--protocol", protocol).code == 0
    invoke("run", path)
    with StudyFile.open(path, device="test", read_only=True) as study:
        arm = study.arms()[0].id
        answers = [study.answers.of_case(case_id)[arm] for case_id in study.case_ids()]
    assert [answer.manifest["documents"]["left_out"] for answer in answers] == [[], [], []]
    assert all(answer.manifest["prompt_tokens"] > 400 for answer in answers)


def test_the_prompt_of_a_case_can_be_seen_with_what_is_left_out(tmp_path, invoke):
    packs(invoke, tmp_path, 1)
    protocol = tmp_path / "protocol.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    options = ["--cases", tmp_path / "task-1.jsonl", "--case", "longhealth-1-patient_01-1", "--protocol", protocol]
    shown = invoke("models", "inspect", MODELS[0], "--render", *options, "--json").json
    assert shown["documents_left_out"]
    assert "neuropathy" in shown["prompt"]
    assert any("of 5 documents are left out" in note for note in shown["notes"])
    refused = invoke(
        "models", "inspect", MODELS[0], "--render", *options[:3], "longhealth-1-patient_01-2", *options[4:]
    )
    assert refused.code == 1
    assert "Documents too long" in refused.err


def test_a_dry_run_says_that_cases_are_too_long(tmp_path, invoke):
    cases = packs(invoke, tmp_path, 1)
    protocol = tmp_path / "protocol.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    path = tmp_path / "study.doubleread"
    invoke("new", path, *cases, "--model-a", MODELS[0], "--model-b", MODELS[1], "--protocol", protocol)
    done = invoke("run", path, "--dry-run")
    assert "9 of 9 cases with documents are too long for 512 tokens" in " ".join(done.out.split())


def test_the_preset_task_asks_for_five_shuffles(tmp_path, invoke):
    cases = packs(invoke, tmp_path, 3)
    path = tmp_path / "study.doubleread"
    models = ["--model-a", MODELS[0], "--model-b", MODELS[1]]
    assert invoke("new", path, *cases, *models, "--task", "longhealth-3").code == 0
    with StudyFile.open(path, device="test", read_only=True) as study:
        assert (study.protocol.samples, study.protocol.document_order) == (5, "shuffled")
        assert len(study.missing_samples()) == 9 * 5 * 2


def test_the_file_itself_is_read_for_the_preset_task(tmp_path, invoke):
    path = tmp_path / "study.doubleread"
    models = ["--model-a", MODELS[0], "--model-b", MODELS[1]]
    done = invoke("new", path, "--cases", FILE, *models, "--task", "longhealth-3")
    assert "is read as longhealth for its task 3" in done.err
    with StudyFile.open(path, device="test", read_only=True) as study:
        assert {case.key for case in study.cases()} == {"F"}


def test_cases_of_another_task_are_refused(tmp_path, invoke):
    cases = packs(invoke, tmp_path, 1)
    models = ["--model-a", MODELS[0], "--model-b", MODELS[1]]
    done = invoke("new", tmp_path / "study.doubleread", *cases, *models, "--task", "longhealth-3")
    assert done.code == 2
    assert "there are cases of longhealth-1" in done.err


@pytest.mark.parametrize("task", [0, 4, "one"])
def test_there_are_three_tasks(tmp_path, invoke, task):
    out = tmp_path / "out.jsonl"
    assert invoke("cases", "convert", FILE, "--format", "longhealth", "--task", task, "--out", out).code == 2
    assert not out.exists()


def test_a_question_without_a_clear_key_is_left_out(tmp_path, invoke):
    source = json.loads(FILE.read_text(encoding="utf-8"))
    source["patient_01"]["questions"][0]["correct"] = "Appendectomy"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(source), encoding="utf-8")
    out = tmp_path / "out.jsonl"
    refused = invoke("cases", "convert", broken, "--format", "longhealth", "--out", out)
    assert refused.code == 1
    assert '"Appendectomy" is not the text of any option' in refused.err
    done = invoke("cases", "convert", broken, "--format", "longhealth", "--out", out, "--skip-bad", "--json")
    assert done.json["cases"] == 8
