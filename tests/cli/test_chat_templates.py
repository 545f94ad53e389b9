"""Chat templates by name and by file: for files without one, against the file's own, and everything that cannot be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import gguf_files
from cli.conftest import PROTOCOL, write_pack
from doubleread.domain.hashes import text_sha256
from doubleread.engine.templates.families import template_families
from doubleread.read_model.queries import manifest_entries
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

SHAPE = replace(gguf_files.SMALL, context=1024)
TOOLS = "{% for m in messages %}<|im_start|>{{ m.role }} with tools\n{{ m.content }}<|im_end|>\n{% endfor %}"
NAMED = {"tokenizer.chat_template.tool_use": TOOLS, "tokenizer.chat_template.broken": gguf_files.BROKEN}
OWN = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A model without a chat template."""
    return gguf_files.write_llama(tmp_path / "base.gguf", template=None, shape=SHAPE, name="Base")


@pytest.fixture
def new(invoke, tmp_path: Path):
    """Call `new` with these options."""
    settings = tmp_path / "protocol.toml"
    settings.write_text(PROTOCOL, encoding="utf-8")
    pack = write_pack(tmp_path / "pack.jsonl", 2)
    study = tmp_path / "study.doubleread"

    def call(*options: object):
        return study, invoke("new", study, "--cases", pack, "--protocol", settings, *options)

    return call


def templates_in(study: Path) -> dict[str, tuple[str, str]]:
    """By model name: source and hash of the template in the manifests."""
    with StudyFile.open(study, device="d") as opened:
        names = {arm.id: arm.name for arm in opened.arms()}
        found = manifest_entries(opened, ["template_source", "template_sha256"])
    return {
        names[arm_id]: (values["template_source"], values["template_sha256"])
        for arm_id, counted in found.items()
        for values, _ in counted
    }


def test_a_file_without_a_template_is_refused_and_the_error_says_what_its_vocabulary_suggests(new, base, ggufs):
    study, done = new("--model-a", base, "--model-b", ggufs[0])
    assert done.code == 1
    assert "its vocabulary suggests the chat template chatml" in done.err
    assert "create the study with --chat-template-a chatml (or -b)" in done.err
    assert "doubleread models templates" in done.err
    assert not study.exists()


def test_inspecting_a_file_without_a_template_says_what_its_vocabulary_suggests(invoke, base, tmp_path):
    assert "create the study with --chat-template-a chatml (or -b)" in invoke("models", "inspect", base).out
    plain = gguf_files.write_successor_model(tmp_path / "plain.gguf", {}, template=None, tokens={}, eos="~")
    (note,) = invoke("models", "inspect", plain, "--json").json["notes"]
    assert note.startswith("its vocabulary suggests no chat template: create the study with the one that")


def test_a_named_template_of_the_file_is_listed_and_chosen(new, invoke, tmp_path):
    path = gguf_files.write_llama(tmp_path / "two.gguf", shape=SHAPE, name="Two", more=NAMED)
    assert invoke("models", "inspect", path, "--json").json["named_templates"] == ["tool_use", "broken"]
    assert "gguf:tool_use" in invoke("models", "inspect", path).out
    study, done = new("--model-a", path, "--model-b", path, "--chat-template-b", "gguf:tool_use")
    assert done.code == 0, done.err
    assert "the chat template gguf:tool_use replaces the one in its file" in done.err
    assert invoke("run", study).code == 0
    assert templates_in(study) == {
        "Two (unmodified)": ("model file", text_sha256(gguf_files.CHATML)),
        "Two (gguf:tool_use)": ("gguf:tool_use", text_sha256(TOOLS)),
    }


def test_a_file_with_named_templates_alone_says_how_to_choose_one(new, invoke, tmp_path, ggufs):
    path = gguf_files.write_llama(tmp_path / "named.gguf", template=None, shape=SHAPE, more=NAMED)
    choice = "no default but gguf:tool_use, gguf:broken: create the study with --chat-template-a gguf:tool_use (or -b)"
    assert choice in invoke("models", "inspect", path).out
    study, done = new("--model-a", path, "--model-b", ggufs[0])
    assert (done.code, study.exists()) == (1, False)
    assert choice in done.err
    study, done = new("--model-a", path, "--model-b", ggufs[0], "--chat-template-a", "gguf:tool_use")
    assert done.code == 0, done.err
    assert "replaces" not in done.err


@pytest.mark.parametrize(
    ("model", "template", "error"),
    [
        (
            "two.gguf",
            "gguf:rag",
            "has no chat template gguf:rag; it has gguf:tool_use, gguf:broken; give one of these",
        ),
        ("two.gguf", "gguf:", "has no chat template gguf:; it has gguf:tool_use"),
        ("two.gguf", "gguf:broken", "Chat template not usable: "),
        ("one.gguf", "gguf:tool_use", "it has no named template; omit the option to use the file's own template"),
        ("GPT", "gguf:tool_use", "Settings without a model: GPT is no file"),
        ("nowhere.gguf", "gguf:tool_use", "Model file not found: "),
    ],
)
def test_a_named_template_that_cannot_be_used_is_refused(new, ggufs, tmp_path, monkeypatch, model, template, error):
    monkeypatch.chdir(tmp_path)
    gguf_files.write_llama(tmp_path / "two.gguf", shape=SHAPE, more=NAMED)
    gguf_files.write_llama(tmp_path / "one.gguf", shape=SHAPE)
    study, done = new("--model-a", model, "--model-b", ggufs[0], "--chat-template-a", template)
    assert (done.code, study.exists()) == (1, False)
    assert error in done.err


@pytest.mark.parametrize(
    ("template", "remark"),
    [
        ("none", "its file has a chat template, which is not used: the model continues plain text"),
        ("alpaca", "the chat template alpaca replaces the one in its file"),
        ("phi-3", "its vocabulary lacks <|assistant|>, <|end|>, <|system|>, <|user|>, so phi-3 is written in plain"),
    ],
)
def test_what_does_not_fit_between_a_model_and_a_named_template_is_noted(new, ggufs, template, remark):
    _, done = new("--model-a", ggufs[0], "--model-b", ggufs[1], "--chat-template-a", template)
    assert done.code == 0, done.err
    assert f"note: Alpha: {remark}" in done.err


def test_a_template_that_a_base_model_needs_is_named_without_a_remark(new, base, ggufs):
    _, done = new("--model-a", base, "--model-b", ggufs[1], "--chat-template-a", "chatml")
    assert done.code == 0, done.err
    assert "template" not in done.err
    assert "vocabulary" not in done.err


def test_prompt_against_prompt_on_one_file(new, base, invoke):
    study, done = new("--model-a", base, "--model-b", base, "--chat-template-a", "chatml", "--chat-template-b", "none")
    assert done.code == 0, done.err
    assert invoke("run", study).code == 0
    families = template_families()
    assert templates_in(study) == {
        "Base (chatml)": ("chatml", text_sha256(families["chatml"].template)),
        "Base (no chat template)": ("none", text_sha256(families["none"].template)),
    }
    assert verify(study).ok


def test_a_template_of_the_users_own_and_the_files_own(new, ggufs, tmp_path, invoke):
    file = tmp_path / "mine.jinja"
    file.write_text(OWN, encoding="utf-8")
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[0], "--chat-template-a", file)
    assert done.code == 0, done.err
    assert invoke("run", study).code == 0
    assert templates_in(study) == {
        "Alpha (mine.jinja)": ("mine.jinja", text_sha256(OWN)),
        "Alpha (unmodified)": ("model file", text_sha256(gguf_files.CHATML)),
    }


@pytest.mark.parametrize(
    ("options", "title"),
    [
        (("--chat-template-a", "lama-3"), "Chat template not found"),
        (("--chat-template-a", "broken.jinja"), "Chat template not usable"),
        (("--chat-template-b", "chatml", "--chat-template-a", "chatml"), "Both arms are the same"),
        ((), "Both arms are the same"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(new, ggufs, tmp_path, monkeypatch, options, title):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.jinja").write_text(gguf_files.BROKEN, encoding="utf-8")
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[0], *options)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith(f"{title}: ")
    assert not study.exists()


def test_external_answers_have_no_template(new, ggufs):
    _, done = new("--model-a", "GPT", "--model-b", ggufs[0], "--chat-template-a", "chatml")
    assert done.code == 1
    assert "Settings without a model" in done.err


def test_a_changed_template_is_found_by_verify(new, base):
    study, done = new("--model-a", base, "--model-b", base, "--chat-template-a", "chatml", "--chat-template-b", "none")
    assert done.code == 0, done.err
    with closing(sqlite3.connect(study)) as connection:
        connection.execute("DROP TRIGGER arms_no_update")
        connection.execute("UPDATE arms SET chat_template = chat_template || ' ' WHERE position = 0")
        connection.commit()
    report = verify(study)
    assert not report.ok
    assert any("the arms differ" in fault for check in report.checks for fault in check.faults)


def test_the_names_are_listed(invoke):
    listed = {item["name"] for item in invoke("models", "templates", "--json").json["templates"]}
    assert listed == template_families().keys()
    assert "alpaca" in invoke("models", "templates").out


def answers_in(study: Path) -> dict[str, list[str]]:
    sql = "SELECT name, text FROM answers JOIN arms ON arms.id = arm_id ORDER BY name, case_id"
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(study)) as connection:
        for name, text in connection.execute(sql):
            found.setdefault(name, []).append(text)
    return found


def test_base_against_adapter_on_one_file(new, ggufs, tmp_path, invoke):
    adapter = gguf_files.write_adapter(tmp_path / "medical.gguf")
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[0], "--lora-b", f"{adapter}:2.5")
    assert done.code == 0, done.err
    ran = invoke("run", study)
    assert ran.code == 0, ran.err
    answers = answers_in(study)
    assert answers.keys() == {"Alpha (unmodified)", "Alpha (medical x 2.5)"}
    assert answers["Alpha (unmodified)"] != answers["Alpha (medical x 2.5)"]
    with StudyFile.open(study, device="d") as opened:
        found = manifest_entries(opened, ["adapters", "template_source"])
    listed = sorted(str(values["adapters"]) for counted in found.values() for values, _ in counted)
    assert "medical.gguf" in listed[1] + listed[0]
    assert verify(study).ok


def test_an_adapter_without_effect_changes_no_answer_and_one_that_moved_is_found(new, ggufs, tmp_path, invoke):
    folder = tmp_path / "adapters"
    folder.mkdir()
    adapter = gguf_files.write_adapter(folder / "medical.gguf")
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[0], "--lora-b", f"{adapter}:0")
    assert done.code == 0, done.err
    adapter.rename(study.parent / "medical.gguf")
    assert invoke("run", study).code == 0
    one, other = answers_in(study).values()
    assert one == other


def test_an_adapter_that_is_gone_or_none_is_said_so(new, ggufs, tmp_path, invoke):
    _, done = new("--model-a", ggufs[0], "--model-b", ggufs[1], "--lora-b", ggufs[1])
    assert (done.code, done.err.splitlines()[-1].partition(":")[0]) == (1, "Adapter not usable")
    adapter = gguf_files.write_adapter(tmp_path / "medical.gguf")
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[1], "--lora-b", adapter)
    assert done.code == 0, done.err
    adapter.unlink()
    ran = invoke("run", study)
    assert ran.code == 1
    assert "Adapter not found: " in ran.err


@pytest.mark.parametrize(
    ("adapter", "happened"),
    [
        (
            {"shape": replace(gguf_files.SMALL, width=128)},
            "attn_q.weight as 128 x 128 values, and the model has 64",
        ),
        (
            {"renamed": {"blk.1.ffn_down.weight": "blk.9.ffn_down.weight"}},
            "it changes blk.9.ffn_down.weight, which",
        ),
        ({"architecture": "qwen2"}, "it was made for the architecture qwen2, and the model is a llama"),
        (
            {"shape": replace(gguf_files.SMALL, hidden=96), "base": "Med 7B"},
            "128 x 64 there; it was made for Med 7B",
        ),
    ],
)
def test_an_adapter_of_another_model_is_refused_before_a_study_is_made_of_it(new, ggufs, tmp_path, adapter, happened):
    path = gguf_files.write_adapter(tmp_path / "other.gguf", **adapter)
    study, done = new("--model-a", ggufs[0], "--model-b", ggufs[1], "--lora-b", path)
    assert (done.code, study.exists()) == (1, False)
    assert done.err.splitlines()[-1].startswith("Adapter not usable: other.gguf does not fit ")
    assert happened in done.err
