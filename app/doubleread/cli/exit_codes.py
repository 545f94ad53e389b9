"""The exit codes of a command, and the error for wrong use."""

from __future__ import annotations

from doubleread.errors import DoublereadError

DONE, FAILED, WRONG_USE = 0, 1, 2


class WrongUseError(DoublereadError):
    """A command was called with arguments that cannot work."""
