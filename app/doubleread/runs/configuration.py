"""The configuration of a study's answers, from their manifests, and whether a run would cause drift.

What changes answers by more than rounding must be the same for all answers of a model: its file, prompt, chat template,
decoding, context length, key-value type, flash attention, build of llama.cpp, kind of device and layers on it; for a
server's model, its id and the server's version, if the server states it. Slots, threads and the processor's features
only change how sums are rounded. They must be the same among reproducible answers; for other answers, changes are
reported.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from doubleread.domain.hashes import canonical_json, json_sha256
from doubleread.domain.wording import plural
from doubleread.engine.client.protocol import Sampling
from doubleread.errors import DoublereadError
from doubleread.read_model.queries import manifest_entries
from doubleread.store import StudyFile

Entries = Mapping[str, Any]

_ALWAYS = {
    "model_sha256": "model file",
    "prompt_template_sha256": "prompt",
    "template_sha256": "chat template",
    "requested_model": "model id",
    "llama_server": "llama-server",
    "vllm": "vLLM",
    "ollama": "Ollama",
    "adapters": "adapters",
    "retrieval_sha256": "retrieval",
    "sampler": "decoding",
    "n_ctx": "context length",
    "kv_type": "key-value type",
    "flash_attention": "flash attention",
    "llama_cpp_python": "llama-cpp-python",
    "llama_cpp": "llama.cpp",
    "device": "device",
    "offloaded_layers": "layers on a GPU",
    "reproducible": "reproducible",
}
_ROUNDING = {
    "n_slots": "slots",
    "n_threads": "threads",
    "n_threads_batch": "threads for prompts",
    "n_batch": "tokens in a step",
    "n_ubatch": "tokens in a part of a step",
    "reuse_prefix": "reuse of prompts",
    "system_info": "processor features",
}
_NAMES = (*_ALWAYS, *_ROUNDING)
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry of the manifest that has changed. `what` names it for the user."""

    entry: str
    what: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.what} {_shown(self.now)}, before {_shown(self.before)}"

    def as_record(self) -> dict[str, Any]:
        """Return it as the log stores it."""
        return {"entry": self.entry, "before": self.before, "now": self.now}


class StudyConfiguration:
    """The configuration of a study's answers and of a run. Several threads may use it.

    `reproducible` tells how the run generates, `arrangement` whether two models run at the same time or one after the
    other, and why; it is empty for fewer workers on this machine, or if that is not known. With `allow_drift`, a run
    may differ from the existing answers, and the study's log records how. The manifests are read at the first use,
    which takes about a second for 10,000 answers.
    """

    def __init__(self, study: StudyFile, *, reproducible: bool = False, allow_drift: bool = False) -> None:
        self.reproducible = reproducible
        self.arrangement = ""
        self._study = study
        self._arms = {arm.id: arm for arm in study.arms()}
        self._allow_drift = allow_drift
        self._lock = threading.Lock()
        self._known: dict[str, list[tuple[dict[str, Any], int]]] | None = None
        self._remarks: dict[str, None] = {}

    def added(self, arm_id: str) -> dict[str, Any]:
        """Return what a run adds to the worker's manifest."""
        arm, protocol = self._arms[arm_id], self._study.protocol
        return {
            "prompt_template_sha256": arm.prompt_of(protocol).sha256,
            "study_seed": arm.decoding_of(protocol).seed,
            "reproducible": self.reproducible,
            **({"arrangement": self.arrangement} if self.arrangement else {}),
            **({"retrieval_sha256": json_sha256(arm.retrieval.settings)} if arm.retrieval else {}),
        }

    def before(self, arm_id: str, name: str) -> Any:
        """Return an entry of most of the model's reproducible answers; None if there are none."""
        with self._lock:
            found = (entries[name] for entries, _ in self._earlier(arm_id) if entries["reproducible"])
            return next(found, None)

    def usual(self, arm_id: str, name: str) -> Any:
        """Return an entry of most of the model's answers; None if there are none."""
        with self._lock:
            return next((entries[name] for entries, _ in self._earlier(arm_id)), None)

    def check(self, arm_id: str, entries: Entries) -> None:
        """Check before loading whether answers with these manifest entries would cause configuration drift.

        `entries` are those known by then. Raises DoublereadError naming every difference.
        """
        with self._lock:
            self._found(arm_id, self._of_run(arm_id, entries))

    def admit(self, arm_id: str, entries: Entries) -> None:
        """Check a loaded model's entries before its first request.

        Raises DoublereadError naming every difference, or writes it to the log if drift is allowed.
        """
        with self._lock:
            now = self._of_run(arm_id, entries)
            differences, rounding = self._found(arm_id, now)
            if differences:
                self._study.answers.record_configuration_drift(arm_id, [item.as_record() for item in differences])
                self._remark(arm_id, "configuration drift within one study", differences)
            if rounding:
                self._remark(arm_id, "sums are rounded differently, so that rare words can differ", rounding)
            earlier = self._earlier(arm_id)
            if differences or not earlier:
                earlier.append((now, 0))

    def remarks(self) -> tuple[str, ...]:
        """Return remarks on the admitted models, in sentences."""
        with self._lock:
            return tuple(self._remarks)

    def _remark(self, arm_id: str, what: str, differences: list[Difference]) -> None:
        self._remarks[f"{self._name(arm_id)}: {what}: {'; '.join(map(str, differences))}"] = None

    def _found(self, arm_id: str, now: Entries) -> tuple[list[Difference], list[Difference]]:
        """Return the differences to the nearest earlier configuration, and those that only change rounding.

        Raises DoublereadError for differences, unless drift is allowed.
        """
        earlier = self._earlier(arm_id)
        if not earlier:
            return [], []
        differing = [(list(_compared(before, now)), before, count) for before, count in earlier]
        differences, nearest, count = min(differing, key=lambda item: len(item[0]))
        if differences and not self._allow_drift:
            listed = "; ".join(map(str, differences))
            raise DoublereadError(
                "Configuration drift",
                f"{self._name(arm_id)}: {listed} ({plural(count, 'existing answer')})",
                "restore the configuration, or allow the drift with --allow-drift, which is logged",
            )
        return differences, [item for item in _rounding(nearest, now) if item not in differences]

    def _of_run(self, arm_id: str, entries: Entries) -> dict[str, Any]:
        arm = self._arms[arm_id]
        decoding = Sampling(**asdict(arm.decoding_of(self._study.protocol)))
        own = {"model_sha256": arm.model_sha256, "sampler": decoding.as_record(), **self.added(arm_id)}
        known: dict[str, Any] = json.loads(canonical_json({**entries, **own}))
        return {name: known.get(name) for name in _NAMES}

    def _earlier(self, arm_id: str) -> list[tuple[dict[str, Any], int]]:
        if self._known is None:
            self._known = manifest_entries(self._study, _NAMES)
        return self._known.setdefault(arm_id, [])

    def _name(self, arm_id: str) -> str:
        return self._arms[arm_id].name


def _compared(before: Entries, now: Entries) -> Iterator[Difference]:
    """Yield the entries that differ and must not. An entry that one side does not know is no difference."""
    for entry, what in _ALWAYS.items():
        old, new = before[entry], now[entry]
        if entry == "reproducible":
            old, new = bool(old), bool(new)
        if old is None or new is None:
            continue
        if entry == "sampler":
            yield from _decoding(old, new)
        elif entry == "device" and not now["reproducible"]:
            if _kinds(old) != _kinds(new):
                yield Difference(entry, what, old, new)
        elif old != new:
            yield Difference(entry, what, old, new)
    if before["reproducible"] and now["reproducible"]:
        yield from _rounding(before, now)


def _decoding(before: Entries, now: Entries) -> Iterator[Difference]:
    for name in before.keys() & now.keys():
        if before[name] != now[name]:
            yield Difference(f"sampler.{name}", name, before[name], now[name])


def _rounding(before: Entries, now: Entries) -> Iterator[Difference]:
    for entry, what in _ROUNDING.items():
        if None not in (before[entry], now[entry]) and before[entry] != now[entry]:
            yield Difference(entry, what, before[entry], now[entry])


def _kinds(device: str) -> set[str]:
    """Return the kinds of devices in a list such as "CUDA0 (NVIDIA H100), CUDA1 (NVIDIA H100)": {"CUDA"}."""
    nested = 1
    while nested:
        device, nested = re.subn(r"\([^()]*\)", "", device)
    return {word.rstrip("0123456789") for word in re.split(r"[,\s]+", device) if word}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) and _HASH.fullmatch(value):
        return value[:12]
    return f"{value!r:.200}" if isinstance(value, list) else f"{value!s:.200}"
