"""Arms on a server, from `new` to the results; and every server that cannot be."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.conftest import PROTOCOL, write_pack
from doubleread.domain.arm import Arm
from doubleread.domain.drafts import Trouble
from doubleread.domain.server import Server
from doubleread.sessions.blind import without_names
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from scripted_server import ScriptedServer, says, serving

MODELS = {"/v1/models": {"object": "list", "data": [{"id": "clinic/zebra-med"}, {"id": "other"}]}}


@pytest.fixture
def server():
    with serving(says("B. ", "Pneumonia"), pages=MODELS) as running:
        yield running


@pytest.fixture
def new(invoke, tmp_path: Path, ggufs):
    """Call `new` with a model file as arm A and these options."""
    pack = write_pack(tmp_path / "pack.jsonl", 2)
    study = tmp_path / "study.doubleread"

    def call(*options: object, protocol: str = PROTOCOL):
        settings = tmp_path / "protocol.toml"
        settings.write_text(protocol, encoding="utf-8")
        model = ("--model-a", ggufs[0], "--protocol", settings)
        return study, invoke("new", study, "--cases", pack, *model, *options)

    return call


def on(server: ScriptedServer) -> tuple[str, ...]:
    return ("--server-b", server.url, "--server-model-b", "clinic/zebra-med")


def test_a_file_against_a_server(new, server, invoke):
    study, done = new(*on(server))
    assert done.code == 0, done.err
    assert "warning" not in done.err
    planned = invoke("run", study, "--dry-run")
    assert planned.code == 0, planned.err
    assert server.asked == []
    ran = invoke("run", study, "--json")
    assert (ran.code, ran.json["answers"], ran.json["missing"]) == (0, 4, [])
    assert [asked.body["model"] for asked in server.asked] == ["clinic/zebra-med"] * 2
    with closing(sqlite3.connect(study)) as connection:
        sql = "SELECT text, manifest FROM answers JOIN arms ON arms.id = arm_id WHERE server IS NOT NULL"
        for text, manifest in connection.execute(sql):
            assert text == "B. Pneumonia"
            assert json.loads(manifest)["requested_model"] == "clinic/zebra-med"
            assert json.loads(manifest)["server_url"] == server.url
            assert "model_sha256" not in json.loads(manifest)
    assert invoke("run", study).code == 0
    assert len(server.asked) == 2
    results = invoke("results", study, "--json").json
    assert [arm["answered"] for arm in results["arms"]] == [2, 2]
    assert verify(study).ok


def test_a_server_in_the_protocol_file(new, server):
    table = f'{PROTOCOL}[arms.b]\nrole = "biomedical"\n[arms.b.server]\nurl = "{server.url}"\nmodel = "other"\n'
    study, done = new(protocol=table + "concurrency = 2\n")
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        assert opened.arms()[1].server == Server(server.url, "other", concurrency=2)
        assert not opened.arms()[1].external


def test_a_wrong_model_id_lists_those_that_the_server_has(new, server):
    study, done = new("--server-b", server.url, "--server-model-b", "zebra")
    assert (done.code, study.exists()) == (1, False)
    assert "clinic/zebra-med" in done.err
    assert "other" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--server-b", "http://127.0.0.1:9", "--server-model-b", "m"), "Server"),
        (("--server-b", "http://192.0.2.1:8000", "--server-model-b", "m"), "Remote server refused"),
        (("--server-b", "http://127.0.0.1:9", "--server-model-b", "m", "--model-b", "x.gguf"), "Two models in one arm"),
    ],
)
def test_a_server_that_cannot_be_is_refused_with_a_reason(new, options, words):
    study, done = new(*options)
    assert (done.code, study.exists()) == (1, False)
    assert words in done.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--server-b", "http://127.0.0.1:9"), "model is missing for arm B; give --server-model-b"),
        (("--server-model-b", "m"), "url is missing for arm B; give --server-b"),
    ],
)
def test_the_missing_option_of_a_server_is_named(new, options, words):
    study, done = new(*options)
    assert (done.code, study.exists()) == (2, False)
    assert words in done.err


def test_slots_limit_the_requests_to_a_server(new, server, invoke):
    study, done = new(*on(server))
    assert done.code == 0, done.err
    assert invoke("run", study, "--slots", "1").code == 0
    with closing(sqlite3.connect(study)) as connection:
        sql = "SELECT manifest FROM answers JOIN arms ON arms.id = arm_id WHERE server IS NOT NULL"
        assert {json.loads(manifest)["n_slots"] for (manifest,) in connection.execute(sql)} == {1}


def test_mistakes_of_a_server_in_the_protocol_are_named(new):
    protocol = """
        [arms.b]
        chat_template = "chatml"
        [arms.b.server]
        url = "http://127.0.0.1:9"
        modle = "m"
    """
    study, done = new(protocol=protocol)
    assert (done.code, study.exists()) == (1, False)
    assert "arms.b.server: " in done.err
    assert "modle is not known" in done.err
    assert "arms.b.server: an arm on a server has no chat_template" in done.err


def test_a_server_cannot_be_reproducible(new, server, invoke):
    study, done = new(*on(server))
    assert done.code == 0, done.err
    ran = invoke("run", study, "--reproducible")
    assert ran.code == 1
    assert "Not reproducible" in ran.err
    assert server.asked == []


def test_a_reader_does_not_learn_which_side_is_a_server():
    server = Arm("2", "Zebra", server=Server("http://127.0.0.1:9", "m"))
    told = without_names(Trouble("Server busy", "it answered 429", "wait"), (Arm("1", "GPT"), server))
    assert "erver" not in f"{told.title} {told.happened} {told.remedy}"
    both = without_names(Trouble("Server busy", "it answered 429", "wait"), (server, server))
    assert both.title == "Server busy"
