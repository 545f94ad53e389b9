"""Run a command and turn every error into a message and an exit code, never a traceback."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from doubleread import __version__, locations
from doubleread.atomic import atomic_write_bytes, make_private_folder
from doubleread.cli.exit_codes import DONE, FAILED, WRONG_USE, WrongUseError
from doubleread.errors import CaseFileError, DoublereadError, WrongSettingsError, disk_error, of_system

if TYPE_CHECKING:
    from doubleread.domain.arm import Arm

_INTERRUPTED = 130
_OBJECTS_BEFORE_COLLECTION = 50_000


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 the work failed, 2 wrong use."""

    def command() -> object:
        # Commands make many objects and hardly any cycles: looking for these often takes a tenth of the time.
        gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
        # NumPy's products are small: more threads take memory, and make the last digits depend on the machine.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from doubleread.cli.main import command_for

        return command_for(arguments)(args=list(arguments), prog_name="doubleread", standalone_mode=False)

    return guarded(command)


def guarded(work: Callable[[], object]) -> int:
    """Do the work of a command; turn its errors into messages, and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = _code_of(work)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        return FAILED
    except OSError as error:
        _forget_output()
        return _complain(disk_error(error), FAILED)
    return code


def _forget_output() -> None:
    """Discard the rest of the output; otherwise Python would report the broken pipe again when it flushes on exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _code_of(work: Callable[[], object]) -> int:
    try:
        code = work()
    except WrongSettingsError as error:
        return _complain(error, WRONG_USE)
    except DoublereadError as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return _stopped()
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and (known := of_system(error)) is not None:
            return _complain(known, FAILED)
        usage = _usage_message(error)
        if usage is not None:
            command = getattr(getattr(error, "ctx", None), "command_path", "doubleread")
            return _complain(WrongUseError("Wrong use", usage, f"see {command} --help"), WRONG_USE)
        return _crashed(error)
    if code == _INTERRUPTED:
        return _stopped()
    return code if isinstance(code, int) else DONE


def _usage_message(error: Exception) -> str | None:
    """Return the message about wrong arguments, or None for any other error."""
    describe = getattr(error, "format_message", None)
    if getattr(error, "exit_code", None) != WRONG_USE or not callable(describe):
        return None
    return " ".join(str(describe()).split()).rstrip(".") or "a command or an argument is missing"


def _complain(error: DoublereadError, code: int) -> int:
    if isinstance(error, CaseFileError):
        for problem in error.problems:
            _print_error(problem)
    _print_error(str(error))
    return code


def _print_error(message: str) -> None:
    from doubleread.domain.display import display_text

    with contextlib.suppress(OSError):
        print(display_text(message), file=sys.stderr)


def _stopped() -> int:
    _print_error("Stopped: interrupted from the keyboard; finished work is kept")
    return FAILED


def _crashed(error: Exception) -> int:
    kind = type(error).__name__
    report = _write_report(error)
    where = (
        f"look through {report}, which can contain text of your cases, then send it to the authors" if report else ""
    )
    _print_error(str(DoublereadError("Unexpected error", f"the program failed because of a bug ({kind})", where)))
    return FAILED


def _without_names(text: str) -> str:
    """Remove the names of models of all studies opened here from a text; "" if that fails."""
    opened = sys.modules.get("doubleread.store.study_file")
    if opened is None or not opened.OPENED:
        return text
    try:
        from doubleread.read_model.blinding import without_model_names
        from doubleread.store import StudyFile

        arms: list[Arm] = []
        for path in opened.OPENED:
            with StudyFile.open(path, device="crash report", read_only=True) as study:
                arms += study.arms()
        return without_model_names(text, arms)
    except Exception:  # writing the report must never cause a second crash
        return ""


def _write_report(error: Exception) -> Path | None:
    import platform
    import traceback
    from datetime import UTC, datetime

    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = locations.logs() / f"crash-{stamp}-{os.getpid()}.txt"
    head = f"doubleread {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    told = _without_names("".join(traceback.format_exception(error)))
    text = head + (told or "".join([*traceback.format_tb(error.__traceback__), type(error).__name__, "\n"]))
    try:
        make_private_folder(path.parent)
        with atomic_write_bytes(path) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError:
        return None
    return path
