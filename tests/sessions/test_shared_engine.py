"""Two arms on one engine: started once, each hears of its own requests, and a death is blamed on the one at fault."""

from __future__ import annotations

import pytest

from doubleread.domain.prompts import Message
from doubleread.engine.client.protocol import Died, Event, Failed, Finished, Generate, Loaded
from doubleread.runs.generation import GenerationRun
from doubleread.runs.shared_engine import OWN_RESTARTS, SharedEngine
from scripted_engine import ScriptedEngine
from sessions.making import make_study
from waiting import until

RIGHT = "The answer is B. Pneumonia fits the fever and the cough."


class Pair:
    """A shared engine, its two members, and what each of them has heard."""

    def __init__(self) -> None:
        self.heard: tuple[list[Event], list[Event]] = ([], [])
        self.made: list[ScriptedEngine] = []
        self.shared = SharedEngine(self._make)
        self.first, self.second = (self.shared.member(heard.append) for heard in self.heard)

    def _make(self, on_event) -> ScriptedEngine:
        self.made.append(ScriptedEngine(on_event))
        return self.made[-1]

    @property
    def engine(self) -> ScriptedEngine:
        return self.made[0]

    def kinds(self) -> list[list[type[Event]]]:
        """The kinds of events that each has heard since the last call."""
        found = [[type(event) for event in heard] for heard in self.heard]
        for heard in self.heard:
            heard.clear()
        return found


@pytest.fixture
def pair() -> Pair:
    made = Pair()
    made.first.start()
    made.second.start()
    made.engine.load()
    return made


def request(name: str) -> Generate:
    return Generate(name, (Message("user", name),))


def ids(pair: Pair) -> list[str]:
    return [asked.request_id for asked in pair.engine.requests]


def test_it_is_started_once_and_both_hear_that_it_is_loaded(pair):
    assert (len(pair.made), pair.engine.starts) == (1, 1)
    assert pair.kinds() == [[Loaded], [Loaded]]


def test_each_hears_of_its_own_requests(pair):
    pair.kinds()
    pair.first.generate(request("a"))
    pair.second.generate(request("b"))
    assert ids(pair) == ["a", "b"]
    pair.engine.finish("yes", request_id="b")
    assert pair.kinds()[0] == []
    assert pair.kinds() == [[], []]
    pair.engine.finish("no", request_id="a")
    (heard, other) = pair.heard
    assert [type(event) for event in other] == []
    assert isinstance(heard[-1], Finished)
    assert heard[-1].text == "no"


def die(pair: Pair) -> None:
    """Let the engine die with whatever it was asked."""
    pair.engine.hear(Died("The model's process was terminated", "by a signal", "", -9, tuple(ids(pair))))


def test_after_a_death_requests_go_one_at_a_time_and_only_their_arm_hears_of_the_next_death(pair):
    pair.first.generate(request("a"))
    pair.second.generate(request("b"))
    pair.kinds()
    die(pair)
    assert [heard[-1].request_ids for heard in pair.heard] == [("a",), ("b",)]
    pair.first.restart()
    pair.second.restart()
    assert pair.engine.starts == 2
    pair.first.generate(request("a again"))
    pair.second.generate(request("b again"))
    assert ids(pair) == ["a", "b"]
    pair.engine.load()
    assert ids(pair)[2:] == ["a again"]
    pair.kinds()
    die(pair)
    assert pair.kinds() == [[Died], []]
    assert pair.engine.starts == 3  # for the second arm, whose request waits
    pair.engine.load()
    assert ids(pair)[3:] == ["b again"]
    pair.engine.finish("yes", request_id="b again")
    assert pair.heard[1][-1].text == "yes"


def test_an_engine_that_dies_again_and_again_is_given_up_for_both(pair):
    for number in range(OWN_RESTARTS):
        pair.first.generate(request(f"a{number}"))
        die(pair)
        pair.first.restart()
        pair.engine.load()
    pair.kinds()
    pair.first.generate(request("last"))
    die(pair)
    assert pair.kinds() == [[Died], [Died]]


def test_a_model_that_cannot_be_loaded_is_told_to_both_and_can_be_tried_again(pair):
    pair.kinds()
    pair.engine.fail_to_load()
    assert pair.kinds() == [[Failed], [Failed]]
    pair.first.restart()
    assert pair.engine.starts == 2
    pair.engine.load()
    assert pair.kinds() == [[Loaded], []]


def test_it_ends_when_the_last_arm_is_stopped_and_tells_a_stopped_arm_nothing(pair):
    pair.kinds()
    pair.first.generate(request("a"))
    pair.first.stop()
    assert not pair.engine.stopped
    pair.engine.finish("yes", request_id="a")
    assert pair.kinds() == [[], []]
    pair.second.stop()
    assert pair.engine.stopped


def test_a_run_of_two_arms_on_one_engine_answers_every_case_for_both(tmp_path):
    made: list[ScriptedEngine] = []
    shared = SharedEngine(lambda on_event: made.append(ScriptedEngine(on_event)) or made[-1])
    with make_study(tmp_path / "study.doubleread", 3) as study:
        run = GenerationRun(study, {"one": shared.member, "two": shared.member}, together=False, slots=2, restarts=1)
        run.start()
        made[0].load()
        answered: set[str] = set()
        while len(answered) < 6:
            until(lambda: any(asked.request_id not in answered for asked in made[0].requests))
            for asked in list(made[0].requests):
                if asked.request_id not in answered:
                    answered.add(asked.request_id)
                    made[0].finish(RIGHT, request_id=asked.request_id)
        assert run.wait(30)
        run.stop()
        assert study.answers.missing() == []
