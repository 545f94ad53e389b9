"""The passages that a model was given, beside its answer, and links to them; and who may see them when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import OptionList

from doubleread.domain.blinding import Side
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol, ShowPassages
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.tui.reading.passages import PassagesDialog
from tui.driving import annotations, notices, reading, rows
from tui.studies import READER, OneStudyLibrary, arm_on, make_app, make_study

TEXTS = (
    "Pericarditis causes a rub. PR depression is typical.\nPain is relieved by leaning forward 🫀.",
    "Infarction causes pressing pain.",
)
PASSAGES = tuple(
    RetrievedPassage(rank, f"heart-{rank}.pdf", "The heart", 0, len(text), text, 1.0, page=rank)
    for rank, text in enumerate(TEXTS, start=1)
)
ENTRY = {"retrieval": manifest_entry(Retrieval("/c/heart.corpus", name="heart", corpus_sha256="c" * 64), PASSAGES)}


def study(folder: Path, show: ShowPassages = "after") -> Path:
    """A study in which the answer on side A of the first case was given two passages."""
    protocol = Protocol(title="Chest and more", show_passages=show)
    manifests = {("c01", arm_on("A")): ENTRY}
    return make_study(folder / "trial.doubleread", protocol=protocol, manifests=manifests)


def session(path: Path) -> ReadingSession:
    return ReadingSession(StudyFile.open(path, device="d"), READER)


def seen(reader: ReadingSession) -> dict[Side, int]:
    return {side: len(passages) for side, passages in reader.passages().items()}


def commit(reader: ReadingSession) -> None:
    reader.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
    reader.commit()


@pytest.mark.parametrize(
    ("show", "before", "after"),
    [("after", {}, {"A": 2, "B": 0}), ("blind", {"A": 2, "B": 0}, {"A": 2, "B": 0}), ("never", {}, {})],
)
def test_the_protocol_says_when_passages_are_shown(tmp_path, show, before, after):
    reader = session(study(tmp_path, show))
    reader.answers()
    assert seen(reader) == before
    commit(reader)
    assert seen(reader) == after
    reader.goto("c02")
    reader.answers()
    assert seen(reader) == {}


@pytest.mark.parametrize("show", ["after", "blind", "never"])
def test_a_readers_own_file_has_only_passages_that_are_shown_while_reading(tmp_path, show):
    path, own = study(tmp_path, show), tmp_path / "own.doubleread"
    with StudyFile.open(path, device="d") as opened:
        opened.readers.register(READER)
        split(opened, READER, own)
    manifests = [json.loads(row["manifest"]) for row in rows(own, "SELECT manifest FROM answers")]
    kept = [manifest for manifest in manifests if manifest]
    assert b"heart.corpus" not in own.read_bytes()
    if show != "blind":
        assert kept == []
        return
    (manifest,) = kept
    assert manifest == {"retrieval": {"passages": [passage.as_record() for passage in PASSAGES]}}
    reader = session(own)
    reader.answers()
    side = next(side for side, passages in reader.passages().items() if passages)
    marked = reader.mark(side, "answer", reader.answers()[side].sentences[0], "fabrication", "minor")
    reader.link(marked.id, _span(TEXTS[0], "a rub"), "supports", source=PASSAGES[0].source, text=TEXTS[0])
    commit(reader)
    reader.leave()
    assert verify(own).ok
    with StudyFile.open(path, device="d") as opened:
        merge(opened, [own])
    (row,) = annotations(path)
    assert (row["passage_quote"], row["passage_relation"]) == ("a rub", "supports")
    assert verify(path).ok


def test_links_made_before_a_readers_own_file_was_split_off_are_no_fault_there(tmp_path):
    path, own = study(tmp_path), tmp_path / "own.doubleread"
    reader = session(path)
    reader.answers()
    marked = reader.mark("A", "answer", reader.answers()["A"].sentences[0], "fabrication", "minor")
    commit(reader)
    span = _span(TEXTS[0], "a rub")
    reader.link(marked.id, span, source=PASSAGES[0].source, text=TEXTS[0], reason="seen now")
    reader.leave()
    with StudyFile.open(path, device="d") as opened:
        split(opened, READER, own)
    assert verify(own).ok


def _span(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


async def test_passages_are_read_and_linked_by_keys_at_80_by_24(tmp_path):
    path = study(tmp_path, "blind")
    async with make_app(OneStudyLibrary(path)).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m", "P")
        await pilot.pause()
        dialog = pilot.app.screen
        assert isinstance(dialog, PassagesDialog)
        listed = dialog.query_one(OptionList)
        lines = [str(listed.get_option_at_index(place).prompt) for place in range(listed.option_count)]
        assert lines[:3] == ["[1] The heart, page 1", "Pericarditis causes a rub.", "PR depression is typical."]
        assert lines[-2:] == ["[2] The heart, page 2", "Infarction causes pressing pain."]
        assert listed.region.height == len(lines) == 6
        await pilot.press("down", "E")
        await pilot.pause()
        (row,) = annotations(path)
        assert (row["passage_quote"], row["passage_relation"]) == ("PR depression is typical.", "supports")
        assert row["passage_source"] == PASSAGES[0].source
        assert screen.marking.listed[0].annotation.passage.retrieved
        await pilot.press("P", "tab")
        await pilot.pause()
        listed = pilot.app.screen.query_one(OptionList)
        assert str(listed.get_option_at_index(0).prompt) == "no passages"
        await pilot.press("escape")
        assert pilot.app.screen is screen
    assert verify(path).ok


async def test_without_an_annotation_nothing_is_linked(tmp_path):
    path = study(tmp_path, "blind")
    async with make_app(OneStudyLibrary(path)).run_test(size=(112, 26)) as pilot:
        await pilot.press("P", "l")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PassagesDialog)
        assert any("Choose an annotation" in notice.message for notice in notices(pilot))
        assert annotations(path) == []


async def test_before_the_commit_the_key_does_nothing(tmp_path):
    async with make_app(OneStudyLibrary(study(tmp_path))).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("P")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert not screen.situation().passages


async def test_words_of_the_case_can_support_an_annotation(tmp_path):
    path = make_study(tmp_path / "trial.doubleread")
    async with make_app(OneStudyLibrary(path)).run_test(size=(112, 26)) as pilot:
        await pilot.press("f3", "ctrl+end", "s", "m", "n", "m", "f2", "s", "E")
        await pilot.pause()
        (row,) = annotations(path)
        assert (row["passage_source"], row["passage_relation"]) == ("case", "supports")
