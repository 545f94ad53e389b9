"""A study in which the arms differ in retrieval, from the corpus to the answers."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.conftest import PROTOCOL, write_pack
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from gguf_architectures import write_bert

DOCUMENTS = {
    "cough.md": "# Cough\n\nA man of 40 years with a cough has pneumonia.",
    "rash.txt": "A rash is no cough. It is left alone.",
}


@pytest.fixture
def corpus(invoke, tmp_path: Path) -> Path:
    folder = tmp_path / "guideline"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    out = tmp_path / "guideline.corpus"
    assert invoke("corpus", "build", folder, "--out", out).code == 0
    return out


@pytest.fixture
def new(invoke, tmp_path: Path, ggufs):
    """Call `new` with one model in both arms and these options."""
    study, protocol = tmp_path / "study.doubleread", tmp_path / "protocol.toml"
    pack = write_pack(tmp_path / "pack.jsonl", 2, documents=[{"id": "d", "text": "Old letter. A cough for years."}])

    def call(*options: object, text: str = PROTOCOL):
        protocol.write_text(text, encoding="utf-8")
        arms = ("--model-a", ggufs[0], "--model-b", ggufs[0])
        return study, invoke("new", study, "--cases", pack, *arms, "--protocol", protocol, *options)

    return call


def manifests(study: Path) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    with closing(sqlite3.connect(study)) as db:
        sql = "SELECT name, manifest FROM answers JOIN arms ON arms.id = arm_id ORDER BY name, case_id"
        for name, manifest in db.execute(sql):
            found.setdefault(name, []).append(json.loads(manifest))
    return found


def test_an_arm_is_given_passages_and_the_answer_says_which(new, invoke, corpus):
    study, done = new("--corpus-b", corpus, "--passages-b", 2)
    assert done.code == 0, done.err
    assert "with guideline" in done.out
    assert invoke("run", study).code == 0
    plain, given = manifests(study).values()
    assert all("retrieval" not in one for one in plain)
    for one in given:
        entry = one["retrieval"]
        assert (entry["corpus"], entry["top"], entry["method"]) == ("guideline", 2, "bm25")
        assert [passage["rank"] for passage in entry["passages"]] == [1, 2]
        first = entry["passages"][0]
        assert first["document_id"] == "cough.md"
        assert DOCUMENTS["cough.md"][first["start"] : first["end"]] == first["text"]
        assert one["prompt_tokens"] > plain[0]["prompt_tokens"] + 20
    with StudyFile.open(study, device="d") as opened:
        first, second = opened.arms()
        assert first.retrieval is None
        assert second.retrieval is not None
        assert second.retrieval.corpus_sha256 == given[0]["retrieval"]["corpus_sha256"]
        created = next(opened.events(kind="study.created"))
        assert created.body["arms_differ_in"] == ["retrieval"]
        assert created.body["arms"][1]["retrieval"]["documents"] == 2
    assert verify(study).ok
    assert invoke("run", study, "--alternative-scorers", "letters,constrained").code == 0


def test_an_arm_may_be_given_passages_of_the_cases_documents(new, invoke):
    study, done = new(text=PROTOCOL + '[arms.b.retrieval]\ncorpus = "case documents"\ntop = 1\n')
    assert done.code == 0, done.err
    assert invoke("run", study).code == 0
    _, given = manifests(study).values()
    (passage,) = given[0]["retrieval"]["passages"]
    assert (passage["document_id"], given[0]["retrieval"]["corpus"]) == ("d", "case documents")


def test_a_corpus_in_a_protocol_file_is_beside_it(new, corpus):
    study, done = new(text=PROTOCOL + f'[arms.a.retrieval]\ncorpus = "{corpus.name}"\nquery = "question"\n')
    assert done.code == 0, done.err
    with StudyFile.open(study, device="d") as opened:
        assert opened.arms()[0].retrieval.corpus == str(corpus)


def test_a_corpus_that_is_gone_or_has_changed_stops_the_run_before_a_model_starts(new, invoke, corpus, tmp_path):
    study, _ = new("--corpus-b", corpus)
    away = corpus.rename(tmp_path / "away")
    for command in (("run", study), ("run", study, "--dry-run"), ("doctor", "--study", study, "--quick")):
        done = invoke(*command)
        assert done.code == 1
        assert "Corpus not found" in done.out + done.err
    (tmp_path / "guideline" / "new.txt").write_text("More.", encoding="utf-8")
    assert invoke("corpus", "build", tmp_path / "guideline", "--out", corpus).code == 0
    done = invoke("run", study)
    assert done.code == 1
    assert "is not the corpus that the study was created with" in done.err
    assert manifests(study) == {}
    corpus.unlink()
    away.rename(corpus)
    assert invoke("run", study).code == 0


def test_a_corpus_is_also_found_beside_the_study(new, invoke, corpus, tmp_path):
    study, _ = new("--corpus-b", corpus)
    place = tmp_path / "elsewhere"
    place.mkdir()
    corpus.rename(place / corpus.name)
    moved = study.rename(place / study.name)
    assert invoke("run", moved).code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--passages-a", 3), "corpus must be"),
        (("--corpus-a", "none.corpus"), "No such corpus"),
        (("--corpus-a", __file__), "Not a corpus"),
    ],
)
def test_what_is_refused(new, options, said):
    study, done = new(*options)
    assert done.code != 0
    assert said in done.err
    assert not study.exists()


def test_a_protocol_file_names_its_mistakes(new):
    _, done = new(text=PROTOCOL + '[arms.a.retrieval]\ncorpus = "x"\nk = 3\n')
    assert done.code == 1
    assert "arms.a.retrieval: k is not known" in done.err


def test_passages_that_cannot_fit_and_vectors_that_are_missing_are_refused(new, corpus):
    for setting, said in (("max_words = 100", "raise max_words"), ('method = "hybrid"', "has no vectors")):
        _, done = new(text=f'{PROTOCOL}[arms.a.retrieval]\ncorpus = "{corpus}"\n{setting}\n')
        assert done.code == 1
        assert said in done.err


def test_a_hybrid_search_runs_beside_the_models(new, invoke, tmp_path, corpus):
    model, out = write_bert(tmp_path / "bert.gguf"), tmp_path / "hybrid.corpus"
    assert invoke("corpus", "build", tmp_path / "guideline", "--out", out, "--embedding", model).code == 0
    study, done = new(text=f'{PROTOCOL}[arms.b.retrieval]\ncorpus = "{out}"\nmethod = "hybrid"\n')
    assert done.code == 0, done.err
    assert invoke("run", study).code == 0
    _, given = manifests(study).values()
    assert all("vectors" in passage["ranks"] for passage in given[0]["retrieval"]["passages"])
    moved = model.rename(tmp_path / "moved.gguf")
    again = tmp_path / "again.doubleread"
    study.rename(again)
    study, _ = new(text=f'{PROTOCOL}[arms.b.retrieval]\ncorpus = "{out}"\nmethod = "hybrid"\n')
    done = invoke("run", study)
    assert done.code == 1
    assert "Embedding model not found" in done.err
    moved.rename(model)
