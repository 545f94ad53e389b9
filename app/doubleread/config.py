"""The user's settings, from one TOML file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from doubleread.errors import DoublereadError

THEMES = ("doubleread-dark", "doubleread-light", "doubleread-contrast")


@dataclass(frozen=True, slots=True)
class Settings:
    """Each attribute is a line of `config.toml`."""

    theme: str = "doubleread-dark"
    """Colours: doubleread-dark, doubleread-light or doubleread-contrast."""

    idle_seconds: float = 60.0
    """Seconds without a key press or a click after which the reading time pauses."""

    line_length: int = 76
    """Maximum line length of reading text, in cells."""

    snap_to_words: bool = True
    """Whether a mouse selection is extended to whole words."""

    plain: bool = False
    """Whether studies are read line by line instead of on a screen, as with the option --plain."""

    backup_every: int = 5
    """A verified copy of a study is kept after this many reading sessions; 0 keeps none."""

    backups_kept: int = 5
    """How many automatic copies of each study are kept, and how many from before a change of the file's format."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys for actions, as `action = "key,key"`. The help screen lists the names of actions."""


def load_settings(path: Path) -> Settings:
    """Read the settings. Raises DoublereadError for a file that is not TOML, an unknown setting or a wrong value."""
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refused(path, str(error)) from error
    except RecursionError:
        raise _refused(path, "its lists or tables are nested too deeply") from None
    known = {item.name for item in fields(Settings)}
    if unknown := sorted(set(record) - known):
        raise _refused(path, f"no such setting: {', '.join(unknown)} (there are: {', '.join(sorted(known))})")
    return _checked(path, record)


def _checked(path: Path, record: dict[str, Any]) -> Settings:
    defaults = Settings()
    for name, value in record.items():
        default = getattr(defaults, name)
        wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise _refused(path, f"{name} must be like {default!r}, not {value!r}")
    if (theme := record.get("theme", defaults.theme)) not in THEMES:
        raise _refused(path, f"no theme is called {theme!r} (there are: {', '.join(THEMES)})")
    if not 40 <= record.get("line_length", defaults.line_length) <= 200:
        raise _refused(path, "line_length must be between 40 and 200")
    if not 0 < record.get("idle_seconds", defaults.idle_seconds) < math.inf:
        raise _refused(path, "idle_seconds must be above 0 and finite")
    if record.get("backup_every", defaults.backup_every) < 0:
        raise _refused(path, "backup_every must not be below 0")
    if record.get("backups_kept", defaults.backups_kept) < 1:
        raise _refused(path, "backups_kept must be at least 1")
    if not all(isinstance(keys, str) for keys in record.get("keys", {}).values()):
        raise _refused(path, 'keys must look like  mark = "m,enter"')
    return Settings(**record)


def _refused(path: Path, happened: str) -> DoublereadError:
    return DoublereadError("Settings not read", f"{path}: {happened}", "fix the line, or move the file away")
