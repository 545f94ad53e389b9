"""Server-sent events: from bytes as they arrive to the data of each event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_EVENT = 1024 * 1024
"""The most bytes of one event, or of a line that does not end."""


class EventTooLongError(ValueError):
    """A stream has a line or an event of more than LONGEST_EVENT bytes."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """The data of one event. `is_error` if the server sent it in a field named "error", as old llama-servers do."""

    data: bytes
    is_error: bool = False


def events(pieces: Iterable[bytes]) -> Iterator[StreamEvent]:
    """Yield each event's data. Comments, such as pings, and other fields are passed over.

    A line that the stream breaks off is dropped. Raises EventTooLongError.
    """
    data: list[bytes] = []
    size = 0
    for line in _lines(pieces):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
            size += len(value)
            if size > LONGEST_EVENT:
                raise EventTooLongError
        elif name == b"error":
            yield StreamEvent(value, is_error=True)
        elif not line and data:
            yield StreamEvent(b"\n".join(data))
            data, size = [], 0
    if data:
        yield StreamEvent(b"\n".join(data))


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = bytearray()
    for piece in pieces:
        *whole, last = piece.split(b"\n")
        for line in whole:
            yield bytes(rest + line).removesuffix(b"\r")
            rest.clear()
        rest += last
        if len(rest) > LONGEST_EVENT:
            raise EventTooLongError
