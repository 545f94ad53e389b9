"""A study from its first reading to its exports: two readers, twelve cases, an adjudicator, all by keys."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cli.conftest import Invoke
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.tui.reading.blinding_assessment import BlindingAssessmentDialog
from outline_rows import row_of
from tui.driving import reading, rows, shown_text, until
from tui.studies import ARMS, CASES, NAMES, TEXTS, OneStudyLibrary, make_app, make_study
from tui.test_adjudication import adjudicating

READERS = ("R-01", "R-02")
ADJUDICATOR = "S-01"
GOOD, BAD = (arm.id for arm in ARMS)
COUNT = 12


def twelve() -> tuple[tuple[Case, ...], dict[tuple[str, str], str]]:
    """Twelve cases, each like one of the three, and their answers."""
    cases = tuple(replace(CASES[number % 3], id=f"c{number + 1:02}") for number in range(COUNT))
    texts = {(case.id, arm): TEXTS[CASES[n % 3].id, arm] for n, case in enumerate(cases) for arm in (GOOD, BAD)}
    return cases, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    cases, texts = twelve()
    protocol = Protocol(title="The whole of it", sentences="required")
    path = make_study(
        tmp_path / "whole.doubleread",
        answered=[case.id for case in cases],
        texts=texts,
        cases=cases,
        protocol=protocol,
    )
    with StudyFile.open(path, device="d") as study:
        for name in (*READERS, ADJUDICATOR):
            study.readers.register(name)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")
    return path


async def read_case(pilot: Pilot[None], *, first: bool) -> None:
    """Judge a case by keys. The first reader marks the worse answer's first sentence, the second its second one."""
    screen = reading(pilot)
    held = screen.session.reading
    assert held is not None
    case_id = screen.session.case.id
    good, bad = (held.side_of(f"{case_id}/{arm}") for arm in (GOOD, BAD))
    panes = {"A": "f3", "B": "f4"}
    for side, judgement in ((good, "1"), (bad, "3")):
        await pilot.press(panes[side], "a")
        await pilot.press(*[judgement] * len(screen.session.answers()[side].sentences))
        await pilot.press("a")
    await pilot.press(panes[bad], "ctrl+home")
    await pilot.press(
        *(("s",) if first else ("s", "s")), "m", "f" if first else "n", "m" if first else "i", "3", panes[good], "1"
    )
    await pilot.press({"A": "6", "B": "7"}[good] if first else "8")
    await pilot.press("c")
    for _ in range(3):
        # The first reader's sentences contradict the annotations; a tie contradicts the second reader's verdicts.
        await pilot.pause()
        if screen.session.reading is not None and not screen.session.reading.committed:
            await pilot.press("enter")
    await pilot.pause()
    assert screen.session.reading is not None
    assert screen.session.reading.committed, shown_text(pilot)


async def read_all(path: Path, reader_id: str, *, first: bool, size: tuple[int, int]) -> None:
    async with make_app(OneStudyLibrary(path), reader=reader_id).run_test(size=size) as pilot:
        await until(pilot, lambda: reading(pilot).ready)
        seen = shown_text(pilot)
        for number in range(COUNT):
            assert not any(name in seen for name in NAMES)
            await read_case(pilot, first=first)
            seen = shown_text(pilot)
            if number + 1 < COUNT:
                await pilot.press("N")
                await pilot.pause()
        await until(pilot, lambda: isinstance(pilot.app.screen, BlindingAssessmentDialog))
        while isinstance(pilot.app.screen, BlindingAssessmentDialog):
            await pilot.press("a")
            await pilot.pause()


async def adjudicate_all(path: Path) -> None:
    async with make_app(OneStudyLibrary(path), adjudicator=ADJUDICATOR).run_test(size=(120, 40)) as pilot:
        screen = adjudicating(pilot)
        await pilot.pause()
        for _ in range(COUNT):
            while screen.session.missing_for_commit():
                await pilot.press("1")
                await pilot.pause()
            await pilot.press("c", "enter")
            await pilot.pause()
        assert not any(name in shown_text(pilot) for name in (*NAMES, *READERS))
        assert all(case.committed for case in screen.session.case_list())


async def test_two_readers_twelve_cases_and_an_adjudicator(path: Path, invoke: Invoke, tmp_path: Path) -> None:
    await read_all(path, READERS[0], first=True, size=(120, 40))
    assert not invoke("results", path, "--json").json["blindness"]["named"], "the other reader has not begun"
    await read_all(path, READERS[1], first=False, size=(80, 24))
    assert verify(path).ok
    committed = Counter(
        row["reader_id"] for row in rows(path, "SELECT reader_id FROM readings WHERE committed_at <> ''")
    )
    assert committed == dict.fromkeys(READERS, COUNT)
    judged = rows(path, "SELECT judgement, answer_id FROM sentences")
    assert {(row["judgement"], row["answer_id"].partition("/")[2]) for row in judged} == {
        ("supported", GOOD),
        ("incorrect", BAD),
    }
    assert len(rows(path, "SELECT id FROM blinding_assessments")) == 2 * 8

    listed = invoke("adjudicate", path, "--list", "--json").json
    assert len(listed["cases"]) == COUNT
    await adjudicate_all(path)
    assert verify(path).ok
    raw = rows(path, "SELECT id FROM annotations WHERE retracted_at IS NULL")
    assert len(raw) == 2 * COUNT
    assert {
        row["answer_id"].partition("/")[2] for row in rows(path, "SELECT answer_id FROM adjudicated_annotations")
    } == {BAD}

    found = invoke("results", path, "--json").json
    assert found["blindness"]["named"]
    assert {arm["name"] for arm in found["arms"]} == set(NAMES)
    assert row_of(found, "adjudicated", "annotations-per-answer")["first"]["n"] == COUNT
    marked = row_of(found, "hallucinations", "annotations")
    counts = dict(zip([arm["name"] for arm in found["arms"]], (marked["first"], marked["second"]), strict=True))
    assert {name: count["count"] for name, count in counts.items()} == {NAMES[0]: 0, NAMES[1]: 2 * COUNT}

    out = tmp_path / "export"
    assert invoke("export", path, "--format", "jsonl", "--out", out).code == 0
    texts = {(case, arm): text for (case, arm), text in twelve()[1].items()}
    for name in ("annotations", "adjudicated_annotations"):
        for line in (out / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            assert texts[record["case_id"], record["arm_id"]][record["start"] : record["end"]] == record["quote"]
    assert len((out / "sentences.jsonl").read_text(encoding="utf-8").splitlines()) == len(judged)
    page = tmp_path / "report.html"
    assert invoke("report", path, "--out", page).code == 0
    assert "Quokkamed-9B" in page.read_text(encoding="utf-8")
