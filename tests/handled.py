"""Waiting until a screen has handled what it was sent, in place of Textual's waiting for a while of rest.

Textual sleeps until the process uses little time of the processor. That takes a sixth of the time of a test. On a busy
machine, where a process rests because others run, it also ends too soon.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual._context import active_app
from textual.app import App

ROUNDS = 3
"""How many times in a row nothing else must be ready to run."""


async def until_handled(app: App[Any], patience: float) -> None:
    """Run what is ready, and paint, until nothing is left to do but to wait for timers, threads and keys."""
    end = time.monotonic() + patience
    while True:
        await _run_what_is_ready()
        if not app._running or not app.screen_stack or time.monotonic() > end:
            return
        if app._resize_event is not None:
            app._check_resize()
        elif _unpainted(app):
            app.screen._on_timer_update()
        else:
            return


async def _run_what_is_ready() -> None:
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # asyncio has no public way to ask
    quiet = 0
    while quiet < ROUNDS:
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1


def _unpainted(app: App[Any]) -> bool:
    screen = app.screen
    if not screen.is_current or app._batch_count:
        return False
    layout = screen._layout_required or screen._scroll_required or screen._recompose_required
    return bool(layout or screen._repaint_required or screen._dirty_widgets or screen._callbacks)


def instead_of_idle(idle: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return a function to use in place of Textual's `wait_for_idle`, which is still used while threads are at work."""
    from_before = set(threading.enumerate())

    def threads_work(app: App[Any]) -> bool:
        if any(not worker.is_finished for worker in app.workers):
            return True
        # Those of asyncio's pool stay after their work.
        return any(not thread.name.startswith("asyncio_") for thread in set(threading.enumerate()) - from_before)

    async def wait(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
        app = active_app.get()
        if threads_work(app):
            await idle(min_sleep, max_sleep)
        else:
            await until_handled(app, max_sleep)

    return wait
