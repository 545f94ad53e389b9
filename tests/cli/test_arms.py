"""Arms in a protocol file and by options: one model, two prompts, two temperatures; and everything that cannot be."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import gguf_files
from cli.conftest import PROTOCOL, write_pack
from doubleread.read_model.history import Wanted, history
from doubleread.runs.engines import EnginePlan
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

ARMS = """
[prompt]
system = ""
[decoding]
max_tokens = 24
[arms.a]
model = "alpha.gguf"
role = "terse"
[arms.a.prompt]
name = "terse-1"
choice = "{text}{question}{options} Letter:"
[[arms.a.prompt.examples]]
text = "A wheeze."
question = "What is it?"
options = { A = "Asthma", B = "Pneumonia" }
answer = "A"
[arms.b]
model = "alpha.gguf"
name = "Warm"
role = "warm"
[arms.b.decoding]
temperature = 0.7
max_tokens = 12
"""


@pytest.fixture
def new(invoke, tmp_path: Path, ggufs):
    """Call `new` with this protocol, beside which alpha.gguf is, and these options."""
    (tmp_path / "alpha.gguf").symlink_to(ggufs[0])
    pack = write_pack(tmp_path / "pack.jsonl", 2)
    study = tmp_path / "study.doubleread"

    def call(protocol: str, *options: object):
        settings = tmp_path / "protocol.toml"
        settings.write_text(protocol, encoding="utf-8")
        return study, invoke("new", study, "--cases", pack, "--protocol", settings, *options)

    return call


def manifests(study: Path) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    with closing(sqlite3.connect(study)) as connection:
        sql = "SELECT name, manifest FROM answers JOIN arms ON arms.id = arm_id ORDER BY name, case_id"
        for name, manifest in connection.execute(sql):
            found.setdefault(name, []).append(json.loads(manifest))
    return found


def test_two_arms_on_one_model_with_prompts_and_decoding_of_their_own(new, invoke):
    study, done = new(ARMS)
    assert done.code == 0, done.err
    assert invoke("run", study).code == 0
    found = manifests(study)
    terse, warm = found["Alpha"], found["Warm"]
    assert {one["sampler"]["temperature"] for one in terse} == {0.0}
    assert {(one["sampler"]["temperature"], one["sampler"]["max_tokens"]) for one in warm} == {(0.7, 12)}
    assert len({one["prompt_template_sha256"] for one in terse + warm}) == 2
    with StudyFile.open(study, device="d") as opened:
        assert len({arm.model.sha256 for arm in opened.arms()}) == 1
        assert [arm.role for arm in opened.arms()] == ["terse", "warm"]
        first = next(iter(history(opened, Wanted())))
        assert "the arms differ in prompt.choice, prompt.examples, decoding.temperature and decoding.max_tokens" in (
            first.what
        )
    assert verify(study).ok
    again = invoke("run", study)
    assert (again.code, "nothing is missing" in again.err) == (0, True)


def test_options_go_before_the_protocol_file(new, invoke, ggufs):
    study, done = new(ARMS, "--model-b", ggufs[1], "--name-a", "Cold", "--temperature-b", "0")
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        first, second = opened.arms()
        assert (first.name, second.name) == ("Cold", "Warm")
        assert first.model_sha256 != second.model_sha256
        assert second.decoding == {"temperature": 0.0, "max_tokens": 12}


def test_temperature_against_temperature_by_options(new, ggufs):
    both = ("--model-a", ggufs[0], "--model-b", ggufs[0])
    study, done = new(PROTOCOL, *both, "--temperature-b", "0.5")
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        assert [arm.name for arm in opened.arms()] == ["Alpha (unmodified)", "Alpha (temperature 0.5)"]


def test_arms_that_differ_in_nothing_are_refused(new):
    same = '[arms.a]\nmodel = "alpha.gguf"\nname = "one"\n[arms.b]\nmodel = "alpha.gguf"\nname = "two"\n'
    study, done = new(same + "[arms.b.decoding]\ntemperature = 0.0\n")
    assert (done.code, study.exists()) == (1, False)
    assert done.err.splitlines()[-1].startswith("Both arms are the same: ")


def test_two_arms_with_one_name_are_refused(new):
    study, done = new('[arms.b]\nmodel = "alpha.gguf"\n', "--model-a", "Alpha")
    assert (done.code, study.exists()) == (1, False)
    assert "Both arms have the same name" in done.err


def test_an_arm_needs_a_model(new):
    study, done = new('[arms.a]\nmodel = "alpha.gguf"\n')
    assert (done.code, study.exists()) == (2, False)
    assert "set one in [arms.b] of the protocol" in done.err


def test_every_mistake_in_the_arms_is_named_at_once(new):
    study, done = new(
        """
        n_ctx = 512
        [arms.c]
        model = "alpha.gguf"
        [arms.a]
        modle = "alpha.gguf"
        lora = [{ file = "x.gguf", scale = "big" }]
        prompt = "short"
        [arms.b.prompt]
        choice = "no placeholder"
        [[arms.b.prompt.examples]]
        text = 3
        hint = ""
        [arms.b.decoding]
        temperature = -1
        max_tokens = 512
        """
    )
    assert (done.code, study.exists()) == (1, False)
    for words in (
        "arms.c is not known (there are: arms.a, arms.b)",
        "arms.a.modle is not known",
        "arms.a.lora, number 1: scale must be a number up to 1000, not 'big'",
        "arms.a.prompt must be a table, [arms.a.prompt]",
        "arms.b.prompt.choice must contain {text}",
        "arms.b.prompt.examples, number 1: hint is not known",
        "arms.b.prompt.examples, number 1: text must be a text",
        "arms.b.decoding.temperature must be between 0 and 10",
        "arms.b.decoding.max_tokens (512) must be below n_ctx (512)",
    ):
        assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("arms", ["arms = 3", "[arms]\na = 3", "[[arms]]\nmodel = 'x'"])
def test_arms_of_another_shape_are_refused(new, arms):
    _, done = new(arms)
    assert done.code == 1
    assert "arms must be tables, [arms.a] and [arms.b]" in done.err


def test_two_arms_that_differ_in_prompt_or_decoding_share_one_worker(new, ggufs):
    study, done = new(ARMS)
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        engines = EnginePlan(opened, slots=1)
        assert (engines.shared, len(engines.plan().models)) == (True, 1)
        assert engines.plan().models[0].settings.n_slots == 2
    study.unlink()
    study, done = new(ARMS, "--chat-template-b", "none")
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        engines = EnginePlan(opened, slots=1)
        assert (engines.shared, len(engines.plan().models)) == (False, 2)


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ('chat_template = "\\u0000"', "Chat template not found"),
        ('chat_template = "alpha.gguf"', "Chat template not found"),
        ('chat_template = "long.jinja"', "has more than 1000000 bytes"),
        ('lora = [{ file = "alpha.gguf", scale = nan }]', "scale must be a number up to 1000, not nan"),
        ('lora = [{ file = "alpha.gguf", scale = 1e-5 }]', "alpha.gguf is a language model"),
        ('role = "a\\u001b[31m"', "Role refused"),
        ('model = "\\u0000"', "Model refused"),
    ],
)
def test_careless_settings_of_an_arm_are_refused_with_a_reason(new, tmp_path, arm, words):
    (tmp_path / "long.jinja").write_text("x" * 1_000_001, encoding="utf-8")
    model = "" if arm.startswith("model") else 'model = "alpha.gguf"\n'
    study, done = new(f'[arms.a]\n{model}{arm}\n[arms.b]\nmodel = "Imported"\n')
    assert (done.code, study.exists()) == (1, False)
    assert words in done.err
    assert "Unexpected error" not in done.err


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("evil\x1b[31m\nname", "evil [31m name"),
        ("x" * 10_000, "x" * 200),
        ("   ", "gamma"),
        ("e\u0301", "\u00e9"),
        ("Med\u202egnp", "Med gnp"),
    ],
)
def test_a_models_own_name_becomes_one_that_an_arm_can_have(new, tmp_path, own, name):
    file = gguf_files.write_llama(tmp_path / "gamma.gguf", shape=replace(gguf_files.SMALL, context=1024), name=own)
    study, done = new(PROTOCOL, "--model-a", file, "--model-b", "Imported")
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        assert opened.arms()[0].name == name


def test_an_empty_scheduler_does_not_mean_this_machine(new, invoke):
    study, done = new(ARMS)
    assert done.code == 0, done.err
    ran = invoke("run", study, "--dask", "")
    assert (ran.code, "--dask names no scheduler" in ran.err) == (2, True)


def test_a_change_of_the_protocol_ignores_the_arms_of_its_file_and_says_so(new, invoke, tmp_path):
    study, done = new(ARMS)
    assert done.code == 0, done.err
    changed = tmp_path / "changed.toml"
    changed.write_text('guideline = "Read."\n' + ARMS, encoding="utf-8")
    done = invoke("protocol", "change", study, changed, "--reason", "a guideline")
    assert (done.code, "[arms] in" in done.err) == (0, True)


def test_a_change_of_the_protocol_that_makes_both_arms_the_same_is_refused(new, invoke, tmp_path):
    two = '[arms.a]\nmodel = "alpha.gguf"\n[arms.b]\nmodel = "alpha.gguf"\n[arms.b.decoding]\ntemperature = 0.7\n'
    study, done = new(PROTOCOL + two)
    assert done.code == 0, done.err
    same = tmp_path / "same.toml"
    same.write_text(f"{PROTOCOL}temperature = 0.7\n", encoding="utf-8")
    refused = invoke("protocol", "change", study, same, "--reason", "warmer")
    assert (refused.code, "both arms would have the same settings" in refused.err) == (1, True)
    assert "temperature = 0.0" in invoke("protocol", "show", study).out


def test_a_rendered_prompt_says_that_the_arms_of_the_protocol_are_ignored(invoke, tmp_path, ggufs):
    settings = tmp_path / "protocol.toml"
    settings.write_text(ARMS, encoding="utf-8")
    done = invoke("models", "inspect", ggufs[0], "--render", "--protocol", settings)
    assert (done.code, "[arms] in" in done.err) == (0, True)
