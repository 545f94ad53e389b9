"""A corpus is built whole or not at all, finds what fits, and notices what was changed in it."""

from __future__ import annotations

import json
import math
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Document
from doubleread.errors import CorpusError, ModelFileError
from doubleread.retrieval import building
from doubleread.retrieval.building import Embedder, build_corpus, corpus_of
from doubleread.retrieval.corpus import Corpus, CorpusSettings, Embedding
from retrieval.pdfs import pdf

DRUGS = {
    "zolmirate": "Zolmirate 🫀 is given at 5 mg daily. In renal failure the dose is halved.",
    "quintapam": "Quintapam prolongs the QT interval. It must not be given with macrolides.",
    "ferovine": "Ferovine is an oral iron preparation. Take it with orange juice.",
}
SMALL = CorpusSettings(10, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "drugs"
    place.mkdir()
    for name, text in DRUGS.items():
        (place / f"{name}.txt").write_text(text, encoding="utf-8")
    (place / "guideline.pdf").write_bytes(pdf(["First page.", "Potassium is checked weekly."]))
    return place


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "drugs.corpus"


@pytest.fixture
def corpus(folder: Path, out: Path) -> Iterator[Corpus]:
    build_corpus(folder, out, SMALL)
    with Corpus.open(out) as opened:
        yield opened


class Letters:
    """An embedding by letters. `limit` is the number of texts after which it fails."""

    def __init__(self, limit: int = 1000) -> None:
        self.texts: list[str] = []
        self.limit = limit

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        if len(self.texts) + len(texts) > self.limit:
            raise ModelFileError("The model crashed", "it did", "start it again")
        self.texts += texts
        return [self.vector(text) for text in texts]

    def vector(self, text: str) -> bytes:
        counts = [1.0 + text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
        length = math.sqrt(sum(count * count for count in counts))
        return array("f", (count / length for count in counts)).tobytes()

    def embedder(self, sha256: str = "e" * 64) -> Embedder:
        return Embedder(Embedding("letters", sha256, 26, "mean", "passage: ", "query: "), self.embed)


def test_the_passage_that_fits_comes_first(corpus: Corpus) -> None:
    first, *_ = corpus.search("How is the dose of zolmirate changed in renal failure?", 3)
    assert (first.rank, first.document_id, first.title, first.page) == (1, "zolmirate.txt", "zolmirate", None)
    assert DRUGS["zolmirate"][first.start : first.end] == first.text
    assert first.ranks == {"bm25": 1}
    (page,) = corpus.search("checking potassium", 1)
    assert (page.document_id, page.page) == ("guideline.pdf", 2)


def test_a_search_is_repeatable_and_limited(corpus: Corpus) -> None:
    found = corpus.search("the dose is given with iron", 2)
    assert [passage.rank for passage in found] == [1, 2]
    assert found == corpus.search("the dose is given with iron", 2)
    assert len({passage.text for passage in found}) == 2


@given(
    query=st.text(max_size=60) | st.sampled_from(['"', "a* NEAR(b c)", "title:x OR", "^x AND NOT (", "-- ';\x00", "_"])
)
def test_no_query_is_syntax(query: str) -> None:
    with closing(corpus_of([Document("a", "NEAR and NOT the OR title", "x")])) as opened:
        opened.search(query, 3)


def test_words_that_are_operators_are_searched_as_words() -> None:
    with closing(corpus_of([Document("a", "Go near it."), Document("b", "Go far.")])) as opened:
        assert [passage.document_id for passage in opened.search("NEAR", 3)] == ["a"]
        assert opened.search("unheard", 3) == ()


def test_long_questions_search_their_rarest_words(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [Document(str(number), f"the patient number{number}") for number in range(50)]
    with closing(corpus_of(documents)) as opened:
        statements: list[str] = []
        opened._db.set_trace_callback(statements.append)
        monkeypatch.setattr("doubleread.retrieval.words.MOST_OCCURRENCES", 10)
        found = opened.search("the patient number7", 5)
    assert [passage.document_id for passage in found] == ["7"]
    (searched,) = [statement for statement in statements if "MATCH" in statement]
    assert '"number7"' in searched
    assert '"the"' not in searched


def test_passages_of_the_same_text_are_given_once() -> None:
    with closing(corpus_of([Document("a", "Same words."), Document("b", "Same words.")])) as opened:
        assert [passage.document_id for passage in opened.search("same", 5)] == ["a"]


def test_ranks_of_both_methods_are_fused(folder: Path, out: Path) -> None:
    letters = Letters()
    build_corpus(folder, out, SMALL, embedder=letters.embedder())
    assert letters.texts[0].startswith("passage: ferovine\nFerovine")
    with Corpus.open(out) as opened:
        found = opened.search("zolmirate", 5, "hybrid", letters.embed)
        assert letters.texts[-1] == "query: zolmirate"
        for passage in found:
            assert passage.score == pytest.approx(sum(1 / (60 + rank) for rank in passage.ranks.values()))
        assert found[0].document_id == "zolmirate.txt"
        assert sorted(passage.ranks["vectors"] for passage in found) == [1, 2, 3, 4, 5]
        with pytest.raises(CorpusError, match="not running"):
            opened.search("zolmirate", 5, "hybrid")


def test_a_corpus_without_vectors_has_no_hybrid_search(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="has no vectors"):
        corpus.search("zolmirate", 5, "hybrid", Letters().embed)


def test_the_identity_is_that_of_documents_cutting_and_model(folder: Path, tmp_path: Path) -> None:
    def made(name: str, settings: CorpusSettings = SMALL, embedder: Embedder | None = None) -> str:
        return build_corpus(folder, tmp_path / name, settings, embedder=embedder).sha256

    first = made("a")
    assert made("b") == first
    others = {
        made("c", CorpusSettings(12, 2)),
        made("d", CorpusSettings(10, 3)),
        made("e", CorpusSettings(10, 2, "none")),
        made("f", embedder=Letters().embedder()),
        made("g", embedder=Letters().embedder("f" * 64)),
    }
    (folder / "ferovine.txt").write_text("Another text.", encoding="utf-8")
    assert len({first, made("h"), *others}) == 7


def test_an_interrupted_embedding_goes_on_where_it_was(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "EMBEDDED_AT_ONCE", 2)
    stopped, again = Letters(limit=3), Letters()
    with pytest.raises(ModelFileError):
        build_corpus(folder, out, SMALL, embedder=stopped.embedder())
    assert not out.exists()
    info = build_corpus(folder, out, SMALL, embedder=again.embedder())
    assert len(stopped.texts) == 2
    assert len(again.texts) == info.passages - 2
    assert sorted(path.name for path in out.parent.iterdir()) == ["drugs", "drugs.corpus"]
    with Corpus.open(out) as opened:
        assert opened.search("ferovine", 1, "hybrid", again.embed)[0].document_id == "ferovine.txt"


def test_vectors_of_another_model_are_not_used_again(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "EMBEDDED_AT_ONCE", 2)
    with pytest.raises(ModelFileError):
        build_corpus(folder, out, SMALL, embedder=Letters(limit=3).embedder())
    again = Letters()
    info = build_corpus(folder, out, SMALL, embedder=again.embedder("f" * 64))
    assert len(again.texts) == info.passages


def test_nothing_is_left_of_a_build_that_fails(folder: Path, out: Path) -> None:
    (folder / "bad.txt").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"bad\.txt, line 1"):
        build_corpus(folder, out)
    assert [path.name for path in out.parent.iterdir()] == ["drugs"]
    info = build_corpus(folder, out, skip_unreadable=True)
    assert [reason[:15] for reason in info.left_out] == ["bad.txt, line 1"]
    with pytest.raises(CorpusError, match="is there already"):
        build_corpus(folder, out)


def test_ids_must_differ(tmp_path: Path, out: Path) -> None:
    lines = [{"text": "one", "id": "x"}, {"text": "two", "id": "x"}]
    source = tmp_path / "a.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(CorpusError, match="another document has the id 'x' too"):
        build_corpus(source, out)
    assert build_corpus(source, out, skip_unreadable=True).documents == 1


@pytest.mark.parametrize("settings", [CorpusSettings(5, 0), CorpusSettings(10, 6), CorpusSettings(10, -1)])
def test_settings_that_are_refused(folder: Path, out: Path, settings: CorpusSettings) -> None:
    with pytest.raises(CorpusError, match="Passages refused"):
        build_corpus(folder, out, settings)


def test_a_sqlite_without_an_index_of_words_is_named(folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doubleread.retrieval.corpus._INDEX", "CREATE VIRTUAL TABLE words USING fts99({})")
    with pytest.raises(CorpusError, match="built without FTS5"):
        build_corpus(folder, out)
    assert not out.exists()


def test_files_that_are_no_corpus(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        Corpus.open(tmp_path / "none.corpus")
    with pytest.raises(CorpusError, match="Not a corpus"):
        Corpus.open(folder / "zolmirate.txt")
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE x (y)")
    with pytest.raises(CorpusError, match="Not a corpus"):
        Corpus.open(tmp_path / "other.db")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM documents WHERE number = 1",
        "UPDATE documents SET title = 'x' WHERE number = 1",
        "UPDATE documents SET sha256 = 'x' WHERE number = 1",
        "DELETE FROM passages WHERE number = 1",
        "UPDATE meta SET value = '{}' WHERE key = 'info'",
        "UPDATE meta SET value = '[' WHERE key = 'info'",
    ],
)
def test_changes_are_found_when_it_is_opened(folder: Path, out: Path, change: str) -> None:
    build_corpus(folder, out)
    with closing(sqlite3.connect(out)) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(CorpusError, match="Corpus damaged"):
        Corpus.open(out)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE documents SET text = text || '.' WHERE number = 1", "its text was changed"),
        ("UPDATE passages SET text = 'x' WHERE number = 1", "a passage is not in its place"),
    ],
)
def test_changed_texts_are_found_by_a_check(folder: Path, out: Path, change: str, fault: str) -> None:
    build_corpus(folder, out)
    with closing(sqlite3.connect(out)) as db:
        db.execute(change)
        db.commit()
    with Corpus.open(out) as opened:
        assert any(fault in one for one in opened.check())


def _searched_and_checked(out: Path) -> None:
    with Corpus.open(out) as opened:
        opened.search("dose given potassium iron the", 5)
        assert opened.check() == []


def test_another_corpus_copied_over_an_open_one_is_not_searched(folder: Path, out: Path, tmp_path: Path) -> None:
    build_corpus(folder, out, SMALL)
    (folder / "quintapam.txt").write_text("Quintapam is harmless.", encoding="utf-8")
    build_corpus(folder, tmp_path / "other.corpus", SMALL)
    with Corpus.open(out) as opened:
        assert opened.search("quintapam", 1)
        out.write_bytes((tmp_path / "other.corpus").read_bytes())
        with pytest.raises(CorpusError):
            opened.search("quintapam", 1)


def test_a_file_cut_short_is_damaged(folder: Path, out: Path) -> None:
    build_corpus(folder, out)
    data = out.read_bytes()
    for size in (len(data) // 3, len(data) - 4096, len(data) - 100):
        out.write_bytes(data[:size])
        with pytest.raises(CorpusError, match="Corpus damaged"):
            _searched_and_checked(out)


def test_vectors_that_are_missing_are_damage(folder: Path, out: Path) -> None:
    letters = Letters()
    build_corpus(folder, out, SMALL, embedder=letters.embedder())
    with closing(sqlite3.connect(out)) as db:
        db.execute("UPDATE vectors SET data = substr(data, 1, 104)")
        db.commit()
    with Corpus.open(out) as opened, pytest.raises(CorpusError, match="vectors for 1 of"):
        opened.search("dose", 5, "hybrid", letters.embed)
