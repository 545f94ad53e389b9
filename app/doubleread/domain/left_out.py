"""The log's record of skipped lines of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST_LISTED = 1000


def left_out_record(problems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the log's entry about lines with problems, each with `file`, `line` and `reason`; empty for none.

    `count` is the number of lines, which may have several problems each. At most 1,000 problems are listed; where there
    are more, `problems` says how many.
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
