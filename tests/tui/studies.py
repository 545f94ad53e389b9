"""One small study with fixed texts, sides and clocks, and a library that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from arms import arm_with_model
from doubleread.config import Settings
from doubleread.domain.answer import Answer
from doubleread.domain.blinding import SIDES, Side, randomised_sides
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.engine.client.protocol import Event
from doubleread.errors import StudyFileError
from doubleread.read_model.case_search import CaseBrowser
from doubleread.results.view import ResultsSession
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.admission import question_before_reading
from doubleread.sessions.library import OpenStudy, StudyEntry
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.readers import adjudicators
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_places import ReadingPlaces
from doubleread.sessions.score_review import ScoreReviewSession
from doubleread.sessions.study_overview import StudyOverview, study_overview
from doubleread.sessions.training import reading_session
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import is_locked, unlock
from doubleread.tui.app import DoublereadApp
from scripted_engine import ScriptedEngine

SECRET = bytes(range(32))
READER = "R-01"
NAMES = ("Zebrafinch-7B", "Quokkamed-9B")
ARMS = (
    arm_with_model(
        "m-zebrafinch", NAMES[0], "a" * 64, "/models/zebrafinch.gguf", "general", {"general.name": "Zebrafinch"}
    ),
    arm_with_model(
        "m-quokkamed", NAMES[1], "b" * 64, "/models/quokkamed.gguf", "biomedical", {"general.name": "Quokkamed"}
    ),
)
CASES = (
    Case(
        id="c01",
        kind="choice",
        text="A 44-year-old electrician comes to the emergency department with pleuritic chest pain that has kept him "
        "awake for two nights. He mentions a recent upper respiratory infection and a long history of smoking.\n\nOn "
        "examination there is a scratching rub at the left sternal edge. The ECG shows widespread ST elevation with "
        "PR depression.",
        question="What is the most likely diagnosis?",
        options={
            "A": "Acute myocardial infarction",
            "B": "Acute pericarditis",
            "C": "Pulmonary embolism",
            "D": "Aortic dissection",
        },
        key="B",
        title="Chest pain in an electrician",
        explanation="A pericardial rub together with widespread ST elevation and PR depression is characteristic of "
        "pericarditis, which often follows a viral infection.",
        tags=("cardiology",),
        source="Written for doubleread; fictional",
    ),
    Case(
        id="c02",
        kind="diagnosis",
        text="A 29-year-old teacher has had weight loss, palpitations and heat intolerance for three months. She has a "
        "fine tremor and a diffuse goitre with a bruit. TSH is below 0.01 mU/L.",
        question="What is the most likely diagnosis?",
        key="Graves disease",
        accept=("Basedow disease",),
        title="A trembling teacher",
        explanation="Diffuse goitre with a bruit and suppressed TSH point to Graves disease.",
        tags=("endocrinology",),
    ),
    Case(
        id="c03",
        kind="choice",
        text="A 71-year-old man has fever, cough and a consolidation of the right lower lobe.",
        question="Which is the most likely cause?",
        options={"A": "Streptococcus pneumoniae", "B": "Influenza"},
        key="A",
        title="Fever and cough",
        tags=("infectious disease",),
    ),
)
TEXTS: dict[tuple[str, str], str] = {
    ("c01", "m-zebrafinch"): "The most likely diagnosis is B. Acute pericarditis.\n\nThe scratching rub at the left "
    "sternal edge and the widespread ST elevation with PR depression support it. A recent upper respiratory infection "
    "often comes before it. The pain is relieved by leaning forward.",
    ("c01", "m-quokkamed"): "The answer is A. Acute myocardial infarction.\n\nThe patient has crushing chest pain that "
    "spreads to the left arm. Troponin is raised tenfold. A heart murmur was heard on examination. He has no risk "
    "factors.",
    ("c02", "m-zebrafinch"): "The most likely diagnosis is Basedow disease. The goitre with a bruit is typical.",
    ("c02", "m-quokkamed"): "This is most likely a toxic adenoma, because a single nodule was felt.",
    ("c03", "m-zebrafinch"): "A. Streptococcus pneumoniae is the usual cause of lobar consolidation.",
    ("c03", "m-quokkamed"): "B. Influenza, since the patient was never vaccinated.",
}
SCORES: dict[tuple[str, str], Score] = {
    ("c01", "m-zebrafinch"): Score("choice", "1", "correct", "B", "named with its letter", 29, 50, 0.99),
    ("c01", "m-quokkamed"): Score("choice", "1", "incorrect", "A", "named with its letter", 14, 44, 0.99),
    ("c02", "m-zebrafinch"): Score(
        "diagnosis", "1", "proposed", "Basedow disease", "a synonym of the key", 29, 44, 1.0
    ),
    ("c02", "m-quokkamed"): Score("diagnosis", "1", "proposed", "toxic adenoma", "not like the key", 25, 38, 0.2),
    ("c03", "m-zebrafinch"): Score("choice", "1", "correct", "A", "named with its letter", 0, 1, 0.99),
    ("c03", "m-quokkamed"): Score("choice", "1", "incorrect", "B", "named with its letter", 0, 1, 0.99),
}


def arm_on(side: Side, case_id: str = "c01", reader_id: str = READER) -> str:
    """Return the id of the model whose answer a reader sees on a side."""
    return ARMS[randomised_sides(SECRET, reader_id, case_id)[SIDES.index(side)]].id


def wall() -> datetime:
    return datetime(2026, 3, 1, 12, 4, 31)


def make_study(
    path: Path,
    *,
    answered: Sequence[str] = ("c01", "c02", "c03"),
    texts: Mapping[tuple[str, str], str] = TEXTS,
    cases: Sequence[Case] = CASES,
    protocol: Protocol | None = None,
    reasoning: Mapping[tuple[str, str], str] = {},
    manifests: Mapping[tuple[str, str], Mapping[str, Any]] = {},
    key: FileKey | None = None,
) -> Path:
    """Make the study file; `answered` cases have both answers, and before them the `reasoning` that is given."""
    protocol = protocol or Protocol(title="Chest and more", reveal_names=True, guideline="# Guideline\n\nMark all.")
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=protocol, device="d", secret=SECRET, key=key) as study:
        for case_id in answered:
            for arm in ARMS:
                answer = Answer(
                    id=f"{case_id}/{arm.id}",
                    case_id=case_id,
                    arm_id=arm.id,
                    text=texts[case_id, arm.id],
                    started_at="2026-01-01T10:00:00.000Z",
                    finished_at="2026-01-01T10:00:05.000Z",
                    finish_reason="stop",
                    manifest=manifests.get((case_id, arm.id), {}),
                    reasoning=reasoning.get((case_id, arm.id), ""),
                )
                score = SCORES.get((case_id, arm.id))
                study.answers.record(answer, [score] if score and texts is TEXTS else [])
    return path


class OneStudyLibrary:
    """A library that holds one study, or none. With `engines`, its models are at work."""

    def __init__(self, path: Path, *, demo: bool = False, live: bool = False, listed: bool = True) -> None:
        self.path = path
        self.is_demo = demo
        self.live = live
        self.listed = listed
        self.engines: dict[str, ScriptedEngine] = {}
        self.opened: list[OpenStudy] = []
        self.looked_at: list[ResultsSession] = []
        self.clock: Callable[[], float] = lambda: 0.0
        self.window: Callable[[Path, str], OneWindow | None] = lambda path, reader_id: None
        self.places: Path | None = None
        self.engine: Callable[[str, Callable[[Event], None]], ScriptedEngine] = lambda arm, hear: ScriptedEngine(hear)

    def studies(self) -> list[StudyEntry]:
        return (
            [StudyEntry(self.path, "Chest and more", 3, 3, is_demo=self.is_demo)]
            if self.listed and self.path.exists()
            else []
        )

    def examine(self, entry: StudyEntry) -> StudyEntry:
        return entry

    def forget(self, path: Path) -> None:
        self.listed = False

    def split_reader(self, path: Path) -> str | None:
        with StudyFile.open(path, device="d", read_only=True) as study:
            return study.split_reader

    def is_locked(self, path: Path) -> bool:
        return is_locked(path)

    def unlock(self, path: Path, passphrase: str) -> None:
        unlock(path, passphrase)

    def readers(self, path: Path) -> list[str]:
        with StudyFile.open(path, device="d") as study:
            return study.readers.ids()

    def results(self, path: Path) -> ResultsSession:
        session = ResultsSession(StudyFile.open(path, device="d", read_only=True))
        self.looked_at.append(session)
        return session

    def overview(self, path: Path) -> StudyOverview:
        with StudyFile.open(path, device="d", read_only=True) as study:
            return study_overview(study)

    def browse(self, path: Path) -> CaseBrowser:
        return CaseBrowser(StudyFile.open(path, device="d", read_only=True))

    def reviewers(self, path: Path) -> list[str]:
        return self.readers(path)

    def adjudicators(self, path: Path) -> list[str]:
        with StudyFile.open(path, device="d", read_only=True) as study:
            return adjudicators(study)

    def adjudicate(self, path: Path, adjudicator_id: str) -> AdjudicationSession:
        study = StudyFile.open(path, device="d")
        try:
            return AdjudicationSession(study, adjudicator_id, clock=self.clock)
        except BaseException:
            study.close()
            raise

    def reviewing(self, path: Path, adjudicator_id: str) -> ScoreReviewSession:
        return ScoreReviewSession(StudyFile.open(path, device="d"), adjudicator_id)

    def demo(self) -> Path:
        if not self.path.exists():
            make_study(self.path)
        return self.path

    def question_before_reading(self, path: Path, reader_id: str) -> str:
        if not path.exists():
            return ""
        with StudyFile.open(path, device="d", read_only=True) as study:
            return question_before_reading(study, reader_id)

    def open(self, path: Path, reader_id: str, *, consensus: bool = False) -> OpenStudy:
        if not path.exists():
            raise StudyFileError("No such study", f"{path.name} is not there", "choose another branch")
        study = StudyFile.open(path, device="d")
        window = self.window(path, reader_id)
        places = None if self.places is None else ReadingPlaces(self.places, study.study_id, reader_id)
        session = reading_session(
            study,
            reader_id,
            run=lambda: self._run(study),
            clock=self.clock,
            window=window,
            places=places,
            consensus=consensus,
        )
        self.opened.append(OpenStudy(session, self.is_demo))
        return self.opened[-1]

    def _run(self, study: StudyFile) -> GenerationRun | None:
        if not self.live:
            return None
        run = GenerationRun(study, {arm.id: self.factory(arm.id) for arm in ARMS})
        run.start()
        return run

    def factory(self, arm_id: str) -> Callable[[Callable[[Event], None]], ScriptedEngine]:
        def make(hear: Callable[[Event], None]) -> ScriptedEngine:
            self.engines[arm_id] = self.engine(arm_id, hear)
            return self.engines[arm_id]

        return make


def make_app(
    library: OneStudyLibrary,
    *,
    reader: str | None = READER,
    adjudicator: str | None = None,
    settings: Settings | None = None,
) -> DoublereadApp:
    settings = settings or Settings()
    return DoublereadApp(library, settings, start=library.path, reader=reader, adjudicator=adjudicator, wall=wall)


def commit_readings(path: Path, reader_id: str = READER, cases: int = 3) -> None:
    """Commit a reader's first cases: Quokkamed hallucinates and leaves something out, Zebrafinch is preferred."""
    with StudyFile.open(path, device="d") as study:
        session = ReadingSession(study, reader_id, clock=lambda: 0.0)
        for number in range(cases):
            held = session.reading
            assert held is not None
            good, bad = (held.side_of(f"{session.case.id}/{arm.id}") for arm in ARMS)
            session.mark(bad, "answer", Span(0, 6), "fabrication", "major", note="[b]not[/b] in the case")
            session.mark(bad, "case", Span(2, 12), "omission", "minor")
            session.judge(verdicts={good: "correct", bad: "incorrect"}, preference=good)
            session.commit()
            if session.case.kind == "diagnosis":
                session.confirm_diagnosis(good, True)
                session.confirm_diagnosis(bad, False)
            if number + 1 < cases:
                session.next_open()
        session.leave()
