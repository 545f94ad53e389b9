"""Prompts that a worker keeps on disk for later runs, and takes from there instead of processing them.

A prompt is kept once it is processed, if that takes clearly longer than writing its state, and so is a beginning that
several prompts have in common. A new prompt takes the longest beginning that it shares with one on disk.

Sums are rounded a little differently if a prompt is processed in other steps. For reproducible answers, a prompt is
continued only where a step would begin anyway: then the rest is computed as if nothing had been kept.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from doubleread.domain.hashes import json_sha256
from doubleread.engine.client.protocol import Load
from doubleread.engine.client.settings import PromptCache
from doubleread.engine.prompt_cache import Entry, entries, read_entry, read_state, write_entry
from doubleread.engine.worker.llama import Context, State, Tokens
from doubleread.platform import free_memory

WORTH_READING = 64
"""Minimum number of tokens that a prompt on disk must have more than memory has."""

_FIRST_GUESS = 1 / 400e6
"""Seconds for a byte, before anything was read or written."""

_PENDING = 2
_MEMORY_RESERVE = 2**30
_FADING = 0.5


def state_key(load: Load, cache: PromptCache, manifest: Mapping[str, Any], context: Context) -> str:
    """Return the hash of everything that changes a state: model, template, llama.cpp, device and settings.

    `manifest` has the worker's entries. Answers that are not reproducible may differ in how sums are rounded, so that
    their threads and steps do not count.
    """
    names = ["template_sha256", "llama_cpp_python", "llama_cpp", "system_info", "device", "offloaded_layers"]
    names += ["kv_type", "flash_attention", "adapters"]
    metadata = manifest["model"]["metadata"]
    found: dict[str, Any] = {
        "model_sha256": cache.model_sha256,
        # Factors of some models depend on the length of the context.
        "context": context.n_ctx_seq if any("rope.scaling" in name for name in metadata) else None,
        "streams": context.state_streams,
    }
    if not load.reuse_prefix:
        names += ["n_slots", "n_threads", "n_threads_batch", "n_batch", "n_ubatch", "kv_unified"]
    return json_sha256(found | {name: manifest[name] for name in names})


def kept_prompts(load: Load, manifest: Mapping[str, Any], context: Context) -> KeptPrompts | None:
    """Return the prompts on disk of a worker whose settings have a cache; None if they cannot be used.

    llama.cpp cannot go back in a recurrent model. With a sliding window, it puts a restored state into other cells,
    so that sums are rounded differently and answers would not be reproducible.
    """
    cache, exact = load.prompt_cache, not load.reuse_prefix
    if cache is None or not context.restores or (exact and context.window):
        return None
    return KeptPrompts(context, cache, state_key(load, cache, manifest, context), exact=exact)


class KeptPrompts:
    """The prompts on disk that this worker can use. All calls come from the thread that computes.

    Files are written in a thread of their own.
    """

    def __init__(self, context: Context, cache: PromptCache, key: str, *, exact: bool) -> None:
        """Prepare it. With `exact`, answers must be the same to the last bit as without it."""
        self._context = context
        self._cache = cache
        self._key = key
        self._step = context.n_ubatch if exact else 1
        self._least = max(cache.least_tokens, self._step)
        self._folder = Path(cache.folder)
        self._entries: dict[str, Entry] = {}
        self._ignored: set[str] = set()
        self._seen = -1
        self._started = time.time()
        self._reading = self._writing = _FIRST_GUESS
        self._lock = threading.Lock()
        self._to_write: queue.Queue[tuple[Tokens, State, int, float]] = queue.Queue(_PENDING)
        threading.Thread(target=self._write_all, daemon=True, name="keep prompts").start()

    def length(self, prompt: Tokens) -> int:
        """Return how many of a prompt's first tokens can be taken from the disk."""
        return self._longest(prompt, self._step)[1]

    def restore(self, slot: int, prompt: Tokens, there: int) -> int:
        """Put the beginning of a prompt into a slot if the disk has clearly more of it than the first `there` tokens.

        Return its length, or 0. If it then turns out to be unusable, the slot may be empty.
        """
        entry, count = self._longest(prompt, self._step)
        if entry is None or count < there + WORTH_READING or not self._context.settled(slot):
            return 0
        size = entry.head.bytes
        pace = self._context.pace.seconds or entry.head.seconds
        if self._reading * size > self._cache.most_cost * pace * (count - there) or not _fits(size):
            return 0
        started = time.perf_counter()
        state = read_state(entry, self._context.state_padding)
        if state is not None and self._context.restore(slot, state, count):
            self._reading += ((time.perf_counter() - started) / size - self._reading) * _FADING
            return count
        with self._lock:
            self._ignored.add(entry.path.name)
            self._entries.pop(entry.path.name, None)
        return 0

    def keep(self, slot: int, tokens: Tokens) -> None:
        """Keep the prompt that a slot contains, unless the disk has most of it or processing it again is cheap."""
        context, pace = self._context, self._context.pace.seconds
        if len(tokens) < self._least or pace is None or self._to_write.full() or not context.settled(slot):
            return
        missing = len(tokens) - self._longest(tokens, 1)[1]
        size = context.state_size(slot)
        if missing < self._least or self._writing * size > self._cache.most_cost * pace * missing or not _fits(size):
            return
        with contextlib.suppress(MemoryError):
            self._to_write.put((tokens.copy(), context.state(slot), context.first_in_state(slot), pace))

    def _longest(self, prompt: Tokens, step: int) -> tuple[Entry | None, int]:
        """Return the entry with the longest usable beginning of a prompt, and its length, a multiple of `step`."""
        best: Entry | None = None
        most = 0
        for entry in self._there():
            count = in_common(entry.tokens, prompt)
            count -= count % step
            # As in `Context.restore`.
            needed = entry.head.first + self._context.window - 1 if entry.head.first else 0
            if count > most and count >= needed:
                best, most = entry, count
        return best, most

    def _there(self) -> list[Entry]:
        """Return the entries, after looking for those that other processes wrote or deleted."""
        try:
            seen = (self._folder / self._key[:32]).stat().st_mtime_ns
        except OSError:
            seen = 0
        with self._lock:
            if seen != self._seen:
                found = entries(self._folder, self._key)
                self._entries = {name: entry for name, entry in self._entries.items() if name in found}
                for name in found.keys() - self._entries.keys() - self._ignored:
                    if entry := read_entry(found[name], self._key):
                        self._entries[name] = entry
                    else:
                        self._ignored.add(name)
                self._seen = seen
            return [*self._entries.values()]

    def _write_all(self) -> None:
        while True:
            tokens, state, first, pace = self._to_write.get()
            started = time.perf_counter()
            entry = write_entry(
                self._cache, self._key, tokens, state, first=first, seconds=pace, kept_since=self._started
            )
            if entry is not None:
                self._writing += ((time.perf_counter() - started) / len(state) - self._writing) * _FADING
                with self._lock:
                    self._ignored.discard(entry.path.name)
                    self._entries[entry.path.name] = entry
            del state


def in_common(first: Tokens, second: Tokens) -> int:
    """Return the length of the common prefix of two sequences."""
    length = min(len(first), len(second))
    if not length or first[0] != second[0]:
        return 0
    different = np.flatnonzero(first[:length] != second[:length])
    return int(different[0]) if len(different) else length


def _fits(size: int) -> bool:
    """Return whether there is memory for a state beside what the worker has."""
    free = free_memory()
    return free is None or size + _MEMORY_RESERVE <= free
