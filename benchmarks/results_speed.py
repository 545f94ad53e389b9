"""All results, the results screen, and the whole report of a study of 10,000 cases, two readers and 100,000
annotations.

One case in twenty came to each reader twice. While the screen counts, a task on its event loop wakes every 20 ms: what
it is late by is what a key would wait.

The file's tables are filled at once, without the log, which results do not read: making it event by event takes
minutes and is what other benchmarks measure.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from textual.app import App

from benchmarks.measurements import Measurement, summary
from benchmarks.studies import SENTENCE, WHEN
from doubleread.config import Settings
from doubleread.domain.arm import Arm
from doubleread.domain.axes import MED_PALM
from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.domain.labels import CREOLA, VERDICTS
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.reports.page import report_page
from doubleread.results import results
from doubleread.results.study_methods import study_methods
from doubleread.results.view import ResultsSession
from doubleread.store import StudyFile
from doubleread.tui.results.screen import ResultsScreen

CASES, ANNOTATIONS, READERS, SPECIALTIES = 10_000, 100_000, ("R-01", "R-02"), 20
REPEATED = 20
BEAT = 0.02
ARMS = (Arm("one", "One"), Arm("two", "Two"))
TEXTS = tuple(SENTENCE * times for times in (2, 3, 4, 5))
CATEGORIES = [label.name for label in CREOLA.categories]
SEVERITIES = [label.name for label in CREOLA.severities]


def run() -> list[Measurement]:
    """Fill a file, count everything once, write the report once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.doubleread"
        fill_study(path, random.Random(7), CASES, ANNOTATIONS // (CASES * len(READERS)))
        with StudyFile.open(path, device="bench") as study:
            started = time.perf_counter()
            found = results(study)
            counted = time.perf_counter() - started
            marked = sum(arm.annotations.annotations for arm in found.arms)
            started = time.perf_counter()
            pieces = report_page(found, study_methods(study, found), case_details(study, blinding_of(study)), WHEN)
            size = sum(len(piece) for piece in pieces)
            written = time.perf_counter() - started
        shown, waits = asyncio.run(_screen(path))
    return [
        Measurement(f"results of {CASES:,} cases and {marked:,} annotations", counted, "s", 20.0),
        Measurement("results screen of them, until the first measurements", shown, "s", 10.0),
        *summary("a key's wait while it counts", [1000 * wait for wait in waits], "ms", None, 100.0),
        Measurement("the longest of these waits", 1000 * max(waits), "ms", None, len(waits)),
        Measurement(f"their report with every case, {size / 1e6:.0f} MB", written, "s"),
    ]


class _Host(App[None]):
    """Shows the results of one study and nothing else."""

    def __init__(self, screen: ResultsScreen) -> None:
        super().__init__()
        self.results = screen

    def on_mount(self) -> None:
        """Open the screen."""
        self.push_screen(self.results)


async def _screen(path: Path) -> tuple[float, list[float]]:
    """Return the seconds from the opening of the screen to its first results, and how late the loop woke meanwhile."""
    session = ResultsSession(StudyFile.open(path, device="bench", read_only=True))
    screen = ResultsScreen(session, Settings())
    waits: list[float] = []
    started = time.perf_counter()
    async with _Host(screen).run_test(size=(120, 40)):
        while screen.view is None:
            before = time.perf_counter()
            await asyncio.sleep(BEAT)
            waits.append(time.perf_counter() - before - BEAT)
        return time.perf_counter() - started, waits


def fill_study(path: Path, chance: random.Random, count: int, annotations: int, id_prefix: str = "c") -> None:
    """Make a study of `count` cases that two readers have read, each with about so many annotations in a reading."""
    cases = [
        Case(
            f"{id_prefix}-{number:05}",
            "choice",
            SENTENCE,
            "What is it?",
            "A",
            {"A": "Pericarditis", "B": "Angina"},
            tags=(f"specialty {number % SPECIALTIES}",),
        )
        for number in range(count)
    ]
    protocol = Protocol(title="Large", axes=MED_PALM, repeat_proportion=1 / REPEATED)
    StudyFile.create(path, cases=cases, arms=ARMS, protocol=protocol, device="bench").close()
    with closing(sqlite3.connect(path)) as db, db:
        for reader in READERS:
            db.execute("INSERT INTO readers (id, registered_at) VALUES (?, ?)", [reader, WHEN])
        for number, case in enumerate(cases):
            _fill(db, case.id, number, annotations, chance)


def _fill(db: sqlite3.Connection, case_id: str, number: int, annotations: int, chance: random.Random) -> None:
    answers = {}
    for arm in ARMS:
        answer_id = f"{case_id}/{arm.id}"
        answers[answer_id] = text = chance.choice(TEXTS)
        db.execute(
            "INSERT INTO answers"
            " (id, case_id, arm_id, text, sha256, started_at, finished_at, finish_reason, manifest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'stop', '{}')",
            [answer_id, case_id, arm.id, text, text_sha256(text), WHEN, WHEN],
        )
        outcome = chance.choice(("correct", "correct", "incorrect", "unparsed"))
        db.execute(
            "INSERT INTO scores (answer_id, scorer, version, outcome, reason) VALUES (?, 'choice', '1', ?, '')",
            [answer_id, outcome],
        )
    for reader in READERS:
        for repeat in range(1 + (number % REPEATED == 0)):
            _read(db, case_id, answers, reader, repeat, annotations, chance)


def _read(
    db: sqlite3.Connection,
    case_id: str,
    answers: dict[str, str],
    reader: str,
    repeat: int,
    annotations: int,
    chance: random.Random,
) -> None:
    first, second = answers
    preferred = chance.choice((first, second, None))
    protocol_sha256 = db.execute("SELECT value FROM meta WHERE key = 'protocol_sha256'").fetchone()[0]
    reading = {
        "id": f"{reader} {case_id} {repeat}",
        "case_id": case_id,
        "reader_id": reader,
        "answer_a": first,
        "answer_b": second,
        "preference": "tie" if preferred is None else "A",
        "preferred_answer_id": preferred,
        "verdicts": "{}",
        "verdicts_by_answer": json.dumps({answer: chance.choice(VERDICTS).name for answer in answers}),
        "diagnoses": "{}",
        "diagnoses_by_answer": "{}",
        "outside_field": 0,
        "active_seconds": 60.0,
        "corrections": "[]",
        "label_set": CREOLA.name,
        "protocol_sha256": protocol_sha256,
        "opened_at": WHEN,
        "updated_at": WHEN,
        "committed_at": WHEN,
        "repeat": repeat,
        "ratings_by_answer": json.dumps({axis.name: chance.choice((first, second, None)) for axis in MED_PALM}),
    }
    places = ", ".join("?" for _ in reading)
    db.execute(f"INSERT INTO readings ({', '.join(reading)}) VALUES ({places})", list(reading.values()))
    db.executemany(
        'INSERT INTO annotations (id, reading_id, case_id, answer_id, side, label, place, start, "end", quote,'
        " category, severity, note, marked_at) VALUES (?, ?, ?, ?, 'A', ?, 'answer', ?, ?, ?, ?, ?, '', ?)",
        _annotations(str(reading["id"]), case_id, answers, annotations, chance),
    )


def _annotations(
    reading_id: str, case_id: str, answers: dict[str, str], each: int, chance: random.Random
) -> Iterator[tuple[object, ...]]:
    for number in range(chance.choice((each - 1, each, each + 1))):
        answer_id = chance.choice(list(answers))
        places = words(answers[answer_id])
        at = chance.randrange(len(places) - 3)
        start, end = places[at].start, places[at + chance.randint(1, 2)].end
        yield (
            f"{reading_id} {number}",
            reading_id,
            case_id,
            answer_id,
            f"A{number + 1}",
            start,
            end,
            answers[answer_id][start:end],
            chance.choice(CATEGORIES),
            chance.choice(SEVERITIES),
            WHEN,
        )
