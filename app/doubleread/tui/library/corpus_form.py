"""The form that builds a corpus: the documents whose passages an arm is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from doubleread.domain.wording import plural, size_text
from doubleread.locations import CORPUS_SUFFIX
from doubleread.tui.shared.fields import ChoiceField, FormChoice, NumberField, PathField, SwitchField, TextField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program


def open_corpus_form(app: Program) -> None:
    """Ask for documents, and build a corpus of them."""
    app.open_form(corpus_form)


def corpus_form() -> Form:
    """Return the form."""
    from doubleread.retrieval.corpus import STANDARD, TOKENIZERS

    def embeds(values: Values) -> bool:
        return values.get("embedding") is not None

    def submit(values: Values, work: Work) -> FormResult:
        from doubleread.retrieval.corpus import CorpusSettings
        from doubleread.retrieval.documents import corpus_files
        from doubleread.runs import corpora

        out = corpus_path(values)
        _, others = corpus_files(values["documents"])
        info = corpora.build(
            values["documents"],
            out,
            CorpusSettings(values["words"], values["overlap"], values["stemmer"]),
            embedding=values["embedding"],
            passage_prefix=values.get("passage_prefix") or "",
            query_prefix=values.get("query_prefix") or "",
            skip_unreadable=values["skip_unreadable"],
            progress=work.tell,
        )
        notes = [f"left out: {reason}" for reason in info.left_out]
        if others:
            notes.append(f"{plural(len(others), 'file')} of other types not read, such as {others[0].name}")
        if info.shortened:
            notes.append(f"the embedding model read only the beginning of {plural(info.shortened, 'passage')}")
        counted = f"{plural(info.documents, 'document')}, {plural(info.passages, 'passage')}"
        words = f"{counted}, {plural(info.words, 'word')}, {size_text(out.stat().st_size)}."
        return FormResult(f"{words} Choose it for an arm of a new study.", notes, [out])

    return Form(
        "Build a corpus",
        "A corpus has the passages of your documents, such as guidelines. An arm with retrieval is given those that fit"
        " a case best.",
        (
            PathField("documents", "Folder of documents", "text, Markdown, PDF and JSON Lines files", kind="folder"),
            PathField(
                "out", "File of the corpus", "such as guidelines.corpus", kind="new file", suffixes=(CORPUS_SUFFIX,)
            ),
            PathField(
                "embedding",
                "Embedding model",
                "a GGUF file, to search by meaning as well; empty: by words",
                required=False,
                suffixes=(".gguf",),
            ),
            TextField("passage_prefix", "Before a passage", "what the model expects", required=False, when=embeds),
            TextField("query_prefix", "Before a question", "what the model expects", required=False, when=embeds),
            ChoiceField(
                "stemmer",
                "Word endings ignored",
                choices=[FormChoice(name, name.capitalize()) for name in TOKENIZERS],
                value=STANDARD.stemmer,
            ),
            NumberField("words", "Most words per passage", value=STANDARD.words, minimum=1),
            NumberField("overlap", "Words repeated", "from the passage before", value=STANDARD.overlap, minimum=0),
            SwitchField("skip_unreadable", "Leave out what cannot be read"),
        ),
        submit,
        go_on="build",
    )


def corpus_path(values: Values) -> Path:
    """Return where the corpus goes, with the suffix of corpora if the name has none."""
    path: Path = values["out"]
    return path if path.suffix else path.with_name(path.name + CORPUS_SUFFIX)
