"""The studies on this machine, for the screens.

What only some studies need is imported where it is needed, so that the first screen appears quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from doubleread import locations
from doubleread.config import Settings
from doubleread.device import this_device
from doubleread.errors import (
    CorpusError,
    DoublereadError,
    ModelFileError,
    OlderSchemaError,
    StudyFileError,
    StudyLockedError,
)
from doubleread.read_model.readers import progress_with_training, reader_progress
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.library import OpenStudy, StudyEntry
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading_places import ReadingPlaces
from doubleread.sessions.recent_files import forget, recent_files, remember
from doubleread.sessions.training import reading_session
from doubleread.store import StudyFile
from doubleread.store.files.unlocking import is_locked, unlock

if TYPE_CHECKING:
    from doubleread.read_model.case_search import CaseBrowser
    from doubleread.results.view import ResultsSession
    from doubleread.sessions.adjudication import AdjudicationSession
    from doubleread.sessions.score_review import ScoreReviewSession
    from doubleread.sessions.study_overview import StudyOverview

_LOOKING = "library"
_DAMAGED = (DoublereadError, OSError, ValueError, LookupError, TypeError, RecursionError)


class StudyLibrary:
    """Implements `doubleread.sessions.library.Library` with the files in `locations.studies()`, those in this folder,
    and those that were used recently. If it is `served` to a browser, no model is loaded, studies are read as far as
    they are answered, and readers are told nothing of the file.
    """

    def __init__(self, settings: Settings, *, served: bool = False) -> None:
        self.settings = settings
        self._served = served
        self.opened: dict[Path, int] = {}
        """The number of this device's last entry in each study, when it was opened first."""

    def studies(self) -> Sequence[StudyEntry]:
        """Return the studies, most recently used first, without opening them."""
        recent = {file.path.resolve(): file.used for file in recent_files()}
        here = {path.resolve() for folder in (locations.studies(), Path()) for path in _study_files(folder)}
        found = [_unexamined(path, recent.get(path, 0.0), kept=path not in here) for path in {*here, *recent}]
        return sorted(found, key=lambda entry: (entry.used, entry.path.name), reverse=True)

    def examine(self, entry: StudyEntry) -> StudyEntry:
        """Return what is known of a study. One that cannot be read says why."""
        return _examined(entry)

    def forget(self, path: Path) -> None:
        """Remove a file from the recent files. The file itself stays."""
        forget(path)

    def split_reader(self, path: Path) -> str | None:
        """Return the reader whose own file this is, or None for a whole study. Raises DoublereadError."""
        with opened_to_look(path) as study:
            return study.split_reader

    def is_locked(self, path: Path) -> bool:
        """Return whether a study is encrypted and not unlocked yet."""
        return is_locked(path)

    def unlock(self, path: Path, passphrase: str) -> None:
        """Take a study's passphrase or recovery key. Raises DoublereadError if it is wrong."""
        unlock(path, passphrase)

    def readers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of the readers of a study."""
        with opened_to_look(path) as study:
            return registered(study)

    def question_before_reading(self, path: Path, reader_id: str) -> str:
        """Return what to ask before a new reader begins, or an empty string. Raises DoublereadError if they may not."""
        from doubleread.sessions.admission import question_before_reading
        from doubleread.store.sqlite.opening import check_path, check_writable

        check_path(path)
        # Before anybody starts to annotate: annotations must be stored.
        check_writable(path)
        with opened_to_look(path) as study:
            return question_before_reading(study, reader_id)

    def open(self, path: Path, reader_id: str, *, consensus: bool = False) -> OpenStudy:
        """Open a study for a reader, or the `consensus` round of it. Raises DoublereadError, which names no model."""
        from doubleread.runs.bundled_models import is_demo

        study = StudyFile.open(path, device=this_device())
        try:
            self.opened.setdefault(path, study.chain_head()[0])
            remember(path)
            window = OneWindow(locations.windows(), path, reader_id, datetime.now().strftime("%H:%M"))
            try:
                idle = self.settings.idle_seconds
                places = ReadingPlaces(locations.reading_places(), study.study_id, reader_id)

                def run() -> GenerationRun | None:
                    return None if self._served else _run(study)

                session = reading_session(
                    study,
                    reader_id,
                    run=run,
                    idle_seconds=idle,
                    window=window,
                    places=places,
                    consensus=consensus,
                )
                session.served = self._served
            except BaseException:
                window.close()
                raise
        except BaseException:
            study.close()
            raise
        return OpenStudy(session, is_demo=is_demo(study.arms()))

    def adjudicators(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms that are registered as adjudicators of a study."""
        from doubleread.sessions.readers import adjudicators

        with opened_to_look(path) as study:
            return adjudicators(study)

    def reviewers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of everybody who may review the scores of a study."""
        with opened_to_look(path) as study:
            return registered(study)

    def adjudicate(self, path: Path, adjudicator_id: str) -> AdjudicationSession:
        """Open a study for adjudication. Raises DoublereadError."""
        from doubleread.sessions.adjudication import AdjudicationSession

        study = StudyFile.open(path, device=this_device())
        try:
            before = study.chain_head()[0]
            session = AdjudicationSession(study, adjudicator_id, idle_seconds=self.settings.idle_seconds)
            self.opened.setdefault(path, before)
            remember(path)
        except BaseException:
            study.close()
            raise
        return session

    def overview(self, path: Path) -> StudyOverview:
        """Count what the page of a study shows. Raises DoublereadError."""
        from doubleread.sessions.study_overview import study_overview

        with opened_to_look(path) as study:
            remember(path)
            return study_overview(study)

    def browse(self, path: Path) -> CaseBrowser:
        """Open a study to look through its cases. Raises DoublereadError."""
        from doubleread.read_model.case_search import CaseBrowser

        study = opened_to_look(path)
        try:
            return CaseBrowser(study)
        except BaseException:
            study.close()
            raise

    def results(self, path: Path) -> ResultsSession:
        """Open the results of a study. Raises DoublereadError."""
        from doubleread.results.view import ResultsSession

        study = opened_to_look(path)
        try:
            remember(path)
            return ResultsSession(study)
        except BaseException:
            study.close()
            raise

    def reviewing(self, path: Path, adjudicator_id: str) -> ScoreReviewSession:
        """Open a study for score review. Raises DoublereadError."""
        from doubleread.sessions.score_review import ScoreReviewSession

        study = StudyFile.open(path, device=this_device())
        try:
            self.opened.setdefault(path, study.chain_head()[0])
            remember(path)
            return ScoreReviewSession(study, adjudicator_id)
        except BaseException:
            study.close()
            raise

    def demo(self) -> Path:
        """Return the demo study's file, creating it if there is none. Raises DoublereadError."""
        from doubleread.runs.demo_study import demo_study

        return demo_study()


def _run(study: StudyFile) -> GenerationRun | None:
    """Return the run that generates missing answers; None if none are missing or the models are not on this machine.

    A study with external answers has no models here, and can be read as far as it is answered.
    """
    missing = study.answers.missing()
    if not missing:
        return None
    from doubleread.runs.engines import EnginePlan

    plan = EnginePlan(study)
    try:
        plan.look_for_files()
        retriever = None
        if any(arm.retrieval for arm in plan.arms):
            from doubleread.runs.corpora import retriever_of

            retriever = retriever_of(study, plan.arms)
        return GenerationRun(study, plan.factories(), together=True, retriever=retriever)
    except (ModelFileError, CorpusError) as error:
        if {case_id for case_id, _ in missing} != set(study.case_ids()):
            return None
        raise DoublereadError(
            "Nothing to read yet",
            "there are no answers, and a model file or corpus needed to generate them is missing",
            f"ask the study lead to generate them: doubleread run {study.path}",
        ) from error


def registered(study: StudyFile) -> list[str]:
    """Return everybody who is registered and has not withdrawn, in the order of registration."""
    out = study.readers.withdrawn()
    return [person for person in study.readers.ids() if person not in out]


def opened_to_look(path: Path) -> StudyFile:
    """Open a study read-only, after rolling back an interrupted write or migrating an older schema.

    If the file cannot be written, both are done in a private copy, and a note says so. Raises DoublereadError.
    """
    from doubleread.console import note
    from doubleread.store.sqlite.faults import has_unfinished_write
    from doubleread.store.sqlite.opening import is_writable

    try:
        return StudyFile.open(path, device=_LOOKING, read_only=True)
    except DoublereadError as error:
        if not isinstance(error, OlderSchemaError) and not has_unfinished_write(error.__cause__ or error, path):
            raise
    try:
        # Opening the file for writing rolls back what a killed program had begun, and migrates after a verified copy.
        return StudyFile.open(path, device=_LOOKING)
    except StudyFileError:
        if is_writable(path):
            raise
        study = StudyFile.look(path, device=_LOOKING)
    if study.how_read:
        note(f"note: {path}: {study.how_read}")
    return study


def _study_files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == locations.STUDY_SUFFIX]
    except OSError:
        return []


def _unexamined(path: Path, used: float, *, kept: bool) -> StudyEntry:
    is_demo = path == locations.demo_study().resolve()
    try:
        used = max(used, path.stat().st_mtime)
    except FileNotFoundError:
        return StudyEntry(path, path.stem, gone=True, kept=kept, is_demo=is_demo, used=used)
    except OSError:
        pass  # examining it says what is wrong
    return StudyEntry(path, path.stem, kept=kept, is_demo=is_demo, examined=False, used=used)


def _examined(entry: StudyEntry) -> StudyEntry:
    from doubleread.read_model.adjudicable import adjudicable_case_ids
    from doubleread.read_model.blinding import blinding_of
    from doubleread.sessions.study_overview import arms_to_show

    if entry.gone:
        return entry
    entry = replace(entry, examined=True)
    try:
        with opened_to_look(entry.path) as study:
            cases, answered = study.answers.case_counts()
            blinding = blinding_of(study)
            with study.connection.snapshot() as db:
                progress = tuple(reader_progress(db))
            readers = progress_with_training(study, progress)
            return replace(
                entry,
                title=study.protocol.title or entry.title,
                cases=cases,
                answered=answered,
                readers=readers,
                arms=arms_to_show(blinding, readers),
                to_adjudicate=len(adjudicable_case_ids(study, "")) if study.split_reader is None else 0,
                split_reader=study.split_reader,
                for_consensus=study.for_consensus,
                encrypted=study.encrypted,
            )
    except StudyLockedError:
        return replace(entry, encrypted=True, locked=True)
    except _DAMAGED as error:
        return replace(entry, problem=str(error) or type(error).__name__)
