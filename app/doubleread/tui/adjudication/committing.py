"""Committing the decisions of a case."""

from __future__ import annotations

from doubleread.domain.wording import plural
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.judgement_summary import summary
from doubleread.tui.adjudication.deciding import Deciding
from doubleread.tui.shared.case_navigation import CaseNavigation
from doubleread.tui.shared.case_view import CaseView


class Committing:
    """Asks for what is missing and for confirmation, then commits and goes to the next open case."""

    def __init__(
        self, session: AdjudicationSession, view: CaseView, deciding: Deciding, navigation: CaseNavigation
    ) -> None:
        self._session = session
        self._view = view
        self._deciding = deciding
        self._navigation = navigation

    def summary(self) -> list[str]:
        return summary(self._session.resolution(), self._deciding.side_of, self._session.labels)

    def commit(self) -> None:
        missing = self._session.missing_for_commit()
        if self._view.saving.must_stay():
            return
        if missing:
            words = "\n".join(f"  {item}" for item in missing)
            self._view.inform("Not complete yet", f"Not resolved yet:\n{words}")
            return
        count = len(self._session.differences)
        resolved = f"{plural(count, 'difference')} resolved" if count else "The readers agree on everything"
        words = "\n".join([*self.summary(), f"\n{resolved}. The readings are not changed."])
        self._view.confirm("Resolve this case?", words, "commit", self._confirmed)

    def _confirmed(self, confirmed: bool | None) -> None:
        if confirmed:
            self._view.saving.save(self._session.commit, lambda _: self._navigation.next_open())
        else:
            self._view.show()
