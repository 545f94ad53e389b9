"""Scoring again writes in steps, and a step is written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from doubleread.domain.score import Score
from doubleread.runs.rescoring import score_again
from doubleread.scoring import score
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from store.making import DEVICE, SCORE, ready_study

# One step for each case; the process ends while it writes the second score of the last one.
DYING = """
import os, sys
from pathlib import Path
from doubleread.runs import rescoring
from doubleread.store import StudyFile, answer_store

put, left = answer_store._put_scores, 6

def put_or_die(*given):
    global left
    left -= 1
    if left == 0:
        os._exit(9)
    put(*given)

answer_store._put_scores = put_or_die
answer_store._CASES_AT_ONCE = rescoring._WRITTEN_AT_ONCE = 1
with StudyFile.open(Path(sys.argv[1]), device="device-1") as study:
    rescoring.score_again(study)
"""


def scores(study: StudyFile) -> dict[str, list[Score]]:
    answers = [answer for case in study.cases() for answer in study.answers.all_of_case(case.id)]
    return {answer.id: study.answers.scores_of(answer.id) for answer in answers}


def test_what_was_scored_before_the_process_was_killed_is_kept_and_the_rest_is_scored_again(tmp_path: Path) -> None:
    path = tmp_path / "trial.study"
    ready_study(path).close()
    killed = subprocess.run([sys.executable, "-c", DYING, path], check=False, timeout=60, capture_output=True)
    assert killed.returncode == 9, killed.stderr
    with StudyFile.open(path, device=DEVICE) as study:
        wanted = {
            answer.id: [score(answer.text, case, answer.finish_reason)]
            for case in study.cases()
            for answer in study.answers.all_of_case(case.id)
        }
        old = [SCORE]
        assert old not in wanted.values()
        found = scores(study)
        assert [found[answer_id] == wanted[answer_id] for answer_id in wanted] == [True] * 4 + [False] * 2
        assert [found[answer_id] for answer_id in wanted][4:] == [old, old]
    assert verify(path).ok
    with StudyFile.open(path, device=DEVICE) as study:
        assert score_again(study).scored == 6
        assert scores(study) == wanted
    assert verify(path).ok
