"""What only some systems have: core affinity, limits, the parent's death. Each has a plain fallback elsewhere."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_DRIVE_REMOTE = 4

END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT", "SIGBREAK") if hasattr(signal, name)
)
"""The signals by which a person or the system ends a program, where the system has them."""


def exit_code_of_signal(number: int) -> int:
    """Return the exit code of a program that was ended by a signal."""
    return 128 + number


def command_line(words: Sequence[str]) -> str:
    """Return a command as it is typed in a terminal of this system."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def usable_cores() -> tuple[int, ...]:
    """Return the logical processors this process may run on; all of the machine's where the system cannot tell."""
    if sys.platform == "linux":
        cores = os.sched_getaffinity(0)
    else:
        cores = set(range(os.cpu_count() or 1))
    return tuple(sorted(cores))


def run_on_cores(cores: Iterable[int], *, with_threads: bool = False) -> bool:
    """Keep this process and its future threads on these processors; `with_threads`, those that it has, too.

    Return whether that was possible.
    """
    if sys.platform == "linux":
        try:
            chosen = set(cores)
            for thread in map(int, os.listdir("/proc/self/task")) if with_threads else (0,):
                os.sched_setaffinity(thread, chosen)
        except (OSError, ValueError):
            return False
        return True
    else:  # noqa: RET505  (type checkers follow only this form from one system to the other)
        return False


def die_with_parent() -> None:
    """Have the system kill this process when the thread that started it ends. Does nothing outside Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def shield_children_from_ctrl_c() -> None:
    """Keep the terminal's Ctrl-C from the processes that this thread starts. Does nothing on Windows."""
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        # It unblocks the signal in the thread that starts it.
        resource_tracker.ensure_running()
        # A new process inherits the signals that the thread blocks; the main thread still gets its own.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def forbid_core_dumps() -> None:
    """Leave no image of this process's memory, with its cases, on the disk when it crashes."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(limit: int) -> bool:
    """Cap this process's address space, in bytes. Return whether the system has such a cap."""
    if sys.platform != "win32":
        import resource

        try:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        except (OSError, ValueError):
            return False
        return True
    else:  # noqa: RET505
        return False


def lock_open_file(descriptor: int) -> bool:
    """Lock an open file for this process, until it is closed or the process ends. Return whether nobody else has."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def enlarge_pipe(descriptor: int, size: int) -> None:
    """Let a pipe hold this many bytes. Does nothing outside Linux, and where the system does not allow so many."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)


def child_options() -> dict[str, Any]:
    """Return Popen arguments for a child that the terminal's Ctrl-C does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    else:  # noqa: RET505
        return {"process_group": 0}


def clean_environment(extra: Iterable[str] = ()) -> dict[str, str]:
    """Return the few variables that Python, llama.cpp and a GPU's driver need, and no other of this process's."""
    keep = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR", "PATHEXT", "USERPROFILE"}
    keep |= {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", *extra}
    llama = ("GGML_", "LLAMA_", "OMP_", "GOMP_", "KMP_")
    # XDG_* name the folders where Vulkan looks for its drivers and Mesa keeps compiled shaders.
    drivers = ("CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_", "GPU_", "VK_", "MESA_", "RADV_", "MVK_", "XDG_")
    return {
        name: value for name, value in os.environ.items() if name.upper() in keep or name.startswith(llama + drivers)
    }


def openmp_environment() -> dict[str, str]:
    """Return variables by which OpenMP's threads soon sleep when they wait, unless the user has set how they wait.

    The threads of a step wait for each other. Those of GNU's libgomp spin for some milliseconds, in which a thread that
    they wait for cannot run if another program takes its core. LLVM's and Intel's libomp spin for 200 milliseconds
    after each step. Each library reads its own variable. That of Microsoft documents none.
    """
    own = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
    said = {name.upper() for name in os.environ}
    return {} if "OMP_WAIT_POLICY" in said else {name: value for name, value in own.items() if name not in said}


def processor_name() -> str:
    """Return the processor's model as the system names it; empty if it does not say."""
    if sys.platform == "darwin":
        try:
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return ""
    elif sys.platform == "win32":
        return os.environ.get("PROCESSOR_IDENTIFIER", "")
    else:
        found = dict.fromkeys(("model name", "vendor_id", "cpu family", "model", "stepping", "CPU part"), "")
        for line in read_small("/proc/cpuinfo", 1 << 14).splitlines():
            name, _, value = line.partition(":")
            if not found.get(name.strip(), " "):
                found[name.strip()] = value.strip()
        return " ".join(value for value in found.values() if value)


def read_small(path: str, limit: int = 65536) -> str:
    """Return a small system file's text, or nothing if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""


_NETWORK = frozenset(
    {"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3"}
    | {"smbfs", "webdav", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "osxfuse"}
)


def network_file_system(folder: Path) -> str | None:
    """Return the kind of network file system that contains a folder; None if there is none, or it is unknown."""
    if sys.platform == "win32":
        drive = folder.drive
        if drive.startswith("\\\\"):
            return "a share"
        kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009  (only Windows has it)
        return "a network drive" if kernel.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE else None
    else:  # noqa: RET505
        mounted = _mounts_macos() if sys.platform == "darwin" else _mounts(read_small("/proc/self/mountinfo", 1 << 20))
        holding = [point for point in mounted if folder == point or point in folder.parents]
        kind = mounted[max(holding, key=lambda point: len(point.parts))] if holding else ""
        return kind if kind in _NETWORK else None


def _mounts(table: str) -> dict[Path, str]:
    """Return file systems by mount point, from Linux's mountinfo; a later line covers an earlier one."""
    mounted: dict[Path, str] = {}
    for line in table.splitlines():
        before, found, after = line.partition(" - ")
        fields = before.split()
        if found and len(fields) > 4 and after.split():
            point = fields[4].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")
            mounted[Path(point)] = after.split()[0]
    return mounted


def _mounts_macos() -> dict[Path, str]:
    try:
        listed = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    mounted: dict[Path, str] = {}
    for line in listed.splitlines():
        point, found, options = line.partition(" on ")[2].rpartition(" (")
        if found:
            mounted[Path(point)] = options.partition(",")[0].rstrip(")")
    return mounted


def free_memory() -> int | None:
    """Return the bytes that programs can still get from the system, None if it does not say."""
    if sys.platform == "win32":
        return _free_memory_windows()
    else:  # noqa: RET505
        for line in read_small("/proc/meminfo").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        except (OSError, ValueError):
            return None


def resident_memory() -> int:
    """Return the bytes of main memory that this process takes, on macOS the most so far; 0 if it is unknown."""
    if sys.platform == "win32":
        return 0
    else:  # noqa: RET505
        for line in read_small("/proc/self/status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if sys.platform == "darwin" else 0


def _free_memory_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((f"n{index}", ctypes.c_ulonglong) for index in range(7)),
        ]

    status = Status(length=ctypes.sizeof(Status))
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009  (only Windows has it)
    return int(status.n1) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
