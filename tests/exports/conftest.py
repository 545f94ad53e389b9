"""One study with everything, made once; each test works on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.read_model.blinding import unblind
from doubleread.store import StudyFile
from exports.full_study import make_full_study
from sessions.making import DEVICE


@pytest.fixture(scope="session")
def full_study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full-study") / "full.doubleread"
    make_full_study(path).close()
    return path


@pytest.fixture
def blind_study(full_study_file: Path, tmp_path: Path) -> Iterator[StudyFile]:
    path = tmp_path / "study.doubleread"
    shutil.copyfile(full_study_file, path)
    with StudyFile.open(path, device=DEVICE) as study:
        yield study


@pytest.fixture
def full_study(blind_study: StudyFile) -> StudyFile:
    """Unblinded."""
    unblind(blind_study, "lead", "these tests look at the names")
    return blind_study
