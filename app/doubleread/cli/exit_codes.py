"""The exit codes of a command, and the error for wrong use."""

from __future__ import annotations

from doubleread.errors import WrongSettingsError

DONE, FAILED, WRONG_USE = 0, 1, 2


class WrongUseError(WrongSettingsError):
    """A command was called with arguments that cannot work."""
