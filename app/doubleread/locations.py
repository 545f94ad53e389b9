"""Every path that the program uses. Nothing is made here; code that writes creates the folder."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

STUDY_SUFFIX = ".doubleread"
CORPUS_SUFFIX = ".corpus"
_PACKAGE = Path(__file__).resolve().parent


def home() -> Path:
    """Return the program's own folder: DOUBLEREAD_HOME if it is set, else the system's place for user data."""
    override = os.environ.get("DOUBLEREAD_HOME")
    return Path(override).expanduser() if override else user_data_path("doubleread", appauthor=False)


def settings_file() -> Path:
    """Return where the settings are read from: DOUBLEREAD_SETTINGS if it is set."""
    override = os.environ.get("DOUBLEREAD_SETTINGS")
    return Path(override).expanduser() if override else home() / "config.toml"


def served_settings(name: str) -> Path:
    """Return where the settings are kept of somebody who reads in the browser."""
    return home() / "served" / f"{name}.toml"


def device_file() -> Path:
    """Return where this installation's identity is kept."""
    return home() / "device"


def tour_file() -> Path:
    """Return the file whose presence says that the tour was taken or skipped."""
    return home() / "tour-taken"


def recent_files() -> Path:
    """Return the list of the studies that were used recently."""
    return home() / "recent.json"


def studies() -> Path:
    """Return the program's own folder of studies."""
    return home() / "studies"


def demo_study() -> Path:
    """Return where the study library keeps the demo study."""
    return studies() / f"demo{STUDY_SUFFIX}"


def demo_study_of(model: Path) -> Path:
    """Return where the study library keeps the demo study of a model of the user's."""
    return studies() / f"demo-{model.stem}{STUDY_SUFFIX}"


def reading_places() -> Path:
    """Return the file that says where readers were when they left a study."""
    return home() / "places.json"


def backups() -> Path:
    """Return the folder of the copies of studies that the program keeps by itself."""
    return home() / "backups"


def logs() -> Path:
    """Return the folder of the reports on faults of the program itself."""
    return home() / "logs"


def concept_indexes() -> Path:
    """Return the folder of the indexes of lists of concepts, which are made again if it is deleted."""
    return home() / "concepts"


def prompts() -> Path:
    """Return the folder of processed prompts, which are made again if it is deleted. They contain case text."""
    return home() / "prompts"


def tuning() -> Path:
    """Return the folder of the records of measured settings, which are measured again if it is deleted."""
    return home() / "tuning"


def windows() -> Path:
    """Return the folder of notes on which window reads for whom."""
    return home() / "windows"


def bundled(*parts: str) -> Path:
    """Return the path of a file that ships with the program, such as `bundled("models", "models.toml")`.

    An installed package carries them in `bundled/`; a checkout has them in its top-level folders.
    """
    installed = _PACKAGE / "bundled"
    root = installed if installed.is_dir() else _PACKAGE.parents[1]
    return root.joinpath(*parts)
