"""What events about a study and its readers add up to, and which of them must not be stored."""

from __future__ import annotations

import itertools

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.events import AFTER, GENESIS, Event
from doubleread.domain.events.answers import AnswerRecorded
from doubleread.domain.events.event_kind import EventKind
from doubleread.domain.events.readers import (
    CasesAssigned,
    ReaderDescribed,
    ReaderRegistered,
    ReaderReinstated,
    ReaderWithdrawn,
    fold_readers,
)
from doubleread.domain.events.study import ConflictResolved, ProtocolChanged, StudyUnblinded
from doubleread.domain.study import Decoding, Protocol
from doubleread.errors import InputRefusedError

NUMBERS = itertools.count()


def written(event: EventKind, after: Event | None = None, at: str = "t1") -> Event:
    number = next(NUMBERS)
    body = event.to_body() | ({AFTER: after.hash} if after else {})
    return Event(f"e{number}", "d", number, at, "lead", event.kind, body, GENESIS, f"h{number}")


def registered(*reader_ids: str) -> list[Event]:
    return [written(ReaderRegistered(reader_id=reader_id)) for reader_id in reader_ids]


def test_the_first_registration_and_the_last_decision_on_each_reader_count():
    late = written(ReaderRegistered(reader_id="R-01", enrolled=True), at="t2")
    first = written(ReaderDescribed(reader_id="R-01", role="reader", qualification=""))
    second = written(ReaderDescribed(reader_id="R-01", role="adjudicator", qualification="internist"), first)
    out = written(ReaderWithdrawn(reader_id="R-02", reason="ill"), at="t3")
    unknown = written(ReaderWithdrawn(reader_id="R-09", reason="nobody"))
    readers = fold_readers([late, second, out, first, unknown, *registered("R-01", "R-02")])
    assert sorted(readers) == ["R-01", "R-02"]
    one, two = readers["R-01"], readers["R-02"]
    assert (one.registered_at, one.enrolled, one.role, one.qualification) == ("t1", True, "adjudicator", "internist")
    assert (two.withdrawn_at, two.withdrawal_reason) == ("t3", "ill")
    back = written(ReaderReinstated(reader_id="R-02", reason="well"), out)
    two = fold_readers([*registered("R-02"), out, back])["R-02"]
    assert (two.withdrawn_at, two.withdrawal_reason) == (None, "")


def test_a_registration_that_says_nothing_new_is_not_needed():
    readers = fold_readers(registered("R-01"))
    assert not ReaderRegistered(reader_id="R-01").adds_to(readers)
    assert ReaderRegistered(reader_id="R-01", enrolled=True).adds_to(readers)
    assert ReaderRegistered(reader_id="R-02").adds_to(readers)
    with pytest.raises(InputRefusedError, match="pseudonym is empty"):
        ReaderRegistered(reader_id=" ").check()


def test_a_reader_is_withdrawn_once_and_reinstated_only_then():
    readers = fold_readers(registered("R-01"))
    withdrawn, reinstated = (kind(reader_id="R-01", reason="x") for kind in (ReaderWithdrawn, ReaderReinstated))
    withdrawn.check(readers)
    with pytest.raises(InputRefusedError, match="is not withdrawn"):
        reinstated.check(readers)
    withdrawn.apply(readers, written(withdrawn))
    reinstated.check(readers)
    with pytest.raises(InputRefusedError, match="already withdrawn"):
        withdrawn.check(readers)
    with pytest.raises(InputRefusedError, match="not a reader"):
        ReaderWithdrawn(reader_id="R-02", reason="x").check(readers)


@pytest.mark.parametrize(
    ("cases", "begun", "words"),
    [
        ({"R-02": ["a"]}, {}, "not registered"),
        ({"R-01": ["z"]}, {}, "has no case z"),
        ({"R-01": []}, {}, "would get no case"),
        ({"R-01": ["a", "a", "a"]}, {}, "more than twice"),
        ({"R-01": ["a"]}, {"R-01": {WorklistItem("b")}}, "has started b"),
        ({"R-01": ["a", "b"]}, {"R-01": {WorklistItem("b", 1)}}, "has started b the second time"),
    ],
)
def test_an_assignment_takes_nothing_away_and_names_known_cases(cases, begun, words):
    readers = fold_readers(registered("R-01"))
    CasesAssigned(cases={"R-01": ["b", "a", "b"]}, how={}).check(readers, ["a", "b"], begun)
    with pytest.raises(InputRefusedError, match=words):
        CasesAssigned(cases=cases, how={}).check(readers, ["a", "b"], begun)


def changed(protocol: Protocol, reason: str = "asked") -> ProtocolChanged:
    return ProtocolChanged(protocol_sha256=protocol.sha256, protocol=protocol.as_record(), reason=reason)


def test_a_protocol_changes_for_a_reason_and_never_how_answers_are_generated():
    warmer = Protocol(decoding=Decoding(temperature=1.0))
    changed(Protocol(redact=False)).check(Protocol(), answered=True)
    changed(warmer).check(Protocol(), answered=False)
    for event, words in (
        (changed(warmer), "a different decoding"),
        (changed(Protocol()), "identical"),
        (changed(warmer, " "), "reason is empty"),
    ):
        with pytest.raises(InputRefusedError, match=words):
            event.check(Protocol(), answered=True)
    assert changed(warmer).intact
    assert not ProtocolChanged(protocol_sha256="0", protocol=warmer.as_record()).intact


def test_unblinding_and_a_choice_of_a_branch_need_a_reason_and_a_name():
    chosen = {"reader_id": "R-01", "case_id": "c", "repeat": 0, "head": "h"}
    for event in (StudyUnblinded, lambda reason: ConflictResolved(**chosen, reason=reason)):
        event(reason="safety").check("lead")
        for reason, actor in (("", "lead"), ("safety", " ")):
            with pytest.raises(InputRefusedError, match="reason"):
                event(reason=reason).check(actor)


def test_a_recorded_answer_tells_what_was_changed():
    def answer(text: str = "B", reasoning: str = "") -> Answer:
        return Answer("a", "c", "m", text, "", "", "stop", {}, reasoning)

    recorded = AnswerRecorded.of(answer(), "{}")
    assert recorded.check(answer(), "{}") == ""
    assert recorded.check(answer("A"), "{}") == recorded.check(answer(), "{ }") == "its text or manifest was changed"
    assert recorded.check(answer(reasoning="so"), "{}") == "its reasoning was changed"
