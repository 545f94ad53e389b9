"""Run models on the workers of a Dask cluster: who has which model loaded, and what happens when one is lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pkgutil
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import msgspec

from doubleread import __version__
from doubleread.engine.client.protocol import (
    AskLikelihood,
    Died,
    Event,
    Failed,
    Finished,
    Generate,
    Likelihoods,
    Loaded,
    decode_event,
    encode,
)
from doubleread.engine.cluster import on_worker
from doubleread.engine.cluster.connection import Connection, connected
from doubleread.engine.cluster.dispatch import Dispatch, Question, Seat
from doubleread.engine.cluster.messages import Assignment, Prepared
from doubleread.engine.strict_json import ProtocolError, dumps, loads
from doubleread.errors import DoublereadError
from doubleread.platform import shield_children_from_ctrl_c

LOOK_SECONDS = 0.5
"""How often the scheduler is asked for its workers."""

MOST_DEATHS = 4
"""A worker on which a model's process ends this often without a result in between gets no more work for it."""

MOST_UNKNOWN = 20
"""A request that a worker does not have this often, at every look, is asked again."""

_REPLY_SECONDS = 10.0
_CLOSE_SECONDS = 30.0
_MOST_SILENCES = 3
_IDLE_LOOKS = 3

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())

ModelState = Literal["loading", "ready", "refused"]
Admit = Callable[[str, Mapping[str, Any]], None]


@dataclass(eq=False)
class Ask:
    """A request on a worker. `unknown` counts how often in a row the worker said that it does not have it."""

    key: str
    task: asyncio.Task[None]
    unknown: int = 0


@dataclass(eq=False)
class Member:
    """One worker of the cluster. `prepared` is what it can run, once it has said so; `broken` ones get no more work."""

    address: str
    prepared: Prepared | None = None
    models: dict[str, ModelState] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    asks: dict[str, Ask] = field(default_factory=dict)
    broken: bool = False
    idle_looks: int = 0


@dataclass(eq=False)
class Served:
    """One model of the run: its requests, who listens, and the tokens generated on each worker.

    `engine` are the manifest's entries of the worker that loaded it last.
    """

    dispatch: Dispatch = field(default_factory=Dispatch)
    on_event: Callable[[Event], None] = lambda _: None
    started: bool = False
    over: bool = False
    was_loaded: bool = False
    engine: Mapping[str, Any] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether the model has work for a worker, or may get some once it is loaded."""
        return bool(self.dispatch.waiting) or not self.was_loaded


class Cluster:
    """The workers of a Dask cluster, as far as one run uses them. A thread of its own talks to them.

    `assignment` is called with the run's id for each worker that joins. `admit` gets a model's key and the manifest's
    entries of a worker that has loaded it; it raises DoublereadError if answers of that worker must not be added to the
    existing ones. With `one_by_one`, the other workers wait until the first has been admitted, because the assignment
    depends on it. `say` gets remarks for the terminal.
    """

    def __init__(
        self,
        scheduler: str,
        keys: tuple[str, ...],
        assignment: Callable[[str], Assignment],
        admit: Admit,
        *,
        one_by_one: bool = False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.remarks: dict[str, None] = {}
        self._scheduler = scheduler
        self._run_id = uuid.uuid4().hex
        self._assignment = assignment
        self._admit = admit
        self._say = say
        self._models = {key: Served() for key in keys}
        self._members: dict[str, Member] = {}
        self._first = asyncio.Lock() if one_by_one else None
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._opened: Future[Connection] = Future()
        self._connection: Connection | None = None
        self._polling: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="cluster")
        self._alone = False

    def open(self) -> Connection:
        """Connect, and return the connection. Raises DoublereadError if there is no scheduler."""
        self._thread.start()
        try:
            return self._opened.result()
        except BaseException:
            # Ctrl-C too must leave no workers behind.
            self.close()
            raise

    def close(self) -> None:
        """End the engines on all workers, and the workers that were started here."""
        if self._thread.is_alive():
            self._post(self._closing.set)
            self._thread.join(_CLOSE_SECONDS)

    def engine(self, key: str, on_event: Callable[[Event], None]) -> ClusterEngine:
        """Return the engine of one model."""
        self._models[key].on_event = on_event
        return ClusterEngine(self, key)

    def start(self, key: str) -> None:
        """Load a model on all workers, those to come included."""
        self._post(self._start, key)

    def ask(self, key: str, request: Question) -> None:
        """Ask for an answer, or for likelihoods."""
        self._post(self._add, key, request)

    def leave(self, key: str) -> None:
        """Send no more events of a model."""
        self._models[key].over = True

    def tokens_made(self, key: str) -> int:
        """Return how many tokens a model has generated on all workers so far."""
        return sum([*self._models[key].tokens.values()])

    def _post(self, work: Callable[..., Any], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(work, *arguments)

    def _run(self) -> None:
        shield_children_from_ctrl_c()
        asyncio.set_event_loop(self._loop)
        # Dask leaves failed tasks behind when a wait is cancelled, which asyncio would print with a traceback.
        self._loop.set_exception_handler(lambda _, context: _LOG.debug("in the background: %s", context["message"]))
        try:
            self._loop.run_until_complete(self._main())
        except DoublereadError as error:
            self._fail(error)
        except Exception as error:
            _LOG.exception("the cluster failed")
            happened = f"the program failed because of a bug ({type(error).__name__})"
            self._fail(DoublereadError("Cluster failed", happened))
        finally:
            self._loop.close()

    def _fail(self, error: DoublereadError) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
            return
        for key in self._models:
            self._emit(key, Failed(None, error.title, error.happened, error.remedy))

    async def _main(self) -> None:
        async with connected(self._scheduler) as connection:
            self._connection = connection
            self._opened.set_result(connection)
            silences = 0
            while not self._closing.is_set():
                try:
                    await self._look(connection.client)
                    silences = 0
                except (OSError, asyncio.CancelledError) as error:
                    silences += 1
                    if silences == _MOST_SILENCES or connection.client.status == "closed":
                        happened = f"the scheduler at {connection.address} does not respond any more"
                        raise DoublereadError("Cluster lost", happened, "run the command again to continue") from error
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), LOOK_SECONDS)
            await self._end(connection.client)

    async def _end(self, client: Any) -> None:
        tasks = [task for member in self._members.values() for task in member.tasks]
        tasks += [self._polling] if self._polling else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._on_all(client, on_worker.end)

    async def _look(self, client: Any) -> None:
        """See which workers have come and gone."""
        if client.status == "closed":
            raise OSError("the client is closed")
        if not any(model.started for model in self._models.values()):
            return
        found = await asyncio.wait_for(client.scheduler.identity(), _REPLY_SECONDS)
        for address in self._members.keys() - found["workers"].keys():
            self._remove(self._members.pop(address))
        for address in [address for address in found["workers"] if address not in self._members]:
            member = self._members[address] = Member(address)
            self._spawn(member, self._begin(member))
        for member in self._members.values():
            self._exchange(member)
        if not self._members and not self._alone:
            self._say("no worker is connected to the scheduler; waiting for one")
        self._alone = not self._members
        if self._polling is None or self._polling.done():
            self._polling = self._loop.create_task(self._poll(client))

    async def _poll(self, client: Any) -> None:
        """Ask for the workers' tokens, which also tells them that this run is alive."""
        for address, states in (await self._on_all(client, on_worker.state)).items():
            for key, (tokens, asked) in states.items():
                self._models[key].tokens[address] = tokens
                if (member := self._members.get(address)) is not None:
                    self._compare(member, key, asked)

    def _compare(self, member: Member, key: str, asked: Collection[str]) -> None:
        """Ask again what a worker should have and does not, so that a reply that is lost does not stop the run."""
        for request_id in [*member.asks]:
            ask = member.asks[request_id]
            if ask.key != key:
                continue
            ask.unknown = 0 if request_id in asked else ask.unknown + 1
            if ask.unknown >= MOST_UNKNOWN:
                ask.task.cancel()
                self._models[key].dispatch.take_back(member.address, request_id)
                self._fill(key)

    async def _on_all(self, client: Any, function: Callable[[str], Any]) -> dict[str, Any]:
        """Call a function of this run on all workers in use, beside their tasks; return the replies by address."""
        addresses = [member.address for member in self._members.values() if not member.broken]
        if addresses:
            with contextlib.suppress(OSError):
                work = client.run(function, self._run_id, workers=addresses, on_error="ignore")
                return dict(await asyncio.wait_for(work, _REPLY_SECONDS))
        return {}

    def _spawn(self, member: Member, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(self._guarded(member, work))
        member.tasks.add(task)
        task.add_done_callback(member.tasks.discard)
        return task

    async def _guarded(self, member: Member, work: Coroutine[Any, Any, None]) -> None:
        """Do some work with a worker; one on which anything fails in an unforeseen way is given up."""
        try:
            await work
        except OSError:
            # The connection broke, or the worker was restarted. It joins again if it is still there.
            if self._members.get(member.address) is member:
                del self._members[member.address]
                self._remove(member)
        except Exception as error:
            if self._closing.is_set() or member.broken:
                return
            _LOG.exception("a worker failed")
            failed = Failed(None, "Cluster worker failed", f"{type(error).__name__}: {error}")
            if isinstance(error, ImportError):
                happened = f"the program cannot be imported there: {error}"
                failed = Failed(None, "Cluster worker failed", happened, "install it there in the same version")
            self._remove(member)
            for key in self._models:
                self._refuse(member, key, failed)

    async def _call(self, member: Member, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have a worker call a function. Ends when the worker leaves, because its tasks are cancelled then."""
        assert self._connection is not None
        future = self._connection.client.submit(
            function,
            *arguments,
            # Random, because keys appear in logs and on the dashboard.
            key=f"doubleread-{function.__name__}-{uuid.uuid4().hex}",
            workers=[member.address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        # Dask fetches replies together: cancelling the wait for one would cancel it for all. Releasing ends it.
        reply = asyncio.ensure_future(future.result())
        reply.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await asyncio.shield(reply)
        except CancelledError as error:
            # Dask's, not that of asyncio: the scheduler has forgotten what it was asked.
            raise ConnectionError(str(error)) from error
        finally:
            future.release()

    async def _event(self, member: Member, function: Callable[..., bytes], *arguments: Any) -> Event:
        line = await self._call(member, function, *arguments)
        if line == on_worker.FORGOTTEN:
            raise ConnectionError("the worker does not know this run any more")
        return decode_event(line)

    async def _begin(self, member: Member) -> None:
        """Prepare a worker that has joined."""
        if self._first is not None:
            async with self._first:
                if not all(model.was_loaded or model.over for model in self._models.values()):
                    await self._prepare(member)
                    while "loading" in member.models.values():
                        await asyncio.sleep(LOOK_SECONDS)
                    return
        await self._prepare(member)

    async def _prepare(self, member: Member) -> None:
        # A function that every Python has: one of ours would end a Dask worker that cannot import it.
        version = await self._call(member, pkgutil.resolve_name, "doubleread:__version__")
        if version != __version__:
            raise ImportError(f"it has version {version}, and this is {__version__}")
        line = dumps(self._assignment(self._run_id))
        prepared: Prepared = loads(await self._call(member, on_worker.prepare, line), Prepared)
        member.prepared = prepared
        for key in self._models:
            if refusal := prepared.refused.get(key) or prepared.refused.get(""):
                self._refuse(member, key, Failed(None, refusal.title, refusal.happened, refusal.remedy))
        self._place(member)

    def _place(self, member: Member) -> None:
        """Load what a worker can run: all models or, if only one fits, the one that has the fewest workers."""
        free = self._free(member)
        if not free or member.prepared is None:
            return
        if not member.prepared.sequential:
            for key in free:
                self._load(member, key)
        elif all(state == "refused" for state in member.models.values()):
            self._load(member, min(free, key=self._workers_of))

    def _exchange(self, member: Member) -> None:
        """Replace the only model that fits on a worker if it has no requests for a while, and another one has."""
        free = self._free(member)
        here = next((key for key, state in member.models.items() if state == "ready"), None)
        if not free or here is None or member.prepared is None or not member.prepared.sequential:
            return
        dispatch = self._models[here].dispatch
        # For a moment there may be none, while the run stores what it got.
        idle = not dispatch.waiting and not dispatch.seats[member.address].in_flight
        member.idle_looks = member.idle_looks + 1 if idle else 0
        if member.idle_looks < _IDLE_LOOKS:
            return
        following = min(free, key=self._workers_of)
        member.idle_looks = 0
        del member.models[here]
        member.models[following] = "loading"
        self._close_seat(member, here)
        self._spawn(member, self._exchanged(member, here, following))

    def _free(self, member: Member) -> list[str]:
        """Return the models that a worker could load, and that have work."""
        if member.prepared is None or member.broken or self._closing.is_set():
            return []
        return [
            key
            for key, model in self._models.items()
            if model.started and not model.over and model.busy and key not in member.models
        ]

    def _workers_of(self, key: str) -> int:
        return sum(key in member.models and member.models[key] != "refused" for member in self._members.values())

    def _load(self, member: Member, key: str) -> None:
        member.models[key] = "loading"
        self._spawn(member, self._loaded(member, key))

    async def _exchanged(self, member: Member, key: str, following: str) -> None:
        await self._call(member, on_worker.unload, self._run_id, key)
        await self._loaded(member, following)

    async def _loaded(self, member: Member, key: str) -> None:
        """Load a model on a worker, again if its process ends."""
        event = await self._event(member, on_worker.load, self._run_id, key)
        if isinstance(event, Died):
            self._load_again(member, key, event)
            return
        if not isinstance(event, Loaded):
            self._refuse(member, key, event)
            return
        try:
            # Reads the study's manifests.
            await asyncio.to_thread(self._admit, key, event.engine)
        except DoublereadError as error:
            self.remarks[f"a worker of the cluster was not used: {error.title}: {error.happened}"] = None
            self._refuse(member, key, event)
            return
        model = self._models[key]
        model.was_loaded, model.engine = True, event.engine
        member.models[key] = "ready"
        model.dispatch.open_seat(member.address, int(event.engine.get("n_slots", 1)))
        self._emit(key, Loaded(event.engine, model.dispatch.slots))
        self._fill(key)

    def _load_again(self, member: Member, key: str, death: Died) -> None:
        if member.deaths[key] + 1 < MOST_DEATHS:
            member.deaths[key] += 1
            self._load(member, key)
        else:
            self._refuse(member, key, Failed(None, death.title, death.happened, death.remedy))

    def _refuse(self, member: Member, key: str, why: Event) -> None:
        """Do not use a worker for a model. If it was the last one that could run it, the run hears why."""
        member.models[key] = "refused"
        if isinstance(why, Failed):
            self.remarks[f"a worker of the cluster was not used: {why.title}: {why.happened}"] = None
        if all(other.models.get(key) == "refused" for other in self._members.values()):
            self._emit(key, why)

    def _remove(self, member: Member) -> None:
        """Give up a worker; what was in flight there is asked again."""
        member.broken = True
        for task in member.tasks - {asyncio.current_task(self._loop)}:
            task.cancel()
        for key in self._models:
            self._close_seat(member, key)

    def _close_seat(self, member: Member, key: str) -> None:
        model = self._models[key]
        seated = member.address in model.dispatch.seats
        for request_id in model.dispatch.close_seat(member.address):
            # The engine is not to blame.
            member.deaths[key] = 0
            happened = "the process that generated its answer ended every time it was asked"
            self._emit(key, Failed(request_id, "The model crashed on this case", happened))
        if seated and model.dispatch.seats:
            self._emit(key, Loaded(model.engine, model.dispatch.slots))
        self._fill(key)

    def _start(self, key: str) -> None:
        self._models[key].started = True
        for member in self._members.values():
            self._place(member)

    def _add(self, key: str, request: Question) -> None:
        self._models[key].dispatch.add(request)
        self._fill(key)

    def _fill(self, key: str) -> None:
        """Send what there is room for, and load the model where it is not if there is more."""
        model = self._models[key]
        if model.over or self._closing.is_set():
            return
        for address, request in model.dispatch.assign():
            member = self._members[address]
            seat, request_id = model.dispatch.seats[address], request.request_id
            ask = member.asks[request_id] = Ask(key, self._spawn(member, self._ask(member, key, request, seat)))
            ask.task.add_done_callback(partial(self._asked, member, request_id, ask))
        for member in self._members.values():
            self._place(member)

    @staticmethod
    def _asked(member: Member, request_id: str, ask: Ask, _: asyncio.Task[None]) -> None:
        if member.asks.get(request_id) is ask:
            del member.asks[request_id]

    async def _ask(self, member: Member, key: str, request: Question, seat: Seat) -> None:
        """Have a worker answer a request."""
        model = self._models[key]
        try:
            line = encode(request)
        except ProtocolError as error:
            model.dispatch.end(request.request_id)
            self._emit(key, Failed(request.request_id, "Prompt too long", str(error), "shorten the case or the prompt"))
            return
        event = await self._event(member, on_worker.answer, self._run_id, key, line)
        if isinstance(event, Died):
            # Of the requests that are lost together, the first one tells.
            if model.dispatch.seats.get(member.address) is seat:
                member.models[key] = "loading"
                self._close_seat(member, key)
                self._load_again(member, key, event)
            return
        if not model.dispatch.end(request.request_id):
            return
        if isinstance(event, Finished | Likelihoods):
            member.deaths[key] = 0
            label = member.prepared.label if member.prepared is not None else None
            event = msgspec.structs.replace(event, manifest={**event.manifest, "cluster_worker": label})
        elif isinstance(event, Failed):
            event = msgspec.structs.replace(event, request_id=request.request_id)
        self._emit(key, event)
        self._fill(key)

    def _emit(self, key: str, event: Event) -> None:
        if self._models[key].over or self._closing.is_set():
            return
        try:
            self._models[key].on_event(event)
        except Exception:
            # The worker that sent it is not to blame.
            _LOG.exception("on_event failed for %s", type(event).__name__)


class ClusterEngine:
    """One model on all workers of a cluster that can run it. It fulfils the protocol that a run needs of a backend."""

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster = cluster
        self._key = key

    @property
    def tokens_made(self) -> int:
        """How many tokens it has generated on all workers."""
        return self._cluster.tokens_made(self._key)

    def start(self) -> None:
        """Load the model on all workers, those to come included. Loaded follows for each of them."""
        self._cluster.start(self._key)

    def generate(self, request: Generate) -> None:
        """Ask for an answer. It comes at once, without chunks."""
        self._cluster.ask(self._key, request)

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask for likelihoods."""
        self._cluster.ask(self._key, request)

    def restart(self) -> None:
        """Load the model on the workers that lack it."""
        self._cluster.start(self._key)

    def stop(self, timeout: float = 2.0) -> None:  # noqa: ARG002  (`Cluster.close` ends the processes)
        """Send no more events. The workers are left to `Cluster.close`."""
        self._cluster.leave(self._key)
