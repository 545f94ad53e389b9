"""Readers in training, as steps of the state machine: what they do is kept, and no reading of the study changes."""

from __future__ import annotations

from hypothesis import strategies as st

from doubleread.domain.events import EventDraft
from doubleread.domain.events.readings import ReadingOpened
from doubleread.domain.training import TrainingCase
from doubleread.sessions.training_readings import TrainingReadings, attempted
from store.making import make_case
from store.one_study import OneStudy, numbers, step

TRAINING = tuple(
    TrainingCase(make_case(number), ("The first answer.", "The second answer."), (("correct",), ("incorrect",)))
    for number in (70, 71)
)
PLACES = tuple((reader_id, case.id, number) for reader_id in ("R-01", "R-02") for case in TRAINING for number in (0, 1))


class TrainingSteps(OneStudy):
    """Readers act on training cases, in the first round and as hidden repeats. `trained` is what the file must hold:
    by reader, case and round the verdict on side A, how many annotations, and whether it is committed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trained: dict[tuple[str, str, int], tuple[str, int, bool]] = {}

    @step(place=st.sampled_from(PLACES), number=numbers)
    def train(self, place: tuple[str, str, int], number: int) -> None:
        self.short_steps += 1
        if not self.study.training.cases():
            self.study.training.choose(TRAINING)
        reader_id, case_id, round_number = place
        readings = TrainingReadings(self.study, reader_id)
        reading = readings.reading(case_id, round_number)
        if reading is None:
            answers = dict(zip("AB", readings.of_case(case_id).values(), strict=True))
            protocol = (self.study.protocol, self.study.protocol_sha256)
            opened = ReadingOpened.of(reader_id, readings.cases[case_id].case, answers, *protocol, redacted={})
            reading = readings.append(opened.reading_id, [opened.draft()], round_number, lambda *_: [])
            self.trained[place] = ("", 0, False)
        verdict, marked, committed = self.trained[place]
        if committed:
            return
        drafts: list[EventDraft] = []
        if number % 3 == 0:
            verdict = ("correct", "incorrect")[number % 2]
            drafts.append(EventDraft("reading.judged", {"verdicts": {"A": verdict}}))
        elif number % 3 == 1 and marked < 8:
            annotation = {"id": f"t{next(self.ids)}", "answer_id": reading.answer_ids["A"], "place": "answer"}
            annotation |= {"start": marked, "end": marked + 3, "quote": "The first answer."[marked : marked + 3]}
            if reading.answer_ids["A"] != readings.cases[case_id].answer_ids[0]:
                annotation["quote"] = "The second answer."[marked : marked + 3]
            annotation |= {"category": "fabrication", "severity": "major", "note": ""}
            drafts.append(EventDraft("annotation.marked", {"annotation": annotation}))
            marked += 1
        elif number % 12 == 2:
            drafts.append(EventDraft("reading.judged", {"outside_field": True}))
            drafts.append(EventDraft("reading.committed", {}))
            committed = True
        else:
            return
        readings.append(reading.id, drafts, round_number, lambda case, made, _: [attempted(case, made, round_number)])
        self.trained[place] = (verdict, marked, committed)
        self.compare_training()

    def compare_training(self) -> None:
        """The file holds what readers did in training."""
        for reader_id in ("R-01", "R-02"):
            readings = TrainingReadings(self.study, reader_id)
            held = {
                (reader_id, made.place.case_id, made.place.round): made.reading
                for made in self.study.training.begun(reader_id).values()
            }
            assert held.keys() == {place for place in self.trained if place[0] == reader_id}
            for place, reading in held.items():
                assert reading is not None
                judgement = reading.judgement
                said = (judgement.verdicts.get("A", ""), len(judgement.annotations), reading.committed)
                assert said == self.trained[place]
            committed = {place[1:] for place in held if self.trained[place][2]}
            assert {(one.case_id, one.round) for one in readings.attempts()} == committed

    def teardown(self) -> None:
        self.compare_training()
        super().teardown()
