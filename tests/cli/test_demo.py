"""The demo without a screen: the bundled models on the bundled cases, through the real llama.cpp, end to end."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.conftest import in_a_process
from doubleread import locations
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.runs.bundled_models import bundled_models
from doubleread.store.log.verify import verify
from real_model import smollm2

DEMO = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The study, and what the command printed that made it."""
    study = tmp_path_factory.mktemp("demo") / "demo.doubleread"
    return study, in_a_process("demo", "--headless", "--study", study)


@pytest.fixture
def study(demo):
    return demo[0]


def rows(study, sql):
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def overlap(first, second):
    return first[0] < second[1] and second[0] < first[1]


def test_the_bundled_models_are_those_of_their_list():
    arms = bundled_models()
    assert len(arms) == 2
    for arm in arms:
        assert model_sha256(arm.path) == arm.sha256
        assert arm.path.stat().st_size <= 4 * 2**20


def test_the_whole_demo_in_one_command(demo):
    study, done = demo
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    for arm in bundled_models():
        assert arm.role in done.stdout
    assert "correct, choice" in done.stdout
    assert str(study) in done.stdout


def test_both_models_worked_on_every_case_at_the_same_time(study):
    asked, worked = {}, {}
    for row in rows(study, "SELECT case_id, manifest FROM answers"):
        manifest = json.loads(row["manifest"])
        start, end = (datetime.fromisoformat(manifest[name]) for name in ("started_at", "finished_at"))
        worked.setdefault(row["case_id"], []).append((start, end))
        waited = timedelta(seconds=manifest["queue_seconds"])
        asked.setdefault(row["case_id"], []).append((start - waited, end))
    assert len(worked) >= 30
    # An answer takes less than a tenth of a second: on a busy machine, a model may be asked or get its turn after that.
    assert sum(overlap(*pair) for pair in asked.values()) >= 0.9 * len(asked)
    assert sum(overlap(*pair) for pair in worked.values()) >= 0.8 * len(worked)


def test_manifests_say_how_the_answers_came_about(study):
    arms = {arm.sha256 for arm in bundled_models()}
    manifests = [json.loads(row["manifest"]) for row in rows(study, "SELECT manifest FROM answers")]
    assert {manifest["model_sha256"] for manifest in manifests} == arms
    for manifest in manifests:
        assert manifest["prompt_tokens"] > 20
        assert manifest["completion_tokens"] > 5
        assert manifest["sampler"]["temperature"] == 0
        assert len(manifest["prompt_template_sha256"]) == 64


def test_answers_are_whole_scored_and_mostly_right_for_the_better_model(study):
    assert {row["finish_reason"] for row in rows(study, "SELECT finish_reason FROM answers")} == {"stop"}
    counts = rows(
        study,
        "SELECT role, count(*) AS n, sum(outcome = 'correct') AS correct FROM scores JOIN answers ON"
        " answers.id = answer_id JOIN cases ON cases.id = case_id JOIN arms ON arms.id = arm_id"
        " WHERE kind = 'choice' GROUP BY role ORDER BY correct DESC",
    )
    assert [row["role"] for row in counts] == ["general", "biomedical"]
    assert all(row["n"] >= 24 for row in counts)
    assert counts[0]["correct"] / counts[0]["n"] > 0.7
    assert counts[1]["correct"] < counts[0]["correct"]


def test_a_second_time_makes_nothing_twice(study):
    before = rows(study, "SELECT id FROM answers ORDER BY id")
    done = in_a_process("demo", "--headless", "--study", study)
    assert done.returncode == 0
    assert "nothing is missing" in done.stderr
    assert rows(study, "SELECT id FROM answers ORDER BY id") == before
    assert verify(study).ok


def test_a_model_of_the_users_answers_the_demos_cases_with_two_chat_templates(invoke, ggufs):
    done = invoke("demo", "--headless", "--model", ggufs[0])
    assert done.code == 0, done.err
    study = locations.studies() / "demo-alpha.doubleread"
    assert str(study) in done.out
    found = rows(
        study,
        "SELECT arms.name, json_extract(manifest, '$.template_source') AS source, count(*) AS n FROM answers"
        " JOIN arms ON arms.id = arm_id GROUP BY 1, 2 ORDER BY 1",
    )
    cases = rows(study, "SELECT count(*) AS n FROM cases")[0]["n"]
    assert [tuple(row.values()) for row in found] == [
        ("Alpha (alpaca)", "alpaca", cases),
        ("Alpha (unmodified)", "model file", cases),
    ]
    again = invoke("demo", "--headless", "--model", ggufs[0])
    assert (again.code, again.err) == (0, "nothing is missing\n")
    assert not locations.demo_study().exists()


def test_a_demo_of_another_model_is_not_opened_in_its_place(invoke, tmp_path, ggufs, study):
    own = tmp_path / bundled_models()[0].path.name
    shutil.copyfile(ggufs[0], own)
    done = invoke("demo", "--headless", "--model", own, "--study", study)
    assert (done.code, done.err.startswith("Another model's demo: ")) == (1, True)
    gone = invoke("demo", "--headless", "--model", tmp_path / "gone.gguf", "--study", study)
    assert (gone.code, "Unexpected" in gone.err) == (1, False)


def test_make_opens_the_demo_with_the_real_model():
    # These tests may themselves be run by make, which would then say in which folder it is.
    command = ["make", "--dry-run", "--no-print-directory", "demo-real"]
    done = subprocess.run(command, cwd=DEMO, capture_output=True, text=True, check=True, timeout=60)
    *_, last = done.stdout.splitlines()
    program, command, option, pattern = last.split()
    assert (program, command, option) == (".venv/bin/doubleread", "demo", "--model")
    assert smollm2().match(pattern.removeprefix(".venv/"))
    assert [path.name for path in smollm2().parent.glob("*.gguf")] == [smollm2().name]


def test_without_a_file_the_demo_is_the_one_in_the_library(invoke, study):
    locations.studies().mkdir()
    shutil.copy(study, locations.studies() / "demo.doubleread")
    done = invoke("demo", "--headless")
    assert (done.code, done.err) == (0, "nothing is missing\n")
