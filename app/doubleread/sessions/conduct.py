"""How a study was done, as far as its file knows: what its manifests, events and protocol say, gathered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.labels import LabelSet
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import CONFIRMED, GRADED
from doubleread.sessions.results import Results
from doubleread.store import StudyFile
from doubleread.store.connection import Snapshot
from doubleread.store.faults import intact

_SAMPLER = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_tokens")


@dataclass(slots=True)
class Making:
    """How one model's answers came about. `facts` has, for each question, the different replies of the manifests.

    More than one reply means that the answers were made under several conditions. `imported` answers were made
    elsewhere and know little. Times are ISO 8601 in UTC, "" where there is no answer.
    """

    answers: int = 0
    imported: int = 0
    cut_off: int = 0
    thought: int = 0
    first_at: str = ""
    last_at: str = ""
    tokens: int = 0
    seconds: float = 0.0
    facts: dict[str, dict[str, int]] = field(default_factory=dict)

    def said(self, name: str) -> tuple[str, ...]:
        """Return the replies to a question, the commonest first."""
        replies = self.facts.get(name, {})
        return tuple(sorted(replies, key=lambda reply: -replies[reply]))


@dataclass(frozen=True, slots=True)
class Conduct:
    """The study's frame: its protocol, its dates, its models' making in the order of the results, its readers' work.

    `read_from` and `read_to` are the first opening and the last commit; `corrections` are those after a commit, without
    the readers' words on proposed diagnoses, which come then as a rule. `covered` counts the committed readings in
    which words that name a model were covered. `heads` are the chains of the log. `qualifications` has what is stated
    of each reader, by pseudonym.
    """

    study_id: str
    created_at: str
    protocol: Protocol
    protocol_sha256: str
    labels: LabelSet
    sources: Mapping[str, int]
    licences: Mapping[str, int]
    kinds: Mapping[str, int]
    making: tuple[Making, Making]
    read_from: str
    read_to: str
    corrections: int
    covered: int
    qualifications: Mapping[str, str]
    heads: Mapping[str, tuple[int, str]]

    @property
    def questions(self) -> tuple[str, ...]:
        """What at least one manifest has a reply to, in a fixed order."""
        return tuple(name for name in _QUESTIONS if any(name in making.facts for making in self.making))


def conduct(study: StudyFile, results: Results) -> Conduct:
    """Gather what the file says. Raises StudyFileError where it cannot be read."""
    with study.connection.snapshot() as db, intact(study.path, "its manifests or readings"):
        meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}
        made = {model.id: Making() for model in results.models}
        for row in db.execute(
            "SELECT model_id, started_at, finished_at, finish_reason, manifest, thinking <> '' AS thought FROM answers"
        ):
            _add(made[row["model_id"]], row)
        read = db.execute(
            "SELECT coalesce(min(opened_at), '') AS first, coalesce(max(committed_at), '') AS last,"
            " (SELECT count(*) FROM readings, json_each(corrections) WHERE value NOT IN (?, ?)) AS corrections,"
            " (SELECT count(*) FROM events JOIN readings ON readings.id = reading_id"
            "  WHERE kind = ? AND committed_at IS NOT NULL AND json_extract(body, '$.masked')) AS covered"
            " FROM readings",
            [CONFIRMED, GRADED, log.READING_OPENED],
        ).fetchone()
        readers = db.execute(
            "SELECT id, qualification FROM readers WHERE qualification <> '' ORDER BY registered_at, id"
        )
        known = {reader.reader_id for reader in results.progress.readers}
        counted = {column: _counts(db, column) for column in ("source", "licence", "kind")}
        first, second = (made[model.id] for model in results.models)
        return Conduct(
            study_id=study.study_id,
            created_at=meta.get("created_at", ""),
            protocol=study.protocol,
            protocol_sha256=study.protocol_sha256,
            labels=study.protocol.labels,
            sources=counted["source"],
            licences=counted["licence"],
            kinds=counted["kind"],
            making=(first, second),
            read_from=read["first"],
            read_to=read["last"],
            corrections=read["corrections"],
            covered=read["covered"],
            qualifications={row["id"]: row["qualification"] for row in readers if row["id"] in known},
            heads=study.chain_heads(),
        )


def _counts(db: Snapshot, column: str) -> dict[str, int]:
    rows = db.execute(f"SELECT {column} AS said, count(*) AS n FROM cases GROUP BY 1 ORDER BY n DESC, said")
    return {row["said"]: row["n"] for row in rows}


def _add(making: Making, row: Any) -> None:
    manifest = json.loads(row["manifest"])
    making.answers += 1
    making.imported += row["finish_reason"] == "imported"
    making.cut_off += row["finish_reason"] == "length"
    making.thought += row["thought"]
    making.first_at = min(filter(None, (making.first_at, row["started_at"])), default="")
    making.last_at = max(making.last_at, row["finished_at"])
    making.tokens += int(manifest.get("completion_tokens") or 0)
    making.seconds += float(manifest.get("prefill_seconds") or 0) + float(manifest.get("decode_seconds") or 0)
    for name, reply in _replies(manifest):
        replies = making.facts.setdefault(name, {})
        replies[reply] = replies.get(reply, 0) + 1


def _replies(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, of in _QUESTIONS.items():
        reply = of(manifest)
        if reply not in (None, "", {}):
            yield name, str(reply)


def _of_model(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda manifest: (manifest.get("model") or {}).get(name)


def _sampler(manifest: Mapping[str, Any]) -> str:
    sampler = manifest.get("sampler") or {}
    return ", ".join(f"{name} {sampler[name]}" for name in _SAMPLER if name in sampler)


def _layers(manifest: Mapping[str, Any]) -> str | None:
    if "layers" not in manifest:
        return None
    return f"{manifest.get('offloaded_layers')} of {manifest['layers']}"


_QUESTIONS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "file": lambda manifest: manifest.get("model_file"),
    "sha256 of the GGUF": lambda manifest: manifest.get("model_sha256"),
    "architecture": _of_model("architecture"),
    "parameters": _of_model("parameters"),
    "quantisation": _of_model("quantisation"),
    "llama.cpp": lambda manifest: manifest.get("llama_cpp"),
    "llama-cpp-python": lambda manifest: manifest.get("llama_cpp_python"),
    "device": lambda manifest: manifest.get("device"),
    "layers on a GPU": _layers,
    "context, in tokens": lambda manifest: manifest.get("n_ctx"),
    "answers at a time": lambda manifest: manifest.get("n_slots"),
    "threads": lambda manifest: manifest.get("n_threads"),
    "sampler": _sampler,
    "sha256 of the chat template": lambda manifest: manifest.get("template_sha256"),
    "sha256 of the prompt template": lambda manifest: manifest.get("prompt_template_sha256"),
    "tokens for thinking": lambda manifest: manifest.get("thinking_budget"),
    "markers of reasoning": lambda manifest: manifest.get("reasoning_format"),
    "unknown markers in answers": lambda manifest: ", ".join(manifest.get("suspected_markers") or ()),
}
