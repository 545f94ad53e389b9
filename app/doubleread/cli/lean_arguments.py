"""Takes texts and paths from the command line without pydantic, which typer would load for them.

The only place that uses private names of typer. With a version that lacks them, typer takes all arguments itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

try:
    from typer import _coercion
    from typer._param_types import coerce_cli_path
except ImportError:
    _KNOWN = False
else:
    _KNOWN = True


class _LeanParameter:
    """Turns what was given for a parameter into its value, as typer does."""

    def __init__(self, described: Any) -> None:
        self._described = described

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value; nothing given remains nothing."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        info, kind = self._described.parameter_info, self._described.annotation
        if type(value) is str and info.parser is None:
            if kind is str:
                return value
            if kind is Path:
                return coerce_cli_path(Path(value), info, path_type=Path, param=param, ctx=ctx)
        return _coercion.build_runtime_param(self._described).coerce(value, param, ctx)


def make_lean(command: Any) -> Any:
    """Return a command, and a group with all its commands, whose texts and paths need no pydantic."""
    if not _KNOWN:
        return command
    made = command.get_help_option

    def help_option(context: Any) -> Any:
        return _lean(made(context))

    command.get_help_option = help_option
    for parameter in command.params:
        _lean(parameter)
    for part in getattr(command, "commands", {}).values():
        make_lean(part)
    return command


def _lean(parameter: Any) -> Any:
    if parameter is not None:
        parameter._runtime_param = _LeanParameter(parameter.type_descriptor)
    return parameter
