"""A model of a server as a backend: what `runs` asks of an engine, answered over HTTP."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from doubleread.domain.reasoning_markers import OwnMarkers
from doubleread.domain.server import Server
from doubleread.engine.client.protocol import AskLikelihood, Chunk, Died, Event, Failed, Finished, Generate, Loaded
from doubleread.engine.server.answer import LONGEST_CONTEXT, GrowingAnswer, end_reason
from doubleread.engine.server.backoff import Backoff
from doubleread.engine.server.cancellation import Cancellation
from doubleread.engine.server.client import ServerClient
from doubleread.engine.server.faults import RequestCancelledError
from doubleread.engine.server.pool import AnswerFailed, PoolEvent, RequestPool
from doubleread.engine.server.request import AnswerPiece, AnswerRestarted, ServerAnswer
from doubleread.engine.server.server_info import ServerInfo, ask_server_info, check_model
from doubleread.errors import ServerError

UNTIL_BACK = Backoff(attempts=30)
"""About nine minutes, in which a server that was restarted loads a large model."""

_LOG = logging.getLogger(__name__)
# Without a handler, Python would print a traceback with words of the case.
_LOG.addHandler(logging.NullHandler())


class ServerEngine:
    """One model of a server. Every method returns at once and may be called from any thread.

    `on_event` gets all events, one at a time, from a thread of this object. It must not block for long, and may call
    the methods here. A request ends with a Finished, with a Failed of its id, or with a Died that names it. Died comes
    when no request can succeed for now: nothing listens, the server is overloaded, or the key is refused. `restart`
    then waits for the server as long as `until_back` says.

    No event names the server's address, its models or the key's variable: a reader may see it.
    """

    def __init__(
        self,
        server: Server,
        on_event: Callable[[Event], None],
        name: str,
        *,
        reasoning: Iterable[OwnMarkers] = (),
        n_ctx: int = LONGEST_CONTEXT,
        backoff: Backoff | None = None,
        until_back: Backoff | None = None,
    ) -> None:
        """Prepare it; nothing is sent. `reasoning` are the protocol's own markers, `n_ctx` its context length."""
        self._n_ctx = n_ctx
        self._server = server
        self._on_event = on_event
        self._name = name
        self._reasoning = tuple(reasoning)
        self._backoff = backoff or Backoff()
        self._until_back = until_back or self._backoff
        self._pool = RequestPool(ServerClient(server, backoff=self._backoff), server.concurrency, self._on_pool_event)
        self._lock = threading.Lock()
        self._state: Literal["not started", "starting", "ready", "failed", "died", "stopped"] = "not started"
        self._connecting = Cancellation()
        self._answers: dict[str, GrowingAnswer] = {}
        self._names: tuple[str, ...] = ()
        self._entries: dict[str, Any] = {}
        self._reasons = False
        self._tokens = 0

    @property
    def tokens_made(self) -> int:
        """How many tokens the finished answers have, as far as the server counts them."""
        return self._tokens

    def start(self) -> None:
        """Ask the server about itself. Loaded or Failed follows."""
        self._connect(self._backoff)

    def restart(self) -> None:
        """Ask the server about itself again. Requests that are running end with a Died."""
        with self._lock:
            lost = self._abandoned("died")
        if lost:
            again = ("The server was asked again", "at your request", "ask for the answers again")
            self._post(Died(*again, request_ids=lost))
        self._connect(self._until_back)

    def generate(self, request: Generate) -> None:
        """Ask for an answer."""
        if request.sampling.grammar:
            happened = "a server is not asked for answers that follow a grammar"
            self._post(Failed(request.request_id, "Not possible with a server", happened, "use a model file"))
            return
        with self._lock:
            state = self._state
            known = request.request_id in self._answers
            if state == "ready" and not known:
                n_ctx = min(self._n_ctx, self._entries.get("n_ctx") or LONGEST_CONTEXT)
                answer = GrowingAnswer(request, self._reasoning, reasons=self._reasons, n_ctx=n_ctx)
                self._answers[request.request_id] = answer
                self._pool.ask(answer.server_request(), first=request.priority == "interactive")
        if known:
            self._post(Failed(request.request_id, "Request refused", "its id is already in use", "use another id"))
        elif state not in ("ready", "stopped"):
            self._post(
                Failed(request.request_id, "The server is not connected", f"its state is: {state}", "connect it again")
            )

    def ask_likelihood(self, request: AskLikelihood) -> None:
        """Fail: a server gives likelihoods only of tokens that it chose itself."""
        happened = "an OpenAI-compatible server does not say how likely given continuations are"
        self._post(Failed(request.request_id, "Not possible with a server", happened, "use a model file"))

    def stop(self, timeout: float = 2.0) -> None:
        """End all requests; no further event comes."""
        with self._lock:
            self._abandoned("stopped")
        self._pool.stop(timeout)

    def _connect(self, backoff: Backoff) -> None:
        with self._lock:
            if self._state in ("starting", "ready", "stopped"):
                return
            self._state = "starting"
            cancellation = self._connecting = Cancellation()
        client = ServerClient(self._server, backoff=backoff)
        # A daemon, because a server can take minutes to answer, and the program must not wait for it at exit.
        work = partial(self._ask_about_itself, client, cancellation)
        threading.Thread(target=work, daemon=True, name=f"server {self._name}").start()

    def _ask_about_itself(self, client: ServerClient, cancellation: Cancellation) -> None:
        try:
            info = ask_server_info(client, cancellation)
        except RequestCancelledError:
            return
        except ServerError as error:
            done = partial(self._not_connected, cancellation, error)
        except Exception as error:
            # Without an event, a run would wait for this server for ever.
            _LOG.exception("%s could not be asked about itself", self._name)
            happened = f"the program failed because of a bug ({type(error).__name__})"
            done = partial(self._not_connected, cancellation, ServerError("Server not usable", happened))
        else:
            done = partial(self._connected, cancellation, info)
        self._pool.post(done)

    def _connected(self, cancellation: Cancellation, info: ServerInfo) -> None:
        self._names = (*(info.models or ()), *filter(None, [info.entries.get("model_file")]))
        try:
            check_model(self._server, info)
        except ServerError as error:
            remedy = "name a model of the server as this arm's model"
            happened = "the server does not list the arm's model"
            self._not_connected(cancellation, ServerError(error.title, happened, remedy))
            return
        self._entries = {
            **info.entries,
            "n_slots": self._server.concurrency,
            "own_reasoning_markers": [asdict(pair) for pair in self._reasoning],
        }
        if self._settled(cancellation, "ready"):
            self._emit(Loaded(self._entries))

    def _not_connected(self, cancellation: Cancellation, error: ServerError) -> None:
        if self._settled(cancellation, "failed"):
            self._emit(self._failure(None, error))

    def _settled(self, cancellation: Cancellation, state: Literal["ready", "failed"]) -> bool:
        with self._lock:
            if not cancellation.given:
                self._state = state
            return not cancellation.given

    def _on_pool_event(self, request_id: str, event: PoolEvent) -> None:
        with self._lock:
            answer = self._answers.get(request_id)
        if answer is None:
            return
        match event:
            case AnswerPiece():
                self._emit(*answer.take(event))
            case AnswerRestarted():
                self._begin_again(answer, reasons=answer.with_reasoning_tokens, ask=False)
            case ServerAnswer():
                self._finish(answer, event)
            case AnswerFailed(error) if error.any_request:
                with self._lock:
                    lost = self._abandoned("died")
                failure = self._failure(None, error)
                self._emit(Died(failure.title, failure.happened, failure.remedy, request_ids=lost))
            case AnswerFailed(error):
                self._end(answer, self._failure(request_id, error))

    def _finish(self, answer: GrowingAnswer, event: ServerAnswer) -> None:
        request_id = answer.request.request_id
        reason = end_reason(event.finish_reason)
        self._tokens += event.completion_tokens or 0
        rest = list(answer.end())
        self._reasons = self._reasons or bool(answer.reasoning)
        if reason is None:
            happened = f"the server ended it for the reason {event.finish_reason[:40]!r}"
            error = ServerError("Answer not complete", happened, "check the server's filters and tools")
            self._end(answer, self._failure(request_id, error))
        elif reason == "length" and self._reasons and answer.lacks_reasoning_tokens:
            # The model has proved to reason, which needs more tokens than an answer alone.
            self._begin_again(answer, reasons=True, ask=True)
        else:
            self._emit(*rest)
            entries = {**self._entries, **answer.entries(event), "finish_reason": reason}
            self._end(answer, Finished(request_id, answer.text, reason, entries, answer.reasoning))

    def _begin_again(self, answer: GrowingAnswer, *, reasons: bool, ask: bool) -> None:
        """Retract what has come of an answer; another takes its place, which the server gives by itself or is asked."""
        request_id, fresh = answer.request.request_id, answer.again(reasons=reasons)
        with self._lock:
            if request_id not in self._answers:
                return
            self._answers[request_id] = fresh
        if answer.has_begun:
            self._emit(Chunk(request_id, "", reasoning=True, retracts=True))
        if ask:
            with self._lock:
                if request_id in self._answers:
                    self._pool.ask(fresh.server_request(), first=True)

    def _end(self, answer: GrowingAnswer, event: Finished | Failed) -> None:
        with self._lock:
            known = self._answers.pop(answer.request.request_id, None)
        if known is not None:
            self._emit(event)

    def _abandoned(self, state: Literal["died", "stopped"]) -> tuple[str, ...]:
        """Give up all requests and the question about itself; return the requests' ids. Needs the lock."""
        if self._state != "stopped":
            self._state = state
        self._connecting.cancel()
        lost = tuple(self._answers)
        self._answers.clear()
        for request_id in lost:
            self._pool.cancel(request_id)
        return lost

    def _failure(self, request_id: str | None, error: ServerError) -> Failed:
        told = (self._server.without_names(text, self._names) for text in (error.title, error.happened, error.remedy))
        return Failed(request_id, *told)

    def _post(self, event: Event) -> None:
        """Emit an event from the thread of all events."""
        self._pool.post(partial(self._emit, event))

    def _emit(self, *events: Event) -> None:
        for event in events:
            if self._state == "stopped":
                return
            try:
                self._on_event(event)
            except Exception:
                _LOG.exception("on_event failed for %s", type(event).__name__)


def server_engine_factory(
    server: Server,
    name: str,
    *,
    reasoning: Iterable[OwnMarkers] = (),
    n_ctx: int = LONGEST_CONTEXT,
    for_batch: bool = False,
) -> Callable[[Callable[[Event], None]], ServerEngine]:
    """Return the factory of a server's engine. `for_batch` waits for minutes until a server that was lost is back."""
    until_back = UNTIL_BACK if for_batch else None
    return lambda on_event: ServerEngine(
        server, on_event, name, reasoning=reasoning, n_ctx=n_ctx, until_back=until_back
    )
