"""Create a new study file atomically."""

from __future__ import annotations

import contextlib
import os
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.atomic import PRIVATE, make_private_folder, sync_folder, temporary_beside
from doubleread.domain.arm import Arm, arm_differences, check_samples
from doubleread.domain.case import Case
from doubleread.domain.events.study import StudyCreated
from doubleread.domain.hashes import canonical_json, json_sha256, text_sha256
from doubleread.domain.left_out import left_out_record
from doubleread.domain.study import Protocol
from doubleread.domain.training import TrainingCase
from doubleread.errors import InputRefusedError, StudyFileError
from doubleread.store.files.file_key import FileKey
from doubleread.store.log.clock import now
from doubleread.store.log.event_log import EventLog, entry_of
from doubleread.store.records import arm_row, case_row, model_row, to_json
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.migrations import migrate
from doubleread.store.training_set import set_chosen

_BESIDE = ("-journal", "-wal", "-shm")


def make_study(
    path: Path,
    *,
    cases: Sequence[Case],
    arms: tuple[Arm, Arm],
    protocol: Protocol,
    device: str,
    secret: bytes | None,
    key: FileKey | None = None,
    case_files: Sequence[Mapping[str, Any]] = (),
    left_out: Sequence[Mapping[str, Any]] = (),
    training: Sequence[TrainingCase] = (),
) -> None:
    """Write a study file, encrypted with a key. `case_files` says how each case file was read, `left_out` are the
    problems of skipped cases.

    Raises StudyFileError if that fails, InputRefusedError for what cannot be stored.
    """
    _check_content(cases, arms, device)
    _ = protocol.labels  # raises if there is no such set
    check_samples(arms, protocol, with_documents=any(case.documents for case in cases))
    with new_file(path) as temporary:
        connection = Connection(temporary, key=key)
        try:
            with connection.transaction() as db:
                migrate(db)
                events = EventLog(connection, device)
                _fill(db, events, cases, arms, protocol, secret or secrets.token_bytes(32), case_files, left_out)
                if training:
                    chosen = set_chosen(training)
                    chosen.check(case.id for case in cases)
                    events.record(db, entry_of("doubleread", chosen))
        finally:
            connection.close()


def cases_sha256(pairs: Iterable[tuple[str, str]]) -> str:
    """Hash all cases of a study: their ids and hashes, in the study's order."""
    return json_sha256([list(pair) for pair in pairs])


def answers_sha256(triples: Iterable[tuple[str, str, str]]) -> str:
    """Hash the answers of a file: their ids, cases and hashes, without their models."""
    return json_sha256(sorted(list(triple) for triple in triples))


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give the block an empty temporary file (mode 0600), which gets its name when the block succeeds.

    Missing folders are created with mode 0700. Raises StudyFileError if the name is taken, if leftovers of
    another file are beside it, or if the folder cannot be written.
    """
    _refuse_taken(path)
    temporary = temporary_beside(path)
    try:
        make_private_folder(path.parent)
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except OSError as error:
        raise _not_writable(path, error) from error
    try:
        yield temporary
        _refuse_taken(path)
        try:
            _give_name(temporary, path)
        except FileExistsError as error:
            raise _taken(path) from error
        except OSError as error:
            raise _not_writable(path, error) from error
    finally:
        for leftover in (temporary, *(Path(f"{temporary}{ending}") for ending in _BESIDE)):
            with contextlib.suppress(OSError):
                leftover.unlink()
    sync_folder(path.parent)


def _give_name(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links. Windows refuses a name that is taken; elsewhere it was checked.
        os.rename(temporary, path)


def _refuse_taken(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise _taken(path)
    for ending in _BESIDE:
        if (beside := Path(f"{path}{ending}")).exists():
            raise StudyFileError(
                "The study cannot be created",
                f"{beside} is left over from another file and would be applied to the new one",
                "choose another name, or remove the leftover",
            )


def _taken(path: Path) -> StudyFileError:
    return StudyFileError(
        "The study cannot be created", f"{path} exists already", "choose another name, or open that one"
    )


def _not_writable(path: Path, error: OSError) -> StudyFileError:
    return StudyFileError(
        "The study cannot be created",
        f"{path} cannot be written ({error.strerror or error})",
        "choose a folder that you can write to, with enough free space",
    )


def _check_content(cases: Sequence[Case], arms: tuple[Arm, Arm], device: str) -> None:
    if not device:
        raise ValueError("a device needs a name")
    if len({case.id for case in cases}) != len(cases):
        twice = next(case.id for case in cases if sum(other.id == case.id for other in cases) > 1)
        raise InputRefusedError("The study cannot be created", f"two cases have the id {twice}", "rename one of them")
    if len({arm.id for arm in arms}) != 2:
        raise InputRefusedError("The study cannot be created", "both arms have the same id", "choose two arms")
    for case in cases:
        try:
            canonical_json(case.as_record()).encode()
        except ValueError as error:  # UnicodeEncodeError among them
            raise InputRefusedError(
                "The study cannot be created",
                f"case {case.id!r} contains a lone surrogate (half a character) or a number that is not finite",
                "correct it in the case file",
            ) from error


def _fill(
    db: Database,
    events: EventLog,
    cases: Sequence[Case],
    arms: tuple[Arm, Arm],
    protocol: Protocol,
    secret: bytes,
    case_files: Sequence[Mapping[str, Any]],
    left_out: Sequence[Mapping[str, Any]],
) -> None:
    study_id = str(uuid.uuid4())
    meta: dict[str, str] = {
        "study_id": study_id,
        "created_at": now(),
        "protocol": to_json(protocol.as_record()),
        "protocol_sha256": protocol.sha256,
        "secret": secret.hex(),
    }
    case_rows = [case_row(case, position) for position, case in enumerate(cases)]
    db.table("meta").insert_all({"key": key, "value": value} for key, value in meta.items())
    db.table("cases").insert_all(case_rows)
    models = {arm.model.sha256: arm.model for arm in arms if arm.model is not None}
    db.table("models").insert_all(map(model_row, models.values()))
    db.table("arms").insert_all(arm_row(arm, position) for position, arm in enumerate(arms))
    created = StudyCreated(
        study_id=study_id,
        protocol_sha256=protocol.sha256,
        secret_sha256=text_sha256(secret.hex()),
        cases=len(case_rows),
        cases_sha256=cases_sha256((row["id"], row["sha256"]) for row in case_rows),
        arms=[arm.summary() for arm in arms],
        arms_differ_in=[*arm_differences(arms, protocol)],
        case_files=[dict(file) for file in case_files],
        left_out=left_out_record(left_out).get("left_out"),
    )
    events.record(db, entry_of("doubleread", created))
