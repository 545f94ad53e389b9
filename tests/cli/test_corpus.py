"""`doubleread corpus ...`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from gguf_architectures import write_bert


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "guidelines"
    place.mkdir()
    (place / "zolmirate.md").write_text("# Zolmirate\n\nHalve the dose in renal failure.", encoding="utf-8")
    (place / "iron.txt").write_text("Take iron with juice.", encoding="utf-8")
    return place


def test_a_corpus_is_built_searched_and_described(invoke, folder, tmp_path):
    out = tmp_path / "g.corpus"
    (folder / "figure.png").touch()
    done = invoke("corpus", "build", folder, "--out", out, "--words", 50, "--overlap", 10)
    assert done.code == 0
    assert "2 documents, 2 passages, 12 words" in done.out
    assert "1 file of other types not read, such as figure.png" in done.err
    found = invoke("corpus", "search", out, "dose in renal failure", "--json").json
    assert found["method"] == "bm25"
    (passage,) = found["passages"]
    assert (passage["document_id"], passage["title"], passage["start"]) == ("zolmirate.md", "Zolmirate", 0)
    shown = invoke("corpus", "search", out, "dose in renal failure")
    assert "1. Zolmirate (characters 0 to" in shown.out
    assert invoke("corpus", "search", out, "unheard").out == "No passage contains any of these words.\n"
    info = invoke("corpus", "info", out, "--json").json
    assert info["sha256"] == found["corpus_sha256"]
    assert (info["documents"], info["settings"]["words"], info["embedding"]) == (2, 50, None)
    assert "2 of at most 50 words, up to 10 repeated" in invoke("corpus", "info", out, "--check").out


def test_what_cannot_be_read_stops_the_build_unless_it_may_be_left_out(invoke, folder, tmp_path):
    (folder / "bad.txt").write_bytes("Größe".encode("latin-1"))
    out = tmp_path / "g.corpus"
    done = invoke("corpus", "build", folder, "--out", out)
    assert done.code == 1
    assert "bad.txt, line 1" in done.err
    done = invoke("corpus", "build", folder, "--out", out, "--skip-unreadable", "--json")
    assert done.json["left_out"][0].startswith("bad.txt, line 1")
    assert "left out: bad.txt" in done.err
    again = tmp_path / "h.corpus"
    assert invoke("corpus", "build", folder, "--out", again, "--encoding", "latin-1").code == 0
    assert invoke("corpus", "build", folder, "--out", tmp_path / "i.corpus", "--encoding", "klingon").code == 2


def test_a_damaged_corpus_is_found_by_a_check(invoke, folder, tmp_path):
    out = tmp_path / "g.corpus"
    invoke("corpus", "build", folder, "--out", out)
    with closing(sqlite3.connect(out)) as db:
        db.execute("UPDATE passages SET text = 'x' WHERE number = 1")
        db.commit()
    assert invoke("corpus", "info", out).code == 0
    done = invoke("corpus", "info", out, "--check", "--json")
    assert done.code == 1
    assert len(done.json["faults"]) == 1


def test_a_corpus_with_an_embedding_model_is_searched_by_meaning_too(invoke, folder, tmp_path):
    model = write_bert(tmp_path / "bert.gguf")
    out = tmp_path / "g.corpus"
    done = invoke("corpus", "build", folder, "--out", out, "--embedding", model, "--json")
    assert done.json["embedding"]["dimensions"] == 64
    found = invoke("corpus", "search", out, "iron", "--json").json
    assert found["method"] == "hybrid"
    assert [sorted(passage["ranks"]) for passage in found["passages"]] == [["bm25", "vectors"], ["vectors"]]
    assert invoke("corpus", "search", out, "iron", "--method", "bm25", "--json").json["method"] == "bm25"
    model.rename(tmp_path / "moved.gguf")
    done = invoke("corpus", "search", out, "iron")
    assert done.code == 1
    assert "Embedding model not found" in done.err
    moved = invoke("corpus", "search", out, "iron", "--embedding", tmp_path / "moved.gguf", "--json")
    assert moved.json["passages"] == json.loads(json.dumps(found["passages"]))
