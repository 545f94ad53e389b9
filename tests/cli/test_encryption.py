"""Encrypted studies as commands: where the passphrase comes from, and what is said."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Invoke, in_a_process, write_pack
from cli.test_screens import on_a_terminal, quit_program
from doubleread import locations
from doubleread.platform import clean_environment
from doubleread.store import StudyFile
from doubleread.store.files.kept_copies import keep_backup
from doubleread.store.files.unlocking import forget_keys, is_locked, unlock
from doubleread.store.log.verify import verify
from store.making import DEVICE

PLAIN_HEADER = b"SQLite format 3"
PASSPHRASE = "five words nobody would guess"
OTHER = "the reader's own passphrase"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("DOUBLEREAD_PASSPHRASE", raising=False)
    monkeypatch.delenv("DOUBLEREAD_NEW_PASSPHRASE", raising=False)
    forget_keys()
    yield
    forget_keys()


@pytest.fixture
def make_encrypted(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Make an encrypted study with answers, by its commands; afterwards nothing knows the passphrase any more."""

    def make() -> Path:
        pack, study, answers = write_pack(tmp_path / "pack.jsonl"), tmp_path / "trial.doubleread", tmp_path / "a.jsonl"
        with monkeypatch.context() as given:
            given.setenv("DOUBLEREAD_PASSPHRASE", PASSPHRASE)
            done = invoke("new", study, "--cases", pack, "--model-a", "Alpha", "--model-b", "Beta", "--encrypt")
            assert done.code == 0, done.err
            assert re.search(r"^recovery key: [0-9A-Z]{4}(-[0-9A-Z]{4}){13}$", done.out, re.MULTILINE)
            assert "store it apart" in done.err
            answers.write_text("".join(f'{{"case_id": "pack-{n}", "text": "B. Pneumonia"}}\n' for n in range(3)))
            for arm in ("Alpha", "Beta"):
                done = invoke("import-answers", study, answers, "--arm", arm)
                assert done.code == 0, done.err
        forget_keys()
        assert is_locked(study)
        return study

    return make


def test_the_recovery_key_is_shown_once_and_never_in_json(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", PASSPHRASE)
    pack, study = write_pack(tmp_path / "pack.jsonl"), tmp_path / "trial.doubleread"
    done = invoke("new", study, "--cases", pack, "--model-a", "Alpha", "--model-b", "Beta", "--encrypt", "--json")
    assert done.code == 0, done.err
    (key,) = re.findall(r"^recovery key: (.+)$", done.err, re.MULTILINE)
    assert set(done.json) == {"study", "cases", "arms", "left_out", "left_out_because"}
    assert key not in done.out
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", key)
    forget_keys()
    assert invoke("protocol", "show", study).code == 0


def typing(monkeypatch: pytest.MonkeyPatch, *lines: str) -> list[str]:
    """A terminal at which these lines are typed without being shown; returns the prompts."""
    prompts: list[str] = []
    left = list(lines)

    def ask(prompt: str) -> str:
        prompts.append(prompt)
        return left.pop(0)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", ask)
    return prompts


def test_a_passphrase_is_typed_twice_and_never_an_argument(invoke, tmp_path, monkeypatch):
    pack, study = write_pack(tmp_path / "pack.jsonl"), tmp_path / "trial.doubleread"
    new = ("new", study, "--cases", pack, "--model-a", "Alpha", "--model-b", "Beta", "--encrypt")
    refused = invoke(*new)
    assert refused.code == 1
    assert "DOUBLEREAD_PASSPHRASE" in refused.err
    typing(monkeypatch, PASSPHRASE, f"{PASSPHRASE}!")
    assert "the two entries differ" in invoke(*new).err
    typing(monkeypatch, "too short")
    assert "fewer than the required 12" in invoke(*new).err
    assert not study.exists()
    prompts = typing(monkeypatch, PASSPHRASE, PASSPHRASE)
    done = invoke(*new)
    assert done.code == 0, done.err
    assert len(prompts) == 2
    assert PASSPHRASE not in done.out + done.err
    assert not study.read_bytes().startswith(PLAIN_HEADER)


def test_without_the_library_it_says_what_to_install(invoke, make_encrypted, tmp_path, monkeypatch):
    study = make_encrypted()
    for name in [name for name in sys.modules if name.partition(".")[0] == "sqlcipher3"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    new = ("new", tmp_path / "new", "--cases", tmp_path / "none.jsonl", "--model-a", "Alpha", "--model-b", "Beta")
    for command in ((*new, "--encrypt"), ("verify", study), ("read", study, "--reader", "R-01")):
        refused = invoke(*command)
        assert refused.code == 1
        assert 'pip install "doubleread[encryption]"' in refused.err
    assert invoke("doctor", "--json").json["sqlcipher"] is None
    assert "not installed" in invoke("doctor").out


def test_three_tries_lock_nothing(invoke, make_encrypted, monkeypatch):
    study = make_encrypted()
    before = study.read_bytes()
    prompts = typing(monkeypatch, "incorrect", "wrong again", "wrong for good")
    refused = invoke("verify", study)
    assert refused.code == 1
    assert refused.err.count("Wrong passphrase") == 3
    assert len(prompts) == 3
    typing(monkeypatch, "incorrect", PASSPHRASE)
    done = invoke("verify", study)
    assert done.code == 0, done.err
    assert "every check passed" in done.out
    assert study.read_bytes() == before


def test_without_a_terminal_it_says_how_to_give_the_passphrase(make_encrypted, tmp_path):
    study = make_encrypted()
    done = in_a_process("verify", study)
    assert done.returncode == 1
    assert "DOUBLEREAD_PASSPHRASE" in done.stderr
    assert "--passphrase-file" in done.stderr
    file = tmp_path / "passphrases"
    file.write_text(f"\ufeffsome other passphrase\n{PASSPHRASE}\r\n", encoding="utf-8")
    done = in_a_process("--passphrase-file", file, "verify", study)
    assert done.returncode == 0, done.stderr
    file.write_text("some other passphrase\n", encoding="utf-8")
    assert "Wrong passphrase" in in_a_process("--passphrase-file", file, "verify", study).stderr
    assert "cannot be read" in in_a_process("--passphrase-file", tmp_path / "none", "verify", study).stderr


def test_every_command_works_on_an_encrypted_study(invoke, make_encrypted, tmp_path, monkeypatch):
    study = make_encrypted()
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", PASSPHRASE)
    outputs = {}
    for name, arguments in {
        "results": ("results", study),
        "json": ("results", study, "--json"),
        "score": ("score", study),
        "verify": ("verify", study, "--json"),
        "log": ("log", study),
        "protocol": ("protocol", "show", study),
        "run": ("run", study),
        "backup": ("backup", study, "--out", tmp_path / "copy"),
        "export": ("export", study, "--format", "jsonl", "--out", tmp_path / "x"),
        "deposit": ("deposit", study, "--out", tmp_path / "deposit"),
        "report": ("report", study, "--out", tmp_path / "report.html"),
        "recover": ("recover", study, "--out", tmp_path / "saved"),
        "key": ("encryption", "recovery-key", study),
    }.items():
        forget_keys()
        outputs[name] = invoke(*arguments)
        assert outputs[name].code == 0, (name, outputs[name].err)
    for name in ("export", "deposit", "report"):
        assert "the study is encrypted, but" in outputs[name].err
        assert "is not" in outputs[name].err
    assert "no losses were found" in outputs["recover"].out
    forget_keys()
    for name in ("copy.doubleread", "saved.doubleread"):
        assert is_locked(tmp_path / name)
    recovery_key = outputs["key"].out.removeprefix("recovery key: ").strip()
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", recovery_key)
    assert invoke("verify", study).code == 0


def test_the_copies_that_are_kept_are_encrypted(make_encrypted):
    study = make_encrypted()
    unlock(study, PASSPHRASE)
    with StudyFile.open(study, device=DEVICE) as opened:
        kept = [keep_backup(opened, "session") for _ in range(7)]
    forget_keys()
    left = [path for path in kept if path.exists()]
    assert len(left) == 5
    assert all(is_locked(path) for path in left)
    everything = b"".join(path.read_bytes() for path in locations.home().rglob("*") if path.is_file())
    assert b"Pneumonia" not in everything


def test_a_readers_file_has_a_passphrase_of_its_own(invoke, make_encrypted, tmp_path, monkeypatch):
    study, own = make_encrypted(), tmp_path / "own.doubleread"
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", PASSPHRASE)
    split = ("split", study, "--reader", "R-02", "--out")
    refused = invoke(*split, own)
    assert refused.code == 2
    assert "--encrypt or --plain" in refused.err
    plain = invoke(*split, tmp_path / "plain", "--plain")
    assert plain.code == 0, plain.err
    assert (tmp_path / "plain.doubleread").read_bytes().startswith(PLAIN_HEADER)
    file = tmp_path / "new"
    file.write_text(OTHER, encoding="utf-8")
    done = invoke(*split, own, "--encrypt", "--new-passphrase-file", file)
    assert done.code == 0, done.err
    assert "recovery key: " in done.out
    forget_keys()
    # One passphrase of the environment opens the study; the reader's file, which it does not, keeps no other one out.
    merged = invoke("merge", study, own, tmp_path / "plain.doubleread")
    assert merged.code == 1
    assert f"{own}: refused. The study is encrypted" in merged.out
    assert "plain.doubleread: " in merged.out
    both = tmp_path / "both"
    both.write_text(f"{PASSPHRASE}\n{OTHER}\n", encoding="utf-8")
    forget_keys()
    merged = invoke("--passphrase-file", both, "merge", study, own, tmp_path / "plain.doubleread")
    assert merged.code == 0, merged.err
    assert verify(study).ok


def test_the_passphrase_is_changed(invoke, make_encrypted, monkeypatch):
    study = make_encrypted()
    unlock(study, PASSPHRASE)
    with StudyFile.open(study, device=DEVICE) as opened:
        keep_backup(opened, "session")
    forget_keys()
    typing(monkeypatch, PASSPHRASE, OTHER, OTHER)
    done = invoke("encryption", "change-passphrase", study)
    assert done.code == 0, done.err
    assert "recovery key: " in done.out
    assert "1 kept copy in" in done.err
    forget_keys()
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", OTHER)
    assert invoke("verify", study).code == 0
    plain = study.with_name("plain.doubleread")
    invoke("split", study, "--reader", "R-02", "--out", plain, "--plain")
    for command in ("recovery-key", "change-passphrase"):
        refused = invoke("encryption", command, plain)
        assert refused.code == 1
        assert "is not encrypted" in refused.err


def test_a_worker_does_not_get_the_passphrase(monkeypatch):
    monkeypatch.setenv("DOUBLEREAD_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("DOUBLEREAD_NEW_PASSPHRASE", OTHER)
    assert not [name for name in clean_environment() if "PASSPHRASE" in name]
    assert "DOUBLEREAD_PASSPHRASE" in os.environ


def test_the_terminal_asks_before_the_screen_opens_and_shows_no_letter(make_encrypted):
    study = make_encrypted()
    with on_a_terminal("read", study, "--reader", "R-01") as program:
        program.wait_for("Passphrase or recovery key of trial.doubleread")
        program.send(f"{PASSPHRASE}\r")
        program.wait_for("cough")
        assert quit_program(program) == 0
        assert "Traceback" not in program.plain()
        assert PASSPHRASE not in program.plain()
