"""Where the answers of each arm come from: counts of what their manifests record. Unrecorded facts are absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doubleread.read_model.study_counts import manifests
from doubleread.store.sqlite.connection import Snapshot

_SAMPLER = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed", "max_tokens", "max_reasoning_tokens")
_ONLY_WITH_CHANCE = frozenset({"top_k", "top_p", "min_p"})


@dataclass(slots=True)
class Provenance:
    """What is recorded of the answers of one arm.

    `imported` answers came from a file, the others were generated here. `dated` answers have a recorded time of
    generation, from `first_at` to `last_at` (ISO 8601 in UTC, "" if no answer has one): the time of an import does not
    count. `timed` answers have recorded tokens and durations, in `tokens` and `seconds`. `rendered` counts answers with
    a recorded hash of the prompt as the model got it, `seeded` those with a recorded seed. `files` counts answers by
    the file that they were imported from. `entries` counts the values of each entry of the manifests; an answer
    without an entry is in none of its counts.
    """

    answers: int = 0
    imported: int = 0
    truncated: int = 0
    with_reasoning: int = 0
    dated: int = 0
    first_at: str = ""
    last_at: str = ""
    timed: int = 0
    tokens: int = 0
    seconds: float = 0.0
    rendered: int = 0
    seeded: int = 0
    files: Counter[str] = field(default_factory=Counter)
    entries: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def generated(self) -> int:
        """How many answers were generated here."""
        return self.answers - self.imported

    def values(self, name: str) -> tuple[tuple[str, int], ...]:
        """Return the values of an entry with their numbers of answers, the most frequent first."""
        return tuple(self.entries.get(name, Counter()).most_common())

    def recorded(self, name: str) -> int:
        """Return how many answers have an entry."""
        return self.entries.get(name, Counter()).total()


def provenance(db: Snapshot, arm_ids: Iterable[str]) -> dict[str, Provenance]:
    """Count what the manifests record, by arm id."""
    found = {arm_id: Provenance() for arm_id in arm_ids}
    for row, manifest in manifests(db):
        _add(found[row["arm_id"]], row, manifest)
    return found


def _add(arm: Provenance, row: Any, manifest: Mapping[str, Any]) -> None:
    imported = manifest.get("imported")
    arm.answers += 1
    arm.imported += bool(imported) or row["finish_reason"] == "imported"
    arm.truncated += row["finish_reason"] == "length"
    arm.with_reasoning += row["reasoned"]
    arm.rendered += bool(manifest.get("prompt_sha256"))
    arm.seeded += (manifest.get("sampler") or {}).get("seed") is not None
    if imported:
        arm.files[str(imported.get("file", ""))] += 1
    times = [str(manifest[name]) for name in ("started_at", "finished_at") if manifest.get(name)]
    if times:
        arm.dated += 1
        arm.first_at = min(filter(None, (arm.first_at, times[0])))
        arm.last_at = max(arm.last_at, times[-1])
    if all(manifest.get(name) is not None for name in ("completion_tokens", "prefill_seconds", "decode_seconds")):
        arm.timed += 1
        arm.tokens += int(manifest["completion_tokens"])
        arm.seconds += float(manifest["prefill_seconds"]) + float(manifest["decode_seconds"])
    for name, value in _entries(manifest):
        arm.entries.setdefault(name, Counter())[value] += 1


def _entries(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, of in ENTRIES.items():
        value = of(manifest)
        if value not in (None, "", {}):
            yield name, str(value)


def _of_model(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda manifest: (manifest.get("model") or {}).get(name)


def _decoding(manifest: Mapping[str, Any]) -> str:
    """Return the settings that have an effect. The seed is the study's, from which that of each case follows."""
    sampler = dict(manifest.get("sampler") or {})
    if "seed" in sampler and manifest.get("study_seed") is not None:
        sampler["seed"] = manifest["study_seed"]
    greedy = sampler.get("temperature") == 0
    names = (name for name in _SAMPLER if name in sampler and not (greedy and name in _ONLY_WITH_CHANCE))
    return ", ".join(f"{_WORDS.get(name, name)} {sampler[name]}" for name in names)


_WORDS = {
    "top_k": "top-k",
    "top_p": "top-p",
    "min_p": "min-p",
    "repeat_penalty": "repetition penalty",
    "max_tokens": "maximum tokens",
    "max_reasoning_tokens": "maximum reasoning tokens",
}


def _layers(manifest: Mapping[str, Any]) -> str | None:
    if manifest.get("layers") is None or manifest.get("offloaded_layers") is None:
        return None
    return f"{manifest['offloaded_layers']} of {manifest['layers']}"


MODEL, GGUF, DECODING, PROMPT = "model", "sha256 of the GGUF", "decoding", "sha256 of the prompt template"
ENTRIES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    MODEL: _of_model("name"),
    "file": lambda manifest: manifest.get("model_file"),
    GGUF: lambda manifest: manifest.get("model_sha256"),
    "architecture": _of_model("architecture"),
    "parameters": _of_model("parameters"),
    "quantisation": _of_model("quantisation"),
    "server": lambda manifest: manifest.get("server_url"),
    "model id": lambda manifest: manifest.get("requested_model"),
    "llama-server": lambda manifest: manifest.get("llama_server"),
    "vLLM": lambda manifest: manifest.get("vllm"),
    "Ollama": lambda manifest: manifest.get("ollama"),
    "llama.cpp": lambda manifest: manifest.get("llama_cpp"),
    "llama-cpp-python": lambda manifest: manifest.get("llama_cpp_python"),
    "device": lambda manifest: manifest.get("device"),
    "layers on a GPU": _layers,
    "context, in tokens": lambda manifest: manifest.get("n_ctx"),
    "parallel answers": lambda manifest: manifest.get("n_slots"),
    "threads": lambda manifest: manifest.get("n_threads"),
    DECODING: _decoding,
    "sha256 of the chat template": lambda manifest: manifest.get("template_sha256"),
    PROMPT: lambda manifest: manifest.get("prompt_template_sha256"),
    "reasoning budget, in tokens": lambda manifest: manifest.get("reasoning_budget"),
    "reasoning markers": lambda manifest: manifest.get("reasoning_format"),
    "unknown markers in answers": lambda manifest: ", ".join(manifest.get("suspected_markers") or ()),
}
"""The entries of a manifest that a report shows, in order, each with the way to read it."""
