"""The documents of a case in prompts: their order, where they are, and what is left when some are left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case, Document, Turn
from doubleread.domain.documents import (
    documents_entry,
    documents_text,
    in_order,
    removable,
    without_documents,
)
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.retrieval import RetrievedPassage

LETTERS = tuple(Document(f"d{number}", f"Text {number}.", f"Letter {number}") for number in range(6))
PASSAGE = RetrievedPassage(1, "guideline", "Guideline", 0, 19, "Treat {text} early.", 3.5)
CASE = Case("case", "diagnosis", "A man coughs.", "What is it?", key="Asthma", documents=LETTERS)


def test_an_order_belongs_to_seed_case_and_sample():
    def order(case: Case = CASE, seed: int = 1, sample: int = 0) -> list[str]:
        return [document.id for document in in_order(case, "shuffled", seed, sample).documents]

    assert order() == order()
    assert sorted(order()) == [document.id for document in LETTERS]
    assert len({tuple(order(sample=sample)) for sample in range(5)}) == 5
    assert order(seed=2) != order()
    assert order(replace(CASE, id="other")) != order()
    assert in_order(CASE, "as given", 1, 3) is CASE


def test_every_position_is_as_likely_for_every_document():
    first = [in_order(replace(CASE, id=str(number)), "shuffled", 1).documents[0].id for number in range(3000)]
    assert all(430 < first.count(document.id) < 570 for document in LETTERS)


@pytest.mark.parametrize(
    "body",
    [
        "{text}\n\n{question}",
        "Read {text}.\n<docs>{documents}</docs>\n{question}",
        "{documents}{text}",
        "{text}",
        "Passages: {passages}\nText: {text}",
        "{documents}\n{passages}{question}",
    ],
)
@given(data=st.data())
def test_spans_are_where_the_documents_are(body, data):
    texts = data.draw(st.lists(st.text(min_size=1), min_size=1, max_size=5))
    titles = [data.draw(st.sampled_from(["", "{text}", "Discharge: 1", "{documents}"])) for _ in texts]
    documents = tuple(
        Document(f"d{number}", text, title) for number, (text, title) in enumerate(zip(texts, titles, strict=True))
    )
    case = replace(CASE, documents=documents, text=data.draw(st.sampled_from(["", "A {documents} text"])))
    template = PromptTemplate(diagnosis=body)
    passages = data.draw(st.sampled_from([(), (PASSAGE,)]))
    content, spans = template.messages(case, passages)[-1].content, template.document_spans(case, passages)
    for span, document in zip(spans, documents, strict=True):
        assert content[span.start : span.end].endswith(f"---\n\n{document.text}")
        assert content[span.start : span.end].startswith(f"--- Document {documents.index(document) + 1}")
    kept = data.draw(st.sets(st.sampled_from([document.id for document in documents]), min_size=1))
    cut = without_documents(content, spans, {document.id for document in documents} - kept)
    whole = documents_text(documents)
    assert whole in content
    pieces = [content[span.start : span.end] for span in spans if span.id in kept]
    assert cut == content.replace(whole, "\n\n".join(pieces), 1)


def test_documents_that_stay_keep_their_numbers():
    template = PromptTemplate(system="")
    content = template.messages(CASE)[-1].content
    cut = without_documents(content, template.document_spans(CASE), {"d1", "d5"})
    assert "Document 2" not in cut
    assert "Text 1." not in cut
    assert "--- Document 3: Letter 2 ---\n\nText 2.\n\n--- Document 4" in cut
    assert cut.endswith(f"Text 4.\n\n{without_any(CASE)}")


def without_any(case: Case) -> str:
    return PromptTemplate(system="").messages(replace(case, documents=()))[-1].content


def test_documents_precede_the_last_turn_of_a_conversation():
    turns = (Turn("user", "Hello"), Turn("assistant", "Hi"), Turn("user", "What now?"))
    case = replace(CASE, kind="rubric", turns=turns)
    template = PromptTemplate()
    messages = template.messages(case)
    assert [message.content for message in messages[1:3]] == ["Hello", "Hi"]
    assert messages[-1].content == f"{documents_text(LETTERS)}\n\nWhat now?"
    assert without_documents(messages[-1].content, template.document_spans(case), [d.id for d in LETTERS[1:]]) == (
        "--- Document 1: Letter 0 ---\n\nText 0.\n\nWhat now?"
    )


def test_a_template_that_repeats_the_documents_leaves_none_out():
    assert PromptTemplate(diagnosis="{text} {text}").document_spans(CASE) == ()
    assert PromptTemplate().document_spans(replace(CASE, documents=())) == ()


def test_the_last_documents_go_first_and_needed_ones_never():
    template = PromptTemplate()
    assert removable(template.document_spans(CASE)) == ("d5", "d4", "d3", "d2", "d1")
    needed = replace(CASE, documents=tuple(replace(one, needed=one.id in ("d1", "d5")) for one in LETTERS))
    assert removable(template.document_spans(needed)) == ("d4", "d3", "d2", "d0")
    every = replace(CASE, documents=tuple(replace(one, needed=True) for one in LETTERS))
    assert removable(template.document_spans(every)) == ()


def test_the_manifest_names_what_was_given_and_what_was_left_out():
    spans = PromptTemplate().document_spans(CASE)
    entry = documents_entry(spans, ("d5", "d3"), "tokens")
    assert entry["documents"]["order"] == [document.id for document in LETTERS]
    assert entry["documents"]["left_out"] == ["d3", "d5"]
    assert documents_entry((), (), "tokens") == {}
