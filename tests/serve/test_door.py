"""Who gets in: tokens, cookies, names, pages, paths and headers. No process is started here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from doubleread.serve.door import Door, names_of, origin_of
from doubleread.serve.links import Link, Links, Place
from doubleread.serve.running import Serving, check_serving
from doubleread.serve.web import HEADERS
from serve.serving import Served, served, study_for

PATHS = (
    "/download/x",
    "/ws",
    "/r",
    "/r/",
    "/s/",
    "/s",
    "/static/",
    "/static/{version}/",
    "/static/{version}/page.html",
    "/static/{version}/../page.js",
    "/static/{version}/..%2f..%2flinks.py",
    "/static/{version}/%2e%2e/links.py",
    "/static/{version}/..\\..\\links.py",
    "/static/{version}//etc/passwd",
    "/static/{version}/%00",
    "/static/../../../../../../etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/s/{id}",
    "/s/{id}/../../etc/passwd",
    "/s/{id}/static",
    "/s/0000000000000000/ws",
    "/s/0000000000000000/state",
    "http://evil.example/",
    "*",
)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(study_for(tmp_path / "pilot.doubleread", "R-01", "R-02")) as found:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as found:
        yield found


def upgrade(origin: str | None) -> dict[str, str]:
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    return (
        asked | {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="} | ({"Origin": origin} if origin is not None else {})
    )


async def test_a_token_is_exchanged_for_a_cookie_of_one_address(server: Served, client: aiohttp.ClientSession) -> None:
    link = server.link()
    async with client.get(server.address(), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/s/{link.id}/")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert f"Path=/s/{link.id}/" in cookie
        assert link.token not in str(answer.headers)
    async with client.get(f"{server.url}/s/{link.id}/state") as answer:
        assert await answer.json() == {"person": "R-01", "title": "Chest and more"}
    async with client.get(f"{server.url}/s/{server.link('R-02').id}/state") as answer:
        assert answer.status == 403
    async with client.get(f"{server.url}/s/{link.id}/") as answer:
        assert link.token not in await answer.text()


async def test_without_the_right_token_nobody_gets_in(server: Served, client: aiohttp.ClientSession) -> None:
    link = server.link()
    wrong = (link.token[:-1], f"{link.token}x", link.token.swapcase(), link.id, link.pass_value, "x", "é" * 43, "%00")
    for token in wrong:
        async with client.get(f"{server.url}/r/{token}") as answer:
            assert answer.status == 404
            assert "Set-Cookie" not in answer.headers
    for cookie in ("", link.token, link.id, link.pass_value[:-1], server.link("R-02").pass_value, "\xe9"):
        for address in ("state", "ws"):
            headers = {"Cookie": f"doubleread={cookie}", **upgrade(server.url)}
            async with client.get(f"{server.url}/s/{link.id}/{address}", headers=headers) as answer:
                assert answer.status == 403
    told = "\n".join(server.told)
    assert "refused" in told
    assert not any(link.token in told or link.pass_value in told for link in server.links.all)
    assert "opened" not in told


@pytest.mark.parametrize("origin", [None, "", "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost"])
async def test_a_page_of_somebody_else_cannot_connect(
    server: Served, client: aiohttp.ClientSession, origin: str | None
) -> None:
    await client.get(server.address())
    async with client.get(f"{server.url}/s/{server.link().id}/ws", headers=upgrade(origin)) as answer:
        assert answer.status == 403
    assert not any("opened" in line for line in server.told)


async def test_another_name_of_this_server_is_refused(server: Served, client: aiohttp.ClientSession) -> None:
    port = server.url.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "192.0.2.1", "", "[", "127.0.0.1.evil.example", "127.1"):
        async with client.get(server.address(), headers={"Host": host}, allow_redirects=False) as answer:
            assert answer.status in (400, 421)
            assert "Set-Cookie" not in answer.headers
    for host in (f"localhost:{port}", "localhost:9000", f"[::1]:{port}", "LOCALHOST"):
        async with client.get(server.address(), headers={"Host": host}, allow_redirects=False) as answer:
            assert answer.status == 303


async def test_nothing_but_the_listed_addresses_is_served(server: Served, client: aiohttp.ClientSession) -> None:
    await client.get(server.address())
    async with client.get(f"{server.url}/s/{server.link().id}/") as answer:
        names = re.findall(r'(?:src|href)="(/[^"]+)"', await answer.text())
    for name in names:
        async with client.get(f"{server.url}{name}") as answer:
            assert answer.status == 200
            assert not re.search(r"(url\(|@import|src=|href=)\W*(https?:)?//", await answer.text())
    version = names[0].split("/")[2]
    port = int(server.url.rpartition(":")[2])
    for path in PATHS:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asked = path.replace("{version}", version).replace("{id}", server.link().id)
        writer.write(f"GET {asked} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode("utf-8", "replace")
        writer.close()
        status = int(answer.split(" ")[1])
        assert status in (400, 403, 404, 421), (path, answer)
        assert "root:" not in answer
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        async with client.request(method, server.address(), data=b"x") as answer:
            assert answer.status == 405


async def test_a_request_that_is_none_is_told_in_one_line_without_the_token(
    server: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    token, port = server.link().token, int(server.url.rpartition(":")[2])
    for line in (f"GET /r/{token} HTTP/9.9", f"GET /r/{token}\0 HTTP/1.1", f"GET /r/{token}?{'x' * 9000} HTTP/1.1"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{line}\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        assert (await reader.read()).split(b" ")[1] == b"400"
        writer.close()
    assert server.told == [
        f"Error handling request from 127.0.0.1: {kind}" for kind in ("BadStatusLine", "InvalidURLError", "LineTooLong")
    ]
    assert token not in "".join(capfd.readouterr())


async def test_every_answer_has_strict_headers(server: Served, client: aiohttp.ClientSession) -> None:
    link = server.link()
    for path in ("/", f"/r/{link.token}", "/r/x", f"/s/{link.id}/", f"/s/{link.id}/state", "/nothing"):
        async with client.get(f"{server.url}{path}", allow_redirects=False) as answer:
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
            assert answer.headers["Cache-Control"] == "no-store"
            assert "aiohttp" not in str(answer.headers)


async def test_many_wrong_tokens_are_slowed_down_and_right_ones_are_not(
    server: Served, client: aiohttp.ClientSession
) -> None:
    statuses = []
    for number in range(25):
        async with client.get(f"{server.url}/r/{number}") as answer:
            statuses.append(answer.status)
    assert statuses == [404] * 20 + [429] * 5
    async with client.get(server.address(), allow_redirects=False) as answer:
        assert answer.status == 303


async def test_behind_a_proxy_cookies_are_for_tls_and_its_page_may_connect(
    tmp_path: Path, client: aiohttp.ClientSession
) -> None:
    study = study_for(tmp_path / "pilot.doubleread", "R-01")
    async with served(study, public_url="https://read.example.org/") as server:
        assert server.url == "https://read.example.org"
        port = next(line for line in server.told if line.startswith("listening")).rpartition(":")[2]
        local = f"http://127.0.0.1:{port}"
        link = server.link()
        headers = {"Host": "read.example.org"}
        async with client.get(f"{local}/r/{link.token}", headers=headers, allow_redirects=False) as answer:
            assert "Secure" in answer.headers["Set-Cookie"]
        for origin, status in (("https://read.example.org", 403), ("http://read.example.org", 403)):
            async with client.get(f"{local}/s/{link.id}/ws", headers=headers | upgrade(origin)) as answer:
                assert answer.status == status, "without the cookie nobody gets in"


def a_door(names: frozenset[str], **options: object) -> Door:
    return Door(Links([Link(Place(Path("x"), "reader", "R-01", "x"), "t" * 43)]), names, **options)  # type: ignore[arg-type]


def test_the_page_of_a_proxy_is_our_own() -> None:
    door = a_door(names_of("127.0.0.1"), public_url="https://read.example.org")
    assert door.is_own_page("https://read.example.org", "127.0.0.1:8000")
    assert door.is_own_page("https://read.example.org", "read.example.org")
    assert door.is_own_page("http://localhost:9000", "localhost:9000")
    assert not door.is_own_page("https://evil.example", "read.example.org")
    assert not door.is_own_page("https://evil.example", "evil.example")


@pytest.mark.parametrize(
    "url", ["https://Read.Example.org", "https://read.example.org:443", "HTTPS://read.example.org/"]
)
def test_the_public_address_is_compared_as_browsers_write_it(url: str) -> None:
    check_serving(Serving(public_url=url), trust_network=False)
    assert a_door(names_of("127.0.0.1"), public_url=url).is_own_page("https://read.example.org", "127.0.0.1:8000")
    assert origin_of("http://[::1]:8080/") == "http://[::1]:8080"


def test_in_a_trusted_network_addresses_are_names_and_other_names_are_not() -> None:
    door = a_door(names_of("0.0.0.0"), addresses=True)
    assert door.knows_host("192.0.2.7:8000")
    assert door.knows_host("[2001:db8::1]:8000")
    assert not door.knows_host("evil.example")
    assert not a_door(names_of("127.0.0.1")).knows_host("192.0.2.7:8000")
