"""Documents are left out of a prompt that is too long: by a worker, and for `models inspect --render`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case, Document
from doubleread.domain.documents import DocumentSpan, removable
from doubleread.domain.hashes import text_sha256
from doubleread.domain.prompts import Message, PromptTemplate
from doubleread.engine.client.protocol import Failed, Generate, Sampling, decode_request, encode
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.fitting import TooLongError, fitted
from doubleread.engine.templates.rendering import render_prompt

TEMPLATE = PromptTemplate(system="", diagnosis="{text}\n\n{question}")


def asked(*documents: Document, request_id: str = "one", max_tokens: int = 40, **more: object) -> Generate:
    case = Case("case", "diagnosis", "She coughs.", "Why?", key="Asthma", documents=documents)
    spans = TEMPLATE.document_spans(case)
    sampling = Sampling(max_tokens=max_tokens, **more)
    return Generate(request_id, TEMPLATE.messages(case), sampling, documents=spans)


def letters(count: int, size: int = 100, needed: Sequence[int] = ()) -> tuple[Document, ...]:
    return tuple(Document(f"d{at}", f"{at}" * size, needed=at in needed) for at in range(count))


@dataclass(frozen=True)
class Sized:
    text: str

    @property
    def count(self) -> int:
        return len(self.text)


def write(messages: Sequence[Message]) -> Sized:
    return Sized("".join(message.content for message in messages))


@given(
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=9),
    needed=st.sets(st.integers(0, 8)),
    room=st.integers(50, 1500),
    reserved=st.sampled_from([0, 100]),
)
def test_as_many_documents_stay_as_fit(sizes, needed, room, reserved):
    documents = [Document(f"d{at}", "x" * size, needed=at in needed) for at, size in enumerate(sizes)]
    request = asked(*documents)
    order = removable(request.documents)
    lengths = [write(request.without(order[:count])).count + 40 for count in range(len(order) + 1)]
    possible = [count for count, length in enumerate(lengths) if length + reserved <= room]
    if not possible and lengths[-1] > room:
        with pytest.raises(TooLongError):
            fitted(request, room, reserved, write)
        return
    expected = order[: min(possible, default=len(order))]
    found = fitted(request, room, reserved, write)
    assert found.left_out == expected
    assert found.prompt.text == write(request.without(expected)).text


def test_few_prompts_are_written_even_for_many_documents():
    written = []

    def counting(messages: Sequence[Message]) -> Sized:
        written.append(1)
        return write(messages)

    assert len(fitted(asked(*letters(500)), 20_000, 0, counting).left_out) > 300
    assert len(written) < 13


def test_a_request_with_documents_survives_the_pipe():
    request = asked(*letters(3, needed=[1]))
    assert decode_request(encode(request)) == request
    assert b"documents" in encode(request)


@pytest.mark.parametrize(
    "spans",
    [
        (DocumentSpan("a", 5, 9), DocumentSpan("b", 2, 4)),
        (DocumentSpan("a", -1, 3),),
        (DocumentSpan("a", 0, 99),),
        (DocumentSpan("a", 0, 2), DocumentSpan("a", 3, 4)),
    ],
)
def test_documents_that_are_not_in_the_message_are_refused(spans):
    with pytest.raises(ValueError, match="document"):
        Generate("one", (Message("user", "0123456789"),), documents=spans)


def test_a_worker_leaves_the_last_documents_out_and_says_so(shared):
    request = asked(*letters(6), request_id="six")
    shared.engine.generate(request)
    entry = shared.answer("six").manifest["documents"]
    assert entry["order"] == ["d0", "d1", "d2", "d3", "d4", "d5"]
    assert entry["left_out"] == ["d3", "d4", "d5"]
    assert entry["counted"] == "tokenizer"
    assert shared.answer("six").manifest["prompt_tokens"] + 40 <= 512


def test_a_worker_keeps_needed_documents(shared):
    shared.engine.generate(asked(*letters(6, needed=[2, 5]), request_id="needed"))
    assert shared.answer("needed").manifest["documents"]["left_out"] == ["d1", "d3", "d4"]


def test_a_worker_refuses_if_the_needed_documents_do_not_fit(shared):
    shared.engine.generate(asked(*letters(8, needed=range(6)), request_id="too many"))
    failed = shared.end_of("too many")
    assert isinstance(failed, Failed)
    assert failed.title == "Documents too long"
    assert "the 6 documents that contain the answer (d0, d1, d2, d3, d4, …)" in failed.happened
    shared.engine.generate(asked(*letters(2, size=600), request_id="too long"))
    assert "with a single document (d0)" in shared.end_of("too long").happened


def test_without_documents_nothing_changes(shared):
    """The answer may use what is left of the context, and the manifest says nothing of documents."""
    request = asked(request_id="plain", max_tokens=500)
    shared.engine.generate(request)
    manifest = shared.answer("plain").manifest
    assert "documents" not in manifest
    content = request.messages[-1].content
    shared.ask("by text", content, max_tokens=500)
    assert shared.answer("by text").manifest["prompt_sha256"] == manifest["prompt_sha256"]


def test_the_rendered_prompt_is_that_of_the_answer(shared, small):
    request = asked(*letters(6), request_id="rendered")
    rendered = render_prompt(small, LoadSettings(n_ctx=512), request)
    shared.engine.generate(request)
    assert rendered.left_out == ("d5", "d4", "d3")
    assert shared.answer("rendered").manifest["prompt_sha256"] == text_sha256(rendered.text) == rendered.sha256
