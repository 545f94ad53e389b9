"""`doubleread corpus ...`: build, search and describe the documents that an arm gets passages of."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.options import AsJson
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural, shortened, size_text

_SHOWN = 300

CorpusFile = Annotated[Path, typer.Argument(metavar="CORPUS", help="The corpus file.")]


class MethodName(StrEnum):
    """The methods of `doubleread.domain.retrieval`, named here so that `--help` need not load them."""

    BM25 = "bm25"
    HYBRID = "hybrid"


class Stemmer(StrEnum):
    """The keys of `doubleread.retrieval.corpus.TOKENIZERS`."""

    ENGLISH = "english"
    NONE = "none"


def build(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="A folder of text, Markdown, PDF and JSON Lines files, or one such file."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The corpus file to write, such as guidelines.corpus.")],
    words: Annotated[int, typer.Option("--words", help="The most words per passage.")] = 200,
    overlap: Annotated[
        int, typer.Option("--overlap", help="The most words that a passage repeats from the previous one.")
    ] = 40,
    embedding: Annotated[
        Path | None, typer.Option("--embedding", help="A GGUF embedding model, to search by meaning as well.")
    ] = None,
    passage_prefix: Annotated[
        str, typer.Option("--passage-prefix", help="The text that the embedding model expects before a passage.")
    ] = "",
    query_prefix: Annotated[
        str, typer.Option("--query-prefix", help="The text that the embedding model expects before a query.")
    ] = "",
    stemmer: Annotated[
        Stemmer, typer.Option("--stemmer", help="The language whose word endings are ignored.")
    ] = Stemmer.ENGLISH,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="The encoding of text files, such as cp1252; UTF-8 by default.")
    ] = None,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="Leave out what cannot be read, and list it in the corpus.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build a corpus: documents, cut into passages and indexed.

    In JSON Lines, each line is a document: text and, optionally, title and id. If a build is interrupted while it
    computes embeddings, run the same command again to continue.
    """
    from doubleread.cases.encodings import known_encoding
    from doubleread.retrieval.corpus import CorpusSettings
    from doubleread.retrieval.documents import corpus_files
    from doubleread.runs import corpora

    if encoding is not None and not known_encoding(encoding):
        raise WrongUseError("Unknown encoding", f'there is no encoding "{encoding}"', "use one such as cp1252")
    _, others = corpus_files(folder)
    if others:
        note(f"note: {plural(len(others), 'file')} of other types not read, such as {others[0].name}")
    with steps_shown() as progress:
        info = corpora.build(
            folder,
            out,
            CorpusSettings(words, overlap, stemmer.value),
            embedding=embedding,
            passage_prefix=passage_prefix,
            query_prefix=query_prefix,
            encoding=encoding,
            skip_unreadable=skip_unreadable,
            progress=progress,
        )
    for reason in info.left_out:
        note(f"left out: {reason}")
    if info.shortened:
        note(f"note: the embedding model read only the beginning of {plural(info.shortened, 'passage')}")
    if as_json:
        say_json({"out": str(out), **info.as_record()})
        return
    counted = f"{plural(info.documents, 'document')}, {plural(info.passages, 'passage')}, {plural(info.words, 'word')}"
    say(f"{out}: {counted}, {size_text(out.stat().st_size)}")


def search(
    corpus: CorpusFile,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A question in plain words.")],
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="How many passages to show.")] = 5,
    method: Annotated[
        MethodName | None,
        typer.Option("--method", help="bm25 searches by words, hybrid also by meaning (the default with embeddings)."),
    ] = None,
    embedding: Annotated[
        Path | None, typer.Option("--embedding", help="The embedding model's file, if it was moved.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages that match a question best."""
    from doubleread.retrieval.corpus import Corpus
    from doubleread.runs.corpora import OpenCorpus

    opened = OpenCorpus(Corpus.open(corpus), embedding)
    try:
        by = method.value if method else "hybrid" if opened.info.embedding else "bm25"
        started = time.perf_counter()
        found = opened.search(query, top, "hybrid" if by == "hybrid" else "bm25")
        seconds = time.perf_counter() - started
    finally:
        opened.close()
    if as_json:
        passages = [passage.as_record() for passage in found]
        say_json({"corpus_sha256": opened.info.sha256, "method": by, "seconds": seconds, "passages": passages})
        return
    if not found:
        say("No passage contains any of these words.")
    for passage in found:
        where = f"characters {passage.start} to {passage.end} of {passage.document_id}"
        say(f"{passage.rank}. {passage.heading} ({where})\n   {shortened(' '.join(passage.text.split()), _SHOWN)}\n")


def info(
    corpus: CorpusFile,
    check: Annotated[bool, typer.Option("--check", help="Check the whole file; exit code 1 if it is damaged.")] = False,
    as_json: AsJson = False,
) -> None:
    """Describe a corpus: its contents, identity and embedding model."""
    from doubleread.retrieval.corpus import Corpus

    with Corpus.open(corpus) as opened:
        known = opened.info
        faults = opened.check() if check else []
    if as_json:
        say_json({**known.as_record(), **({"faults": faults} if check else {})})
    else:
        model, cut = known.embedding, known.settings
        rows = [
            ["name", known.name],
            ["identity", known.sha256],
            ["documents", str(known.documents)],
            ["words", str(known.words)],
            [
                "passages",
                f"{known.passages} of at most {known.settings.words} words, up to {known.settings.overlap} repeated",
            ],
            ["index of words", cut.tokenizer],
            ["embedding", f"{model.name}, {model.dimensions} dimensions, {model.pooling}" if model else "none"],
            ["built with", known.made_with],
            *(["left out", reason] for reason in known.left_out),
            *(["fault", fault] for fault in faults),
        ]
        say_table(["", ""], rows)
    if faults:
        raise typer.Exit(FAILED)
