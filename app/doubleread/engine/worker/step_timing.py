"""The seconds that llama.cpp's steps take with given settings, measured on a loaded model.

Filling a memory with thousands of computed tokens would take longer than measuring. How long a step takes depends on
how many tokens are in memory, not on which. So a few are computed once, and llama.cpp is given their state repeatedly.
"""

from __future__ import annotations

import ctypes
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import llama_cpp.llama_cpp as lib
import numpy as np
from numpy.typing import NDArray

from doubleread.engine.client.settings import KvType, LoadSettings
from doubleread.engine.worker.llama import Batch, Context, Model, Tokens

_PIECE = 32
"""Tokens that are computed to get a state."""

_WORD = struct.Struct("<I")
_HEAD = 8
"""Bytes of a state before its number of streams."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a context is made with. `depth` is how many tokens each sequence has in memory before a measured step."""

    flash_attention: bool
    kv_type: KvType = "f16"
    kv_unified: bool = False
    n_slots: int = 1
    n_ubatch: int = 0
    depth: int = 0


class NotMeasuredError(RuntimeError):
    """llama.cpp refuses a layout, or a step in it."""


class StepTimer:
    """Times the steps of one model, in one context at a time. The methods raise NotMeasuredError."""

    def __init__(self, model: Model, n_batch: int = 512) -> None:
        self._model = model
        self._batch = Batch(n_batch)
        random = np.random.default_rng(1)
        self._tokens: Tokens = random.integers(0, model.n_vocab, n_batch).astype(np.int32)
        self._states: dict[tuple[bool, KvType, int], bytes] = {}

    def decode(self, layout: Layout, threads: int, repeats: int = 1) -> list[float]:
        """Return the seconds of steps with one token of each of the layout's sequences, after a step to warm up."""
        with self._filled(layout, threads, repeats + 1) as context:
            return [self._step(context, layout.n_slots) for _ in range(repeats + 1)][1:]

    def prefill(self, layout: Layout, threads: int, count: int) -> float:
        """Return the seconds of processing `count` tokens of one sequence, at most those of a batch."""
        with self._filled(layout, threads, count) as context:
            return self._process(context, self._tokens[:count], context.length(0))

    def pace(self, layout: Layout, threads: int, seconds: float, count: int) -> float:
        """Work for so many seconds, on prompts of `count` tokens and half as many tokens of answers.

        Return the tokens a second.
        """
        steps = max(count // 2 // layout.n_slots, 1)
        tokens = 0
        with self._filled(layout, threads, steps + count) as context:
            base = context.length(0)
            self._step(context, layout.n_slots)
            began = time.perf_counter()
            while time.perf_counter() - began < seconds:
                for sequence in range(layout.n_slots):
                    context.forget(sequence, base)
                self._process(context, self._tokens[:count], base)
                context.forget(0, base)
                for _ in range(steps):
                    self._step(context, layout.n_slots)
                tokens += count + steps * layout.n_slots
            return tokens / (time.perf_counter() - began)

    def log_probabilities(self, layout: Layout, threads: int, tokens: Tokens) -> NDArray[np.float64]:
        """Return the logarithms of the next token's probabilities, an array (steps, vocabulary).

        The first half of the tokens is processed at once, and the others one after the other.
        """
        half = len(tokens) // 2
        ends = [half, *range(half + 1, len(tokens) + 1)]
        found = []
        with self._filled(layout, threads, len(tokens)) as context:
            for start, end in zip([0, *ends], ends, strict=False):
                self._process(context, tokens[start:end], start)
                logits = context.logits(end - start - 1).astype(np.float64)
                top = logits.max()
                found.append(logits - (top + np.log(np.exp(logits - top).sum())))
        return np.array(found)

    def _step(self, context: Context, sequences: int) -> float:
        self._batch.clear()
        for sequence in range(sequences):
            self._batch.add(self._tokens[sequence : sequence + 1], context.length(sequence), sequence, output=True)
        return self._timed(context)

    def _process(self, context: Context, tokens: Tokens, start: int) -> float:
        self._batch.clear()
        self._batch.add(tokens, start, 0, output=True)
        return self._timed(context)

    def _timed(self, context: Context) -> float:
        began = time.perf_counter()
        code = context.decode(self._batch)
        lib.llama_synchronize(context.pointer)
        took = time.perf_counter() - began
        if code:
            raise NotMeasuredError(f"llama.cpp returned {code}")
        return took

    @contextmanager
    def _filled(self, layout: Layout, threads: int, room: int) -> Iterator[Context]:
        """Make a context with every sequence filled to the layout's depth, with room for more tokens in each."""
        state = self._state(layout, threads) if layout.depth else b""
        with self._context(layout, threads, room) as context:
            if state:
                # A state has one stream of cells; a context without a common pool expects one for each sequence.
                streams = 1 if layout.kv_unified else layout.n_slots
                state = state[:_HEAD] + _WORD.pack(streams) + state[_HEAD + _WORD.size :]
                state += bytes(_WORD.size * (streams - 1))
            for sequence in range(layout.n_slots if state else 0):
                _give(context, state, sequence)
            yield context

    @contextmanager
    def _context(self, layout: Layout, threads: int, room: int) -> Iterator[Context]:
        load = LoadSettings(
            n_ctx=max(layout.depth + room, 8),
            n_slots=layout.n_slots,
            n_batch=self._batch.capacity,
            n_ubatch=layout.n_ubatch,
            flash_attention="on" if layout.flash_attention else "off",
            kv_type=layout.kv_type,
            kv_unified=layout.kv_unified,
        )
        try:
            context = Context(self._model, load, load.n_ctx, threads, threads)
        except MemoryError as error:
            raise NotMeasuredError(str(error)) from error
        try:
            yield context
        finally:
            lib.llama_free(context.pointer)

    def _state(self, layout: Layout, threads: int) -> bytes:
        """Return the state of a sequence of `depth` tokens. Each piece of it has the positions of the first one."""
        key = (layout.flash_attention, layout.kv_type, layout.depth)
        if key not in self._states:
            pool = Layout(layout.flash_attention, layout.kv_type, kv_unified=True, depth=layout.depth)
            with self._context(pool, threads, 2 * _PIECE) as context:
                count = min(_PIECE, layout.depth)
                self._process(context, self._tokens[:count], 0)
                piece = _taken(context, 0)
                for _ in range(layout.depth // count - 1):
                    _give(context, piece, 1)
                    context.copy(1, 0, count)
                    context.forget(1)
                self._states[key] = _taken(context, 0)
        return self._states[key]


def _taken(context: Context, sequence: int) -> bytes:
    size = int(lib.llama_state_seq_get_size(context.pointer, sequence))
    data = (ctypes.c_uint8 * size)()
    if int(lib.llama_state_seq_get_data(context.pointer, data, size, sequence)) != size:
        raise NotMeasuredError("the state of a sequence cannot be read")
    return bytes(data)


def _give(context: Context, state: bytes, sequence: int) -> None:
    data = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
    if not int(lib.llama_state_seq_set_data(context.pointer, data, len(state), sequence)):
        raise NotMeasuredError("this model's memory cannot be filled with a state")
