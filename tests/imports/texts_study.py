"""Studies whose answers have given texts, for tests of annotations that come from files or go to them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from doubleread.domain.answer import Answer
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.making import ARMS, DEVICE, make_study

AWKWARD = "😀 e\u0301 fever.\r\nBP\t120/80,\u2028no rash \u202bعربي\u202c µg 🫀🫀 ok."
PLAIN = "The patient has fever and a rash."


def study_of(path: Path, texts: Sequence[tuple[str, str]], protocol: Protocol | None = None) -> StudyFile:
    """Return a study with a case for each pair of texts, which are the answers of its two arms."""
    study = make_study(path, len(texts), protocol=protocol)
    for case_id, pair in zip(study.case_ids(), texts, strict=True):
        for arm, text in zip(ARMS, pair, strict=True):
            study.answers.record(Answer(f"{case_id}/{arm.id}", case_id, arm.id, text, "", "", "stop", {}))
    return study


def fresh_copy(study: StudyFile, path: Path) -> StudyFile:
    """Return a copy of a study that nobody has read yet."""
    shutil.copyfile(study.path, path)
    return StudyFile.open(path, device=DEVICE)


def side_of(session: ReadingSession, arm_id: str):
    """Return the side of an arm in the current reading."""
    assert session.reading is not None
    return session.reading.side_of(f"{session.case.id}/{arm_id}")
