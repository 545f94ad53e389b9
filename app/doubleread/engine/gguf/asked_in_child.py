"""Ask questions about an untrusted model file in a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from doubleread.engine.client.strict_json import ProtocolError, build, loads
from doubleread.errors import ModelFileError
from doubleread.platform import child_options, clean_environment

_AGAIN = "download or copy the file again"


def read_in_child(
    module: str, path: str | os.PathLike[str], kind: type[Any], more: Sequence[str] = (), *, timeout: float = 30.0
) -> Any:
    """Run a module as a program on a model file and return the dataclass that it prints as `info`.

    Raises ModelFileError with what it prints as `error`, or where the process fails.
    """
    command = [sys.executable, "-P", "-m", module, os.fspath(path), *more]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False, env=clean_environment(), **child_options()
        )
        record = loads(done.stdout)
        if "error" in record:
            raise ModelFileError(*map(str, record["error"]))
        return build(kind, record.get("info"))
    except (OSError, subprocess.TimeoutExpired, ProtocolError) as error:
        raise ModelFileError("Model file not readable", f"{path}: reading it failed ({error})", _AGAIN) from error
