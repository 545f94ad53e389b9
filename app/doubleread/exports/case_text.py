"""What an export leaves out unless case text is asked for: whatever comes from the text of a case.

The answers of models stay, and quotes of them, even where an answer repeats words of its case. So do a letter, a
diagnosis, a label and codes as keys, and what people wrote themselves: notes and reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from doubleread.domain.annotation import ANSWER
from doubleread.domain.retrieval import CASE_DOCUMENTS

Record = dict[str, Any]

CASE_TEXT = frozenset({"quote", "passage_quote", "case_key", "criterion", "decision"})
"""Columns that can hold case text, beside the passages in manifests."""

_MANIFESTS = ("manifest", "manifest_a", "manifest_b")

_KEYS_OF_TEXT = frozenset({"summary", "extraction", "rubric"})
"""Kinds of case whose key is a text, or taken from one."""


def without_case_text(records: Iterable[Record], kinds: Mapping[str, str]) -> Iterator[Record]:
    """Yield the records of one table without their case text, which is taken out of them.

    Offsets stay, quotes of answers too. `kinds` are those of the cases by id.
    """
    removals: list[Callable[[Record, str], None]] | None = None
    for record in records:
        if removals is None:
            removals = [removal for column, removal in _REMOVALS.items() if column in record]
        kind = kinds[record["case_id"]]
        for removal in removals:
            removal(record, kind)
        yield record


def _quote(record: Record, kind: str) -> None:
    del kind
    if record["place"] != ANSWER:
        record["quote"] = None


def _key(record: Record, kind: str) -> None:
    if kind in _KEYS_OF_TEXT:
        record["case_key"] = None


def _decision(record: Record, kind: str) -> None:
    del kind
    if annotation := (record["decision"] or {}).get("annotation"):
        record["decision"] = {**record["decision"], "annotation": _without_quotes(annotation)}


def _whole(column: str) -> Callable[[Record, str], None]:
    def remove(record: Record, kind: str) -> None:
        del kind
        record[column] = None

    return remove


def _of_manifest(column: str) -> Callable[[Record, str], None]:
    def remove(record: Record, kind: str) -> None:
        del kind
        if manifest := record[column]:
            record[column] = manifest_without_texts(manifest)

    return remove


_REMOVALS: Mapping[str, Callable[[Record, str], None]] = {
    "place": _quote,
    "passage_quote": _whole("passage_quote"),
    "criterion": _whole("criterion"),
    "case_key": _key,
    "decision": _decision,
    **{column: _of_manifest(column) for column in _MANIFESTS},
}
"""By the column that a table has."""


def manifest_without_texts(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a manifest without texts of the case.

    Of retrieved passages, hashes and offsets stay. Of the further fields of an imported answer, which may contain the
    prompt, the names stay.
    """
    if "retrieval" not in manifest and "given" not in manifest:
        return manifest
    kept = {name: value for name, value in manifest.items() if name not in ("retrieval", "given")}
    if given := manifest.get("given"):
        kept["given_fields"] = sorted(given)
    if (retrieval := manifest.get("retrieval")) is not None:
        titled = retrieval.get("corpus") != CASE_DOCUMENTS
        passages = [_without_text(passage, titled=titled) for passage in retrieval.get("passages", ())]
        kept["retrieval"] = {**retrieval, "passages": passages}
    return kept


def _without_text(passage: Mapping[str, Any], *, titled: bool) -> Record:
    kept = ("rank", "document_id", "start", "end", "score", "page", "ranks", "sha256", *(("title",) if titled else ()))
    return {name: passage[name] for name in kept if name in passage}


def without_examples(settings: Mapping[str, Any]) -> Record:
    """Return the record of a protocol or of an arm without the solved cases of its prompt; `examples` counts them."""
    prompt = settings.get("prompt") or {}
    if not prompt.get("examples"):
        return dict(settings)
    return {**settings, "prompt": {**prompt, "examples": len(prompt["examples"])}}


def _without_quotes(annotation: Mapping[str, Any]) -> Record:
    passage = annotation.get("passage")
    return {
        **annotation,
        "quote": annotation["quote"] if annotation.get("place", ANSWER) == ANSWER else None,
        "passage": {**passage, "quote": None} if passage else passage,
    }
