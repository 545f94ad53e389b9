"""A reader plays a whole reading, and nothing that they can see, reach or be given tells which models took part."""

from __future__ import annotations

import io
import re
import sqlite3
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widgets import Static

from arms import arm_with_model
from cli.conftest import invoke as invoke
from doubleread.config import Settings
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case, Criterion
from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.score import LETTER_LIKELIHOOD, Score
from doubleread.domain.study import Protocol
from doubleread.plain.commands import COMMANDS
from doubleread.plain.start import run as run_plain
from doubleread.plain.terminal import Terminal
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.receipts import receipt
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.tui.app import DoublereadApp
from plain.playing import Lines
from reachable import attributes_of, on_the_screens, reachable_strings
from tui.driving import reading, shown_text

READER = "R-01"
TITLE = "Wombat trial"


def arm(number: int, name: str, role: str) -> Arm:
    return arm_with_model(
        arm_id=f"idmodel{number}-{name.casefold()}",
        name=f"{name}-7B-Q4_K_M",
        sha256=f"{number}fe{number}" * 16,
        path=f"/vault{number}/{name.casefold()}-folder/{name.casefold()}.gguf",
        role=role,
        metadata={
            "general.name": f"{name} Deluxe",
            "general.author": f"Author{name}",
            "general.organization": f"Maker{name}",
            "general.base_model.0.name": f"{name}Base",
            "general.architecture": f"arch{name.casefold()}",
            "parameters": 7_131_313 + number,
            "file_bytes": 4_242_424_242 + number,
        },
    )


ARMS = (arm(1, "Zorblatt", "zorbrole"), arm(2, "Quixmed", "quixrole"))
SECRETS = {
    *("zorblatt", "quixmed", "zorbrole", "quixrole", "vault1", "vault2", "idmodel1", "idmodel2", "q4_k_m"),
    *("1fe11fe1", "2fe22fe2", "7131314", "7131315", "4242424243", "4242424244"),
    *("88.717171", "31.353535", "2031-07-01", "2031-07-02", "tokens_per_second", "device-of-generation"),
    *("thoughtful-wallaby", "corpus-of-wallaby", "version-of-wallaby", "likelihood-of-wallaby"),
}
"""Names, files, hashes, metadata, roles, sizes, speeds, times, manifests, reasoning, versions of scorers and
alternative scores: never before names are due."""
AT_THE_COMMIT = {"explained-by-numbat", "source-of-numbat", "reason-of-numbat", "acceptable-numbat"} | {
    "passage-of-numbat",
    "document-of-numbat",
}
"""The key's explanation, its source, its synonyms, the automatic scores, and the passages that one answer was given:
not on the screen before the commit."""
SELF = "As BioMistral, I say B. "
"""By this one answer names its family, which is no name of the study."""


def answers_of(case: Case) -> list[tuple[Answer, list[Score]]]:
    made = []
    for number, item in enumerate(ARMS):
        text = f"{SELF if number else 'Fever is there. '}The cough of the {case.id} patient means pneumonia."
        manifest: dict[str, Any] = {
            "tokens_per_second": (88.717171, 31.353535)[number],
            "device": "device-of-generation",
        }
        if number == 0:
            passage = RetrievedPassage(1, "document-of-numbat", "", 0, 17, "passage-of-numbat", 1.0)
            corpus = Retrieval("/vault1/wallaby.corpus", name="corpus-of-wallaby", corpus_sha256="1fe1" * 16)
            manifest["retrieval"] = manifest_entry(corpus, [passage])
        at = f"2031-07-0{number + 1}T10:00:00.000Z"
        reasoning = f"The thoughtful-wallaby of {item.name}."
        answer = Answer(str(uuid.uuid4()), case.id, item.id, text, at, at, "stop", manifest, reasoning)
        scores = [Score("choice", f"version-of-wallaby {number}", "correct", "B", "reason-of-numbat", 0, 5, 0.9)]
        if number == 0:
            scores.append(Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood-of-wallaby"))
        made.append((answer, scores))
    return made


@pytest.fixture
def study_path(tmp_path: Path) -> Path:
    cases = [
        Case(
            id=f"case-{number}",
            kind="choice",
            text=f"A woman of {40 + number} years has fever and cough.",
            question="What is it?",
            options={"A": "Asthma", "B": "Pneumonia"},
            key="B",
            title=f"Cough {number}",
            accept=("acceptable-numbat",),
            explanation="explained-by-numbat",
            source="source-of-numbat",
            tags=("pulmonology",),
        )
        for number in range(3)
    ]
    return made(tmp_path / "trial.doubleread", cases)


def made(path: Path, cases: list[Case]) -> Path:
    protocol = Protocol(title=TITLE, reveal_reasoning=False, guideline="# Guideline\n\nMark it.")
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=protocol, device="lead") as study:
        for case in cases:
            for answer, scores in answers_of(case):
                study.answers.record(answer, scores)
        study.answers.record_failure("case-0", ARMS[0].id, "Zorblatt died", "zorblatt.gguf was killed")
        study.readers.register(READER)
    return path


@pytest.fixture(params=["the study", "an own file"])
def path(request: pytest.FixtureRequest, study_path: Path, tmp_path: Path) -> Path:
    if request.param == "the study":
        return study_path
    with StudyFile.open(study_path, device="lead") as study:
        split(study, READER, tmp_path / "own.doubleread")
    return tmp_path / "own.doubleread"


def told(strings: Iterable[str], secrets: Iterable[str]) -> dict[str, str]:
    """Return the secrets that stand in the strings, each with one of those. A number counts as a whole number only."""
    low = [(string.casefold(), string) for string in strings]
    found: dict[str, str] = {}
    for secret in secrets:
        # An object's address or a hash can hold the digits of any number.
        pattern = re.compile(rf"(?<!\d){secret}(?!\d)" if secret.isdigit() else re.escape(secret))
        if string := next((string for folded, string in low if pattern.search(folded)), None):
            found[secret] = string[:200]
    return found


class Heard:
    """What is said between the parts of the program, each message looked at when it is posted."""

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.count = 0

    def __call__(self, message: Any) -> None:
        self.count += 1
        # Not the widgets that they come from and go to, nor what they call: those are looked at by themselves.
        parts = [part for found in attributes_of(message) for part in (found if isinstance(found, tuple) else (found,))]
        told_in_it = [part for part in parts if not isinstance(part, MessagePump) and not callable(part)]
        self.strings |= reachable_strings(told_in_it) | {type(message).__name__}


async def look_everywhere(pilot: Pilot[None], heard: Heard) -> set[str]:
    """Read a case with every part of the screen, up to the question whether to commit; return all that was there."""
    found: set[str] = set()

    async def press(*keys: str) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        found.update(on_the_screens(pilot), shown_text(pilot).splitlines())

    await press()
    await press("f3", "s", "m")
    await press("f", "m")
    await press("y")
    await press("e")
    await press("escape", "f4", "s", "m", "c", "i")
    await press("f2", "s", "o", "b", "m")
    await press("question_mark")
    await press("escape", "G")
    await press("escape", "g")
    await press("escape", "ctrl+p")
    await press("escape", "d", "u", "f3", "1", "f4", "2", "6", "z")
    await press("z", "c")
    return found | heard.strings


def app_for(path: Path) -> DoublereadApp:
    return DoublereadApp(StudyLibrary(Settings()), Settings(), start=path, reader=READER)


async def test_nothing_on_the_screen_tells_a_model_before_the_commit_or_after(path: Path) -> None:
    heard = Heard()
    async with app_for(path).run_test(size=(140, 44), message_hook=heard, notifications=True) as pilot:
        found = await look_everywhere(pilot, heard)
        # The looking itself works: what may be seen was found.
        assert (
            not {"wombat trial", "fever is there", "cough 0", READER.casefold()}
            - told(found, {"wombat trial", "fever is there", "cough 0", READER.casefold()}).keys()
        )
        assert heard.count > 100
        assert "question_mark" in heard.strings
        assert any(f"As {REDACTION_MARK * 10}, I say" in string for string in found)
        assert told(found, SECRETS | AT_THE_COMMIT | {"biomistral"}) == {}
        await pilot.press("enter")
        await pilot.pause()
        screen = reading(pilot)
        assert screen.session.reading is not None
        assert screen.session.reading.committed
        found = on_the_screens(pilot) | set(shown_text(pilot).splitlines()) | heard.strings
        assert told(found, {"explained-by-numbat", "reason-of-numbat"}).keys() == {
            "explained-by-numbat",
            "reason-of-numbat",
        }
        assert told(found, SECRETS | {"biomistral"}) == {}
        await pilot.press("n")
        await pilot.pause()
        found = set(shown_text(pilot).splitlines())
        assert told(found, SECRETS | AT_THE_COMMIT) == {}


def plain_lines(path: Path, *typed: str) -> list[str]:
    """Return what a reading line by line prints, with the program's own library."""
    out = io.StringIO()
    terminal = Terminal(Lines(typed), out)
    assert run_plain(StudyLibrary(Settings()), start=path, reader=READER, terminal=terminal) == 0
    return out.getvalue().splitlines()


def test_nothing_that_a_plain_reading_prints_tells_a_model_before_the_commit_or_after(path: Path) -> None:
    readable = [
        word for command in COMMANDS if command.group in ("Read", "Program") for word in (command.name, "cancel")
    ]
    typed = (
        *(word for word in readable if word != "quit"),
        *("help mark", "a", "b", "case", "find biomistral", "find pneumonia", "1", "mark A1 fabrication major"),
        *("mark B1 negation minor", "omit both C1 minor", "note 1 by whom", "marks", "change 1 harm", "likely", "undo"),
        *("redo", "verdict A correct", "verdict B incorrect", "prefer A", "missing", "key", "grade A 5", "cases"),
        *("passages", "reasoning", "again", "here", "wait", "commit", "cancel"),
    )
    found = plain_lines(path, *typed)
    seen = {"wombat trial", "fever is there", "cough 0", READER.casefold(), "annotation a1 marked"}
    assert told(found, seen).keys() == seen
    assert any(f"As {REDACTION_MARK * 10}, I say" in line for line in found)
    assert (
        told([line for line in found if "biomistral” was" not in line], SECRETS | AT_THE_COMMIT | {"biomistral"}) == {}
    )
    found = plain_lines(path, "commit", "1", "1", "y", "key", "reasoning", "a", "b", "marks", "status", "cases")
    assert "Committed: 1 of 3 cases." in found
    assert told(found, {"explained-by-numbat", "reason-of-numbat"}).keys() == {
        "explained-by-numbat",
        "reason-of-numbat",
    }
    assert told(found, SECRETS | {"biomistral"}) == {}
    assert told(plain_lines(path, "a", "b", "status", "cases", "help"), SECRETS | AT_THE_COMMIT) == {}


async def test_the_looking_finds_what_is_planted(study_path: Path) -> None:
    heard = Heard()
    async with app_for(study_path).run_test(size=(100, 30), message_hook=heard) as pilot:
        await pilot.pause()
        screen = reading(pilot)
        notice = screen.query(Static).first()

        def plant(name: str, value: object) -> dict[str, str]:
            setattr(notice, name, value)
            found = told(on_the_screens(pilot), SECRETS)
            delattr(notice, name)
            return found

        assert plant("hidden", {"deep": [("by Zorblatt",)]})
        assert plant("hidden", "7131314 parameters")
        assert not plant("hidden", "5435802101713131444")
        arms = ARMS
        assert plant("hidden", lambda: arms)
        with StudyFile.open(study_path, device="d", read_only=True) as study:
            assert plant("hidden", study.arms())
        assert told(on_the_screens(pilot), SECRETS) == {}
        notice.tooltip = "Quixmed"
        assert told(on_the_screens(pilot), SECRETS)
        notice.tooltip = None
        screen.notify("zorbrole")
        assert told(on_the_screens(pilot), SECRETS)


def everything_in(path: Path) -> list[str]:
    """Return every value of every table, and the bytes of the file, free pages among them."""
    raw = path.read_bytes()
    found = [raw.decode("latin-1"), raw.decode("utf-16-le", "replace"), raw.decode("utf-16-be", "replace")]
    connection = sqlite3.connect(path)
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        found += [str(value) for row in connection.execute(f"SELECT * FROM {table}") for value in row]
    connection.close()
    return found


def commit_all(path: Path) -> None:
    with StudyFile.open(path, device="laptop") as study:
        session = ReadingSession(study, READER)
        for number in range(3):
            session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
            session.commit()
            if number < 2:
                session.next_open()
        session.leave()


@pytest.mark.parametrize("when", ["before", "after"])
def test_nothing_that_a_reader_is_given_tells_a_model(study_path: Path, tmp_path: Path, invoke: Any, when: str) -> None:
    own = tmp_path / "own.doubleread"
    assert invoke("split", study_path, "--reader", READER, "--out", own).code == 0
    if when == "after":
        commit_all(own)
    outputs: list[str] = []
    for command in (
        ("log", own),
        ("log", own, "--json"),
        ("verify", own),
        ("verify", own, "--json"),
        ("results", own),
        ("results", own, "--json"),
        ("report", own, "--out", tmp_path / "report.html"),
        ("export", own, "--format", "jsonl", "--out", tmp_path / "exported"),
        ("backup", own, "--out", tmp_path / "copy.doubleread"),
        ("protocol", "show", own),
        ("readers", "list", own),
    ):
        done = invoke(*command)
        outputs += [done.out, done.err]
    with StudyFile.open(own, device="laptop") as study:
        outputs += receipt(study, 0).lines()
    outputs += everything_in(own)
    outputs += everything_in(tmp_path / "copy.doubleread")
    assert not (tmp_path / "report.html").exists()
    assert not (tmp_path / "exported").exists()
    assert told(outputs, {"wombat trial", "case-0"})
    assert told(outputs, SECRETS) == {}
    # What an answer says itself stands in the file as it was written, and in nothing that is printed.
    assert told(outputs[:22], {"biomistral"}) == {}


def test_the_log_of_the_whole_study_names_no_model(study_path: Path, invoke: Any) -> None:
    commit_all(study_path)
    assert told([invoke("log", study_path).out, invoke("log", study_path, "--json").out], SECRETS) == {}


POINTS = {"731731", "tag-of-numbat", "ideal-numbat"}
"""The points and tags of criteria and the ideal answer: not before the commit."""


@pytest.fixture
def rubric_path(tmp_path: Path) -> Path:
    criteria = (
        Criterion("c1", "Names pneumonia.", 731731, ("tag-of-numbat",)),
        Criterion("c2", "Prescribes morphine.", -731731, ("tag-of-numbat",)),
    )
    cases = [
        Case(f"case-{number}", "rubric", "I cough.", "Write the next reply.", key="ideal-numbat", criteria=criteria)
        for number in range(2)
    ]
    return made(tmp_path / "rubric.doubleread", cases)


async def test_criteria_tell_neither_a_model_nor_their_points(rubric_path: Path, invoke: Any) -> None:
    heard = Heard()
    found: set[str] = set()
    async with app_for(rubric_path).run_test(size=(140, 44), message_hook=heard, notifications=True) as pilot:
        # Each answer's first sentence becomes evidence; in one, the model names its family.
        for keys in (("f3", "s", "1"), ("2", "s", "1"), ("[", "J", "]"), ("2", "question_mark"), ("escape", "f2", "c")):
            await pilot.press(*keys)
            await pilot.pause()
            found |= on_the_screens(pilot) | set(shown_text(pilot).splitlines())
        await pilot.press("escape", "j", "f3", "1", "f4", "2", "6", "c")
        await pilot.pause()
        found |= on_the_screens(pilot) | set(shown_text(pilot).splitlines()) | heard.strings
        assert told(found, {"names pneumonia", "criteria met"}).keys() == {"names pneumonia", "criteria met"}
        assert any(f"As {REDACTION_MARK * 10}, I say" in string for string in found)
        assert told(found, SECRETS | POINTS | {"biomistral"}) == {}
        await pilot.press("enter", "j")
        await pilot.pause()
        assert reading(pilot).committed
        found = on_the_screens(pilot) | set(shown_text(pilot).splitlines())
        assert told(found, POINTS).keys() == POINTS
        assert told(found, SECRETS | {"biomistral"}) == {}
    printed = [invoke("log", rubric_path).out, invoke("log", rubric_path, "--json").out]
    assert told(printed, {"judged criterion c1 of a met"})
    assert told(printed, SECRETS | {"biomistral"}) == {}
    assert invoke("export", rubric_path, "--format", "jsonl", "--out", rubric_path.parent / "out").code == 0
    exported = (rubric_path.parent / "out" / "criteria.jsonl").read_text("utf-8").splitlines()
    assert len(exported) == 4
    assert any(REDACTION_MARK * 10 in line for line in exported)
    assert told(exported, SECRETS | {"biomistral"}) == {}
