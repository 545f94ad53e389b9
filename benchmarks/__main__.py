"""Run the benchmarks and print their measurements."""

from __future__ import annotations

import importlib
import os
import platform
import sys

from doubleread.platform import processor_name

NAMES = (
    "structure",
    "start_up",
    "key_to_paint",
    "case_lists",
    "formatting",
    "reading_speed",
    "large_study",
    "large_runs",
    "commands",
    "importing",
    "exports",
    "encryption",
    "merging",
    "damage",
    "faults",
    "statistics_speed",
    "repeated_runs_coverage",
    "results_speed",
    "comparing",
    "memory_plan",
    "tuning",
    "busy_neighbour",
    "cancelling",
    "prefix_cache",
    "deidentification",
    "diagnoses",
    "scoring",
    "generated_answers",
    "retrieval",
    "retrieval_effect",
    "cluster",
    "killed_runs",
    "kills",
    "power_cuts",
)


def _machine() -> str:
    model = processor_name() or platform.machine()
    system = f"{platform.system()}, {os.cpu_count()} processors: {model}, Python {platform.python_version()}"
    return f"{system}, load average {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else system


def main() -> int:
    """Print every measurement of the benchmarks that were named, or of all."""
    names = sys.argv[1:] or NAMES
    if unknown := sorted(set(names) - set(NAMES)):
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    print(_machine())
    for name in names:
        for measurement in importlib.import_module(f"benchmarks.{name}").run():
            print(measurement.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
