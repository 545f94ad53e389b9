"""The demo study: the bundled models on the bundled cases."""

from __future__ import annotations

from pathlib import Path

from doubleread import locations
from doubleread.cases.native import read_cases
from doubleread.device import this_device
from doubleread.domain.study import Decoding, Protocol
from doubleread.runs.study_arms import pair_of_bundled_arms
from doubleread.store import StudyFile

TITLE = "Demo"
N_CTX = 512
MAX_TOKENS = 160
GUIDELINE = """\
Annotate every span of an answer that the case does not support, and every omission.
Then give a verdict on each answer, and your preference. All patients are fictional.
"""


def demo_study(path: Path | None = None) -> Path:
    """Return the demo study's file, after creating it if there is none. Raises DoublereadError."""
    target = path or locations.demo_study()
    if target.exists():
        return target
    cases = read_cases(locations.bundled("cases", "demo.jsonl"))
    protocol = Protocol(
        title=TITLE,
        decoding=Decoding(max_tokens=MAX_TOKENS),
        n_ctx=N_CTX,
        reveal_names=True,
        guideline=GUIDELINE,
    )
    StudyFile.create(target, cases=cases, arms=pair_of_bundled_arms(), protocol=protocol, device=this_device()).close()
    return target
