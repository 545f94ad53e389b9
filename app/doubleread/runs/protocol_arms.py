"""The arms in a protocol file: tables [arms.a] and [arms.b], checked and taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from doubleread.domain.retrieval import retrieval_mistakes
from doubleread.domain.server import server_from_record
from doubleread.errors import ServerError

ArmKey = Literal["a", "b"]
ARM_KEYS: tuple[ArmKey, ArmKey] = ("a", "b")
_TEXTS = ("name", "role", "model", "chat_template")
_TABLES = ("prompt", "decoding")
_SERVER, _RETRIEVAL = "server", "retrieval"
_KNOWN = (*_TEXTS, "lora", *_TABLES, _SERVER, _RETRIEVAL)
_ADAPTER = ("file", "scale")
LARGEST_SCALE = 1000
_FILES = ("model", "chat_template", "lora")
"""What belongs to a model file."""


@dataclass(frozen=True, slots=True)
class ArmDraft:
    """What a user says of an arm when a study is created.

    `model` is a GGUF file, the name of a bundled model or, for external answers, any other name. `chat_template` is the
    name of a family or a Jinja file, `lora` are LoRA adapters as FILE or FILE:SCALE. `prompt` and `decoding` hold what
    the arm sets differently from the protocol, `server` the fields of `domain.server.Server`, `retrieval` corpus, top,
    method, query and max_words of `domain.retrieval.Retrieval`. An empty field was not given.
    """

    model: str = ""
    name: str = ""
    role: str = ""
    chat_template: str = ""
    lora: tuple[str, ...] = ()
    prompt: Mapping[str, Any] = field(default_factory=dict)
    decoding: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] = field(default_factory=dict)
    retrieval: Mapping[str, Any] = field(default_factory=dict)

    def with_flags(self, flags: ArmDraft) -> ArmDraft:
        """Return it with what was given on the command line, which goes before the file."""
        given = {item.name: getattr(flags, item.name) or getattr(self, item.name) for item in fields(self)}
        given["decoding"] = {**self.decoding, **flags.decoding}
        given["server"] = {**self.server, **flags.server}
        given["retrieval"] = {**self.retrieval, **flags.retrieval}
        return ArmDraft(**given)


def arm_mistakes(arms: Any) -> Iterator[str]:
    """Name every mistake in [arms], except inside the tables prompt and decoding."""
    if not isinstance(arms, Mapping) or any(not isinstance(arm, Mapping) for arm in arms.values()):
        yield "arms must be tables, [arms.a] and [arms.b]"
        return
    for key, arm in arms.items():
        where = f"arms.{key}"
        if key not in ARM_KEYS:
            yield f"{where} is not known (there are: arms.a, arms.b)"
        for name, value in arm.items():
            if name not in _KNOWN:
                yield f"{where}.{name} is not known (there are: {', '.join(_KNOWN)})"
            elif name in _TEXTS and not isinstance(value, str):
                yield f"{where}.{name} must be a text, not {value!r}"
            elif name in (*_TABLES, _SERVER, _RETRIEVAL) and not isinstance(value, Mapping):
                yield f"{where}.{name} must be a table, [{where}.{name}]"
        if isinstance(arm.get(_SERVER), Mapping):
            yield from _server_mistakes(f"{where}.{_SERVER}", arm)
        if isinstance(arm.get(_RETRIEVAL), Mapping):
            yield from (f"{where}.{_RETRIEVAL}: {mistake}" for mistake in retrieval_mistakes(arm[_RETRIEVAL]))
        if "lora" in arm:
            yield from _adapter_mistakes(f"{where}.lora", arm["lora"])


def _server_mistakes(where: str, arm: Mapping[str, Any]) -> Iterator[str]:
    try:
        server_from_record(arm[_SERVER])
    except ServerError as error:
        yield f"{where}: {error}"
    yield from (f"{where}: an arm on a server has no {name}" for name in _FILES if name in arm)


def _adapter_mistakes(where: str, adapters: Any) -> Iterator[str]:
    if not isinstance(adapters, list):
        yield f"{where} must be a list of files, or of tables with file and scale"
        return
    for number, adapter in enumerate(adapters, start=1):
        if isinstance(adapter, str):
            continue
        if not isinstance(adapter, Mapping) or not isinstance(adapter.get("file"), str):
            yield f"{where}, number {number}: file must be a text"
        elif unknown := sorted(set(adapter) - set(_ADAPTER)):
            yield f"{where}, number {number}: {unknown[0]} is not known (there are: {', '.join(_ADAPTER)})"
        elif not _is_scale(scale := adapter.get("scale", 1.0)):
            yield f"{where}, number {number}: scale must be a number up to {LARGEST_SCALE}, not {scale!r}"


def _is_scale(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_SCALE


def arm_drafts(arms: Mapping[str, Any], folder: Path) -> dict[ArmKey, ArmDraft]:
    """Return the arms of a protocol file without mistakes; paths in it are relative to `folder`, where it is."""

    def place(given: str) -> str:
        return str(folder / given) if (folder / given).is_file() else given

    def retrieval(given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**given, "corpus": place(given["corpus"])} if given else {}

    def draft(arm: Mapping[str, Any]) -> ArmDraft:
        adapters = [{"file": item} if isinstance(item, str) else item for item in arm.get("lora", ())]
        return ArmDraft(
            model=place(arm.get("model", "")),
            name=arm.get("name", ""),
            role=arm.get("role", ""),
            chat_template=place(arm.get("chat_template", "")),
            lora=tuple(f"{place(item['file'])}:{item.get('scale', 1)}" for item in adapters),
            prompt=arm.get("prompt", {}),
            decoding=arm.get("decoding", {}),
            server=arm.get("server", {}),
            retrieval=retrieval(arm.get("retrieval", {})),
        )

    return {key: draft(arms.get(key, {})) for key in ARM_KEYS}
