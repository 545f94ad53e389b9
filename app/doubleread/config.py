"""The user's settings, from one TOML file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

THEMES = ("doubleread-dark", "doubleread-light", "doubleread-contrast")

Value = str | int | float | bool
_MOST = 10**9
"""No number may be larger."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a setting is called, what it does, and which values it takes.

    `choices` are the values of a text with their words. A number is from `least` to `most`, above 0 if `positive`, and
    changes by `step` on the screen.
    """

    label: str
    about: str
    choices: Mapping[str, str] = field(default_factory=dict)
    least: float = -math.inf
    most: float = math.inf
    positive: bool = False
    step: int = 1


def _setting(default: Any, shape: Shape) -> Any:
    return field(default=default, metadata={"shape": shape})


@dataclass(frozen=True, slots=True)
class Settings:
    """Each attribute is a line of `config.toml`."""

    theme: str = _setting(
        THEMES[0],
        Shape(
            "Theme",
            "Colours of the program",
            choices={THEMES[0]: "dark", THEMES[1]: "light", THEMES[2]: "high contrast"},
        ),
    )
    line_length: int = _setting(
        76, Shape("Line length", "Longest line of text, from 40 to 200 cells", least=40, most=200, step=4)
    )
    formatted: bool = _setting(
        True, Shape("Formatted text", "Show Markdown formatted; R changes this on any screen with texts")
    )
    snap_to_words: bool = _setting(
        True, Shape("Whole words", "Marks made by mouse extend to whole words; hold Alt for single characters")
    )
    reduced_motion: bool = _setting(
        False, Shape("Reduced motion", "No blinking, flashing or sliding; streamed answers grow once a second")
    )
    plain: bool = _setting(
        False, Shape("Line by line", "Read studies line by line instead of on a screen, as with --plain")
    )
    idle_seconds: float = _setting(
        60.0,
        Shape(
            "Pause after", "Reading time pauses after this many seconds without a key or click", positive=True, step=10
        ),
    )
    measure_models: bool = _setting(
        True, Shape("Measure models", "Measure a model before its first long run, for at most 20 seconds")
    )
    backup_every: int = _setting(
        5, Shape("Back up every", "Back up a study after this many sessions; 0 makes no backups", least=0)
    )
    backups_kept: int = _setting(
        5, Shape("Backups kept", "Backups kept of each study, and as many from before changes of its format", least=1)
    )
    prompt_cache_gb: int = _setting(
        4,
        Shape(
            "Prompts on disk",
            "Gigabytes on disk for processed prompts, which contain case text; 0 keeps none",
            least=0,
        ),
    )
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys for actions, as `action = "key,key"`."""


SHAPES: Mapping[str, Shape] = {
    item.name: item.metadata["shape"] for item in fields(Settings) if "shape" in item.metadata
}
"""The settings that have one value, by name."""


def load_settings(path: Path) -> Settings:
    """Read the settings. Raises DoublereadError for a file that is not TOML, an unknown setting or a wrong value."""
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise _refused(path, str(error)) from error
    except RecursionError:
        raise _refused(path, "its lists or tables are nested too deeply") from None
    known = {item.name for item in fields(Settings)}
    if unknown := sorted(set(record) - known):
        raise _refused(path, f"no such setting: {', '.join(unknown)} (there are: {', '.join(sorted(known))})")
    for name, value in record.items():
        if problem := _problem(name, value):
            raise _refused(path, problem)
    return Settings(**record)


def changed(settings: Settings, name: str, value: Value) -> Settings:
    """Return settings with another value. Raises DoublereadError if the setting does not take it."""
    if problem := _problem(name, value):
        raise DoublereadError("Not changed", problem, "choose another value")
    return replace(settings, **{name: value})  # type: ignore[arg-type]


def save_setting(path: Path, name: str, value: Value) -> None:
    """Store a setting in the file; everything else in it stays, comments too.

    Raises DoublereadError if the file cannot be read or written. It is then as it was.
    """

    def change(document: TOMLDocument) -> None:
        document[name] = value

    _rewrite(path, change)


def save_keys(path: Path, keys: Mapping[str, str]) -> None:
    """Store the user's own keys in the file, as `save_setting` does."""

    def change(document: TOMLDocument) -> None:
        import tomlkit

        table: Any = document.setdefault("keys", tomlkit.table())
        for action in set(table) - set(keys):
            del table[action]
        for action, own in keys.items():
            if table.get(action) != own:
                table[action] = own

    _rewrite(path, change)


def _rewrite(path: Path, change: Callable[[TOMLDocument], None]) -> None:
    """Change the settings in the file. A file that is wrong already is left for the person to correct."""
    import tomlkit

    from doubleread.atomic import atomic_write_bytes, make_private_folder

    load_settings(path)
    try:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            make_private_folder(path.parent)
            text = ""
        document = tomlkit.parse(text)
        change(document)
        with atomic_write_bytes(path) as file:
            file.write(tomlkit.dumps(document).encode("utf-8"))
    except OSError as error:
        raise DoublereadError(
            "Settings not saved", f"{path}: {error}", "make the file and its folder writable"
        ) from error


def _problem(name: str, value: Any) -> str:
    """Return what is wrong with a value, or an empty string."""
    default = getattr(Settings(), name)
    wanted: tuple[type, ...] = (int, float) if isinstance(default, float) else (type(default),)
    if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
        return f"{name} must be like {default!r}, not {value!r}"
    if name == "keys":
        texts = isinstance(value, dict) and all(isinstance(keys, str) for keys in value.values())
        return "" if texts else 'keys must look like  mark = "m,enter"'
    shape, number = SHAPES[name], value if isinstance(value, int | float) else 0.0
    if shape.choices and value not in shape.choices:
        return f"no {name} is called {value!r} (there are: {', '.join(shape.choices)})"
    if shape.positive and not 0 < number < math.inf:
        return f"{name} must be above 0 and finite"
    if math.isfinite(shape.most) and not shape.least <= number <= shape.most:
        return f"{name} must be between {shape.least} and {shape.most}"
    if math.isfinite(shape.least) and number < shape.least:
        return f"{name} must be at least {shape.least}"
    if abs(number) > _MOST:
        return f"{name} must be at most {_MOST}"
    return ""


def _refused(path: Path, happened: str) -> DoublereadError:
    return DoublereadError("Settings not read", f"{path}: {happened}", "fix the line, or move the file away")
