"""Who may read what in the browser: one link, with a token of its own, for each reader of each study."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from doubleread import locations
from doubleread.atomic import atomic_write_bytes
from doubleread.errors import DoublereadError, WrongSettingsError
from doubleread.sessions.admission import expect_adjudicator, question_before_reading
from doubleread.sessions.study_library import opened_to_look, registered
from doubleread.store import StudyFile
from doubleread.store.participation import is_adjudicator

Role = Literal["reader", "adjudicator"]
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """What one link opens: a study for a reader or an adjudicator. The page shows the study's `title`, if it has one;
    the name of its file may name a model.
    """

    study: Path
    role: Role
    person: str
    title: str

    @property
    def key(self) -> str:
        """The place's name in a file of tokens."""
        return json.dumps([str(self.study), self.role, self.person], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A place and its secret token. `id` names it in addresses, and is no secret."""

    place: Place
    token: str

    @property
    def id(self) -> str:
        """What names the link in addresses."""
        return hashlib.sha256(f"address {self.token}".encode()).hexdigest()[:16]

    @property
    def pass_value(self) -> str:
        """The value of the cookie for which the token is exchanged; the token cannot be computed from it."""
        return hmac.new(self.token.encode(), b"doubleread cookie", hashlib.sha256).hexdigest()


class Links:
    """All links that are served."""

    def __init__(self, links: Iterable[Link]) -> None:
        self.all = tuple(links)
        self._by_id = {link.id: link for link in self.all}

    def by_id(self, id: str) -> Link | None:
        """Return the link of an id."""
        return self._by_id.get(id)

    def by_token(self, token: str) -> Link | None:
        """Return the link of a token. How long that takes says nothing about the tokens."""
        asked = token.encode("utf-8", "replace")
        found = [link for link in self.all if hmac.compare_digest(link.token.encode(), asked)]
        return found[0] if found else None


def places_in(paths: Sequence[Path], readers: Sequence[str] = (), adjudicators: Sequence[str] = ()) -> list[Place]:
    """Return the places of studies and of readers' own files: for `readers` and `adjudicators`, or if none is named,
    for every registered reader who has not withdrawn.

    Raises DoublereadError if a study cannot be opened, or somebody may not work on it.
    """
    found: list[Place] = []
    for path in paths:
        with opened_to_look(path) as study:
            found += _places_of(study, path.resolve(), readers, adjudicators)
    served = {place.person for place in found}
    if missing := [person for person in (*readers, *adjudicators) if person not in served]:
        raise WrongSettingsError(
            "Nothing to serve", f"there is no file for {', '.join(missing)}", "check the pseudonym and the files"
        )
    return found


def _places_of(study: StudyFile, path: Path, readers: Sequence[str], adjudicators: Sequence[str]) -> list[Place]:
    title = study.protocol.title
    own = study.split_reader
    if own is not None:
        named = not (readers or adjudicators)
        return [Place(path, "reader", own, title)] if named or own in readers else []
    people = list(readers)
    if not readers and not adjudicators:
        roles = study.readers.roles()
        people = [person for person in registered(study) if not is_adjudicator(roles.get(person, ""))]
        if not people:
            raise WrongSettingsError(
                "Nothing to serve",
                f"nobody is registered as a reader of {path.name}",
                "name the readers: add --reader R-01",
            )
    for person in people:
        question_before_reading(study, person)
    for person in adjudicators:
        expect_adjudicator(study, person)
    return [
        *(Place(path, "reader", person, title) for person in people),
        *(Place(path, "adjudicator", person, title) for person in adjudicators),
    ]


def studies_of(path: Path) -> list[Path]:
    """Return a study file, or those in a folder. Raises WrongSettingsError for a folder without one."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.iterdir() if file.suffix == locations.STUDY_SUFFIX and file.is_file())
    if not found:
        raise WrongSettingsError("Nothing to serve", f"{path} has no study files", "name a study, or another folder")
    return found


def linked(places: Iterable[Place], tokens: Path | None = None) -> Links:
    """Return links with new tokens, or with those in a file, which gets those of new places.

    Raises DoublereadError for a file that others can read, or that has something else in it.
    """
    kept = _read(tokens) if tokens is not None else {}
    links = Links(Link(place, kept.get(place.key) or secrets.token_urlsafe(_TOKEN_BYTES)) for place in places)
    if tokens is not None:
        kept |= {link.place.key: link.token for link in links.all}
        with atomic_write_bytes(tokens) as file:
            file.write(json.dumps(kept, indent=2).encode())
    return links


def _read(tokens: Path) -> dict[str, str]:
    try:
        text = tokens.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(tokens, str(error)) from error
    if tokens.stat().st_mode & 0o077 and _has_modes():
        raise _refused(tokens, "other users can read it", f"run: chmod 600 {tokens}")
    try:
        kept = json.loads(text)
    except ValueError as error:
        raise _refused(tokens, str(error)) from error
    if not isinstance(kept, dict) or not all(isinstance(token, str) and len(token) >= 32 for token in kept.values()):
        raise _refused(tokens, "it is not a file of tokens")
    return kept


def _has_modes() -> bool:
    import os

    return os.name == "posix"


def _refused(path: Path, happened: str, remedy: str = "name another file; it is created") -> DoublereadError:
    return DoublereadError("Tokens not read", f"{path}: {happened}", remedy)
