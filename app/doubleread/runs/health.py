"""The checks of `doubleread doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from doubleread import __version__, locations
from doubleread.domain.wording import plural, size_text
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.installed import INSTALL_CLUSTER, dask_version, engine_installed
from doubleread.engine.planning.devices import Machine, gpu_advice, machine
from doubleread.engine.planning.probe import Probe, probe
from doubleread.engine.prompt_cache import Usage, usage
from doubleread.errors import DoublereadError
from doubleread.runs.bundled_models import bundled_models
from doubleread.runs.prompt_caching import limit
from doubleread.runs.tuning import counts_of_records
from doubleread.store.sqlite.connection import OLDEST_SQLITE, journal_mode
from doubleread.store.sqlite.sqlite_library import INSTALL, sqlcipher_version

_LITTLE_MEMORY = 1_000_000_000
_DRIVER_TOOLS = {"CUDA": "nvidia-smi", "ROCm": "rocminfo", "Vulkan": "vulkaninfo"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal at standard output. `columns` and `rows` are 80 and 24 if there is no window."""

    is_terminal: bool
    type: str
    colours: str
    encoding: str
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Health:
    """The result of all checks. `faults` keep the program from working; `advice` would make it work better.

    `prompts` are those on disk, and `prompts_limit` how many bytes they may take.
    """

    machine: Machine
    llama: Probe
    terminal: Terminal
    home: Path
    home_writable: bool
    prompts: Usage
    prompts_limit: int
    models: tuple[str, ...]
    tuned: tuple[int, int]
    faults: tuple[str, ...]
    advice: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON. Memory is in bytes."""
        return {
            "doubleread": __version__,
            "python": platform.python_version(),
            "system": platform.platform(),
            "llama_cpp": asdict(self.llama),
            "cores": list(self.machine.cores),
            "core_count": self.machine.core_count,
            "free_memory": self.machine.free_memory,
            "nvidia_driver": self.machine.nvidia,
            "sqlite": {"version": sqlite3.sqlite_version, "journal_mode": journal_mode(sqlite3.sqlite_version_info)},
            "sqlcipher": sqlcipher_version(),
            "dask": dask_version(),
            "terminal": asdict(self.terminal),
            "home": {"path": str(self.home), "writable": self.home_writable},
            "prompt_cache": {
                "path": str(locations.prompts()),
                "files": self.prompts.files,
                "bytes": self.prompts.bytes,
                "most_bytes": self.prompts_limit,
            },
            "bundled_models": list(self.models),
            "tuning_records": {"count_here": self.tuned[0], "ignored": self.tuned[1]},
            "faults": list(self.faults),
            "advice": list(self.advice),
        }

    def lines(self) -> list[list[str]]:
        """Return the rows of a table."""
        llama, here, terminal = self.llama, self.machine, self.terminal
        rows = [
            ["doubleread", __version__],
            ["python", f"{platform.python_version()} on {platform.platform()}"],
            ["llama.cpp", llama.error or f"{llama.llama_cpp} (llama-cpp-python {llama.llama_cpp_python})"],
            ["computes with", _offload(llama)],
        ]
        rows += [
            ["  device", f"{device.name}: {device.description}, {size_text(device.free_bytes)} free"]
            for device in llama.devices
        ]
        rows += [
            ["cores", f"{here.core_count} to compute with, {len(here.cores)} logical"],
            ["free memory", size_text(here.free_memory) if here.free_memory is not None else "not known"],
            ["SQLite", f"{sqlite3.sqlite_version}, journal mode {journal_mode(sqlite3.sqlite_version_info)}"],
            ["encryption", _encryption()],
            ["cluster", _cluster()],
            ["terminal", _window(terminal)],
            ["own folder", f"{self.home}{'' if self.home_writable else ' (cannot be written)'}"],
            ["prompts on disk", _prompts(self.prompts, self.prompts_limit)],
            ["bundled models", ", ".join(self.models) or "none"],
            ["tuned models", _tuned(*self.tuned)],
        ]
        return rows


def _tuned(valid: int, ignored: int) -> str:
    rest = f"; {plural(ignored, 'record')} of other builds or cores, or damaged, ignored" if ignored else ""
    return f"{valid or 'none'}{rest}"


def _offload(llama: Probe) -> str:
    if llama.error:
        return "nothing"
    built_for = " and ".join(llama.gpu_backends)
    if llama.gpus:
        return f"the GPU, by {built_for}" if built_for else "the GPU"
    return f"the processor (a build {f'for {built_for} that finds no GPU' if built_for else 'without GPU'})"


def _prompts(used: Usage, limit: int) -> str:
    most = f"at most {size_text(limit)}" if limit else "switched off"
    if not used.files:
        return f"none ({most})"
    return (
        f"{plural(used.files, 'file')}, {size_text(used.bytes)} ({most}); they contain case text: delete them with"
        " doubleread doctor --delete-prompts"
    )


def _encryption() -> str:
    version = sqlcipher_version()
    return f"SQLCipher with SQLite {version}" if version else f"not installed ({INSTALL})"


def _cluster() -> str:
    version = dask_version()
    return f"Dask {version}" if version else f"not installed ({INSTALL_CLUSTER})"


def _window(terminal: Terminal) -> str:
    if not terminal.is_terminal:
        return "none here"
    size = f"{terminal.columns} x {terminal.rows}"
    return f"{terminal.type or 'type not stated'}, {size}, {terminal.colours}, {terminal.encoding}"


def examine() -> Health:
    """Examine the machine. llama.cpp is asked in a child process; this takes a second or two."""
    here, llama, terminal = machine(), probe(), _terminal()
    home = locations.home()
    writable = _writable(home)
    models, faults = _bundled()
    try:
        prompts_limit = limit()
    except DoublereadError as error:
        prompts_limit = 0
        faults.append(str(error))
    if llama.error and engine_installed():
        faults.append(f"{llama.error}; install doubleread again (make demo)")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        faults.append(f"SQLite {sqlite3.sqlite_version} is too old; use a newer Python")
    if not writable:
        faults.append(f"{home} cannot be written; set DOUBLEREAD_HOME to a folder that you can write to")
    return Health(
        here,
        llama,
        terminal,
        home,
        writable,
        usage(locations.prompts()),
        prompts_limit,
        tuple(models),
        counts_of_records(here),
        tuple(faults),
        tuple(_advice(here, llama, terminal)),
    )


def _advice(here: Machine, llama: Probe, terminal: Terminal) -> list[str]:
    found = [gpu_advice(llama, here.nvidia)]
    if llama.gpu_backends and not llama.gpus:
        tools = " or ".join(_DRIVER_TOOLS.get(name, f"{name}'s own tool") for name in llama.gpu_backends)
        found.append(f"llama.cpp was built for a GPU but finds none: check the driver, with {tools}")
    found += [
        f"{device.name} is no GPU but software that imitates one, slower than the processor itself: install the GPU's "
        "driver, or llama.cpp without GPU"
        for device in llama.gpus
        if device.software
    ]
    if here.free_memory is not None and here.free_memory < _LITTLE_MEMORY:
        found.append(f"only {size_text(here.free_memory)} of memory is free: close other programs")
    if terminal.is_terminal and (terminal.columns < 80 or terminal.rows < 24):
        found.append("the window is small: the minimum is 80 by 24 cells, and 120 by 40 is comfortable")
    if terminal.is_terminal and "utf" not in terminal.encoding.lower():
        found.append(f"the terminal's encoding is {terminal.encoding}: choose a UTF-8 locale, or set PYTHONUTF8=1")
    return [advice for advice in found if advice]


def _terminal() -> Terminal:
    size = shutil.get_terminal_size()
    colours = (
        "true colour" if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") else "256 colours or fewer"
    )
    if os.environ.get("NO_COLOR"):
        colours = "no colour (NO_COLOR is set)"
    return Terminal(
        is_terminal=sys.stdout.isatty(),
        type=os.environ.get("TERM", ""),
        colours=colours,
        encoding=sys.stdout.encoding or "",
        columns=size.columns,
        rows=size.lines,
    )


def _writable(folder: Path) -> bool:
    """Return whether files can be created in a folder, or whether the folder itself can be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _bundled() -> tuple[list[str], list[str]]:
    """Return the names of the intact bundled models, and what is wrong with the others."""
    whole: list[str] = []
    faults: list[str] = []
    try:
        for model in bundled_models():
            if model_sha256(model.path) == model.sha256:
                whole.append(model.name)
            else:
                faults.append(f"{model.path} differs from the file that was shipped; install doubleread again")
    except DoublereadError as error:
        faults.append(str(error))
    return whole, faults
