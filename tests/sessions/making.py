"""Small studies for the tests of sessions, and the two engines of a run over them."""

from __future__ import annotations

from collections.abc import Callable

from arms import arm_with_model
from doubleread.domain.arm import Arms
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.engine.client.protocol import Event
from doubleread.store import StudyFile
from scripted_engine import ScriptedEngine

ARMS = (
    arm_with_model("one", name="Alpha-7B", sha256="1" * 64, path="/models/alpha-7b.gguf"),
    arm_with_model("two", name="Beta-7B", sha256="2" * 64, path="/models/beta-7b.gguf"),
)
DEVICE = "test-device"


class Engines:
    """Factories for a run, and the engines that they made, by model id."""

    def __init__(self) -> None:
        self.made: dict[str, ScriptedEngine] = {}
        self.factories = {arm.id: self._factory(arm.id) for arm in ARMS}

    def _factory(self, arm_id: str) -> Callable[[Callable[[Event], None]], ScriptedEngine]:
        def make(on_event: Callable[[Event], None]) -> ScriptedEngine:
            self.made[arm_id] = ScriptedEngine(on_event)
            return self.made[arm_id]

        return make

    @property
    def one(self) -> ScriptedEngine:
        return self.made["one"]

    @property
    def two(self) -> ScriptedEngine:
        return self.made["two"]

    def load(self) -> None:
        for engine in self.made.values():
            engine.load()


def choice_case(number: int) -> Case:
    return Case(
        id=f"case-{number}",
        kind="choice",
        text=f"A woman of {40 + number} years has fever, cough and a rash. She denies chest pain.",
        question="What is the diagnosis?",
        options={"A": "Sarcoidosis", "B": "Pneumonia"},
        key="B",
        title=f"Case {number}",
        explanation="Fever and cough.",
        tags=("pulmonology",),
    )


def diagnosis_case(number: int) -> Case:
    return Case(
        id=f"case-{number}",
        kind="diagnosis",
        text="A man has crushing chest pain and sweats.",
        question="What is the diagnosis?",
        key="Myocardial infarction",
        accept=("heart attack",),
    )


def make_study(
    path, cases: int = 3, *, diagnoses: int = 0, protocol: Protocol | None = None, arms: Arms = ARMS
) -> StudyFile:
    listed = [choice_case(number) for number in range(cases)]
    listed += [diagnosis_case(number) for number in range(cases, cases + diagnoses)]
    return StudyFile.create(
        path, cases=listed, arms=arms, protocol=protocol or Protocol(), device=DEVICE, secret=b"s" * 32
    )
