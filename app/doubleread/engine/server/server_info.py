"""What a server says of itself. What it does not say is absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from doubleread.domain.display import display_line
from doubleread.domain.hashes import text_sha256
from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.client import ServerClient
from doubleread.errors import ServerError

_NAMED = 10


class _Model(msgspec.Struct):
    id: str
    max_model_len: int | None = None
    """Of vLLM."""


class _Models(msgspec.Struct):
    data: list[_Model]


class _Generation(msgspec.Struct):
    n_ctx: int | None = None


class _Props(msgspec.Struct):
    """Of llama-server."""

    default_generation_settings: _Generation
    build_info: str | None = None
    model_path: str | None = None
    total_slots: int | None = None
    chat_template: str | None = None
    role: str | None = None


class _Version(msgspec.Struct):
    version: str


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The ids of its models, None if it does not list them, and the manifest's entries about the server."""

    models: tuple[str, ...] | None
    entries: Mapping[str, Any] = field(default_factory=dict)


def ask_server_info(client: ServerClient, cancellation: Cancellation | None = None) -> ServerInfo:
    """Ask a server about itself. Raises ServerError where it is not reachable or refuses access, and
    RequestCancelledError.
    """
    cancellation = cancellation or Cancellation()
    listed = _read(client.get("/v1/models", cancellation), _Models)
    models = tuple(model.id for model in listed.data) if listed else None
    # A llama-server with several models says what it knows of one that is named.
    props = _read(
        client.get(f"/props?model={quote(client.server.model, safe='')}", cancellation, optional=True), _Props
    )
    own = next((model for model in listed.data if model.id == client.server.model), None) if listed else None
    entries: dict[str, Any] = {
        "server_url": str(client.address),
        "requested_model": client.server.model,
        "n_ctx": own.max_model_len if own else None,
        "vllm": _version(client, "/version", cancellation),
        "ollama": _version(client, "/api/version", cancellation),
    }
    if props:
        entries |= {
            "llama_server": props.build_info,
            "model_file": _file_of(props),
            "n_ctx": props.default_generation_settings.n_ctx or entries["n_ctx"],
            "server_slots": props.total_slots,
            "template_sha256": text_sha256(props.chat_template) if props.chat_template else None,
        }
    return ServerInfo(models, {name: value for name, value in entries.items() if value is not None})


def check_model(server: Server, info: ServerInfo) -> None:
    """Raise ServerError, which names the models that there are, if the server lists models and not this one."""
    if not info.models or server.model in info.models:
        return
    names = ", ".join(display_line(name)[:100] for name in info.models[:_NAMED])
    more = ", …" if len(info.models) > _NAMED else ""
    happened = f"{server.address} has no model {server.model!r}"
    raise ServerError("Model not on the server", happened, f"name one of: {names}{more}")


def examined(server: Server) -> ServerInfo:
    """Ask a server about itself before anything else. Raises ServerError if it or its model cannot be used."""
    info = ask_server_info(ServerClient(server, backoff=Backoff(attempts=2)))
    check_model(server, info)
    return info


def _file_of(props: _Props) -> str | None:
    if not props.model_path or props.role == "router":
        return None
    return props.model_path.replace("\\", "/").rsplit("/", 1)[-1]


def _version(client: ServerClient, path: str, cancellation: Cancellation) -> str | None:
    found = _read(client.get(path, cancellation, optional=True), _Version)
    return found.version if found else None


def _read(page: Any, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(page, kind)
    except msgspec.ValidationError:
        return None
