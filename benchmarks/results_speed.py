"""All results, and the whole report, of a study file of 10,000 cases, two readers and 100,000 findings.

The file's tables are filled at once, without the log, which results do not read: making it event by event takes
minutes and is what other benchmarks measure.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.studies import SENTENCE, WHEN
from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.domain.labels import CREOLA, VERDICTS
from doubleread.domain.model import Model
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.reports.page import report_page
from doubleread.sessions.appendix import shown_cases
from doubleread.sessions.conduct import conduct
from doubleread.sessions.results import results
from doubleread.store import StudyFile

CASES, FINDINGS, READERS, SPECIALTIES = 10_000, 100_000, ("R-01", "R-02"), 20
MODELS = (Model("one", "One", "1" * 64), Model("two", "Two", "2" * 64))
TEXTS = tuple(SENTENCE * times for times in (2, 3, 4, 5))
CATEGORIES = [label.name for label in CREOLA.categories]
SEVERITIES = [label.name for label in CREOLA.severities]


def run() -> list[Figure]:
    """Fill a file, count everything once, write the report once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.doubleread"
        _make(path, random.Random(7))
        with StudyFile.open(path, device="bench") as study:
            started = time.perf_counter()
            found = results(study)
            counted = time.perf_counter() - started
            marked = sum(model.findings.findings for model in found.models)
            started = time.perf_counter()
            pieces = report_page(found, conduct(study, found), shown_cases(study, found), WHEN)
            size = sum(len(piece) for piece in pieces)
            written = time.perf_counter() - started
    return [
        Figure(f"results of {CASES:,} cases and {marked:,} findings", counted, "s", 20.0),
        Figure(f"their report with every case, {size / 1e6:.0f} MB", written, "s"),
    ]


def _make(path: Path, chance: random.Random) -> None:
    cases = [
        Case(
            f"c-{number:05}",
            "choice",
            SENTENCE,
            "What is it?",
            "A",
            {"A": "Pericarditis", "B": "Angina"},
            tags=(f"specialty {number % SPECIALTIES}",),
        )
        for number in range(CASES)
    ]
    StudyFile.create(path, cases=cases, models=MODELS, protocol=Protocol(title="Large"), device="bench").close()
    with closing(sqlite3.connect(path)) as db, db:
        for reader in READERS:
            db.execute("INSERT INTO readers VALUES (?, ?)", [reader, WHEN])
        for case in cases:
            _fill(db, case.id, chance)


def _fill(db: sqlite3.Connection, case_id: str, chance: random.Random) -> None:
    answers = {}
    for model in MODELS:
        answer_id = f"{case_id}/{model.id}"
        answers[answer_id] = text = chance.choice(TEXTS)
        db.execute(
            "INSERT INTO answers"
            " (id, case_id, model_id, text, sha256, started_at, finished_at, finish_reason, manifest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'stop', '{}')",
            [answer_id, case_id, model.id, text, text_sha256(text), WHEN, WHEN],
        )
        outcome = chance.choice(("correct", "correct", "wrong", "unparsed"))
        db.execute(
            "INSERT INTO scores (answer_id, scorer, version, outcome, reason) VALUES (?, 'choice', '1', ?, '')",
            [answer_id, outcome],
        )
    first, second = answers
    for reader in READERS:
        reading_id = f"{reader} {case_id}"
        verdicts = {answer: chance.choice(VERDICTS).name for answer in answers}
        preferred = chance.choice((first, second, None))
        db.execute(
            "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, '{}', ?, '{}', '{}', 0, 60.0, '[]', ?, '', ?, ?, ?)",
            [
                reading_id,
                case_id,
                reader,
                first,
                second,
                "tie" if preferred is None else "A",
                preferred,
                json.dumps(verdicts),
                CREOLA.name,
                WHEN,
                WHEN,
                WHEN,
            ],
        )
        db.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, 'A', 'answer', ?, ?, ?, ?, ?, NULL, NULL, NULL, '', NULL, NULL,"
            " NULL, ?, NULL)",
            _findings(reading_id, case_id, answers, chance),
        )


def _findings(
    reading_id: str, case_id: str, answers: dict[str, str], chance: random.Random
) -> Iterator[tuple[object, ...]]:
    each = FINDINGS // (CASES * len(READERS))
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
            start,
            end,
            answers[answer_id][start:end],
            chance.choice(CATEGORIES),
            chance.choice(SEVERITIES),
            WHEN,
        )
