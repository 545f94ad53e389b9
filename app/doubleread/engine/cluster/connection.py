"""Connect to a Dask cluster, or start one on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from doubleread.engine.planning.devices import machine
from doubleread.errors import DoublereadError

CONNECT_SECONDS = 5.0
_LOCAL = re.compile(r"local:([0-9]{1,4})")
_LOGGERS = ("distributed", "tornado", "bokeh")
_HELP = "see docs/how-to/clusters.md"


@dataclass(frozen=True, slots=True)
class Connection:
    """A client of a cluster. `dashboard` is the address of Dask's dashboard, if there is one."""

    client: Any
    address: str
    dashboard: str = ""

    @property
    def exposed(self) -> bool:
        """Whether prompts and answers travel over a network without encryption."""
        return not self.address.startswith(("tls:", "inproc:", "wss:")) and not _is_loopback(self.address)


@asynccontextmanager
async def connected(scheduler: str) -> AsyncIterator[Connection]:
    """Connect to a scheduler by its address or scheduler file, or start `local:N` workers, which end with the context.

    Raises DoublereadError if that fails.
    """
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    async with AsyncExitStack() as stack:
        workers = _workers(scheduler)
        try:
            if workers:
                cluster = await stack.enter_async_context(_local_cluster(workers))
                address, security = cluster.scheduler_address, cluster.security
            else:
                address, security = _address(scheduler), None
                await _reach(address)
            _silence()
            with warnings.catch_warnings():
                # Of packages that are not used here. What matters is checked on each worker.
                warnings.simplefilter("ignore", VersionMismatchWarning)
                client = await stack.enter_async_context(
                    Client(address, security=security, asynchronous=True, timeout=CONNECT_SECONDS)
                )
        except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
            raise _refused(scheduler, error) from error
        # Without bokeh, the scheduler's pages hold no dashboard.
        shown = client.dashboard_link if not workers or find_spec("bokeh") else ""
        yield Connection(client, address, shown or "")


def _workers(scheduler: str) -> int:
    found = _LOCAL.fullmatch(scheduler)
    if scheduler.partition(":")[0] == "local" and not (found and int(found[1])):
        raise DoublereadError("Scheduler not understood", f"{scheduler} names no number of workers", "write local:2")
    return int(found[1]) if found else 0


def _local_cluster(workers: int) -> Any:
    """Return a cluster of this machine's processors, shared evenly. Only this program has the key to connect to it."""
    from distributed import LocalCluster, Security

    _silence()
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=max(machine().core_count // workers, 1),
        processes=True,
        host="127.0.0.1",
        # Without it, every user of this machine could run programs as this one.
        security=Security.temporary(),
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        asynchronous=True,
        silence_logs=logging.CRITICAL + 1,
    )


def _address(scheduler: str) -> str:
    """Return a scheduler's address, which may be given as the file that `dask scheduler --scheduler-file` writes."""
    path = Path(scheduler)
    if "://" in scheduler or (path.suffix != ".json" and not path.is_file()):
        return scheduler
    try:
        return str(json.loads(path.read_bytes())["address"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DoublereadError(
            "Scheduler not found", f"{scheduler} is no scheduler file of Dask ({type(error).__name__})", _HELP
        ) from error


async def _reach(address: str) -> None:
    """Raise OSError, ValueError or TypeError if no scheduler answers. A client that fails would leave warnings."""
    from distributed import Security
    from distributed.core import connect

    _silence()
    comm = await asyncio.wait_for(
        connect(address, timeout=CONNECT_SECONDS, **Security().get_connection_args("client")), CONNECT_SECONDS * 2
    )
    await comm.close()


def _refused(scheduler: str, error: Exception) -> DoublereadError:
    reason = str(error) or type(error).__name__
    if isinstance(error, TypeError) and "ssl_context" in reason:
        reason = "Dask's configuration names no certificates for TLS"
    return DoublereadError(
        "Scheduler not reached", f"{scheduler}: {reason}", f"check that the scheduler runs and its address; {_HELP}"
    )


def _silence() -> None:
    """Keep Dask's logs off the terminal: they repeat what the run reports itself, and tear the progress apart."""
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] in _LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = "." in name
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(logging.NullHandler())


def _is_loopback(address: str) -> bool:
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
