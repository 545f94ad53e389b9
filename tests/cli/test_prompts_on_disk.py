"""Which studies keep processed prompts on disk, and how the user sees and deletes them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from cli.conftest import PROTOCOL, Invoke
from doubleread import locations
from doubleread.engine.client.settings import PromptCache
from doubleread.engine.planning.probe import Probe
from doubleread.runs import health, prompt_caching
from doubleread.store import StudyFile
from doubleread.store.files.unlocking import forget_keys

CASE = {"text": "A man of 40 years has had a cough and fever for three weeks. " * 4}
ENTRY = "disk_prompt_tokens"


@pytest.fixture(autouse=True)
def always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the prompts of tiny models, too, which are processed sooner than read. `doctor` asks no llama.cpp."""
    monkeypatch.setattr(prompt_caching, "PromptCache", partial(PromptCache, most_cost=1e9))
    monkeypatch.setattr(health, "probe", Probe)


def kept() -> list[Path]:
    """Return the files of prompts, and whatever else lies in their folder."""
    return [path for path in locations.prompts().rglob("*") if path.is_file() and path.name != "lock"]


def from_disk(study: Path) -> tuple[list[str], list[int]]:
    """Return a study's answers, and how many of their tokens came from the disk."""
    with StudyFile.open(study, device="test") as opened:
        answers = [answer for case in opened.case_ids() for answer in opened.answers.of_case(case).values()]
    return [answer.text for answer in answers], [answer.manifest[ENTRY] for answer in answers]


def test_prompts_are_kept_seen_and_deleted(invoke: Invoke, make):
    study = make(1, **CASE)
    fresh = study.with_name("fresh.doubleread")
    fresh.write_bytes(study.read_bytes())
    assert invoke("run", study).code == 0
    assert len(kept()) == 2
    assert invoke("run", fresh).code == 0
    (first, before), (second, after) = from_disk(study), from_disk(fresh)
    assert first == second
    assert before == [0, 0]
    assert all(after)
    shown = invoke("doctor").out
    assert "2 files, " in shown
    assert "they contain case text: delete them with doubleread doctor --delete-prompts" in shown
    done = invoke("doctor", "--delete-prompts", "--json")
    assert "deleted: 2 prompts" in done.err
    assert done.json["prompt_cache"] == {
        "path": str(locations.prompts()),
        "files": 0,
        "bytes": 0,
        "most_bytes": 4_000_000_000,
    }
    assert kept() == []


def test_nothing_of_an_encrypted_study_is_written(invoke: Invoke, make, monkeypatch, own_home):
    make(1, **CASE)
    study, pack = own_home / "secret.doubleread", next(own_home.parent.rglob("pack.jsonl"))
    models = sorted(own_home.parent.rglob("ggufs*/*.gguf"))[:2]
    protocol = own_home / "protocol.toml"
    protocol.write_text(PROTOCOL)
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", "five words nobody would guess")
    arms = ("--model-a", models[0], "--model-b", models[1])
    done = invoke("new", study, "--cases", pack, *arms, "--protocol", protocol, "--encrypt")
    assert done.code == 0, done.err
    done = invoke("run", study)
    assert done.code == 0, done.err
    assert from_disk(study)[1] == [0, 0]
    assert not locations.prompts().exists()
    forget_keys()


def test_an_option_switches_it_off_for_a_run(invoke: Invoke, make):
    study = make(1, **CASE)
    options = ("--no-prompt-cache", "--alternative-scorers", "letters")
    assert invoke("run", study, *options).code == 0
    assert not locations.prompts().exists()


def test_the_setting_switches_it_off(invoke: Invoke, make):
    with StudyFile.open(make(1), device="test") as study:
        arms = study.arms()
        assert all(prompt_caching.prompt_cache_of(study, arm) for arm in arms)
        locations.settings_file().write_text("prompt_cache_gb = 0\n")
        assert [prompt_caching.prompt_cache_of(study, arm) for arm in arms] == [None, None]
    assert "none (switched off)" in invoke("doctor").out
