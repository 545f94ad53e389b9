"""The protocol: everything that goes in comes out, and nothing else is accepted."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import (
    MAX_LINE,
    Alive,
    AskLikelihood,
    Cancel,
    Chunk,
    Died,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Load,
    Loaded,
    Sampling,
    Shutdown,
    decode_event,
    decode_request,
    encode,
)
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.strict_json import ProtocolError, dumps, loads

TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
NAME = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20)
NUMBER = st.floats(0, 1, allow_nan=False)
BODY = st.dictionaries(
    TEXT, st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), NUMBER, TEXT), max_size=4
)
SAMPLING = st.builds(
    Sampling,
    temperature=NUMBER,
    top_k=st.integers(0, 1000),
    top_p=NUMBER,
    min_p=NUMBER,
    repeat_penalty=st.floats(0.5, 2),
    seed=st.integers(0, 2**32 - 2),
    max_tokens=st.integers(1, 10**6),
    stop=st.lists(NAME, max_size=3).map(tuple),
    grammar=st.sampled_from(["", 'root ::= "A" | "B"']),
)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(["system", "user", "assistant"]), TEXT), min_size=1, max_size=3)
REQUESTS = st.one_of(
    st.builds(Load, path=TEXT, cores=st.none() | st.lists(st.integers(0, 300)).map(tuple), n_slots=st.integers(1, 64)),
    st.builds(Generate, NAME, MESSAGES.map(tuple), SAMPLING, st.sampled_from(["interactive", "batch"])),
    st.builds(AskLikelihood, NAME, MESSAGES.map(tuple), st.lists(NAME, min_size=1, max_size=4).map(tuple)),
    st.builds(Cancel, NAME),
    st.just(Shutdown()),
)
INFO = st.builds(
    ModelInfo,
    *[TEXT, TEXT, TEXT, st.integers(0, 2**60), TEXT, *[st.integers(0, 2**60)] * 4, st.booleans(), BODY],
    problems=st.lists(TEXT, max_size=2).map(tuple),
)
EVENTS = st.one_of(
    st.builds(Loaded, BODY),
    st.builds(Chunk, NAME, TEXT),
    st.builds(Finished, NAME, TEXT, st.sampled_from(["stop", "length", "cancelled"]), BODY),
    st.builds(
        Likelihoods,
        NAME,
        st.lists(st.floats(-1e6, 0), max_size=3).map(tuple),
        st.lists(st.lists(st.integers(0, 2**20), max_size=3).map(tuple), max_size=3).map(tuple),
        BODY,
    ),
    st.builds(Failed, st.none() | NAME, TEXT, TEXT, TEXT),
    st.builds(Alive, NUMBER, st.integers(0, 99), st.integers(0, 99), st.integers(0, 10**9)),
    st.builds(Died, TEXT, TEXT, TEXT, st.none() | st.integers(-64, 2**32), st.lists(NAME, max_size=3).map(tuple)),
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(REQUESTS)
def test_requests_come_back_as_they_went(request_):
    line = encode(request_)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert line.isascii()
    assert decode_request(line) == request_


@QUICK
@given(EVENTS)
def test_events_come_back_as_they_went(event):
    assert decode_event(encode(event)) == event


@QUICK
@given(INFO)
def test_what_a_child_reads_comes_back_as_it_was(info):
    assert loads(dumps(info), ModelInfo) == info


@QUICK
@given(
    st.binary(max_size=200) | st.text(max_size=80).map(str.encode) | BODY.map(lambda body: json.dumps(body).encode())
)
def test_nonsense_is_refused_and_nothing_else_happens(line):
    for decode in (decode_request, decode_event):
        with pytest.raises(ProtocolError):
            decode(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"cancel"}',
        '{"type":"cancel","request_id":7}',
        '{"type":"cancel","request_id":"a","more":1}',
        '{"type":"chunk","request_id":"a","text":"event, not request"}',
        '{"type":"load","path":"x","n_ctx":true}',
        '{"type":"load","path":"x","n_ctx":1e3}',
        '{"type":"load","path":"x","n_slots":0}',
        '{"type":"load","path":"x","cores":[1,"2"]}',
        '{"type":"load","path":"x","kv_type":"f8"}',
        '{"type":"generate","request_id":"a","messages":[]}',
        '{"type":"generate","request_id":"a","messages":[{"role":"tool","content":"x"}]}',
        '{"type":"generate","request_id":"","messages":[{"role":"user","content":"x"}]}',
        '{"type":"generate","request_id":"a","messages":[{"role":"user","content":"x"}],"sampling":{"temperature":NaN}}',
        '{"type":"generate","request_id":"a","messages":[{"role":"user","content":"x"}],"sampling":{"top_p":1e999}}',
        '{"type":"generate","request_id":"a","messages":[{"role":"user","content":"x"}],"sampling":{"stop":[""]}}',
        '{"type":["load"],"path":"x"}',
        '{"type":"ask_likelihood","request_id":"a","messages":[{"role":"user","content":"x"}],"continuations":[]}',
        '{"type":"ask_likelihood","request_id":"a","messages":[{"role":"user","content":"x"}],"continuations":["A",""]}',
        '{"type":"ask_likelihood","request_id":"a","messages":[],"continuations":["A"]}',
        "[" * 100_000,
        '{"type":"cancel","request_id":' + "9" * 5000 + "}",
    ],
)
def test_what_is_nearly_right_is_refused(line):
    with pytest.raises(ProtocolError):
        decode_request(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"alive","progress_age":1e999}',
        '{"type":"likelihoods","request_id":"a","log_likelihoods":[-1e999],"tokens":[[1]]}',
        '{"type":"finished","request_id":"a","text":"","finish_reason":"bored"}',
        '{"type":"failed","title":"t","happened":"h"}',
    ],
)
def test_events_that_are_nearly_right_are_refused(line):
    with pytest.raises(ProtocolError):
        decode_event(line.encode())


def test_lines_have_a_longest_length():
    with pytest.raises(ProtocolError, match="longer"):
        encode(Chunk("a", "x" * MAX_LINE))
    with pytest.raises(ProtocolError, match="longer"):
        decode_event(b" " * (MAX_LINE + 1))


def test_numbers_that_json_does_not_know_are_refused():
    with pytest.raises(ProtocolError):
        encode(Finished("a", "", "stop", {"x": math.nan}))
    with pytest.raises(ValueError, match="temperature"):
        Sampling(temperature=math.nan)


def test_settings_out_of_range_are_refused_however_they_are_made():
    with pytest.raises(ValueError, match="n_ctx"):
        EngineSettings(n_ctx=4)
    with pytest.raises(ValueError, match="n_slots"):
        EngineSettings().replace(n_slots=65)


def test_a_grammar_that_llama_cpp_could_not_survive_is_refused():
    with pytest.raises(ValueError, match="grammar"):
        Sampling(grammar="root ::= " + "(" * 20_000 + '"a"' + ")" * 20_000)
    with pytest.raises(ValueError, match="grammar"):
        Sampling(grammar='root ::= "\0"')
