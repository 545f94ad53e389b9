"""Engines that are planned in the background when they are started."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from doubleread.engine.client.protocol import Failed
from doubleread.errors import ModelFileError
from doubleread.runs.engines import EnginePlan
from sessions.making import make_study
from waiting import PATIENCE


@pytest.mark.parametrize(
    ("error", "title"),
    [(ModelFileError("No such file", "it is gone", "look"), "No such file"), (RuntimeError("x"), "Model not started")],
)
def test_a_plan_that_fails_in_any_way_ends_in_an_event(tmp_path, monkeypatch, error, title):
    def fail(*_):
        raise error

    monkeypatch.setattr(EnginePlan, "engine", fail)
    with make_study(tmp_path / "s.doubleread") as study:
        events: SimpleQueue = SimpleQueue()
        EnginePlan(study).factories()["one"](events.put).start()
        failed = events.get(timeout=PATIENCE)
    assert isinstance(failed, Failed)
    assert (failed.request_id, failed.title) == (None, title)
