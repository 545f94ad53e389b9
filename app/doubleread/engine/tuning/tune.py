"""Measure models in child processes, and keep what was chosen.

Nothing is measured in the program's own process, and a measurement that takes too long is ended.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from doubleread.domain.times import iso_utc
from doubleread.engine.children import run_module
from doubleread.engine.gguf.model_shape import ModelShape, shape_in_child
from doubleread.engine.installed import build_name
from doubleread.engine.planning.cpu_plan import CpuShare, share_processors
from doubleread.engine.planning.devices import Machine
from doubleread.engine.planning.memory_need import row_bytes
from doubleread.engine.strict_json import ProtocolError, dumps, loads
from doubleread.engine.tuning.messages import Order, Request
from doubleread.engine.tuning.record import Conditions, PairRecord, TuningRecord, keep
from doubleread.engine.tuning.search import Found, Limits
from doubleread.errors import DoublereadError
from doubleread.platform import child_options, clean_environment, openmp_environment, processor_name

SECONDS = 20.0
"""The longest that measuring a model may take, its load included."""

_TO_END = 1.0
"""Of those, what is left for starting and ending the child."""

_MEMORY_SHARE = 4
"""A measurement's cells take at most this part of the free memory, one to so many."""

_MOST_CELLS = 65536
PAIR_SECONDS = 1.0
"""How long two models work side by side, and each alone, in a round."""

_PAIR_ROUNDS = 3


def conditions_here(here: Machine) -> Conditions:
    """Return the conditions of measurements made now."""
    kinds = sorted({(processor.node, processor.core): processor.speed for processor in here.processors}.values())
    nodes = len({processor.node for processor in here.processors})
    quota = f", quota {here.quota}" if here.quota is not None else ""
    cores = f"{len(here.processors)} processors, cores {kinds}, {nodes} memory nodes{quota}"
    return Conditions(build_name(), processor_name(), cores)


def tune_model(path: Path, sha256: str, here: Machine, seconds: float = SECONDS) -> TuningRecord:
    """Measure a model on the processor and store what was chosen. Raises DoublereadError if that fails."""
    began = time.monotonic()
    shape = shape_in_child(path)
    share = share_processors(here.processors, 1, here.quota)[0]
    limits = Limits(share.batch_threads, 0.0, shape.context_length or 4096, _cells(shape, here))
    left = seconds - (time.monotonic() - began)
    limits = Limits(limits.cores, max(left - _TO_END, 0.1), limits.n_ctx, limits.cells)
    found = _found(Request(str(path), _cores(share), limits), left)
    if not found.figures:
        happened = f"{shape.name}: it is too slow, or its memory too unusual, to be measured in {seconds:.0f} seconds"
        raise DoublereadError("Not tuned", happened, "it runs with the default settings")
    record = TuningRecord(
        model_sha256=sha256,
        conditions=conditions_here(here),
        short=found.short,
        long=found.long,
        long_from=found.long_from,
        threads=found.threads,
        seconds=round(time.monotonic() - began, 2),
        measured_at=iso_utc(datetime.now(UTC)),
        figures=found.figures,
        unmeasured=found.unmeasured,
    )
    keep(record)
    return record


def tune_pair(
    paths: tuple[Path, Path], sha256s: tuple[str, str], here: Machine, seconds: float = SECONDS
) -> PairRecord:
    """Measure two models side by side, each on its part of the cores, and one after the other. Stores the result.

    Raises DoublereadError if that fails.
    """
    began = time.monotonic()
    alone = share_processors(here.processors, 1, here.quota)[0]
    shares = share_processors(here.processors, 2, here.quota)
    ratios: list[float] = []
    with ExitStack() as stack:
        requests = [Request(str(path), (), Limits(1, seconds, 4096, 0)) for path in paths]
        models = [stack.enter_context(PacedModel(request, seconds)) for request in requests]
        for model in models:
            model.wait()
        while len(ratios) < _PAIR_ROUNDS and (
            not ratios or time.monotonic() - began + 5 * PAIR_SECONDS < seconds - _TO_END
        ):
            in_turn = [model.pace(_order(alone)) for model in models]
            for model, share in zip(models, shares, strict=True):
                model.ask(_order(share))
            beside = [model.answer() for model in models]
            # The same work for both models: in turn, its parts add up; side by side, the slower one decides.
            ratios.append(max(1 / rate for rate in beside) / sum(1 / rate for rate in in_turn))
    ratio = median(ratios)
    first, second = sorted(sha256s)
    record = PairRecord(
        model_sha256s=(first, second),
        conditions=conditions_here(here),
        side_by_side=round(ratio, 4),
        rounds=len(ratios),
        seconds=round(time.monotonic() - began, 2),
        measured_at=iso_utc(datetime.now(UTC)),
    )
    keep(record)
    return record


def _order(share: CpuShare) -> Order:
    return Order(PAIR_SECONDS, share.batch_threads, _cores(share))


def _cores(share: CpuShare) -> tuple[int, ...]:
    return share.cores if sys.platform == "linux" else ()


def _cells(shape: ModelShape, here: Machine) -> int:
    """Return how many tokens a measurement may keep in memory."""
    token = sum(row_bytes(layer.key_width, "f16") + row_bytes(layer.value_width, "f16") for layer in shape.layers)
    if here.free_memory is None:
        return _MOST_CELLS
    room = max(here.free_memory - shape.weight_bytes, 0) // _MEMORY_SHARE
    return min(room // max(token, 1), _MOST_CELLS)


def _found(request: Request, seconds: float) -> Found:
    try:
        done = run_module(
            "engine.tuning.measuring",
            ["search"],
            timeout=seconds,
            given=dumps(request),
            environment=_ENVIRONMENT | openmp_environment(),
        )
        found: Found = loads(done.stdout, Found)
    except subprocess.TimeoutExpired:
        raise _failed("it did not end in time") from None
    except ProtocolError:
        raise _failed(f"its child ended with exit code {done.returncode}") from None
    except OSError as error:
        raise _failed(str(error)) from error
    return found


_ENVIRONMENT = {"GGML_NO_BACKTRACE": "1"}


def _failed(why: str) -> DoublereadError:
    return DoublereadError("Not tuned", f"the measurement failed: {why}", "the models run with the default settings")


class PacedModel:
    """A child that works when told, and says how fast it was."""

    def __init__(self, request: Request, seconds: float, environment: Mapping[str, str] | None = None) -> None:
        """Prepare it. It is killed after so many seconds. `environment` takes the place of OpenMP's settings."""
        self._request = request
        self._seconds = seconds
        self._environment = openmp_environment() if environment is None else environment

    def __enter__(self) -> Self:
        command = [sys.executable, "-P", "-m", "doubleread.engine.tuning.measuring", "pace"]
        environment = {**clean_environment(), **self._environment, **_ENVIRONMENT}
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
                **child_options(),
            )
        except OSError as error:
            raise _failed(str(error)) from error
        self._deadline = threading.Timer(self._seconds, self._child.kill)
        self._deadline.daemon = True
        self._deadline.start()
        self._say(self._request)
        return self

    def __exit__(self, *_: object) -> None:
        self._deadline.cancel()
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._child.wait()

    def wait(self) -> None:
        """Wait until the model is loaded."""
        self._heard(str)

    def ask(self, order: Order) -> None:
        """Order work."""
        self._say(order)

    def answer(self) -> float:
        """Return the tokens a second of the work ordered last."""
        rate: float = self._heard(float)
        if not rate > 0:
            raise _failed("a model did nothing")
        return rate

    def pace(self, order: Order) -> float:
        """Order work, and wait for it."""
        self.ask(order)
        return self.answer()

    def _say(self, message: Request | Order) -> None:
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.write(dumps(message))

    def _heard(self, kind: type) -> Any:
        assert self._child.stdout is not None
        try:
            return loads(self._child.stdout.readline(), kind)
        except ProtocolError:
            raise _failed("a child ended") from None
