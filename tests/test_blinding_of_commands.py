"""While a reader has cases left, no command prints or writes what could tell which model wrote what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gguf_files
from cli.conftest import PROTOCOL, Invoke, write_pack
from cli.conftest import invoke as invoke
from cli.test_contract import EVERY
from doubleread import locations
from doubleread import results as results_package
from doubleread.domain.arm import Adapter, Arm, NamedTemplate
from doubleread.domain.spans import Span
from doubleread.exports.formats import EXPORTERS
from doubleread.file_hash import file_sha256
from doubleread.read_model.blinding import without_model_names
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile, study_file
from exports.everything import texts_of
from test_blinding import everything_in, told

WORDS = ("zorblatt", "quixmed", "vault1", "vault2", "zorbrole", "quixrole", "wombatpedia")
"""Parts of names, files, folders and roles of both models, and of the corpus of one."""

ABOUT_NO_READ_STUDY = {
    "doubleread": "the library; tests/tui",
    "doubleread demo": "makes its own study",
    "doubleread new": "makes a study, which has no reader yet",
    "doubleread read": "a screen; tests/test_blinding.py",
    "doubleread serve": "a web server; shows the reading screen",
    "doubleread sample-size": "is about no study",
    "doubleread tune": "is about model files that the user names; a run that measures says which by number",
    "doubleread encryption recovery-key": "is about the file's key",
    "doubleread encryption change-passphrase": "is about the file's key",
    "doubleread protocol check": "is about a protocol's file",
    "doubleread protocol presets": "is about no study",
    "doubleread protocol tasks": "is about no study",
}
GROUPS = ("cases", "corpus", "models", "bench")
"""Groups whose commands are about case packs, corpora, model files and this machine, unless they are looked at."""


class Trial:
    """A study of two real, tiny models with telling names, and what every command says about it."""

    def __init__(self, folder: Path, invoke: Invoke) -> None:
        self.folder, self.invoke = folder, invoke
        self.path = folder / "trial.doubleread"
        self.files = [folder / f"vault{number}" / f"{name}.gguf" for number, name in enumerate(WORDS[:2], start=1)]
        for number, file in enumerate(self.files, start=1):
            file.parent.mkdir()
            shape = replace(gguf_files.SMALL, context=1024, seed=number)
            gguf_files.write_llama(file, shape=shape, name=f"{file.stem.title()}-7B Deluxe")
        protocol = folder / "protocol.toml"
        protocol.write_text(PROTOCOL, encoding="utf-8")
        pack = write_pack(folder / "pack.jsonl", 3)
        (folder / "facts.txt").write_text("A man with a cough has pneumonia.", encoding="utf-8")
        self.corpus = folder / f"{WORDS[6]}.corpus"
        assert invoke("corpus", "build", folder / "facts.txt", "--out", self.corpus).code == 0
        arms = ("--model-a", self.files[0], "--model-b", self.files[1], "--role-a", WORDS[4], "--role-b", WORDS[5])
        arms = (*arms, "--corpus-a", self.corpus)
        made = invoke("new", self.path, "--cases", pack, *arms, "--protocol", protocol)
        assert told([made.out], WORDS), "without a reader, models are named"
        for reader in ("R-01", "R-02", "S-01"):
            role = ("--role", "adjudicator") if reader == "S-01" else ()
            assert invoke("readers", "add", self.path, "--reader", reader, *role).code == 0
        with StudyFile.open(self.path, device="lead") as study:
            self.ids = [arm.id for arm in study.arms()]
            for arm in study.arms():
                happened = f"{arm.name} ({arm.model.path}, {arm.model_sha256[:16]}) was killed"
                study.answers.record_failure("pack-0", arm.id, "The model ended", happened)
        self._numbers = itertools.count()
        self.formats = ("jsonl", "csv")

    @property
    def secrets(self) -> set[str]:
        return {*WORDS, *self.ids, *(file_sha256(file)[:12] for file in self.files if file.exists())}

    def read(self) -> None:
        """R-01 reads everything and writes down a name, R-02 one case. Who writes a name in a note gets it back."""
        for reader, cases in (("R-01", 3), ("R-02", 1)):
            with StudyFile.open(self.path, device="laptop") as study:
                session = ReadingSession(study, reader)
                for number in range(cases):
                    session.answers()
                    note = "by Zorblatt-7B, I believe" if reader == "R-01" else ""
                    session.mark("A", "case", Span(0, 5), "omission", "minor", note=note)
                    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
                    session.commit()
                    if number + 1 < cases:
                        session.next_open()
                session.leave()

    def out(self, name: str) -> Path:
        return self.folder / f"{next(self._numbers)}-{name}"

    def say(self, *arguments: object) -> list[str]:
        done = self.invoke(*arguments)
        return [done.out, done.err]

    def write(self, out: Path, *arguments: object) -> list[str]:
        """Return what a command says and everything that it writes to a file or folder."""
        said = self.say(*arguments, "--out", out)
        if out.is_file():
            return [*said, out.read_text("utf-8", "replace")]
        return [*said, *itertools.chain.from_iterable(texts_of(out))]

    def everything(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each command that looks at a study or works on it, with all that comes of it."""
        study = self.path
        changed = self.out("protocol.toml")
        changed.write_text(f'guideline = "Version {changed.name}"\n{PROTOCOL}', encoding="utf-8")
        for as_json in ((), ("--json",)):
            yield "results", self.say("results", study, *as_json)
            yield "compare", self.say("compare", study, *as_json)
            yield "log", self.say("log", study, *as_json)
            yield "verify", self.say("verify", study, *as_json)
            yield "protocol show", self.say("protocol", "show", study, *as_json)
            yield "readers list", self.say("readers", "list", study, *as_json)
            yield "adjudicate", self.say("adjudicate", study, "--list", *as_json)
            yield "review-scores", self.say("review-scores", study, "--list", *as_json)
            yield "review-scores", self.say("review-scores", study, "--list", "--adjudicator", "S-01", *as_json)
            yield "cases list", self.say("cases", "list", study, *as_json)
            yield "conflicts list", self.say("conflicts", "list", study, *as_json)
            yield "doctor", self.say("doctor", "--study", study, "--quick", *as_json)
            yield "run", self.say("run", study, "--dry-run")
            yield "run", self.say("run", study, "--alternative-scorers", "letters", *as_json)
        yield "report", self.write(self.out("report.html"), "report", study)
        yield "compare", self.write(self.out("comparison.html"), "compare", study)
        for format_name in self.formats:
            attested = ("--with-case-text", "--attested-by", "lead")
            yield "export", self.write(self.out("export"), "export", study, "--format", format_name, *attested)
        yield "deposit", self.write(self.out("deposit"), "deposit", study, *attested)
        yield "score", self.say("score", study)
        yield "import-answers", self.say("import-answers", study, self.folder / "pack.jsonl", "--arm", "nobody")
        spans = self.out("spans.csv")
        spans.write_text(f"case_id,arm,start,end,quote,category\npack-0,{WORDS[0]},0,1,B,x\n", encoding="utf-8")
        for more in ((), ("--json",), ("--skip-bad",)):
            yield "import-annotations", self.say("import-annotations", study, spans, "--reader", "R-02", *more)
        yield "backup", self.say("backup", study, "--out", self.out("copy.doubleread"))
        yield "recover", self.say("recover", study, "--out", self.out("saved.doubleread"))
        own = self.out("own.doubleread")
        yield "split", self.say("split", study, "--reader", "R-02", "--out", own)
        if own.exists():
            yield "split", everything_in(own)
            yield "merge", self.say("merge", study, own)
        yield "conflicts resolve", self.say("conflicts", "resolve", study, "0" * 12, "--by", "lead", "--reason", "x")
        yield "protocol training", self.say("protocol", "training", study, "--out", self.out("training.jsonl"))
        yield "readers qualify", self.say("readers", "qualify", study, "--reader", "R-01", "--reason", "trained")
        yield "readers background", self.say("readers", "background", study, "--reader", "R-01", "--years", 3)
        yield "readers add", self.say("readers", "add", study, "--reader", "R-01", "--qualification", "internist")
        yield "protocol change", self.say("protocol", "change", study, changed, "--reason", "as Zorblatt-7B is slow")
        for command in ("withdraw", "reinstate"):
            reader = ("--reader", "R-02", "--reason", "on leave")
            yield f"readers {command}", self.say("readers", command, study, *reader)
        yield "log", self.say("log", study)
        yield "assign", self.say("assign", study, "--plan", "all", "--readers", "R-01,R-02", "--seed", 1)

    def leaks(self) -> dict[str, dict[str, str]]:
        """Return for each command which secrets it tells, with a string that does."""
        found: dict[str, dict[str, str]] = {}
        for command, strings in self.everything():
            assert any(string.strip() for string in strings), command
            if telling := told(strings, self.secrets):
                found.setdefault(command, {}).update(telling)
        return found


@pytest.fixture
def trial(tmp_path: Path, invoke: Invoke) -> Trial:
    return Trial(tmp_path, invoke)


def test_every_command_is_looked_at(trial: Trial) -> None:
    looked_at = {f"doubleread {command}" for command, _ in trial.everything()} | ABOUT_NO_READ_STUDY.keys()
    groups = {name for name in EVERY if getattr(EVERY[name], "commands", None)}
    others = {name for name in EVERY if name.split()[1:2] and name.split()[1] in GROUPS} - looked_at
    assert EVERY.keys() - groups - others == looked_at - groups


def test_no_command_tells_a_model_before_there_are_answers_or_while_a_reader_has_cases_left(trial: Trial) -> None:
    assert trial.leaks() == {}
    run = trial.invoke("run", trial.path)
    assert run.code == 0
    trial.read()
    trial.formats = tuple(EXPORTERS)
    assert trial.leaks() == {}


def test_a_model_file_that_is_gone_is_not_named(trial: Trial) -> None:
    secrets = trial.secrets
    for file in trial.files:
        file.unlink()
    for command in (
        ("run", trial.path),
        ("run", trial.path, "--dry-run"),
        ("doctor", "--study", trial.path, "--quick"),
    ):
        done = trial.invoke(*command)
        assert done.code == 1
        assert told([done.out, done.err], secrets) == {}
        assert "Model file not found: " in done.out + done.err
        assert "--unblind" in done.out + done.err


def test_a_corpus_that_is_gone_or_has_changed_is_not_named(trial: Trial) -> None:
    for change in (lambda: trial.corpus.write_text("no corpus", encoding="utf-8"), trial.corpus.unlink):
        change()
        for command in (("run", trial.path), ("run", trial.path, "--dry-run"), ("results", trial.path)):
            done = trial.invoke(*command)
            assert done.code == (command[0] == "run"), done.out
            assert told([done.out, done.err], trial.secrets) == {}


def test_an_adapter_and_a_chat_template_are_not_named() -> None:
    # Neither is a word that is redacted in an answer.
    adapter = Adapter("/data/cardiology/fever.gguf", "ab" * 32)
    arms = (Arm("1", "One"), Arm("2", "Two", chat_template=NamedTemplate("chest.jinja", "x"), adapters=(adapter,)))
    told_of = without_model_names(f"{adapter.path} ({adapter.sha256}, fever) of Two with chest.jinja", arms)
    assert told_of == "this model (this model, this model) of this model with this model"


def test_after_an_unblinding_the_commands_name_the_models(trial: Trial) -> None:
    assert trial.invoke("run", trial.path).code == 0
    done = trial.invoke(
        "export", trial.path, "--format", "csv", "--out", trial.out("x"), "--unblind", "half", "--by", "L"
    )
    assert (done.code, "blinded" in done.err) == (0, False)
    assert told([(trial.folder / "0-x" / "answers.csv").read_text("utf-8")], WORDS)
    found = trial.leaks()
    assert found.keys() == {"results", "compare", "report", "export", "deposit", "doctor", "run", "import-answers"}
    log = trial.invoke("log", trial.path, "--json").json
    (entry,) = [entry for entry in log if entry["kind"] == "study.unblinded"]
    assert (entry["actor"], entry["reason"]) == ("L", "half")


def test_an_export_that_cannot_be_written_unblinds_nothing(trial: Trial) -> None:
    taken = trial.out("taken")
    taken.mkdir()
    (taken / "mine.txt").write_text("mine", encoding="utf-8")
    assert trial.invoke("export", trial.path, "--format", "csv", "--out", taken, "--unblind", "half").code == 1
    assert "study.unblinded" not in {entry["kind"] for entry in trial.invoke("log", trial.path, "--json").json}


def test_a_crash_report_names_no_model(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(study: StudyFile, **_: Any) -> Any:
        arm = study.arms()[0]
        assert arm.model is not None
        raise RuntimeError(f"{arm.name} at {arm.model.path}, {arm.model.sha256}")

    monkeypatch.setattr(results_package, "results", crash)
    monkeypatch.setattr(study_file, "OPENED", set())
    done = trial.invoke("results", trial.path)
    assert done.code == 1
    (report,) = locations.logs().iterdir()
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError: this model at " in text
    assert told([text, done.err], trial.secrets) == {}
    # Where the study cannot be asked for its models, the message is left out.
    report.unlink()
    trial.path.rename(trial.folder / "moved.doubleread")
    trial.path = trial.folder / "moved.doubleread"

    def broken(*_: object) -> str:
        raise OSError

    monkeypatch.setattr("doubleread.read_model.blinding.without_model_names", broken)
    trial.invoke("results", trial.path)
    (report,) = locations.logs().iterdir()
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert told([text], trial.secrets) == {}
