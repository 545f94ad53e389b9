"""Where readers were when they left a study, so that it opens there again.

It is a convenience, and no part of the study: a file in the program's own folder, which may be deleted at any time. It
holds hashes of ids, and offsets: no words, no pseudonyms, no names of files. A study that is moved or copied is known
by its id.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from doubleread.atomic import atomic_write, make_private_folder

MOST = 200
"""How many places are kept; the oldest is forgotten first."""

PaneName = Literal["case", "A", "B"]
_PANES = ("case", "A", "B")


@dataclass(frozen=True, slots=True)
class ReadingPlace:
    """A place in a case: the text, the offset of the caret, and the first row that was shown."""

    pane: PaneName = "case"
    caret: int = 0
    row: int = 0


class ReadingPlaces:
    """The places of one reader in one study. Nothing that happens to `path`, the file with all places, is an error.

    Items are the ids of cases in the worklist.
    """

    def __init__(self, path: Path, study_id: str, reader_id: str) -> None:
        self._path = path
        self._study_id = study_id
        self._key = _hash(study_id, reader_id)

    def last(self, items: list[str]) -> tuple[str, ReadingPlace] | None:
        """Return which of some items the reader was at last, and the place in it; None if that is not known."""
        found = self._all().get(self._key)
        if not isinstance(found, dict):
            return None
        item = next((item for item in items if _hash(self._study_id, item) == found.get("item")), None)
        pane, caret, row = found.get("pane"), found.get("caret"), found.get("row")
        if item is None or pane not in _PANES or type(caret) is not int or type(row) is not int:
            return None
        return item, ReadingPlace(pane, max(caret, 0), max(row, 0))

    def keep(self, item: str, place: ReadingPlace) -> None:
        """Note where the reader is."""
        places = self._all()
        places.pop(self._key, None)
        noted = {"item": _hash(self._study_id, item), "pane": place.pane, "caret": place.caret, "row": place.row}
        kept = dict([*places.items(), (self._key, noted)][-MOST:])
        try:
            make_private_folder(self._path.parent)
            with atomic_write(self._path) as out:
                json.dump(kept, out)
        except (OSError, ValueError):
            return

    def _all(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
