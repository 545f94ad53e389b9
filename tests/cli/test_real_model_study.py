"""A study with a model that nobody here made: answered, scored, counted and exported by the commands a user calls."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path

import pytest

from doubleread.store.log.verify import verify
from real_model import smollm2

DEMO = Path(__file__).parents[2]
COUNT = 4
PROTOCOL = """
[prompt]
system = "You are a physician. Answer with the letter of the best option, then one sentence why."
[decoding]
max_tokens = 32
temperature = 0.0
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "few.jsonl"
    with (DEMO / "cases" / "demo.jsonl").open(encoding="utf-8") as demo:
        path.write_text("".join(islice(demo, COUNT)), encoding="utf-8")
    return path


def test_a_study_of_a_real_model_goes_from_cases_to_exports(invoke, pack, tmp_path):
    study, settings = tmp_path / "real.doubleread", tmp_path / "protocol.toml"
    settings.write_text(PROTOCOL, encoding="utf-8")
    arms = ("--model-a", smollm2(), "--model-b", DEMO / "models" / "demo-general.gguf")
    made = invoke("new", study, "--cases", pack, *arms, "--protocol", settings)
    assert made.code == 0, made.err
    ran = invoke("run", study, "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["answers"], ran.json["missing"]) == (2 * COUNT, [])

    assert invoke("score", study).code == 0
    found = invoke("results", study, "--json").json
    assert all(arm["answered"] == COUNT for arm in found["arms"])

    out = tmp_path / "export"
    assert invoke("export", study, "--format", "csv", "--out", out, "--unblind", "a test").code == 0
    with (out / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        answers = list(csv.DictReader(file))
    real = [answer for answer in answers if answer["arm_name"].startswith("Smollm2")]
    assert len(real) == COUNT
    for answer in real:
        manifest = json.loads(answer["manifest"])
        assert answer["text"].strip()
        assert manifest["prompt_tokens"] > 50
        assert manifest["completion_tokens"] <= 32
        assert manifest["finish_reason"] in ("stop", "length")
    assert verify(study).ok
