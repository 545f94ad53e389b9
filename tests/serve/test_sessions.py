"""A reader in the browser, without one: real processes behind real connections."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from doubleread import locations
from doubleread.serve.sessions import Close
from doubleread.sessions.readers import withdraw
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from serve.serving import Browser, Served, Wire, served, soon, study_for
from tui.driving import annotations
from tui.studies import commit_readings
from waiting import PATIENCE

SEES = "electrician"
NOTE = "not in the case §"
"""A note that is being typed while the connection, the process or the server is lost."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return study_for(tmp_path / "pilot.doubleread", "R-01", "R-02")


async def mark_and_type_a_note(page: Wire, path: Path) -> None:
    """Mark the first sentence of answer A, and type a note that no key has saved yet."""
    await page.shows(SEES)
    await page.type("\x1bOR")
    await page.type("s")
    for key, answer in (("m", "fabrication"), ("f", "How serious"), ("m", "A1"), ("e", "type a note")):
        await page.type(key)
        await page.shows(answer)
    assert annotations(path)[0]["severity"] == "major"
    await page.type("t")
    await page.type(NOTE)
    await page.shows(NOTE[-1])


def saved_note(path: Path) -> bool:
    return bool(annotations(path)[0]["note"] == NOTE)


def openings(server: Served) -> int:
    return sum(line.endswith("opened") for line in server.told)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


async def test_a_dropped_connection_loses_nothing_and_the_reader_goes_on(study: Path) -> None:
    async with served(study) as server, Browser(server) as browser:
        page = await browser.open()
        await mark_and_type_a_note(page, study)
        await page.drop()
        await soon(lambda: saved_note(study))
        for width, height in ((120, 40), (100, 30), (101, 30), (101, 30), (120, 45)):
            page = await browser.open(width=width, height=height)
            await page.shows("Troponin")
            await page.shows(NOTE)
        await page.type("!")
        await soon(lambda: annotations(study)[0]["note"] == f"{NOTE}!")
        assert openings(server) == 1, "the same process goes on"


async def test_another_tab_takes_over_and_a_hundred_connections_leave_one(study: Path) -> None:
    async with served(study) as server, Browser(server) as browser:
        first = await browser.open()
        await first.shows(SEES)
        address = f"{server.url}/s/{server.link().id}/"
        pages = await asyncio.gather(*(browser.connect(address) for _ in range(100)))
        assert await first.closed() == Close.ELSEWHERE
        await soon(lambda: sum(page.socket.close_code is None for page in pages) == 1)
        last = next(page for page in pages if page.socket.close_code is None)
        await last.shows(SEES)
        await last.type("\x1bORsm")
        await last.shows("fabrication")
        assert openings(server) == 1


async def test_no_more_processes_than_there_is_room_for(study: Path) -> None:
    async with served(study, max_sessions=1) as server, Browser(server) as browser:
        first = await browser.open("R-01")
        await mark_and_type_a_note(first, study)
        assert await (await browser.open("R-02")).closed() == Close.FULL
        await first.drop()
        second = await browser.open("R-02")
        await second.shows(SEES)
        assert saved_note(study), "the session that made room is saved"
        assert openings(server) == 2


async def test_what_no_page_sends_ends_the_connection_and_not_the_session(study: Path) -> None:
    async with served(study) as server, Browser(server) as browser:
        address = f"{server.url}/s/{server.link().id}/"
        page = await browser.open()
        await page.shows(SEES)
        for message in ("x" * 300_000, "[", "[]", "7", '["stdin"]', '["stdin", 7]', '["quit", {}]', "[" * 10_000):
            await page.socket.send_str(message)
            code = await page.closed()
            assert code == (1009 if len(message) > 20_000 else 1008), message[:20]
            page = await browser.connect(address, width=-5, height=10**9)
        await page.socket.send_str('["resize", {"width": "1e9", "height": null}]')
        await page.shows(SEES)
        own = {"Origin": server.url}
        page = Wire(await browser.client.ws_connect(f"{address}ws?width={'9' * 5000}", headers=own))
        await page.shows(SEES)
        assert openings(server) == 1


async def test_a_session_without_a_key_is_ended_and_saved(study: Path) -> None:
    async with served(study, idle_seconds=0.0, looks_seconds=0.2) as server, Browser(server) as browser:
        page = await browser.open()
        assert await page.closed() == Close.IDLE
        await soon(lambda: "R-01: closed" in server.told)


async def test_leaving_ends_the_session_and_shows_nothing_else(study: Path) -> None:
    async with served(study) as server, Browser(server) as browser:
        page = await browser.open()
        await page.shows(SEES)
        await page.type("L")
        assert await page.closed() == Close.ENDED
        assert "Studies" not in page.screen
        await soon(lambda: "R-01: closed" in server.told)
        again = await browser.connect(f"{server.url}/s/{server.link().id}/")
        await again.shows(SEES)
        await again.type("\x11")
        assert await again.closed() == Close.ENDED


async def test_a_reader_who_may_not_read_any_more_sees_why_and_nothing_else(study: Path) -> None:
    async with served(study) as server, Browser(server) as browser:
        with StudyFile.open(study, device="lead") as opened:
            withdraw(opened, "R-01", "moved away", "study lead")
        page = await browser.open()
        await page.shows("withdrawn")
        assert SEES not in page.screen
        await page.type("\r")
        assert await page.closed() == Close.FAILED


async def test_a_reader_whom_the_lead_names_is_not_asked_and_no_model_is_loaded(tmp_path: Path) -> None:
    path = study_for(tmp_path / "pilot.doubleread", answered=())
    with StudyFile.open(path, device="lead") as opened:
        opened.readers.register("R-01")
    async with served(path, readers=("R-02",)) as server, Browser(server) as browser:
        page = await browser.open("R-02")
        await page.shows("has not been generated yet")


async def test_a_process_gets_its_arguments_and_nothing_of_the_servers_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    locations.settings_file().parent.mkdir(parents=True, exist_ok=True)
    locations.settings_file().write_text('theme = "doubleread-light"')
    folder = tmp_path / "a b; touch pwned; $(touch pwned) `touch pwned` 'q\" & | \u00e9"
    folder.mkdir()
    path = study_for(folder / "-pilot 'x' ;.doubleread", "R;1 $(x)")
    async with served(path) as server, Browser(server) as browser:
        page = await browser.open("R;1 $(x)")
        await page.shows(SEES)
        # Earlier tests of this process may have left other children.
        served_here = [
            child
            for child in _children(os.getpid())
            if b"doubleread.cli.served" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        assert len(served_here) == 1 or not Path("/proc/self/task").exists()
        for child in served_here:
            environment = Path(f"/proc/{child}/environ").read_bytes().decode().split("\0")
            assert not [item for item in environment if "OPENAI" in item]
            # What a reader sets holds for that reader.
            own = next(item for item in environment if item.startswith("DOUBLEREAD_SETTINGS="))
            assert Path(own.partition("=")[2]) != locations.settings_file()
            assert Path(own.partition("=")[2]).read_text() == 'theme = "doubleread-light"'
    assert not list(tmp_path.rglob("pwned"))
    assert not Path("pwned").exists()


async def test_an_adjudicator_adjudicates_and_a_reader_does_not(tmp_path: Path) -> None:
    path = study_for(tmp_path / "pilot.doubleread", "S-01")
    for reader in ("R-01", "R-02"):
        commit_readings(path, reader)
    with StudyFile.open(path, device="lead") as opened:
        opened.readers.describe("S-01", "adjudicator", "")
    async with served(path, adjudicators=("S-01",)) as server, Browser(server) as browser:
        assert [link.place.role for link in server.links.all] == ["adjudicator"]
        page = await browser.open("S-01")
        await page.shows("adjudicator S-01")


async def start_program(study: Path, *options: str) -> tuple[asyncio.subprocess.Process, Served]:
    """Start `doubleread serve` as a study lead does."""
    import json

    from doubleread.serve.links import Link, Links, Place

    command = [sys.executable, "-m", "doubleread", "serve", str(study), "--port", "0", "--json", *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    text = ""
    while not text.endswith("\n}\n"):
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert line, "it did not start"
        text += line.decode()
    record = json.loads(text)
    links = Links(
        Link(Place(Path(item["study"]), item["role"], item["person"], item["title"]), item["link"].rpartition("/")[2])
        for item in record["links"]
    )
    return process, Served(record["url"], links)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_end_of_the_server_saves_and_ends_every_session(study: Path, how: signal.Signals) -> None:
    process, server = await start_program(study)
    async with Browser(server) as browser:
        page = await browser.open()
        await mark_and_type_a_note(page, study)
        children = [int(child) for child in _children(process.pid)]
        assert len(children) == 1
        process.send_signal(how)
        code = await page.closed()
        said = (await process.communicate())[1].decode()
    assert process.returncode == (-how if how == signal.SIGKILL else 0), said
    if how != signal.SIGKILL:
        assert code == Close.STOPPED
        assert "R-01: closed" in said
    await soon(lambda: not alive(children[0]))
    assert saved_note(study)
    assert verify(study).ok
    async with served(study) as again, Browser(again) as browser:
        page = await browser.open()
        await page.shows("A1")
        assert "another window" not in page.screen


def _children(pid: int) -> list[str]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return found.read_text().split() if found.exists() else []
