"""A real browser, driven over the DevTools protocol: pages, keys, the mouse, and what the terminal in a page shows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from waiting import PATIENCE

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio"),
    *("--disable-dev-shm-usage", "--remote-debugging-port=0", "about:blank"),
)
# textual.js keeps its terminal to itself.
_SPY = """
Object.defineProperty(Object.prototype, "terminal", {
  configurable: true,
  set(value) {
    window.__terminal = value;
    Object.defineProperty(this, "terminal", {value, writable: true, configurable: true});
  },
});
"""
_ROWS = """
(() => {
  const terminal = window.__terminal;
  if (!terminal) return [];
  const lines = [];
  for (let y = 0; y < terminal.rows; y++) lines.push(terminal.buffer.active.getLine(y).translateToString(false));
  return lines;
})()
"""
_CELLS = """
(() => {
  const box = document.querySelector(".xterm-screen").getBoundingClientRect();
  return [box.x, box.y, box.width / window.__terminal.cols, box.height / window.__terminal.rows];
})()
"""
_NAMED = {
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    "Tab": (9, ""),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowLeft": (37, ""),
    **{f"F{number}": (111 + number, "") for number in range(1, 13)},
}
_CONTROL, _SHIFT = 2, 8


class Chromium:
    """A browser. `profile()` opens a page with cookies of its own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._heard: list[Callable[[str, str, dict[str, Any]], None]] = []
        self._listening = asyncio.create_task(self._listen())

    async def send(self, method: str, session: str = "", **params: Any) -> Any:
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        await self._socket.send_str(json.dumps(message | ({"sessionId": session} if session else {})))
        return await asyncio.wait_for(answer, PATIENCE)

    async def _listen(self) -> None:
        async for message in self._socket:
            record = json.loads(message.data)
            answer = self._answers.pop(record.get("id", 0), None)
            if answer is None:
                for hear in self._heard:
                    hear(record.get("sessionId", ""), record.get("method", ""), record.get("params", {}))
            elif not answer.done() and "error" in record:
                answer.set_exception(AssertionError(record["error"]))
            elif not answer.done():
                answer.set_result(record["result"])

    async def profile(self, width: int = 1200, height: int = 800) -> Page:
        context = (await self.send("Target.createBrowserContext"))["browserContextId"]
        found = await self.send("Target.createTarget", url="about:blank", browserContextId=context)
        return await self._attach(found["targetId"], context, width, height)

    async def tab(self, page: Page) -> Page:
        """Open another page with the cookies of this one."""
        found = await self.send("Target.createTarget", url="about:blank", browserContextId=page.context)
        return await self._attach(found["targetId"], page.context, 1200, 800)

    async def _attach(self, target: str, context: str, width: int, height: int) -> Page:
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = Page(self, session, context)
        self._heard.append(page.hear)
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.send(f"{domain}.enable")
        await page.send("Page.addScriptToEvaluateOnNewDocument", source=_SPY)
        await page.send("Emulation.setFocusEmulationEnabled", enabled=True)
        await page.resize(width, height)
        return page


class Page:
    """A page. `asked` are the addresses that it has asked for, `complaints` what the browser's console says."""

    def __init__(self, browser: Chromium, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self.context = context
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def hear(self, session: str, method: str, params: dict[str, Any]) -> None:
        if session != self._session:
            return
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(params["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.complaints.append(params["entry"]["text"])

    async def send(self, method: str, **params: Any) -> Any:
        return await self._browser.send(method, self._session, **params)

    async def open(self, url: str) -> None:
        await self.send("Page.navigate", url=url)

    async def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def evaluate(self, script: str) -> Any:
        found = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def rows(self) -> list[str]:
        """Return what the terminal shows."""
        # Between two pages there is none.
        with contextlib.suppress(AssertionError):
            return list(await self.evaluate(_ROWS))
        return []

    async def sees(self, *words: str) -> list[str]:
        """Wait until the terminal shows all of these words; return its rows."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = "\n".join(found := await self.rows())
            if all(word in shown for word in words):
                return found
            assert time.monotonic() < end, f"{words} not seen, but:\n{shown}"
            await asyncio.sleep(0.02)

    async def lacks(self, words: str) -> None:
        """Wait until the terminal does not show words."""
        end = time.monotonic() + PATIENCE
        while words in "\n".join(found := await self.rows()):
            assert time.monotonic() < end, "\n".join(found)
            await asyncio.sleep(0.02)

    async def becomes(self, script: str) -> None:
        """Wait until a script returns true."""
        end = time.monotonic() + PATIENCE
        while True:
            # Between two pages nothing can be asked.
            with contextlib.suppress(AssertionError):
                if await self.evaluate(script) is True:
                    return
            assert time.monotonic() < end, f"never true: {script}; rows: {await self.rows()}"
            await asyncio.sleep(0.02)

    async def says(self, words: str) -> None:
        """Wait until the page itself shows a notice."""
        await self.becomes(f"document.getElementById('notice').innerText.includes({json.dumps(words)})")

    async def key(self, key: str, *, control: bool = False, shift: bool = False) -> None:
        """Press a key, by its name in the DOM."""
        code, text = _NAMED.get(key, (ord(key.upper()[0]), key))
        held = (_CONTROL if control else 0) | (_SHIFT if shift else 0)
        facts = {"key": key, "windowsVirtualKeyCode": code, "modifiers": held}
        down = {**facts, "type": "keyDown", "text": text} if text and not control else {**facts, "type": "rawKeyDown"}
        await self.send("Input.dispatchKeyEvent", **down)
        await self.send("Input.dispatchKeyEvent", **facts, type="keyUp")

    async def type(self, text: str) -> None:
        for character in text:
            await self.key(character)

    async def paste(self) -> None:
        """Press the browser's key for pasting."""
        facts = {"key": "v", "windowsVirtualKeyCode": 86, "modifiers": _CONTROL}
        await self.send("Input.dispatchKeyEvent", type="rawKeyDown", commands=["paste"], **facts)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **facts)

    async def _mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        left, top, width, height = await self.evaluate(_CELLS)
        place = {"x": left + (x + 0.5) * width, "y": top + (y + 0.5) * height}
        await self.send("Input.dispatchMouseEvent", type=kind, **place, **more)

    async def click(self, words: str, last: bool = False, row: Callable[[str], bool] = lambda _: True) -> None:
        """Click on the first character of words that the terminal shows."""
        before = None
        # What was done before may still move it.
        while (place := _place(await self.sees(words), words, last, row)) != before:
            before = place
            await asyncio.sleep(0.05)
        await self.click_at(*place)

    async def click_at(self, x: int, y: int) -> None:
        await self._mouse("mouseMoved", x, y)
        for kind in ("mousePressed", "mouseReleased"):
            await self._mouse(kind, x, y, button="left", buttons=1, clickCount=1)

    async def drag(self, words: str) -> None:
        """Drag over words."""
        x, y = _place(await self.sees(words), words, False, lambda _: True)
        end = x + len(words) - 1
        await self._mouse("mouseMoved", x, y)
        await self._mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        for at in (x + 1, end):
            await self._mouse("mouseMoved", at, y, button="left", buttons=1)
        await self._mouse("mouseReleased", end, y, button="left", buttons=1, clickCount=1)

    async def picture(self, path: Path) -> None:
        found = await self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))


def _place(rows: list[str], words: str, last: bool, fits: Callable[[str], bool]) -> tuple[int, int]:
    found = [(row.index(words), y) for y, row in enumerate(rows) if words in row and fits(row)]
    assert found, f"{words!r} is not in:\n" + "\n".join(rows)
    return found[-1] if last else found[0]


@contextlib.asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Chromium]:
    """Run a browser with a profile in a folder, while the block runs."""
    assert PROGRAM is not None
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--user-data-dir={folder}",
        *_OPTIONS,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    port_file, end = folder / "DevToolsActivePort", time.monotonic() + PATIENCE
    try:
        while not (port_file.exists() and port_file.read_text().count("\n")):
            assert time.monotonic() < end, "the browser did not start"
            await asyncio.sleep(0.02)
        port, path = port_file.read_text().splitlines()[:2]
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0) as socket,
        ):
            browser = Chromium(socket)
            yield browser
            with contextlib.suppress(Exception):
                await asyncio.wait_for(browser.send("Browser.close"), 5)
    finally:
        with contextlib.suppress(ProcessLookupError):
            import os

            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
