"""A study in which every case comes to its readers twice, and that they compare by two axes."""

from __future__ import annotations

from doubleread.domain.answer import Answer
from doubleread.domain.axes import Axis
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.readers import assign_cases
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.judged_study import side_of
from sessions.making import ARMS, make_study

TEXT = "The patient has a heart murmur, a rub and no fever at all."
MURMUR = Span(18, 30)
AXES = (Axis("recall", "Which recalls more?"), Axis("bias", "Which is freer of bias?"))


def twice_study(path) -> StudyFile:
    """Four cases with answers; their cases are assigned with `read_all`."""
    protocol = Protocol(axes=AXES, repeat_proportion=1.0, reveal_key=False, order="study")
    study = make_study(path, cases=4, protocol=protocol)
    for case_id in study.case_ids():
        for arm in ARMS:
            answer = Answer(f"{case_id}/{arm.id}", case_id, arm.id, TEXT, "2026-03-01", "2026-03-01", "stop", {})
            study.answers.record(answer)
    return study


def read_all(study, reader, judge):
    """Read every case as often as it comes; `judge` gets the session, the case's number and whether it comes again."""
    if not study.readers.assigned().get(reader):
        study.readers.register(reader)
        assign_cases(study, "all", [*study.readers.assigned(), reader], seed=7, each=1)
    session = ReadingSession(study, reader)
    sides = set()
    while not session.reading or not session.reading.committed:
        number = int(session.case.id.removeprefix("case-"))
        again = number in {seen for seen, _ in sides}
        one, two = side_of(session, "one"), side_of(session, "two")
        sides.add((number, one))
        judge(session, number, again, one, two)
        session.commit()
        if not session.next_open():
            break
    session.leave()
    return sides


def steady(session, number, again, one, two):
    """Mark the same words both times, save that case 0 is graver the second time and case 3 gets another verdict."""
    severity = "major" if again and number == 0 else "minor"
    session.mark(one, "answer", MURMUR, "fabrication", severity)
    session.judge(verdicts={one: "incorrect" if again and number == 3 else "partly", two: "correct"}, preference=two)
    session.rate("recall", two if number else "tie")
    session.rate("bias", one if again else two)
