"""Line by line: training with its feedback and results, the reader's background, and the summary at the end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from doubleread.domain.background import Background
from doubleread.plain.start import run
from doubleread.plain.terminal import Terminal
from doubleread.store import StudyFile
from plain.playing import play, said
from training_study import GOOD, READER, make_training_study
from tui.driving import rows
from tui.studies import OneStudyLibrary, commit_readings, make_study


class Typist(io.StringIO):
    """Types what a generator yields, which can look at what was printed."""

    def __init__(self, typed: Iterator[str]) -> None:
        super().__init__()
        self._typed = typed

    def readline(self, size: int | None = -1) -> str:
        return next((f"{line}\n" for line in self._typed), "")


def test_a_reader_is_trained_and_then_reads_the_study(tmp_path: Path) -> None:
    path = tmp_path / "s.doubleread"
    make_training_study(path).close()
    out = io.StringIO()

    def judged(*, well: bool) -> Iterator[str]:
        yield "a"
        good, bad = ("A", "B") if out.getvalue().splitlines()[-1] == f"A1 {GOOD}" else ("B", "A")
        if well:
            yield f'mark {bad} "invents a fever" fabrication major'
        yield f"verdict {good} {'correct' if well else 'incorrect'}"
        yield f"verdict {bad} {'incorrect' if well else 'correct'}"
        yield f"prefer {good if well else bad}"
        yield "feedback"
        yield "commit"
        if not well:
            yield "1"
        yield "y"

    def typed() -> Iterator[str]:
        yield from judged(well=False)
        yield "feedback"
        yield "open"
        yield from judged(well=True)
        yield "stay"
        yield "open"
        yield "repeat these cases"
        yield from judged(well=True)
        yield "read the study's cases"
        yield "status"
        yield "quit"

    terminal = Terminal(Typist(typed()), out)
    assert run(OneStudyLibrary(path), start=path, reader=READER, terminal=terminal) == 0
    words = out.getvalue()
    assert "Training.\n" in words
    assert "Before the cases of the study, you read training cases." in words
    assert "Feedback is given after the commit." in words
    assert words.count("the reference says correct") == 2
    assert words.count("Training not passed yet.\nYour training score is 50.0%; the threshold is 80.0%.\n") == 2
    assert "Training passed." in words
    assert "Tell your study lead." not in words
    # Then the study is opened again, for its own cases, one of which is a hidden repeat.
    assert "5 cases, 0 committed." in words.partition("Training passed.")[2]
    with StudyFile.open(path, device="d") as study:
        assert READER in study.training.qualified()


def test_the_background_is_asked_once_and_stored(tmp_path: Path) -> None:
    path = tmp_path / "s.doubleread"
    make_training_study(path, plan=None, training=0, protocol={"background": True}).close()
    asked = "State your background now?"
    assert asked in play(path, "later").lines
    out = play(
        path, "1", "cardiology", "nurse", "many", "background", "skip", "2", "7", "skip", "Chad", "skip", "no"
    ).lines
    assert "“many” is not a number of years. Nothing was stored." in out
    assert "Stored: physician in training, 7 years, Chad, evaluated models before: no." in out
    assert asked not in play(path).lines
    with StudyFile.open(path, device="d") as study:
        stored = study.background_of(READER)
    assert stored == Background(
        profession="physician in training", years=7, country="Chad", evaluated_models_before="no"
    )


def test_the_last_commit_is_followed_by_the_summary(tmp_path: Path) -> None:
    path = make_study(tmp_path / "study.doubleread")
    commit_readings(path, cases=2)
    out = said(path, "verdict A correct", "verdict B incorrect", "prefer A", "commit", "1", "next", "summary")
    assert out.count("All cases are committed. Thank you.") == 2
    assert out.count("You have read all your cases. Tell your study lead.") == 3
    assert "Cases: 3 of 3 committed" in out
    assert any(line.startswith("Receipt: ") for line in out)
    assert rows(path, "SELECT count(*) AS n FROM readings WHERE committed_at IS NOT NULL") == [{"n": 3}]
