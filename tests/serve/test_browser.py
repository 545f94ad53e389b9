"""Reading in a real browser: by mouse, by keys, two readers at once, copying, a new size, a lost connection.

About 20 seconds. Skipped where there is no Chromium.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from serve.chromium import PROGRAM, Chromium, Page, chromium
from serve.serving import served, soon, study_for
from sessions import adjudicated_study
from tui.driving import annotations, rows

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
]
SEES = ("electrician", "Troponin")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    async with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return study_for(tmp_path / "pilot.doubleread", "R-01", "R-02")


class Tunnel:
    """A way to a server that can be cut, like an SSH tunnel or a wireless network."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.down = False

    async def __aenter__(self) -> Tunnel:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        self.down = True
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)


def committed(path: Path, reader: str) -> list[dict[str, object]]:
    sql = "SELECT * FROM readings WHERE reader_id = ? AND committed_at IS NOT NULL"
    return rows(path, sql, reader)


async def read_by_mouse(page: Page) -> None:
    await page.sees(*SEES)
    for what in ("heart", "fabrication", "major"):
        await (page.drag if what == "heart" else page.click)(what)
    await page.sees("A1")
    await page.click("c commit")
    for asked, said in (
        ("Verdict on answer A", "3 incorrect"),
        ("Verdict on answer B", "1 correct"),
        ("Which answer do you prefer", "7 B is better"),
    ):
        await page.sees(asked)
        await page.click(said, last=True)
    await page.sees("Key", "Acute pericarditis")
    await page.click("next case")
    await page.sees("case 2 of 3", "teacher")


async def read_by_keys(page: Page) -> None:
    await page.sees(*SEES)
    await page.key("F3")
    for key, seen in (("s", ""), ("m", "fabrication"), ("f", "How serious"), ("i", "A1"), ("c", "Verdict on answer A")):
        await page.key(key)
        await page.sees(seen)
    for key, seen in (("3", "Verdict on answer B"), ("1", "do you prefer"), ("7", "Key"), ("n", "case 2 of 3")):
        await page.key(key)
        await page.sees(seen)


async def test_two_readers_read_a_whole_case_at_once_by_mouse_and_by_keys(study: Path, browser: Chromium) -> None:
    async with served(study) as server:
        pages = [await browser.profile() for _ in range(2)]
        for page, reader in zip(pages, ("R-01", "R-02"), strict=True):
            await page.open(server.address(reader))
        await asyncio.gather(read_by_mouse(pages[0]), read_by_keys(pages[1]))
        for page, reader in zip(pages, ("R-01", "R-02"), strict=True):
            assert len(committed(study, reader)) == 1
            assert await page.evaluate("location.href") == f"{server.url}/s/{server.link(reader).id}/"
            assert await page.evaluate("document.title") == f"{reader} · Chest and more · doubleread"
            assert await page.evaluate("document.cookie") == ""
            own = (f"{server.url}/", f"{server.url.replace('http', 'ws')}/", "data:,")
            assert [address for address in page.asked if not address.startswith(own)] == []
            assert page.complaints == []
    by_mouse, by_keys = sorted(annotations(study), key=lambda item: item["severity"])
    assert (by_mouse["quote"], by_mouse["severity"]) == ("heart", "major")
    assert by_keys["severity"] == "minor"
    assert by_keys["quote"].endswith(".")


async def test_copying_a_new_size_and_keys_that_browsers_have_too(study: Path, browser: Chromium) -> None:
    async with served(study) as server:
        page = await browser.profile(1000, 700)
        await page.open(server.address())
        await page.sees(*SEES)
        before = await page.evaluate("[__terminal.cols, __terminal.rows]")
        await page.resize(1400, 900)
        await page.becomes(f"__terminal.cols > {before[0]} && __terminal.rows > {before[1]}")
        columns, lines = await page.evaluate("[__terminal.cols, __terminal.rows]")
        await soon_rows(page, columns, lines)
        # These would find, reload and print in a browser; here they go to the program.
        await page.key("F3")
        for key, seen in (("s", ""), ("m", "fabrication"), ("f", "How serious"), ("i", "A1")):
            await page.key(key)
            await page.sees(seen)
        await page.key("p", control=True)
        await page.sees("Search for commands")
        await page.key("Escape")
        await page.lacks("Search for commands")
        await page.key("F5")
        await page.key("F3")
        await page.key("s")
        await page.key("y")
        await page.sees("opied")
        await page.key("e")
        await page.sees("type a note")
        await page.key("t")
        await page.key("q")
        await page.sees("note q")
        await page.paste()
        await soon(lambda: annotations(study)[0]["note"].endswith("infarction."))
        assert annotations(study)[0]["note"] == f"q{annotations(study)[0]['quote']}"


async def soon_rows(page: Page, columns: int, lines: int) -> None:
    """Wait until the last line of the terminal is the program's."""
    for _ in range(3000):
        found = await page.rows()
        if len(found) == lines and found[-1].strip() and len(found[0].rstrip()) > columns - 5:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("\n".join(found))


async def test_a_lost_connection_comes_back_by_itself_where_the_reader_was(study: Path, browser: Chromium) -> None:
    async with served(study) as server, Tunnel(int(server.url.rpartition(":")[2])) as tunnel:
        page = await browser.profile()
        await page.open(f"http://localhost:{tunnel.port}/r/{server.link().token}")
        await page.sees(*SEES)
        await page.key("n")
        await page.sees("teacher")
        await page.evaluate("window.before = true")
        tunnel.cut()
        await page.says("Reconnecting")
        tunnel.down = False
        await page.becomes("window.before === undefined")
        await page.sees("case 2 of 3", "teacher")
        await page.key("F3")
        await page.key("s")
        await page.key("m")
        await page.sees("fabrication")

        tab = await browser.tab(page)
        await tab.open(f"http://localhost:{tunnel.port}/s/{server.link().id}/")
        await tab.sees("fabrication")
        await page.says("another tab")
        await tab.key("Escape")
        await tab.key("L")
        await tab.says("Everything is saved")
        assert await tab.evaluate("document.getElementById('terminal').offsetHeight") == 0
        assert sum(line.endswith("opened") for line in server.told) == 1

        stranger = await browser.profile()
        await stranger.open(f"{server.url}/s/{server.link().id}/")
        await stranger.says("Open the link")
        assert await stranger.rows() == []


async def test_links_in_texts_open_nothing(tmp_path: Path, browser: Chromium) -> None:
    from tui.studies import TEXTS

    texts = {key: f"See https://evil.example/x for more.\n\n{text}" for key, text in TEXTS.items()}
    study = study_for(tmp_path / "pilot.doubleread", "R-01", texts=texts)
    async with served(study) as server:
        page = await browser.profile()
        await page.open(server.address())
        await page.sees("evil.example")
        await page.click("evil.example")
        await page.click("evil.example", last=True)
        await page.key("n")
        await page.sees("case 2 of 3")
        targets = (await browser.send("Target.getTargets"))["targetInfos"]
        assert not [target for target in targets if "evil" in target["url"]]
        assert not [address for address in page.asked if "evil" in address]


async def test_an_encrypted_study_asks_for_its_passphrase_on_the_page(tmp_path: Path, browser: Chromium) -> None:
    study = study_for(tmp_path / "pilot.doubleread", "R-01", key=FileKey.chosen("five words nobody would guess"))
    async with served(study) as server:
        page = await browser.profile()
        await page.open(server.address())
        for typed, seen in (("four words", "Wrong passphrase"), ("five words nobody would guess", SEES[0])):
            await page.sees("passphrase")
            await page.type(typed)
            await page.sees("•" * len(typed))
            await page.key("Enter")
            rows = await page.sees(seen)
            assert not any(typed in row for row in rows)
        for key, seen in (("F3", "A"), ("s", ""), ("m", "fabrication"), ("f", "How serious"), ("i", "A1")):
            await page.key(key)
            await page.sees(seen)
    with StudyFile.open(study, device="lead") as opened:
        assert len(opened.connection.rows("SELECT id FROM annotations")) == 1


async def test_a_consensus_round_by_mouse(tmp_path: Path, browser: Chromium) -> None:
    path = tmp_path / "trial.doubleread"
    protocol = Protocol(consensus=True, blinding_assessment="never")
    with adjudicated_study.make_study(path, cases=1, protocol=protocol) as study:
        adjudicated_study.read_twice(study)
    _, reader = adjudicated_study.READERS
    async with served(path, readers=[reader]) as server:
        page = await browser.profile()
        await page.open(server.address(reader))
        await page.click("consensus round")
        await page.sees("Consensus round: 1 case")
        await page.key("Enter")
        await page.sees("Difference 1 of 4")
        await page.key("T")
        await page.sees("Why")
        await page.key("Enter")
        await page.sees("Difference 1 of 3")
        await page.click("done with this case")
        await page.sees("You have revised your reading.")
        await page.key("Enter")
        await page.sees("1 of 1 cases of the consensus round done")
    assert len(rows(path, "SELECT * FROM events WHERE kind = 'consensus.closed'")) == 1
