"""Tuning records: what was chosen for a model on this machine, kept in the program's own folder.

A record counts for one model file, one build of llama.cpp, one processor and one set of cores. It is replaced as a
whole. One that is damaged, or was measured under other conditions, is ignored, and `Lookup.why` says so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta

from doubleread import locations
from doubleread.atomic import atomic_write_bytes, make_private_folder
from doubleread.engine.client.settings import KvType
from doubleread.engine.strict_json import CheckedStruct, ProtocolError, dumps, loads

VERSION = 1
_LONGEST = 1 << 20
_NOISE = 0.02
_HASH = re.compile(r"[0-9a-f]{64}")

Kind = TypeVar("Kind")

Share = Annotated[float, Meta(gt=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Conditions(CheckedStruct, frozen=True):
    """What a record counts for, besides the model: llama.cpp's build, the processor, and its cores."""

    llama_cpp: str
    processor: str
    cores: str


class Choice(CheckedStruct, frozen=True):
    """Settings of a model on a processor. The defaults are those without a record."""

    flash_attention: bool = False
    kv_type: KvType = "f16"
    n_slots: Annotated[int, Meta(ge=1, le=64)] = 8
    kv_unified: bool = False
    n_ubatch: Annotated[int, Meta(ge=0, le=65536)] = 0


class Threads(CheckedStruct, frozen=True):
    """The part of its cores on which a worker computes single tokens, and batches."""

    single: Share = 1.0
    batch: Share = 1.0


class Figure(CheckedStruct, frozen=True):
    """The lowest time of one way in so many rounds: seconds of `what`, with `count` tokens of a prompt."""

    what: str
    seconds: Seconds
    rounds: int
    flash_attention: bool
    kv_type: KvType
    kv_unified: bool
    n_slots: int
    n_ubatch: int
    threads: int
    depth: int
    count: int = 0


class TuningRecord(CheckedStruct, frozen=True):
    """What was chosen for a model; `long` is for answers of `long_from` tokens or more, their prompts included.

    `unmeasured` names what there was no time or memory to compare, so that it has its default.
    """

    model_sha256: Sha256
    conditions: Conditions
    short: Choice
    long: Choice
    long_from: Annotated[int, Meta(ge=0, le=2**26)]
    threads: Threads
    seconds: Seconds
    measured_at: str
    figures: tuple[Figure, ...] = ()
    unmeasured: tuple[str, ...] = ()
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)] = VERSION

    @property
    def id(self) -> str:
        """The beginning of the record's hash, which manifests name."""
        return _sha256(self)[:16]

    def for_tokens(self, count: int) -> Choice:
        """Return the settings for answers with so many tokens, prompts included."""
        return self.long if count >= self.long_from > 0 else self.short


class PairRecord(CheckedStruct, frozen=True):
    """How fast two models are together: the time of both side by side, by that of one after the other."""

    model_sha256s: tuple[Sha256, Sha256]
    conditions: Conditions
    side_by_side: Annotated[float, Meta(gt=0, le=1000)]
    rounds: int
    seconds: Seconds
    measured_at: str
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)] = VERSION

    @property
    def in_turn(self) -> bool:
        """Whether a batch takes less time with one model after the other."""
        return self.side_by_side > 1 + _NOISE


@dataclass(frozen=True, slots=True)
class Lookup(Generic[Kind]):
    """A record, or why there is none: `why` is empty if none was ever measured."""

    record: Kind | None = None
    why: str = ""


def look_up(model_sha256: str, conditions: Conditions) -> Lookup[TuningRecord]:
    """Return the record of a model under these conditions."""
    found: Lookup[TuningRecord] = _read(_file(model_sha256), TuningRecord)
    record = found.record
    if record is None:
        return found
    if record.model_sha256 != model_sha256:
        return Lookup(None, "its tuning record is of another model")
    return Lookup(None, why) if (why := _stale(record.conditions, conditions)) else found


def look_up_pair(models: tuple[str, str], conditions: Conditions) -> Lookup[PairRecord]:
    """Return the record of two models, in either order."""
    first, second = sorted(models)
    found: Lookup[PairRecord] = _read(_pair_file(first, second), PairRecord)
    record = found.record
    if record is None:
        return found
    if record.model_sha256s != (first, second):
        return Lookup(None, "the tuning record is of other models")
    return Lookup(None, why) if (why := _stale(record.conditions, conditions)) else found


def keep(record: TuningRecord | PairRecord) -> bool:
    """Store a record in place of an earlier one. Return whether the disk took it."""
    path = _file(record.model_sha256) if isinstance(record, TuningRecord) else _pair_file(*record.model_sha256s)
    try:
        make_private_folder(path.parent)
        with atomic_write_bytes(path) as file:
            file.write(dumps({"sha256": _sha256(record), "record": record}))
    except OSError:
        return False
    return True


def all_records() -> Iterator[Lookup[TuningRecord]]:
    """Yield every model's record, whatever its conditions."""
    try:
        paths = sorted(path for path in locations.tuning().iterdir() if _HASH.fullmatch(path.stem))
    except OSError:
        return
    for path in paths:
        yield _read(path, TuningRecord)


def _stale(then: Conditions, now: Conditions) -> str:
    changed = [
        what
        for name, what in (("llama_cpp", "another build of llama.cpp"), ("processor", "another processor"))
        if getattr(then, name) != getattr(now, name)
    ]
    if then.cores != now.cores:
        changed.append("other cores")
    return f"its tuning record was measured with {' and '.join(changed)}" if changed else ""


def _read(path: Path, kind: Any) -> Lookup[Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST)
    except FileNotFoundError:
        return Lookup()
    except OSError as error:
        return Lookup(None, f"its tuning record cannot be read ({error.strerror or error})")
    try:
        stored = loads(data, dict[str, Any])
        record = loads(dumps(stored.get("record")), kind)
    except (ProtocolError, ValueError):
        return Lookup(None, "its tuning record is damaged")
    if stored.get("sha256") != _sha256(record):
        return Lookup(None, "its tuning record is damaged")
    return Lookup(record)


def _sha256(record: TuningRecord | PairRecord) -> str:
    return hashlib.sha256(dumps(record)).hexdigest()


def _file(model_sha256: str) -> Path:
    return locations.tuning() / f"{model_sha256}.json"


def _pair_file(first: str, second: str) -> Path:
    return locations.tuning() / f"{first[:24]}-{second[:24]}.json"
