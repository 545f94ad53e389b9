"""What the log records about skipped lines of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doubleread.domain.wording import plural

MOST_LISTED = 1000


def left_out_record(problems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record of lines with problems, each with `file`, `line` and `reason`; empty for none.

    `count` is the number of lines, which may have several problems each, and `problems` that of the problems. At most
    1,000 of these are listed.
    """
    if not problems:
        return {}
    lines = {(problem["file"], problem["line"]) for problem in problems}
    return {
        "left_out": {
            "count": len(lines),
            "problems": len(problems),
            "listed": [dict(problem) for problem in problems[:MOST_LISTED]],
        }
    }


def lines_skipped(record: Mapping[str, Any]) -> str:
    """Return how many lines were skipped, as the end of a sentence; "" for none."""
    count = int(record.get("left_out", {}).get("count", 0))
    return f"; {plural(count, 'line')} of the file skipped as faulty" if count else ""
