"""The web server: who may connect, with which headers, and what goes through a connection.

Only what is listed here is served. No address is the path of a file.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.resources
import json
from typing import TYPE_CHECKING, Any

from doubleread.serve.door import Door
from doubleread.serve.links import Link
from doubleread.serve.sessions import Session, Sessions, Tell

if TYPE_CHECKING:
    from aiohttp import web

_COOKIE = "doubleread"
_LONGEST_MESSAGE = 1 << 18
_LARGEST_SIZE = (500, 300)
_SMALLEST_SIZE = (20, 5)
_DIGITS = 10
_CONNECTIONS = 200
_HEARTBEAT = 15.0

HEADERS = {
    # xterm.js writes style elements.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STATIC: dict[str, tuple[str, str, str]] = {
    "page.js": ("doubleread.serve", "static/page.js", "text/javascript"),
    "page.css": ("doubleread.serve", "static/page.css", "text/css"),
    "textual.js": ("textual_serve", "static/js/textual.js", "text/javascript"),
    "xterm.css": ("textual_serve", "static/css/xterm.css", "text/css"),
    "mono.ttf": ("textual_serve", "static/fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "mono-italic.ttf": ("textual_serve", "static/fonts/RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
}
_ESCAPE_KEY = "\x1b[27u"
"""The escape key as the kitty protocol has it: a bare ESC could begin the key after it. A page sends keys singly."""
_WELCOME = "Open the link that your study lead gave you."
_WRONG = "This link does not work. Ask your study lead for a new one."


def _package_file(package: str, name: str) -> bytes:
    return importlib.resources.files(package).joinpath(name).read_bytes()


def make_web(door: Door, sessions: Sessions, tell: Tell) -> web.Application:
    """Return the web application."""
    from aiohttp import WSMsgType, web
    from aiohttp.web_exceptions import HTTPException

    files = {name: (_package_file(package, file), kind) for name, (package, file, kind) in _STATIC.items()}
    packed = {name: gzip.compress(content) for name, (content, _) in files.items()}
    version = hashlib.sha256(b"".join(content for content, _ in files.values())).hexdigest()[:12]
    page = _package_file("doubleread.serve", "static/page.html").decode().replace("VERSION", version)
    open_sockets: set[int] = set()

    def text(words: str, status: int = 200) -> web.Response:
        return web.Response(text=f"{words}\n", status=status)

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response = await admitted(request, handler)
        except HTTPException as error:
            response = text(error.reason or "", error.status)
        if not response.prepared:
            add_headers(response)
        return response

    async def admitted(request: web.Request, handler: Any) -> web.StreamResponse:
        if not door.knows_host(request.host):
            tell(f"refused: a request for another host, from {request.remote}")
            return text("Wrong host.", 421)
        answer: web.StreamResponse = await handler(request)
        return answer

    def add_headers(response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Server"] = "doubleread"

    async def welcome(_: web.Request) -> web.Response:
        return text(_WELCOME)

    async def exchange(request: web.Request) -> web.Response:
        link = door.link_of(request.match_info["token"])
        if link is None:
            tell(f"refused: a wrong token, from {request.remote}")
            return text("Too many attempts. Wait a minute.", 429) if door.too_many_wrong() else text(_WRONG, 404)
        address = f"/s/{link.id}/"
        response = web.Response(status=303, headers={"Location": address})
        response.set_cookie(
            _COOKIE, link.pass_value, path=address, httponly=True, samesite="Strict", secure=door.secure
        )
        return response

    async def show_page(request: web.Request) -> web.Response:
        # A click on a link in a mail brings no cookie that is SameSite=Strict. The page needs none: it holds nothing.
        del request
        return web.Response(text=page, content_type="text/html")

    def passed(request: web.Request) -> Link | None:
        return door.passes(request.match_info["id"], request.cookies.get(_COOKIE, ""))

    async def state(request: web.Request) -> web.Response:
        link = passed(request)
        if link is None:
            return text(_WRONG, 403)
        return web.json_response({"person": link.place.person, "title": link.place.title})

    async def static(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in files or request.match_info["version"] != version:
            return text("Not found.", 404)
        content, kind = files[name]
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            content = packed[name]
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=content, content_type=kind, headers=headers)

    async def connect(request: web.Request) -> web.StreamResponse:
        link = passed(request)
        if link is None or not door.is_own_page(request.headers.get("Origin"), request.host):
            tell(f"refused: a connection without a valid link or from another page, from {request.remote}")
            return text(_WRONG, 403)
        if len(open_sockets) >= _CONNECTIONS:
            return text("Too many connections.", 503)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_LONGEST_MESSAGE, timeout=2.0)
        add_headers(socket)
        await socket.prepare(request)
        open_sockets.add(id(socket))
        try:
            size = _size(request.query.get("width"), request.query.get("height"))
            session = await sessions.attach(link, socket, *size)
            if session is None:
                return socket
            try:
                async for message in socket:
                    if message.type != WSMsgType.TEXT or not await _pass_on(session, socket, message.data):
                        await socket.close(code=1008)
                        break
            finally:
                await session.detach(socket)
        finally:
            open_sockets.discard(id(socket))
            await socket.close()
        return socket

    app = web.Application(middlewares=[guard], client_max_size=1024)
    app.router.add_get("/", welcome)
    app.router.add_get("/r/{token}", exchange)
    app.router.add_get("/s/{id}/", show_page)
    app.router.add_get("/s/{id}/state", state)
    app.router.add_get("/s/{id}/ws", connect)
    app.router.add_get("/static/{version}/{name}", static)
    return app


async def _pass_on(session: Session, socket: web.WebSocketResponse, data: str) -> bool:
    """Pass on a message of the page to the session's process. Return whether it is one that a page sends."""
    try:
        kind, *rest = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        return False
    if kind == "stdin" and rest and isinstance(rest[0], str):
        await session.type(_ESCAPE_KEY if rest[0] == "\x1b" else rest[0])
    elif kind == "resize" and rest and isinstance(rest[0], dict):
        width, height = _size(rest[0].get("width"), rest[0].get("height"))
        await session.tell("resize", width=width, height=height)
    elif kind == "ping" and rest and isinstance(rest[0], str):
        await socket.send_json(["pong", rest[0][:40]])
    elif kind in ("blur", "focus"):
        await session.tell(kind)
    else:
        return False
    return True


def _size(width: object, height: object) -> tuple[int, int]:
    """Return the size of a terminal, within reason whatever is asked for."""
    found = []
    for value, usual, least, most in zip((width, height), (80, 24), _SMALLEST_SIZE, _LARGEST_SIZE, strict=True):
        number = isinstance(value, int) or (isinstance(value, str) and value.isdecimal() and len(value) < _DIGITS)
        asked = int(value) if number else usual  # type: ignore[call-overload]
        found.append(min(max(asked, least), most))
    return found[0], found[1]
