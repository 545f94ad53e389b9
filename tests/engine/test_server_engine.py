"""The backend for servers: what a run asks of it, and what it hears."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from doubleread.domain.case import Case, Document
from doubleread.domain.prompts import Message, PromptTemplate
from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.server import Server
from doubleread.engine.client.protocol import (
    AskLikelihood,
    Chunk,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Loaded,
    Sampling,
)
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.engine import ServerEngine
from scripted_server import Script, ScriptedServer, Turn, says, serving, status
from waiting import PATIENCE, until

MODEL = "clinic/biomed-7b"
PAGES = {"/v1/models": {"data": [{"id": MODEL}, {"id": "general-7b"}]}}
QUICK = Backoff(attempts=2, first=0.01, longest=0.02)
QUESTION = (Message("system", "Be careful."), Message("user", "What is it?"))
KEY = "sk-Zx81Qtopsecret"


class Heard:
    """An engine with everything that it has said."""

    def __init__(self, server: Server, **options: Any) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()
        self.engine = ServerEngine(server, self.hear, "test", **{"backoff": QUICK, **options})

    def hear(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[Event], bool], since: int = 0) -> Any:
        """Wait for an event and return it."""

        def found() -> Event | None:
            return next((event for event in self.events[since:] if wanted(event)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, PATIENCE), self.events
            return found()

    def settled(self, since: int = 0) -> Loaded | Failed:
        """Wait for the answer to a start."""
        return self.wait_for(lambda event: isinstance(event, Loaded | Failed), since)

    def start(self) -> Loaded:
        self.engine.start()
        event = self.settled()
        assert isinstance(event, Loaded), event
        return event

    def ask(self, request_id: str = "r", priority: Any = "batch", **sampling: Any) -> None:
        self.engine.generate(Generate(request_id, QUESTION, Sampling(**sampling), priority))

    def end(self, request_id: str = "r") -> Any:
        """Wait for a request's end."""
        return self.wait_for(lambda event: _ends(event, request_id))

    def died(self, since: int = 0) -> Died:
        return self.wait_for(lambda event: isinstance(event, Died), since)

    def shown(self, request_id: str = "r") -> tuple[str, str]:
        """Answer and reasoning as they add up from the pieces."""
        texts = {False: "", True: ""}
        for event in self.events:
            if isinstance(event, Chunk) and event.request_id == request_id:
                if event.retracts:
                    texts = {False: "", True: texts[True] if event.text else ""}
                texts[event.reasoning] += event.text
        return texts[False], texts[True]


def _ends(event: Event, request_id: str) -> bool:
    return isinstance(event, Finished | Failed) and event.request_id == request_id


@contextmanager
def engine_of(
    *scripts: Script, pages: Any = PAGES, settings: Any = None, **options: Any
) -> Iterator[tuple[Heard, ScriptedServer]]:
    """Run an engine on a scripted server, not started."""
    with serving(*scripts, pages=pages) as server:
        heard = Heard(Server(server.url + "/v1", MODEL, **(settings or {})), **options)
        yield heard, server
        heard.engine.stop()


def test_what_the_server_says_of_itself_and_nothing_else_is_in_the_manifest_of_every_answer():
    props = {"default_generation_settings": {"n_ctx": 2048}, "build_info": "b6000-abc", "total_slots": 9}
    with engine_of(says("Flu."), pages={**PAGES, "/props": props}, settings={"concurrency": 3}) as (heard, server):
        entries = heard.start().engine
        heard.ask()
        manifest = heard.end().manifest
    assert entries == {
        "server_url": server.url,
        "requested_model": MODEL,
        "llama_server": "b6000-abc",
        "n_ctx": 2048,
        "server_slots": 9,
        "n_slots": 3,
        "own_reasoning_markers": [],
    }
    assert entries.items() <= manifest.items()
    assert set(manifest) - set(entries) == {
        "sampler",
        "request_settings",
        "request_sha256",
        "finish_reason",
        "attempts",
        "started_at",
        "finished_at",
        "time_to_first_token_seconds",
        "time_to_first_answer_seconds",
        "reasoning_unclosed",
        "reasoning_retracted",
        "suspected_markers",
    }
    json.dumps(manifest)


def test_every_setting_is_sent_so_that_no_default_of_the_server_applies():
    with engine_of(says("Flu.")) as (heard, server):
        heard.start()
        heard.ask(temperature=0.5, top_k=7, top_p=0.8, min_p=0.1, seed=3, max_tokens=50, stop=("##",))
        manifest = heard.end().manifest
        (asked,) = server.asked
    settings = {
        "max_tokens": 50,
        "temperature": 0.5,
        "top_k": 7,
        "top_p": 0.8,
        "min_p": 0.1,
        "seed": 3,
        "stop": ["##"],
        "repeat_penalty": 1.0,
        "repetition_penalty": 1.0,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
    assert settings.items() <= asked.body.items()
    assert manifest["request_settings"] == settings
    assert manifest["sampler"]["temperature"] == 0.5
    assert [turn["role"] for turn in asked.body["messages"]] == ["system", "user"]


def test_an_answer_grows_and_is_complete():
    usage = {"prompt_tokens": 12, "completion_tokens": 5}
    with engine_of(says("Pneu", "monia.", usage=usage)) as (heard, _):
        heard.start()
        heard.ask()
        end = heard.end()
        assert (end.text, end.reasoning, end.finish_reason) == ("Pneumonia.", "", "stop")
        assert heard.shown() == ("Pneumonia.", "")
        assert heard.engine.tokens_made == end.manifest["completion_tokens"] == 5


def delimited_by_the_server(turn: Turn) -> None:
    turn.head()
    turn.text("", reasoning_content="Fever, ")
    turn.text("", reasoning_content="so...")
    turn.text("\n\n")
    turn.text("\nFlu, ")
    turn.text(" or not.")
    turn.finish()


@pytest.mark.parametrize(
    ("script", "known_from"),
    [
        (says("<thi", "nk>Fever, so...", "</thi", "nk>\n\nFlu, ", " or not."), "answer"),
        (says("Fever, so...", "\n</think>\n\nFlu, ", " or not."), "answer"),
        (says("{{Fever, so...}}\n\nFlu, ", " or not."), "answer"),
        (delimited_by_the_server, "server"),
    ],
)
def test_reasoning_is_no_part_of_the_answer(script, known_from):
    with engine_of(script, reasoning=[OwnMarkers("{{", "}}")]) as (heard, _):
        heard.start()
        heard.ask()
        end = heard.end()
        assert (end.text, end.reasoning) == ("Flu,  or not.", "Fever, so...")
        assert heard.shown()[0] == end.text
        assert end.manifest["reasoning_known_from"] == known_from
        assert not end.manifest["reasoning_unclosed"]


def test_reasoning_that_does_not_end_is_no_answer():
    with engine_of(says("<think>Fever", reason="length")) as (heard, server):
        heard.start()
        heard.ask(max_reasoning_tokens=0)
        end = heard.end()
        assert (end.text, end.reasoning, end.finish_reason) == ("", "Fever", "length")
        assert end.manifest["reasoning_unclosed"]
        assert len(server.asked) == 1


def test_a_model_that_reasons_gets_the_tokens_for_it():
    """A server has one limit for both. Only the first answers show that the model reasons."""
    scripts = says("<think>Fever", reason="length"), says("<think>Fever</think>Flu."), says("Yes.")
    with engine_of(*scripts) as (heard, server):
        heard.start()
        heard.ask("first", max_tokens=50, max_reasoning_tokens=200)
        end = heard.end("first")
        assert (end.text, end.reasoning, end.finish_reason) == ("Flu.", "Fever", "stop")
        assert heard.shown("first") == ("Flu.", "Fever")
        assert end.manifest["request_settings"]["max_tokens"] == 250
        assert end.manifest["sampler"]["max_tokens"] == 50
        heard.ask("second", max_tokens=50, max_reasoning_tokens=200)
        heard.end("second")
        assert [asked.body["max_tokens"] for asked in server.asked] == [50, 250, 250]


def test_a_model_that_does_not_reason_is_cut_off_at_the_limit_of_an_answer():
    with engine_of(says("Flu and", reason="length")) as (heard, server):
        heard.start()
        heard.ask(max_tokens=50, max_reasoning_tokens=200)
        assert (heard.end().text, heard.end().finish_reason) == ("Flu and", "length")
        assert [asked.body["max_tokens"] for asked in server.asked] == [50]


def cut(turn: Turn) -> None:
    turn.head()
    turn.text("<think>Half</think>Half an ans")


def test_what_has_come_of_an_answer_that_is_begun_again_is_retracted():
    with engine_of(cut, says("Whole.")) as (heard, _):
        heard.start()
        heard.ask()
        end = heard.end()
        assert (end.text, end.reasoning, end.manifest["attempts"]) == ("Whole.", "", 2)
        assert Chunk("r", "", reasoning=True, retracts=True) in heard.events
        assert heard.shown() == ("Whole.", "")


@pytest.mark.parametrize("reason", ["eos_token", "stop_sequence"])
def test_other_words_for_a_complete_answer_are_known(reason):
    with engine_of(says("Flu.", reason=reason)) as (heard, _):
        heard.start()
        heard.ask()
        assert heard.end().finish_reason == heard.end().manifest["finish_reason"] == "stop"


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls", "abort", "whatever"])
def test_an_answer_that_ended_for_another_reason_is_no_answer(reason):
    with engine_of(says("Flu.", reason=reason)) as (heard, _):
        heard.start()
        heard.ask()
        assert isinstance(heard.end(), Failed)
        assert reason in heard.end().happened


def wrong_json(turn: Turn) -> None:
    turn.head()
    turn.raw(b"data: {]\n\n")


@pytest.mark.parametrize(
    ("script", "tries"), [(status(400), 1), (status(422), 1), (wrong_json, 1), (status(500), 2), (cut, 2)]
)
def test_a_request_that_cannot_succeed_does_not_touch_the_others(script, tries):
    def choosing(turn: Turn) -> None:
        (script if turn.asked.body["seed"] == 13 else says("Flu."))(turn)

    with engine_of(choosing, settings={"concurrency": 1}) as (heard, server):
        heard.start()
        heard.ask("bad", seed=13)
        heard.ask("good")
        assert heard.end("good").text == "Flu."
        assert isinstance(heard.end("bad"), Failed)
        assert len([asked for asked in server.asked if asked.body["seed"] == 13]) == tries


@pytest.mark.parametrize("code", [429, 503, 401, 403, 404])
def test_what_any_request_would_meet_ends_all_and_a_restart_goes_on(code):
    script = status(code)
    with engine_of(lambda turn: script(turn), settings={"concurrency": 2}) as (heard, _):
        heard.start()
        for name in ("one", "two", "three"):
            heard.ask(name)
        died = heard.died()
        assert set(died.request_ids) == {"one", "two", "three"}
        assert died.exit_code is None
        assert died.remedy
        heard.ask("early")
        assert isinstance(heard.end("early"), Failed)
        script = says("Flu.")
        since = len(heard.events)
        heard.engine.restart()
        assert isinstance(heard.settled(since), Loaded)
        heard.ask("one")
        assert heard.end("one").text == "Flu."
    assert not [event for event in heard.events[since:] if isinstance(event, Died)]


def test_a_server_that_is_gone_is_waited_for_after_a_restart():
    waits: list[int] = []

    class Counting(Backoff):
        def wait(self, attempt: int, *more: Any, **options: Any) -> float | None:
            waits.append(attempt)
            return super().wait(attempt, *more, **options)

    with serving(says("Flu."), pages=PAGES) as server:
        port = server.port
        heard = Heard(Server(server.url, MODEL), until_back=Counting(attempts=1000, first=0.01, longest=0.02))
        heard.start()
    heard.ask()
    assert heard.died().request_ids == ("r",)
    heard.engine.restart()
    until(lambda: len(waits) > QUICK.attempts)
    with serving(says("Flu."), pages=PAGES, port=port):
        heard.wait_for(lambda event: isinstance(event, Loaded), since=heard.events.index(heard.died()))
        heard.ask()
        assert heard.end().text == "Flu."
    heard.engine.stop()


def test_a_restart_while_requests_run_ends_them_with_a_death():
    with engine_of(lambda turn: turn.wait()) as (heard, server):
        heard.start()
        heard.ask()
        until(lambda: server.asked)
        since = len(heard.events)
        heard.engine.restart()
        assert heard.died().request_ids == ("r",)
        assert isinstance(heard.settled(since), Loaded)


@pytest.mark.parametrize(
    ("pages", "title"),
    [
        ({"/v1/models": 500}, "Server failed"),
        ({"/v1/models": 401}, "Server refused access"),
        ({"/v1/models": {"data": [{"id": "clinic/general-7b"}]}}, "Model not on the server"),
    ],
)
def test_a_server_that_cannot_be_used_fails_to_load(pages, title):
    with engine_of(says("Flu."), pages=pages) as (heard, server):
        heard.engine.start()
        event = heard.settled()
        assert isinstance(event, Failed)
        assert (event.request_id, event.title) == (None, title)
        assert event.remedy
        heard.ask()
        assert isinstance(heard.end(), Failed)
        assert server.asked == []


def test_a_server_that_lists_no_models_is_used():
    with engine_of(says("Flu."), pages={}) as (heard, _):
        assert heard.start().engine["requested_model"] == MODEL


def test_likelihoods_and_grammars_need_a_model_file():
    with engine_of(says("Flu.")) as (heard, server):
        heard.start()
        heard.engine.ask_likelihood(AskLikelihood("likely", QUESTION, (" A", " B")))
        assert "does not say how likely" in heard.end("likely").happened
        heard.ask("grammar", grammar='root ::= "A"')
        assert "grammar" in heard.end("grammar").happened
        assert server.asked == []


def test_a_request_that_somebody_waits_for_goes_first():
    released = threading.Event()

    def slow(turn: Turn) -> None:
        released.wait(PATIENCE)
        says("Flu.")(turn)

    with engine_of(slow, says("Flu."), settings={"concurrency": 1}) as (heard, server):
        heard.start()
        heard.ask("running")
        until(lambda: server.asked)
        for name in ("waiting", "later"):
            heard.ask(name, stop=(name,))
        heard.ask("looked at", "interactive", stop=("looked at",))
        released.set()
        for name in ("running", "waiting", "later", "looked at"):
            heard.end(name)
        assert [asked.body.get("stop") for asked in server.asked] == [None, ["looked at"], ["waiting"], ["later"]]


def test_nothing_is_heard_after_a_stop():
    with engine_of(lambda turn: turn.wait()) as (heard, server):
        heard.start()
        heard.ask()
        until(lambda: server.asked)
        heard.engine.stop()
        count = len(heard.events)
        heard.ask("late")
        heard.engine.restart()
        heard.engine.stop()
        assert len(heard.events) == count == 1


def test_what_the_listener_has_not_heard_when_it_stops_the_engine_it_does_not_hear():
    released, blocked = threading.Event(), threading.Event()

    class Slow(Heard):
        def hear(self, event: Event) -> None:
            super().hear(event)
            if isinstance(event, Chunk):
                blocked.set()
                released.wait(PATIENCE)

    with serving(says("one ", "two ", "three"), pages=PAGES) as server:
        heard = Slow(Server(server.url, MODEL))
        heard.start()
        heard.ask()
        assert blocked.wait(PATIENCE)
        heard.engine.ask_likelihood(AskLikelihood("likely", QUESTION, (" A",)))
        heard.engine.stop(timeout=0.0)
        count = len(heard.events)
        released.set()
        heard.engine.stop(PATIENCE)
    assert len(heard.events) == count


def test_an_id_in_use_is_refused():
    with engine_of(lambda turn: turn.wait()) as (heard, _):
        heard.start()
        heard.ask()
        heard.ask()
        assert heard.end().title == "Request refused"


def test_an_error_of_the_listener_does_not_end_the_engine():
    class Faulty(Heard):
        def hear(self, event: Event) -> None:
            super().hear(event)
            raise ZeroDivisionError

    with serving(says("Flu."), pages=PAGES) as server:
        heard = Faulty(Server(server.url, MODEL))
        heard.start()
        heard.ask()
        assert heard.end().text == "Flu."
        heard.engine.stop()


def names_everything(turn: Turn) -> None:
    turn.head(400, "application/json")
    said = f"{MODEL} (biomed-7b.gguf) at {turn.asked.headers['host']} failed, use general-7b; key {KEY}, CLINIC_KEY"
    turn.raw(json.dumps({"error": {"message": said}}).encode())


@pytest.mark.parametrize(
    "script",
    [
        names_everything,
        status(401),
        status(404),
        status(429),
        cut,
        wrong_json,
        status(302, Location="http://x.example"),
    ],
)
def test_no_event_names_the_arm_or_holds_the_key(script, monkeypatch):
    monkeypatch.setenv("CLINIC_KEY", KEY)
    pages = {**PAGES, "/props": {"default_generation_settings": {}, "model_path": "/models/biomed-7b.gguf"}}
    with engine_of(script, pages=pages, settings={"key_variable": "CLINIC_KEY"}) as (heard, server):
        heard.start()
        heard.ask()
        told = heard.wait_for(lambda event: isinstance(event, Failed | Died))
    shown = f"{told.title} {told.happened} {told.remedy}"
    for name in (str(server.port), "127.0.0.1", "biomed", "general", "clinic", "CLINIC_KEY"):
        assert name not in shown
    assert "sk-Zx" not in repr(heard.events)


@pytest.mark.parametrize("pages", [{"/v1/models": 401}, {"/v1/models": {"data": [{"id": "clinic/general-7b"}]}}])
def test_not_even_a_server_that_cannot_be_used_is_named(pages, monkeypatch):
    with engine_of(says(""), pages=pages, settings={"key_variable": "CLINIC_KEY"}) as (heard, server):
        heard.engine.start()
        assert "environment variable with the API key is not set" in heard.settled().happened
        monkeypatch.setenv("CLINIC_KEY", KEY)
        since = len(heard.events)
        heard.engine.restart()
        shown = repr(heard.settled(since))
    for name in (str(server.port), "127.0.0.1", "biomed", "general", "clinic/", "CLINIC_KEY", "sk-Zx"):
        assert name not in shown


def long_case(*documents: Document) -> Generate:
    template = PromptTemplate(system="", diagnosis="{text}\n\n{question}")
    case = Case("case", "diagnosis", "She coughs.", "Why?", key="Asthma", documents=documents)
    messages, spans = template.messages(case), template.document_spans(case)
    return Generate("r", messages, Sampling(max_tokens=40), documents=spans)


def tokenizing(answer: object, prompts: list[str]) -> object:
    def script(turn: Turn) -> None:
        if turn.asked.path == "/tokenize":
            if answer is None:
                turn.head(404, "application/json")
                return
            turn.head(kind="application/json")
            text = turn.asked.body["content"]
            count = len(text.split())
            turn.raw(b'{"tokens": [%s]}' % b",".join([b"1"] * count) if answer == "llama" else b'{"count": %d}' % count)
            return
        prompts.append(turn.asked.body["messages"][-1]["content"])
        turn.head()
        turn.text("Fine.")
        turn.finish()

    return script


@pytest.mark.parametrize(
    ("answer", "counted", "left_out"),
    [("llama", "server", ["d4", "d5"]), ("vllm", "server", ["d4", "d5"]), (None, "estimate", ["d2", "d3", "d4", "d5"])],
)
def test_a_server_gets_the_documents_that_fit(answer, counted, left_out):
    prompts: list[str] = []
    documents = tuple(Document(f"d{at}", "word " * 100) for at in range(6))
    with engine_of(tokenizing(answer, prompts), pages=PAGES, n_ctx=600) as (heard, _):
        heard.start()
        heard.engine.generate(long_case(*documents))
        done = heard.end()
    assert isinstance(done, Finished), done
    assert done.manifest["documents"]["left_out"] == left_out
    assert done.manifest["documents"]["counted"] == counted
    assert prompts[0].count("word") == 100 * (6 - len(left_out))


def test_the_context_of_the_server_counts_if_it_is_the_smaller_one():
    prompts: list[str] = []
    pages = {"/v1/models": {"data": [{"id": MODEL, "max_model_len": 400}]}}
    documents = tuple(Document(f"d{at}", "word " * 100) for at in range(6))
    with engine_of(tokenizing("llama", prompts), pages=pages, n_ctx=600) as (heard, _):
        heard.start()
        heard.engine.generate(long_case(*documents))
        assert heard.end().manifest["documents"]["left_out"] == ["d2", "d3", "d4", "d5"]


def test_a_server_is_not_asked_if_no_document_fits():
    with engine_of(says("Fine."), pages=PAGES, n_ctx=100) as (heard, server):
        heard.start()
        heard.engine.generate(long_case(Document("d0", "word " * 300)))
        failed = heard.end()
        assert {one.path for one in server.asked} <= {"/tokenize"}
    assert isinstance(failed, Failed)
    assert failed.title == "Documents too long"


def test_a_server_gets_a_request_without_documents_as_it_is():
    with engine_of(says("Fine."), pages=PAGES, n_ctx=100) as (heard, server):
        heard.start()
        heard.engine.generate(long_case())
        assert "documents" not in heard.end().manifest
        assert [one.path for one in server.asked] == ["/v1/chat/completions"]
