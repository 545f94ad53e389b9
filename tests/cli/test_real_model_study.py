"""A study with a model that nobody here made, as a chat model against itself as a base model: from cases to exports."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Invoke, in_a_process
from doubleread.config import Settings
from doubleread.domain.hashes import text_sha256
from doubleread.engine.templates.families import template_families
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store.log.verify import verify
from doubleread.tui.app import DoublereadApp
from outline_rows import row_of
from real_model import smollm2
from tui.driving import reading, shown_text, until

pytestmark = pytest.mark.xdist_group("real study")

DEMO = Path(__file__).parents[2]
CASES = ("demo-c01", "demo-c02", "demo-c03", "demo-c04", "demo-c05", "demo-d01")
READER = "R-01"
# A base model learns from the examples what an answer is; the stop string ends it before the next question.
PROTOCOL = '''
[prompt]
system = """
Question: A 3-year-old boy has a barking cough and stridor that are worse at night. What is the most likely diagnosis?
A. Asthma
B. Pneumonia
C. Croup
D. Bronchiolitis
Answer: C

Question: A 68-year-old woman has sudden painless loss of vision in one eye, and the retina is pale with a red spot. \\
What is the most likely diagnosis?
A. Central retinal artery occlusion
B. Acute glaucoma
C. Optic neuritis
D. Retinal detachment
Answer: A

Question: A 25-year-old man has colicky pain in the flank and blood in the urine. What is the most likely diagnosis?
Answer: Ureteric stone"""
choice = "{text} {question}\\n{options}"
diagnosis = "{text} {question}"
[decoding]
max_tokens = 16
stop = ["\\n"]
'''


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study with all its answers."""
    folder = tmp_path_factory.mktemp("real")
    lines = (DEMO / "cases" / "demo.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    pack, protocol, study = folder / "six.jsonl", folder / "protocol.toml", folder / "real.doubleread"
    pack.write_text("".join(line for line in lines if json.loads(line)["id"] in CASES), encoding="utf-8")
    protocol.write_text(PROTOCOL, encoding="utf-8")
    models = ("--model-a", smollm2(), "--model-b", smollm2(), "--chat-template-b", "none")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOUBLEREAD_HOME", str(folder / "home"))
        made = in_a_process("new", study, "--cases", pack, *models, "--protocol", protocol)
        assert made.returncode == 0, made.stderr
        ran = in_a_process("run", study, "--json")
        assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["answers"], found["missing"]) == (2 * len(CASES), [])
    return study


@pytest.fixture
def study(answered: Path, tmp_path: Path) -> Path:
    """A copy of the study for one test."""
    return Path(shutil.copy(answered, tmp_path / "real.doubleread"))


def answers(study: Path, template: str) -> dict[str, dict[str, Any]]:
    """The answers with one chat template, by case: text, score and manifest."""
    sql = (
        "SELECT case_id, text, outcome, chosen, manifest FROM answers JOIN scores ON answer_id = answers.id"
        " WHERE json_extract(manifest, '$.template_source') = ?"
    )
    with closing(sqlite3.connect(study)) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(sql, [template])]
    return {row["case_id"]: row | {"manifest": json.loads(row["manifest"])} for row in found}


def test_a_base_model_answers_by_few_shot_completion_and_its_answers_are_scored(study):
    completed = answers(study, "none")
    assert completed.keys() == set(CASES)
    for case_id, answer in completed.items():
        assert answer["manifest"]["template_sha256"] == text_sha256(template_families()["none"].template)
        assert (answer["manifest"]["finish_reason"], answer["manifest"]["ended_by"]) == ("stop", "\n")
        if case_id.startswith("demo-c"):
            assert answer["text"].strip() in "ABCD"
            assert answer["outcome"] in ("correct", "incorrect")
            assert answer["chosen"] == answer["text"].strip()
        else:
            assert answer["text"].strip()


def test_the_chat_model_has_the_same_examples_in_its_own_format(study):
    chat, completed = answers(study, "model file"), answers(study, "none")
    assert chat.keys() == set(CASES)
    for case_id, answer in chat.items():
        ours, theirs = answer["manifest"], completed[case_id]["manifest"]
        assert answer["text"].strip()
        assert ours["model_sha256"] == theirs["model_sha256"]
        assert ours["prompt_tokens"] > theirs["prompt_tokens"] > 200
        assert "<|im_end|>" in ours["turn_end_tokens"]


async def read_all(study: Path, names: list[str]) -> None:
    settings = Settings()
    app = DoublereadApp(StudyLibrary(settings), settings, start=study, reader=READER)
    async with app.run_test(size=(120, 40)) as pilot:
        for number in range(len(CASES)):
            await until(pilot, lambda: reading(pilot).ready)
            assert not any(name in shown_text(pilot) for name in names)
            await pilot.press("f3", "s", "m", "f", "m", "3", "f4", "1", "7", "c", "enter")
            await until(pilot, lambda: reading(pilot).session.reading.committed)
            if number < len(CASES) - 1:
                await pilot.press("N")
        await pilot.pause()


async def test_it_is_read_by_keys_scored_counted_and_exported(study: Path, invoke: Invoke, tmp_path: Path) -> None:
    found = invoke("results", study, "--json").json
    names = [arm["name"] for arm in found["arms"]]
    assert [name.rpartition(" (")[2] for name in names] == ["unmodified)", "no chat template)"]
    await read_all(study, names)
    assert verify(study).ok

    assert invoke("score", study).code == 0
    found = invoke("results", study, "--json").json
    assert all(arm["answered"] == len(CASES) for arm in found["arms"])
    marked = row_of(found, "hallucinations", "annotations")
    assert marked["first"]["count"] + marked["second"]["count"] == len(CASES)

    out = tmp_path / "export"
    assert invoke("export", study, "--format", "csv", "--out", out, "--attested-by", "lead").code == 0
    tables = {}
    for name in ("answers", "annotations", "readings"):
        with (out / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    assert [len(table) for table in tables.values()] == [2 * len(CASES), len(CASES), len(CASES)]
    texts = {answer["answer_id"]: answer["text"] for answer in tables["answers"]}
    for mark in tables["annotations"]:
        assert texts[mark["answer_id"]][int(mark["start"]) : int(mark["end"])] == mark["quote"] != ""
    assert verify(study).ok
