"""One engine for two arms with the same model, so that its weights are loaded once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from doubleread.engine.client.protocol import AskLikelihood, Chunk, Died, Event, Failed, Generate, Loaded
from doubleread.runs.engine import Engine, EngineFactory

OWN_RESTARTS = 3
"""How often the engine is restarted for an arm that has lost nothing, without an answer in between."""

OnEvent = Callable[[Event], None]
Request = Generate | AskLikelihood


class SharedEngine:
    """An engine that several arms use; `member` is the factory for each. An arm hears of its own requests only.

    After a death, requests go to the engine one at a time until as many have ended as were lost, so that one arm's
    request that kills the engine is never blamed on the other's.
    """

    def __init__(self, factory: EngineFactory) -> None:
        self._lock = threading.RLock()
        self._members: list[_Member] = []
        self._queue: deque[tuple[_Member, Request]] = deque()
        self._in_flight: dict[str, _Member] = {}
        self._one_by_one = 0
        self._started = False
        self._starting = False
        self._loaded: Loaded | None = None
        self._own_restarts = 0
        self._engine: Engine = factory(self._receive)

    def member(self, on_event: OnEvent) -> Engine:
        """Return the engine as one arm sees it."""
        member = _Member(self, on_event)
        self._members.append(member)
        return member

    def start(self, member: _Member) -> None:
        """Start the engine for an arm, which hears Loaded. One that runs for the other arm is not started again."""
        with self._lock:
            loaded = self._loaded
            if loaded is None:
                member.awaits_loaded = True
                if self._starting:
                    return
                first, self._started, self._starting = not self._started, True, True
        if loaded is not None:
            self._tell([member], loaded)
        elif first:
            self._engine.start()
        else:
            self._engine.restart()

    def ask(self, member: _Member, request: Request) -> None:
        """Pass a request on, now or when the one before it has ended."""
        with self._lock:
            self._queue.append((member, request))
        self._pass_on()

    def stop(self, member: _Member, timeout: float) -> None:
        """End the engine when the last arm is stopped."""
        with self._lock:
            member.stopped = True
            self._queue = deque(item for item in self._queue if item[0] is not member)
            last = all(other.stopped for other in self._members)
        if last:
            self._engine.stop(timeout)

    def _pass_on(self) -> None:
        with self._lock:
            requests = []
            while self._queue and not self._starting and not (self._one_by_one and self._in_flight):
                member, request = self._queue.popleft()
                self._in_flight[request.request_id] = member
                requests.append(request)
        for request in requests:
            if isinstance(request, Generate):
                self._engine.generate(request)
            else:
                self._engine.ask_likelihood(request)

    def _receive(self, event: Event) -> None:
        match event:
            case Loaded():
                self._on_loaded(event)
            case Died():
                self._on_death(event)
            case Failed(request_id=None):
                with self._lock:
                    self._starting, self._loaded = False, None
                self._tell(self._members, event)
            case _:
                self._on_answer(event)

    def _on_loaded(self, event: Loaded) -> None:
        with self._lock:
            self._starting, self._loaded = False, event
            told = [member for member in self._members if member.awaits_loaded]
            for member in told:
                member.awaits_loaded = False
        self._tell(told, event)
        self._pass_on()

    def _on_death(self, event: Died) -> None:
        with self._lock:
            lost = dict(self._in_flight)
            self._in_flight.clear()
            self._starting, self._loaded = False, None
            self._one_by_one = max(len(lost) + len(self._queue), 1)
            # Those that have lost nothing hear nothing: the engine comes back for them.
            hit = [member for member in self._members if member in lost.values()]
            if not hit or self._own_restarts >= OWN_RESTARTS:
                hit = list(self._members)
            # An arm that hears of a death asks for everything again.
            self._queue = deque(item for item in self._queue if item[0] not in hit)
        for member in hit:
            own = tuple(request_id for request_id, owner in lost.items() if owner is member)
            self._tell([member], replace(event, request_ids=own))
        with self._lock:
            spared = [member for member in self._members if member not in hit and not member.stopped]
            again = bool(spared) and not self._starting
            if again:
                self._own_restarts += 1
                self._starting = True
        if again:
            self._engine.restart()

    def _on_answer(self, event: Event) -> None:
        request_id = str(getattr(event, "request_id", ""))
        with self._lock:
            member = self._in_flight.get(request_id)
            ended = member is not None and not isinstance(event, Chunk)
            if ended:
                del self._in_flight[request_id]
                self._one_by_one = max(self._one_by_one - 1, 0)
                self._own_restarts = 0
        if member is not None:
            self._tell([member], event)
        if ended:
            self._pass_on()

    def _tell(self, members: list[_Member], event: Event) -> None:
        for member in members:
            if not member.stopped:
                member.on_event(event)


class _Member:
    """A shared engine as one arm sees it."""

    def __init__(self, shared: SharedEngine, on_event: OnEvent) -> None:
        self.on_event = on_event
        self.awaits_loaded = False
        self.stopped = False
        self._shared = shared

    @property
    def tokens_made(self) -> int:
        """Zero: the engine counts the tokens of all arms together."""
        return 0

    def start(self) -> None:
        """Load the model."""
        self._shared.start(self)

    def restart(self) -> None:
        """Load the model again."""
        self._shared.start(self)

    def generate(self, request: Generate) -> None:
        """Ask for an answer."""
        self._shared.ask(self, request)

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Ask for likelihoods."""
        self._shared.ask(self, request)

    def stop(self, timeout: float = 2.0) -> None:
        """End the engine, if no other arm uses it."""
        self._shared.stop(self, timeout)
