"""What documents are made of files, and what is said of files that none can be made of."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from doubleread.domain.spans import Span
from doubleread.errors import CorpusError
from doubleread.retrieval.documents import SourceDocument, Unreadable, corpus_files, read_documents
from retrieval.pdfs import pdf


def read(path: Path, data: bytes, encoding: str | None = None) -> list[SourceDocument | Unreadable]:
    path.write_bytes(data)
    return list(read_documents(path, path.name, encoding))


def test_text_and_markdown(tmp_path: Path) -> None:
    (text,) = read(tmp_path / "a.txt", b"\xef\xbb\xbfone\r\ntwo\rthree \x00")
    assert text == SourceDocument("a.txt", "a", "a.txt", "one\ntwo\nthree \ufffd")
    (marked,) = read(tmp_path / "b.MD", b"intro\n\n## The title ##\ntext")
    assert isinstance(marked, SourceDocument)
    assert marked.title == "The title"


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        {"text": "first", "title": "One", "id": "x", "more": 1},
        {"text": "second"},
        {"text": "third", "id": 7},
        {"title": "no text"},
        {"text": 5},
        ["text"],
    ]
    data = "\n".join(map(json.dumps, lines)) + '\n\nnot json\n{"text": "half \\ud83d"}\n'
    *good, a, b, c, d, half = read(tmp_path / "c.jsonl", data.encode())
    assert [(one.id, one.title, one.text) for one in good if isinstance(one, SourceDocument)] == [
        ("x", "One", "first"),
        ("c.jsonl:2", "", "second"),
        ("7", "", "third"),
    ]
    reasons = [str(one) for one in (a, b, c, d)]
    assert reasons[:3] == [
        "c.jsonl, line 4: text: is missing or empty",
        "c.jsonl, line 5: text: must be a text, not 5",
        "c.jsonl, line 6: not a JSON object",
    ]
    assert reasons[3].startswith("c.jsonl, line 8: not a line of JSON")
    assert isinstance(half, SourceDocument)
    assert half.text == "half ?"


def test_the_pages_of_a_pdf_are_kept(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "d.pdf", pdf(["Page one says this.", "", "Page three."], title="Guideline"))
    assert isinstance(found, SourceDocument)
    assert found.title == "Guideline"
    pages = [(span.of(found.text).strip(), page) for span, page in found.parts()]
    assert pages == [("Page one says this.", 1), ("", 2), ("Page three.", 3)]
    assert list(SourceDocument("x", "", "", "text").parts()) == [(Span(0, 4), None)]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", pdf(["", ""]), "the PDF has no text"),
        ("a.pdf", b"%PDF-1.4 damaged", "the PDF cannot be read"),
        ("a.txt", b"", "it is empty"),
        ("a.txt", b" \n ", "it is empty"),
        ("a.txt", "Größe".encode("latin-1"), "is not UTF-8"),
        ("a.txt", "text".encode("utf-16-le"), "the file looks like UTF-16"),
        ("a.md", b"%PDF-1.4", "the file is a PDF"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    (found,) = read(tmp_path / name, data)
    assert isinstance(found, Unreadable)
    assert reason in str(found)


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.txt", "Größe".encode("latin-1"), "latin-1")
    assert isinstance(found, SourceDocument)
    assert found.text == "Größe"


def test_the_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.txt", "a/x.pdf", "a/.hidden.txt", ".git/y.txt", "c.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    read, others = corpus_files(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in read] == ["b.txt", "a/x.pdf"]
    assert [path.name for path in others] == ["c.docx"]
    assert corpus_files(tmp_path / "b.txt") == ([tmp_path / "b.txt"], [])
    for wrong in (tmp_path / "none", tmp_path / "c.docx", tmp_path / ".git" / "none"):
        with pytest.raises(CorpusError):
            corpus_files(wrong)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has named pipes")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to("nowhere.txt")
    read, others = corpus_files(tmp_path)
    assert ([path.name for path in read], [path.name for path in others]) == (["b.txt"], ["a.txt"])
