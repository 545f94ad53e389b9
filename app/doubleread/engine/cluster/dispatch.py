"""Which worker of a cluster gets which request. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from doubleread.engine.client.protocol import AskLikelihood, Generate

Question = Generate | AskLikelihood

MOST_LOSSES = 3
"""A request that was in flight on this many engines when they ended is blamed for it, and fails."""


@dataclass(slots=True)
class Seat:
    """A loaded model on one worker: how many answers it generates in parallel, and the requests that it has."""

    slots: int
    in_flight: set[str] = field(default_factory=set)
    alone: bool = False

    @property
    def most(self) -> int:
        """How many requests it gets at a time: a few more than its slots, so that none waits for the network."""
        return self.slots + 1 + self.slots // 4


class Dispatch:
    """The requests for one model, and the workers that have it loaded.

    A request that is lost with its worker is asked again before all others. After a second loss it is asked alone on a
    worker, so that no other request is lost with it and only the one that ends its engine can be blamed.
    """

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self._requests: dict[str, Question] = {}
        self._waiting: deque[str] = deque()
        self._losses: Counter[str] = Counter()

    @property
    def slots(self) -> int:
        """How many answers are generated in parallel, on all workers together."""
        return sum(seat.slots for seat in self.seats.values())

    @property
    def waiting(self) -> int:
        """How many requests are on no worker."""
        return len(self._waiting)

    def add(self, request: Question) -> None:
        """Take on a request."""
        self._requests[request.request_id] = request
        self._waiting.append(request.request_id)

    def open_seat(self, address: str, slots: int) -> None:
        """A worker has loaded the model."""
        self.seats[address] = Seat(slots)

    def close_seat(self, address: str) -> list[str]:
        """A worker is gone, or its engine has ended; return the ids of the requests that fail because of it."""
        seat = self.seats.pop(address, None)
        if seat is None:
            return []
        lost = [request_id for request_id in self._requests if request_id in seat.in_flight]
        self._losses.update(lost)
        failed = [request_id for request_id in lost if self._losses[request_id] >= MOST_LOSSES]
        for request_id in failed:
            self.end(request_id)
        self._waiting.extendleft(reversed([request_id for request_id in lost if request_id in self._requests]))
        return failed

    def take_back(self, address: str, request_id: str) -> None:
        """Put a request first again that a worker does not have, through no fault of its own."""
        if (seat := self.seats.get(address)) is not None and request_id in seat.in_flight:
            seat.in_flight.discard(request_id)
            seat.alone = False
            self._waiting.appendleft(request_id)

    def end(self, request_id: str) -> bool:
        """Forget a request that has ended; return whether it was known, which it is only once."""
        for seat in self.seats.values():
            seat.in_flight.discard(request_id)
            seat.alone = seat.alone and bool(seat.in_flight)
        self._losses.pop(request_id, None)
        return self._requests.pop(request_id, None) is not None

    def assign(self) -> Iterator[tuple[str, Question]]:
        """Yield the requests that have a place now, each with its worker's address."""
        alone = next(filter(self._must_be_alone, self._waiting), None)
        emptying = self._seat_to_empty() if alone is not None else None
        if alone is not None and emptying is not None and not self.seats[emptying].in_flight:
            self._waiting.remove(alone)
            yield self._place(alone, emptying, alone=True)
        kept: list[str] = []
        while self._waiting:
            request_id = self._waiting.popleft()
            if request_id not in self._requests:
                # Its result came after its worker was given up.
                continue
            if self._must_be_alone(request_id):
                kept.append(request_id)
            elif (address := self._roomiest(emptying)) is not None:
                yield self._place(request_id, address)
            else:
                kept.append(request_id)
                break
        self._waiting.extendleft(reversed(kept))

    def _must_be_alone(self, request_id: str) -> bool:
        return self._losses[request_id] >= MOST_LOSSES - 1

    def _place(self, request_id: str, address: str, *, alone: bool = False) -> tuple[str, Question]:
        seat = self.seats[address]
        seat.in_flight.add(request_id)
        seat.alone = alone
        return address, self._requests[request_id]

    def _seat_to_empty(self) -> str | None:
        """Return the worker that gets no more requests until it is empty, because one must be asked alone."""
        free = [address for address, seat in self.seats.items() if not seat.alone]
        return min(free, key=lambda address: len(self.seats[address].in_flight), default=None)

    def _roomiest(self, emptying: str | None) -> str | None:
        room = {
            address: (seat.most - len(seat.in_flight)) / seat.most
            for address, seat in self.seats.items()
            if address != emptying and not seat.alone and len(seat.in_flight) < seat.most
        }
        return max(room, key=lambda address: room[address], default=None)
