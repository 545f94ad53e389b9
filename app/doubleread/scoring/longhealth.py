"""LongHealth's answers by the published scoring of CLUE (eval/eval_LongHealth.py), with its defects.

The answer must contain "The correct answer is X:", and the first X counts. The key is the first option whose text
contains that of the correct option, so a longer option before it wins. In task 3 only F is right, so that an answer
without that sentence counts as a hallucination.
"""

from __future__ import annotations

import re

from doubleread.domain.case import Case
from doubleread.domain.longhealth import UNANSWERABLE_LETTER, clue_measure, task_of

_STATED = re.compile(r"The correct answer is (\w):")


def clue_measures(answer_text: str, case: Case) -> dict[str, float]:
    """Return the measure of an answer to a case of LongHealth; none for other cases."""
    task = task_of(case)
    if task is None:
        return {}
    stated = _STATED.findall(answer_text)
    return {clue_measure(task): float(bool(stated) and stated[0] == _clue_key(case, task))}


def _clue_key(case: Case, task: int) -> str | None:
    if task == 3:
        return UNANSWERABLE_LETTER
    correct = str(case.extra.get("correct", case.options[case.key]))
    return next((letter for letter, option in case.options.items() if correct in option), None)
