"""Whatever is typed, whatever the texts are: no traceback, no control characters, and the study verifies."""

from __future__ import annotations

import dataclasses
import io
import os
import random
import re
from pathlib import Path

import pytest

from doubleread.domain.case import Criterion, Document
from doubleread.domain.display import display_text
from doubleread.domain.ordinal_scales import CONFIDENCE
from doubleread.domain.study import Protocol
from doubleread.plain.commands import COMMANDS, GROUPS, explained, meant_by, nearest
from doubleread.plain.reading import PlainReading
from doubleread.plain.terminal import Terminal
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from hostile import MARK, hostile_strings
from plain.playing import Lines, play
from tui.studies import ARMS, CASES, READER, TEXTS, make_study

STEPS = int(os.environ.get("DOUBLEREAD_TEST_STEPS", "300"))
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
WORDS = (
    *("A", "B", "A1", "B2", "A1-2", "C1", "D1.1", "1", "2", "3", "99", "both", "tie", "none", "clear", "yes", "no"),
    *("fabrication", "neg", "major", "i", "minor", "met", "supported", "incorrect", "correct", "partly", "5", "0"),
    *('"the"', '"chest pain"', '"a"', '"', "start", "end", "earlier", "later", "supports", "contradicts", "bias"),
    *("severity", "basis", "confidence", "accurate", "cancel", "", "\x1b[31m", "x" * 300, "open", "commit", "y"),
)


def whole(tmp_path: Path) -> Path:
    """A study that asks for everything: axes, scales, sentences, criteria, documents."""
    rubric = dataclasses.replace(
        CASES[1],
        id="c04",
        kind="rubric",
        key="",
        accept=(),
        criteria=(Criterion("r1", "Names the rub.", 5), Criterion("r2", "Harms.", -3)),
    )
    cases = (
        dataclasses.replace(CASES[0], documents=(Document("d1", "No rub.\nNo fever.", "Notes"),)),
        *CASES[1:],
        rubric,
    )
    texts = {**TEXTS, **{("c04", arm.id): "A rub. The chest pain is gone." for arm in ARMS}}
    protocol = Protocol(
        sentences="offered", confidence=True, answer_scales=("pdsqi-9",), blinding_assessment="end", reveal_names=True
    )
    assert CONFIDENCE in protocol.scales
    ids = [case.id for case in cases]
    return make_study(tmp_path / "whole.doubleread", cases=cases, answered=ids, texts=texts, protocol=protocol)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_commands_leave_a_study_that_verifies(tmp_path: Path, seed: int) -> None:
    path, dice = whole(tmp_path), random.Random(seed)
    words = [
        word for command in COMMANDS for word in (command.name, command.letter) if word not in ("quit", "wait", "")
    ]
    examples = [example for command in COMMANDS for example in command.examples]
    typed = ["mark A1 neg maj", "undo", "redo", "verdict B correct", "qqq", "mark A2", "cancel"]
    while len(typed) < STEPS:
        line = " ".join(dice.choices(WORDS, k=dice.randrange(5)))
        typed.append(dice.choice((f"{line} x", f"{dice.choice(words)} {line}", dice.choice(examples))))
        # The answers to what may be asked.
        typed += [answer for answer in ("1", "2", "cancel") if dice.random() < 0.5]
    terminal_out = io.StringIO()

    def check(number: int) -> None:
        if number % 50 == 0:
            assert verify(path).ok, typed[:number]

    with StudyFile.open(path, device="d") as study:
        session = ReadingSession(study, READER)
        assert PlainReading(session, Terminal(Lines(typed, check), terminal_out)).run() == 0
    out = terminal_out.getvalue()
    assert verify(path).ok
    assert not UNSAFE.search(out)
    assert len(out.splitlines()) > STEPS
    # The dice reached most of what there is.
    for found in ("Annotation A1 marked", "Undone: ", "Answer B: ", "is not a command", "Cancelled."):
        assert found in out, found


def test_hostile_texts_are_printed_harmlessly(tmp_path: Path) -> None:
    strings = hostile_strings(60)
    cases = [
        dataclasses.replace(CASES[0], id=f"h{number}", title=words[:80], text=f"Fever. {words}", question=words)
        for number, words in enumerate(strings)
    ]
    texts = {
        (case.id, arm.id): f"{words}\nThe end." for case, words in zip(cases, strings, strict=True) for arm in ARMS
    }
    path = make_study(tmp_path / "hostile.doubleread", cases=cases, answered=[case.id for case in cases], texts=texts)
    each = ("a", "b", 'mark A "end" neg maj', "mark A1 fab min", "note 2 \x1b[31m[b]x", "marks", "find fever", "next")
    out = play(path, *each * len(cases), "cases").out
    assert not UNSAFE.search(out)
    assert f"\x1b[{MARK}" not in out
    assert verify(path).ok
    assert "“[b]x" not in out
    assert display_text("\x1b[31m[b]x") in out


def test_every_command_is_explained_and_has_its_method(tmp_path: Path) -> None:
    with StudyFile.open(make_study(tmp_path / "study.doubleread"), device="d") as study:
        reading = PlainReading(ReadingSession(study, READER), Terminal(Lines([]), io.StringIO()))
        for command in COMMANDS:
            controller, _, method = command.call.partition(".")
            assert callable(getattr(getattr(reading, controller), method)), command
            assert command.about.endswith(".")
            assert command.group in GROUPS
            assert explained(command)[0] == f"{command.heading}: {command.about}"
            for example in command.examples:
                assert meant_by(example.split()[0]) == [command], example
    words = [word for command in COMMANDS for word in (command.name, command.letter) if word]
    assert len(words) == len(set(words))


def test_help_lists_and_explains(tmp_path: Path) -> None:
    out = play(make_study(tmp_path / "study.doubleread"), "help", "help mark", "? m", "help marrk", "help zzz").lines
    assert "mark or m: Annotate a sentence of an answer, or words of it." in out
    assert out.count('Type: mark SENTENCE or "WORDS" [CATEGORY] [SEVERITY]') == 2
    assert "“marrk” is not a command. Did you mean mark?" in out
    assert "“zzz” is not a command." in out


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("MARK", ["mark"]),
        ("m", ["mark"]),
        ("prev", ["previous"]),
        ("exit", ["quit"]),
        ("cr", ["criteria", "criterion"]),
        ("opt", ["options"]),
        ("z", []),
    ],
)
def test_words_mean_commands(word: str, names: list[str]) -> None:
    assert [command.name for command in meant_by(word)] == names


def test_the_nearest_command_is_similar() -> None:
    assert [found and found.name for found in map(nearest, ("vredict", "comit", "qqqq"))] == ["verdict", "commit", None]
