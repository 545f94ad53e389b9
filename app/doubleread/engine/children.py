"""Run modules as short-lived child processes, so that llama.cpp or a hostile file can do no harm."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from doubleread.engine.strict_json import ProtocolError, dumps, loads
from doubleread.errors import ModelFileError
from doubleread.platform import child_options, clean_environment

_REFUSED = 1


def run_module(
    module: str,
    arguments: Sequence[str] = (),
    *,
    timeout: float,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a module of this package as a program, with `given` on its input. Raises OSError or TimeoutExpired."""
    return subprocess.run(
        [sys.executable, "-P", "-m", f"doubleread.{module}", *arguments],
        input=given,
        capture_output=True,
        timeout=timeout,
        check=False,
        env={**clean_environment(), **(environment or {})},
        **child_options(),
    )


def read_in_child(
    module: str,
    path: str | os.PathLike[str],
    kind: type[Any],
    more: Sequence[str] = (),
    *,
    given: bytes | None = None,
    timeout: float = 30.0,
) -> Any:
    """Return what a module that ends with `answer_parent` reads from an untrusted model file, `given` its input.

    Raises ModelFileError as the module does, or if the process fails.
    """
    try:
        done = run_module(module, [os.fspath(path), *more], timeout=timeout, given=given)
        if done.returncode != _REFUSED:
            return loads(done.stdout, kind)
        refused: tuple[str, str, str] = loads(done.stdout, tuple[str, str, str])
    except (OSError, subprocess.TimeoutExpired, ProtocolError) as error:
        raise ModelFileError(
            "Model file not readable", f"{path}: reading it failed ({error})", "download or copy the file again"
        ) from error
    raise ModelFileError(*refused)


def answer_parent(read: Callable[[], Any]) -> int:
    """In a child: print what `read` returns, or its ModelFileError. Return the exit code.

    Whatever else is printed meanwhile, as llama.cpp does, goes to standard error.
    """
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        answer, code = read(), 0
    except ModelFileError as error:
        answer, code = (error.title, error.happened, error.remedy), _REFUSED
    with os.fdopen(output, "wb") as parent:
        parent.write(dumps(answer))
    return code
