"""What an adjudicator does, as steps of the state machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation as DomainAnnotation
from doubleread.errors import InputRefusedError
from doubleread.sessions.adjudication import AdjudicationSession
from store.one_study import (
    ADJUDICATOR,
    OneStudy,
    numbers,
    shown,
    step,
)
from store.plain_study import Annotation, PlainAdjudication

BOTH_READ = "case-0"


class AdjudicationSteps(OneStudy):
    """What an adjudicator does with the case that both readers read."""

    @contextmanager
    def adjudicating(self) -> Iterator[AdjudicationSession]:
        """Go to the case, and see before and after that the study and the model say the same of it."""
        self.short_steps += 1
        session = AdjudicationSession(self.study, ADJUDICATOR, clock=lambda: 0.0)
        session.goto(BOTH_READ)
        self.compare_adjudication(session)
        yield session
        self.compare_adjudication(session)
        self.compare_adjudication(AdjudicationSession(self.study, ADJUDICATOR, clock=lambda: 0.0))

    def stale(self) -> bool:
        plain = self.plain.adjudication
        return plain is not None and plain.basis != self.plain.compared(BOTH_READ)

    def compare_adjudication(self, session: AdjudicationSession) -> None:
        plain = self.plain.adjudication or PlainAdjudication(self.plain.compared(BOTH_READ))
        stale = self.stale()
        assert (session.stale, session.committed) == (stale, plain.committed and not stale)
        assert (session.can_undo, session.can_redo) == (bool(plain.done), bool(plain.undone))
        for difference in session.differences:
            decision = session.decision_of(difference.id)
            taken = None if decision is None else _taken(difference, decision.reader)
            assert taken == plain.decided.get(difference.id)

    @precondition(lambda self: len(self.plain.compared(BOTH_READ)) > 1)
    @step(number=numbers, reader=st.integers(0, 1))
    def decide(self, number: int, reader: int) -> None:
        with self.adjudicating() as session:
            if not session.differences:
                return
            differences = sorted(session.differences, key=lambda difference: difference.id)
            difference = differences[number % len(differences)]
            if session.committed:
                with pytest.raises(InputRefusedError, match="resolved"):
                    session.decide(difference.id, Decision.take(reader))
                return
            session.decide(difference.id, Decision.take(reader))
            self.plain.adjudication = self.begun().decide(difference.id, _taken(difference, reader))

    @precondition(lambda self: self.plain.adjudication and len(self.plain.compared(BOTH_READ)) > 1)
    @step(back=st.booleans())
    def undo_decision(self, back: bool) -> None:
        with self.adjudicating() as session:
            plain = self.plain.adjudication
            assert session.undo() == bool(plain.done)
            plain = plain.took_back() if plain.done else plain
            if back:
                assert session.redo() == bool(plain.undone)
                plain = plain.did_again() if plain.undone else plain
            self.plain.adjudication = plain

    @precondition(lambda self: len(self.plain.compared(BOTH_READ)) > 1)
    @step(reader=st.integers(0, 1))
    def resolve(self, reader: int) -> None:
        """Decide all that is open, and commit; what is resolved then is what the readers agree on and what was
        taken.
        """
        with self.adjudicating() as session:
            if session.committed:
                with pytest.raises(InputRefusedError):
                    session.commit()
                return
            for difference in session.differences:
                if session.decision_of(difference.id) is None:
                    with pytest.raises(InputRefusedError, match="still open"):
                        session.commit()
                    session.decide(difference.id, Decision.take(reader))
                    self.plain.adjudication = self.begun().decide(difference.id, _taken(difference, reader))
            session.commit()
            self.plain.adjudication = self.begun().resolved()
            self.compare_resolved(session)

    def begun(self) -> PlainAdjudication:
        """The adjudication as the next act finds it: opened, or opened again where the readers say something else."""
        plain, basis = self.plain.adjudication, self.plain.compared(BOTH_READ)
        if plain is None:
            return PlainAdjudication(basis)
        return plain.opened_again(basis) if plain.basis != basis else plain

    def compare_resolved(self, session: AdjudicationSession) -> None:
        (resolved,) = self.study.adjudications.resolving()
        assert resolved.resolution is not None
        found: dict[str, Any] = {item.annotation.id: _said(item.annotation) for item in resolved.resolution.annotations}
        found |= {item.id: item.value for item in resolved.resolution.values}
        for difference in session.differences:
            assert found.get(difference.id) == self.plain.adjudication.decided[difference.id]
        rows = self.study.connection.rows("SELECT * FROM adjudicated_annotations")
        assert {row["quote"] for row in rows} == {item.annotation.quote for item in resolved.resolution.annotations}
        for row in rows:
            text = self.texts[BOTH_READ] if row["place"] == "case" else self.text_of(self.study, row["answer_id"])
            assert text[row["start"] : row["end"]] == row["quote"]

    @precondition(lambda self: self.plain.adjudication and len(self.plain.compared(BOTH_READ)) > 1)
    @step()
    def open_again(self) -> None:
        with self.adjudicating() as session:
            if self.plain.adjudication.committed or self.stale():
                session.reopen("a second look")
                self.plain.adjudication = self.plain.adjudication.opened_again(self.plain.compared(BOTH_READ))
            else:
                with pytest.raises(InputRefusedError, match="the case is open"):
                    session.reopen("a second look")


def _taken(difference: Difference, reader: int | None) -> Any:
    """What one reader holds, in words that compare."""
    assert reader is not None
    held = difference.held[reader]
    return _said(held.annotation) if held.annotation else held.value


def _said(annotation: DomainAnnotation) -> Annotation:
    return {name: value for name, value in shown(annotation.as_body()).items() if name != "id"}
