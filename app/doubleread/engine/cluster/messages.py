"""What the program at home and the functions on a cluster's workers tell each other, as lines of JSON.

Dask pickles only the references to those functions and these bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doubleread.domain.arm import Adapter, NamedTemplate
from doubleread.engine.planning.study_plan import Conditions, Threads


@dataclass(frozen=True, slots=True)
class ModelWanted:
    """A model to run. `path` is where it was last seen, anywhere; its file is recognised by `sha256`.

    `file_bytes` is the size of all its parts, 0 if unknown. The rest is as in `Wanted`.
    """

    key: str
    path: str
    sha256: str
    file_bytes: int
    n_ctx: int
    typical_tokens: int = 0
    chat_template: NamedTemplate | None = None
    adapters: tuple[Adapter, ...] = ()
    threads: Threads = (None, None)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker needs to know of a run: its models, how to generate, and the folders that may hold the files."""

    run_id: str
    models: tuple[ModelWanted, ...]
    conditions: Conditions = field(default_factory=Conditions)
    begin_alike: bool = False
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a worker cannot run a model."""

    title: str
    happened: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a worker can run. `label` stands for its machine. `refused` has a reason for each model that it cannot run.

    With `sequential`, it can load only one model at a time.
    """

    label: str
    sequential: bool = False
    refused: Mapping[str, Refusal] = field(default_factory=dict)
