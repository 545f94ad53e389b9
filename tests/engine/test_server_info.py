"""What servers say of themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doubleread.domain.server import Server
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.server_info import ServerInfo, ask_server_info, check_model
from doubleread.errors import ServerError
from scripted_server import Turn, serving, status

MODELS = {"object": "list", "data": [{"id": "m", "object": "model"}, {"id": "other"}]}
PROPS = {
    "default_generation_settings": {"n_ctx": 4096, "params": {}},
    "total_slots": 4,
    "model_path": "C:\\Users\\ann\\models\\m.gguf",
    "chat_template": "{{ messages }}",
    "build_info": "b4800-abc",
}


def info_of(pages: dict[str, Any], model: str = "m") -> ServerInfo:
    def script(turn: Turn) -> None:
        page = pages.get(turn.asked.path, pages.get(turn.asked.path.partition("?")[0], 404))
        if isinstance(page, int):
            status(page, b"{}")(turn)
        else:
            status(200, page if isinstance(page, bytes) else json.dumps(page).encode())(turn)

    with serving(script) as server:
        client = ServerClient(Server(server.url + "/v1", model), backoff=Backoff(attempts=2, first=0.01))
        info = ask_server_info(client)
        check_model(client.server, info)
        assert info.entries["server_url"] == server.url
    return info


def own(info: ServerInfo) -> dict[str, Any]:
    return {name: value for name, value in info.entries.items() if name != "server_url"}


def test_llama_server():
    info = info_of({"/v1/models": MODELS, "/props": PROPS})
    assert info.models == ("m", "other")
    entries = own(info)
    assert len(entries.pop("template_sha256")) == 64
    assert entries == {
        "requested_model": "m",
        "llama_server": "b4800-abc",
        "model_file": "m.gguf",
        "n_ctx": 4096,
        "server_slots": 4,
    }


def test_a_llama_server_with_several_models_is_asked_about_the_one():
    router = {"default_generation_settings": {"n_ctx": 0}, "role": "router", "model_path": "none", "build_info": "b9"}
    models = {"data": [{"id": "org/m"}, {"id": "other"}]}
    assert own(info_of({"/v1/models": models, "/props": router}, "org/m")) == {
        "requested_model": "org/m",
        "llama_server": "b9",
    }
    pages = {"/v1/models": models, "/props": router, "/props?model=org%2Fm": PROPS}
    assert own(info_of(pages, "org/m"))["model_file"] == "m.gguf"


def test_vllm_and_ollama():
    models = {"data": [{"id": "other", "max_model_len": 512}, {"id": "m", "max_model_len": 8192}]}
    entries = own(info_of({"/v1/models": models, "/version": {"version": "0.11.0"}}))
    assert entries == {"requested_model": "m", "vllm": "0.11.0", "n_ctx": 8192}
    assert own(info_of({"/v1/models": MODELS, "/api/version": {"version": "0.13.1"}}))["ollama"] == "0.13.1"


@pytest.mark.parametrize("page", [{"error": "Unexpected endpoint"}, [1], b"<html>", 500, 405, {"version": 3}])
def test_what_is_not_answered_is_absent(page):
    """LM Studio answers unknown pages with 200 and an error."""
    pages = {"/v1/models": MODELS, "/props": page, "/version": page, "/api/version": page}
    assert own(info_of(pages)) == {"requested_model": "m"}


def test_a_server_without_a_list_of_models_is_used():
    assert info_of({}).models is None


def test_a_model_that_the_server_does_not_have_is_an_error_with_those_that_it_has():
    with pytest.raises(ServerError) as caught:
        info_of({"/v1/models": MODELS}, "m-7b")
    assert "'m-7b'" in caught.value.happened
    assert "m, other" in caught.value.remedy


@pytest.mark.parametrize("code", [401, 403, 500])
def test_a_server_that_refuses_or_fails_is_an_error(code):
    with pytest.raises(ServerError, match=str(code)):
        info_of({"/v1/models": code})
