"""Engines that do as they are told: the test plays the model."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.case import Case
from doubleread.domain.model import Model
from doubleread.domain.study import Protocol
from doubleread.engine.model_info import ModelInfo
from doubleread.engine.protocol import Chunk, Died, EndReason, Event, Failed, Finished, Generate, Loaded
from doubleread.store import StudyFile

INFO = ModelInfo("m.gguf", "M", "llama", 1, "Q8_0", 512, 10, 1, 1, True)
MODELS = (
    Model(id="one", name="Alpha-7B", sha256="1" * 64, path="/models/alpha-7b.gguf"),
    Model(id="two", name="Beta-7B", sha256="2" * 64, path="/models/beta-7b.gguf"),
)
DEVICE = "test-device"


class ScriptedEngine:
    """Takes note of what it is asked; events come when the test sends them."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self.on_event = on_event
        self.asked: list[Generate] = []
        self.starts = 0
        self.stopped = False

    def start(self) -> None:
        self.starts += 1

    def restart(self) -> None:
        self.starts += 1

    def generate(self, request: Generate) -> None:
        self.asked.append(request)

    def cancel(self, request_id: str) -> None:
        self.finish("", "cancelled", request_id)

    def stop(self, timeout: float = 2.0) -> None:
        self.stopped = True

    def load(self) -> None:
        self.on_event(Loaded(INFO))

    def say(self, text: str) -> None:
        self.on_event(Chunk(self.asked[-1].request_id, text))

    def finish(self, text: str, reason: EndReason = "stop", request_id: str | None = None) -> None:
        manifest = {
            "started_at": "2026-03-01T12:00:00.000Z",
            "finished_at": "2026-03-01T12:00:01.000Z",
            "completion_tokens": 7,
        }
        self.on_event(Finished(request_id or self.asked[-1].request_id, text, reason, manifest))

    def fail(self, request_id: str | None = None) -> None:
        self.on_event(Failed(request_id, "Prompt too long", "900 tokens", "shorten it"))

    def die(self) -> None:
        lost = (self.asked[-1].request_id,) if self.asked else ()
        self.on_event(Died("The model's process was ended", "Alpha-7B: by signal SIGKILL", "start it again", -9, lost))


class Engines:
    """Factories for a run, and the engines that they made, by model id."""

    def __init__(self) -> None:
        self.made: dict[str, ScriptedEngine] = {}
        self.factories = {model.id: self._factory(model.id) for model in MODELS}

    def _factory(self, model_id: str) -> Callable[[Callable[[Event], None]], ScriptedEngine]:
        def make(on_event: Callable[[Event], None]) -> ScriptedEngine:
            self.made[model_id] = ScriptedEngine(on_event)
            return self.made[model_id]

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


def make_study(path, cases: int = 3, *, diagnoses: int = 0, protocol: Protocol | None = None) -> StudyFile:
    listed = [choice_case(number) for number in range(cases)]
    listed += [diagnosis_case(number) for number in range(cases, cases + diagnoses)]
    return StudyFile.create(
        path, cases=listed, models=MODELS, protocol=protocol or Protocol(), device=DEVICE, secret=b"s" * 32
    )
