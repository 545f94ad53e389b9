"""In a child: load a model, and measure. `python -m doubleread.engine.tuning.measuring search|pace`.

`search` reads one request and prints what was chosen. `pace` says when the model is loaded, and then answers each order
to work for some time by how fast it was, until its input ends.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import BinaryIO

from doubleread import platform
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.strict_json import dumps, loads
from doubleread.engine.tuning.messages import Order, Request
from doubleread.engine.tuning.search import DEPTH, FEW_TOKENS, Found, Way, search
from doubleread.engine.worker import llama
from doubleread.engine.worker.fatal_exit import leave
from doubleread.engine.worker.step_timing import Layout, NotMeasuredError, StepTimer

_TEXT = (
    "A 54-year-old woman presents with chest pain that is worse on lying down and eases on sitting forward. Her blood "
    "pressure is 128/76 mm Hg, her pulse 96 per minute and regular. On auscultation, a friction rub is heard at the "
    "left lower sternal border. The electrocardiogram shows diffuse ST-segment elevation and depressed PR segments."
)
_TEXT_TOKENS = 64
_STEPS = 3
_SLOTS = 8


class _Timed:
    """Measures for a search, in this process. The clock starts with the process."""

    def __init__(self, model: llama.Model, began: float) -> None:
        self._model = model
        self._timer = StepTimer(model)
        self._began = began

    def now(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._began

    def decode(self, way: Way) -> float | None:
        """Return the seconds of the fastest of a few steps, as other programs interrupt some."""
        return _known(lambda: min(self._timer.decode(_layout(way), way.threads, _STEPS)))

    def prefill(self, way: Way, count: int) -> float | None:
        """Return the seconds of processing so many tokens of a prompt."""
        return _known(lambda: self._timer.prefill(_layout(way, alone=True), way.threads, count))

    def divergence(self, way: Way) -> float | None:
        """Compare with f16 after each token of the second half of a fixed text."""
        import numpy as np

        tokens = self._model.tokenize(_TEXT)[:_TEXT_TOKENS]

        def apart() -> float:
            layout = Layout(way.flash_attention)
            exact = self._timer.log_probabilities(layout, way.threads, tokens)
            other = self._timer.log_probabilities(Layout(way.flash_attention, way.kv_type), way.threads, tokens)
            return float((np.exp(exact) * (exact - other)).sum(axis=1).mean())

        return _known(apart) if len(tokens) > 1 else None


def _known(measure: Callable[[], float]) -> float | None:
    try:
        return measure()
    except NotMeasuredError:
        return None


def _layout(way: Way, *, alone: bool = False) -> Layout:
    return Layout(
        way.flash_attention,
        way.kv_type,
        way.kv_unified and not alone,
        1 if alone else way.n_slots,
        way.n_ubatch,
        way.depth,
    )


def _search(request: Request, began: float) -> Found:
    if request.cores:
        platform.run_on_cores(request.cores)
    model = llama.Model(request.path, LoadSettings(), lambda: None)
    return search(_Timed(model, began), request.limits)


def _keep_pace(request: Request, orders: BinaryIO, answer: Callable[[object], None]) -> None:
    model = llama.Model(request.path, LoadSettings(), lambda: None)
    timer = StepTimer(model)
    depth = max(min(DEPTH, request.limits.n_ctx // 2), 8)
    answer("ready")
    while line := orders.readline():
        order: Order = loads(line, Order)
        if order.cores:
            platform.run_on_cores(order.cores, with_threads=True)
        answer(timer.pace(Layout(False, n_slots=_SLOTS, depth=depth), order.threads, order.seconds, FEW_TOKENS))


def main(arguments: list[str]) -> None:
    """Measure as asked. Does not return."""
    began = time.monotonic()
    platform.die_with_parent()
    platform.forbid_core_dumps()
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    request: Request = loads(sys.stdin.buffer.readline(), Request)
    # llama.cpp writes to it as long as the process lives.
    log = llama.Log()
    try:
        if arguments == ["pace"]:
            _keep_pace(request, sys.stdin.buffer, lambda value: _say(out, value))
        else:
            _say(out, _search(request, began))
    except (RuntimeError, MemoryError) as error:
        os.write(2, f"{error}: {log.errors()}\n".encode("utf-8", "replace"))
        leave(1)
    leave(0)


def _say(out: BinaryIO, value: object) -> None:
    out.write(dumps(value))


if __name__ == "__main__":
    main(sys.argv[1:])
