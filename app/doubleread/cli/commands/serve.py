"""`doubleread serve`: reading in the browser."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.names import existing_study
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.pseudonym import pseudonym
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.serve.links import Links

NO_TLS = (
    "note: nothing that is sent is encrypted. Anyone on this network can see cases, answers and links, and read as"
    " somebody else. Use this only on a network that you trust."
)


def serve(
    path: Annotated[Path, typer.Argument(metavar="STUDY|FOLDER", help="A study file, or a folder of them.")],
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", help="Only this reader; may be repeated. Without it, every registered reader."),
    ] = None,
    adjudicator: Annotated[
        list[str] | None, typer.Option("--adjudicator", help="A link for this adjudicator; may be repeated.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    public_url: Annotated[
        str,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="The address at which readers reach this server through a proxy with TLS.",
        ),
    ] = "",
    trust_network: Annotated[
        bool,
        typer.Option(
            "--trust-network", help="Listen on an address that other computers can reach, without encryption."
        ),
    ] = False,
    tokens: Annotated[
        Path | None,
        typer.Option(
            "--tokens", metavar="FILE", help="Keep the links' tokens in this file, so that links stay the same."
        ),
    ] = None,
    max_sessions: Annotated[
        int, typer.Option("--max-sessions", min=1, help="The most people who can work at the same time.")
    ] = 20,
    idle_minutes: Annotated[
        float,
        typer.Option("--idle-minutes", min=1, help="End a session after this many minutes without a key or a click."),
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Let readers work in a browser.

    Prints a link for each of them, and serves until Ctrl+C. A link opens one study for one reader, and nothing else.
    Anyone who has it reads as that reader. Answers must exist: generate them with run. Only this computer can connect
    unless you say otherwise; readers elsewhere come through SSH or a proxy with TLS.
    """
    _expect_packages()
    import asyncio

    from doubleread.serve.door import is_loopback
    from doubleread.serve.links import linked, places_in, studies_of
    from doubleread.serve.running import Serving, check_serving
    from doubleread.serve.running import serve as serve_links

    serving = Serving(host, port, public_url, max_sessions, idle_minutes * 60)
    check_serving(serving, trust_network=trust_network)
    studies = [existing_study(study) for study in studies_of(path)]
    readers, adjudicators = ([pseudonym(name) for name in names or ()] for names in (reader, adjudicator))
    links = linked(places_in(studies, readers, adjudicators), tokens)
    if not is_loopback(host):
        note(NO_TLS)

    def ready(url: str) -> None:
        _show_links(links, url, as_json=as_json)

    asyncio.run(serve_links(links, serving, ready=ready, tell=note))


def _expect_packages() -> None:
    if any(importlib.util.find_spec(name) is None for name in ("aiohttp", "textual_serve")):
        raise DoublereadError(
            "Not served", "serving needs the packages textual-serve and aiohttp", 'run: pip install "doubleread[serve]"'
        )


def _show_links(links: Links, url: str, *, as_json: bool) -> None:
    found = [
        {
            "study": str(link.place.study),
            "title": link.place.title,
            "role": link.place.role,
            "person": link.place.person,
            "link": f"{url}/r/{link.token}",
        }
        for link in links.all
    ]
    if as_json:
        say_json({"url": url, "links": found})
    else:
        say_table(
            ("reader", "study", "link"),
            [
                (
                    item["person"] + (" (adjudicator)" if item["role"] == "adjudicator" else ""),
                    Path(item["study"]).name,
                    item["link"],
                )
                for item in found
            ],
        )
        say("Give each link to its reader only. Ctrl+C ends all sessions; everything is saved.")
    import sys

    sys.stdout.flush()
