"""An export tells its progress, can be cancelled, and leaves nothing then."""

from __future__ import annotations

import os

import pytest

from doubleread.exports import export as export_module
from doubleread.exports.export import export_study
from doubleread.exports.formats import EXPORTERS
from exports.attested import ATTESTED


class StoppedError(Exception):
    pass


@pytest.fixture(autouse=True)
def every_row(monkeypatch):
    monkeypatch.setattr(export_module, "_ROWS_AT_ONCE", 10)


@pytest.mark.parametrize("format_name", EXPORTERS)
def test_progress_rises_to_its_end(full_study, tmp_path, format_name):
    told: list[tuple[str, int, int]] = []
    export_study(
        full_study,
        format_name,
        tmp_path / "out",
        with_case_text=True,
        attestation=ATTESTED,
        progress=lambda *now: told.append(now),
    )
    _, done, totals = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert len(done) > 10
    assert {totals[0]} == set(totals) == {done[-1]}
    if os.name != "nt":
        files = list((tmp_path / "out").rglob("*"))
        assert {path.stat().st_mode & 0o777 for path in files if path.is_file()} == {0o600}
        assert {path.stat().st_mode & 0o777 for path in files if path.is_dir()} <= {0o700}


@pytest.mark.parametrize("format_name", EXPORTERS)
@pytest.mark.parametrize("after", [1, 10])
def test_a_cancelled_export_leaves_nothing(full_study, tmp_path, format_name, after):
    calls = 0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls == after:
            raise StoppedError

    before = set(tmp_path.iterdir())
    with pytest.raises(StoppedError):
        export_study(
            full_study, format_name, tmp_path / "out", with_case_text=True, attestation=ATTESTED, progress=progress
        )
    assert set(tmp_path.iterdir()) == before
    assert "export.attested" not in {event.kind for event in full_study.events()}
