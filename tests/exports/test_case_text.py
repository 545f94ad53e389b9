"""Without --with-case-text, no text of a case is in an export, whatever the format."""

from __future__ import annotations

import pytest

from doubleread.errors import InputRefusedError
from doubleread.exports.case_text import manifest_without_texts, without_examples
from doubleread.exports.export import export_study
from doubleread.exports.formats import EXPORTERS
from doubleread.read_model.blinding import unblind
from exports.attested import ATTESTED
from exports.canary_study import CANARY, canary_study
from exports.everything import texts_of


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with canary_study(tmp_path_factory.mktemp("canary") / "study.doubleread") as opened:
        unblind(opened, "lead", "to see all columns")
        yield opened


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_no_text_of_a_case_leaves_the_study(study, tmp_path, format_name):
    out = tmp_path / "out"
    if EXPORTERS[format_name].needs_case_text:
        with pytest.raises(InputRefusedError, match="contains the text of the cases"):
            export_study(study, format_name, out)
        assert not out.exists()
        return
    export_study(study, format_name, out)
    texts = dict(texts_of(out))
    assert len(texts) > 1
    assert {name for name, text in texts.items() if CANARY in text.lower()} == set()


def test_with_case_text_all_of_it_is_there(study, tmp_path):
    export_study(study, "jsonl", tmp_path / "out", with_case_text=True, attestation=ATTESTED)
    texts = {name for name, text in texts_of(tmp_path / "out") if CANARY in text}
    tables = ("annotations", "readings", "answers", "adjudications", "adjudicated_annotations", "criteria", "scores")
    assert texts == {*(f"{name}.jsonl" for name in (*tables, "cases")), "manifest.json"}


def test_manifests_keep_hashes_of_passages_and_names_of_given_fields():
    passage = {
        "rank": 1,
        "document_id": "d",
        "title": "t",
        "start": 0,
        "end": 1,
        "text": "x",
        "score": 1.0,
        "sha256": "h",
    }
    kept = {name: value for name, value in passage.items() if name not in ("text", "title")}
    from_case = {"retrieval": {"corpus": "case documents", "top": 1, "passages": [passage]}, "device": "CPU"}
    assert manifest_without_texts(from_case) == {
        "retrieval": {"corpus": "case documents", "top": 1, "passages": [kept]},
        "device": "CPU",
    }
    from_corpus = {"retrieval": {"corpus": "textbook", "passages": [passage]}}
    assert manifest_without_texts(from_corpus)["retrieval"]["passages"] == [{**kept, "title": "t"}]
    assert manifest_without_texts({"given": {"prompt": "text", "cost": 1}}) == {"given_fields": ["cost", "prompt"]}


def test_solved_cases_of_a_prompt_are_counted():
    assert without_examples({"prompt": {"name": "p", "examples": [{"text": "t"}]}}) == {
        "prompt": {"name": "p", "examples": 1}
    }
    assert without_examples({"prompt": {"name": "p", "examples": ()}}) == {"prompt": {"name": "p", "examples": ()}}
