"""Going from case to case."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.plain.arguments import Arguments, NotUnderstoodError
from doubleread.plain.looking import MOST_SHOWN
from doubleread.plain.talk import Talk


class Going:
    """Goes to another case. `all_done` says that no case is open."""

    def __init__(self, talk: Talk, all_done: Callable[[], None]) -> None:
        self._all_done = all_done
        self._talk = talk
        self._session = talk.session

    def next(self, arguments: Arguments) -> bool:
        """Go to the next case, and return whether there was one."""
        return self._step(arguments, 1)

    def previous(self, arguments: Arguments) -> bool:
        """Go to the previous case, and return whether there was one."""
        return self._step(arguments, -1)

    def _step(self, arguments: Arguments, by: int) -> bool:
        arguments.expect_none()
        moved = self._session.step(by)
        if not moved and by > 0 and self._session.all_done:
            self._all_done()
        elif not moved:
            self._talk.say(f"This is the {'last' if by > 0 else 'first'} case.")
        return moved

    def open(self, arguments: Arguments) -> bool:
        """Go to the next case that is not committed, and return whether there was one."""
        arguments.expect_none()
        moved = self._session.next_open()
        if not moved:
            self._all_done()
        return moved

    def go(self, arguments: Arguments) -> bool:
        """Go to a case by its number or its id."""
        listed = self._session.case_list()
        wanted = arguments.take_rest() or self._talk.text(f"Which case? Type a number from 1 to {len(listed)}.")
        ids = [place_id for place_id, _, _ in listed]
        number = int(wanted) if wanted.isdecimal() and wanted.isascii() and len(wanted) < 10 else 0
        if wanted not in ids and not 1 <= number <= len(ids):
            raise NotUnderstoodError(f"There is no case “{wanted}”. The cases are numbered 1 to {len(ids)}.")
        self._session.goto(wanted if wanted in ids else ids[number - 1])
        return True

    def cases(self, arguments: Arguments) -> None:
        """List the cases around the current one, from a number to another one, or only the open ones."""
        listed = list(enumerate(self._session.case_list(), start=1))
        only_open = arguments.take_word("open") is not None
        wanted = arguments.take_range()
        arguments.expect_none()
        here = self._session.progress.position
        shown = [item for item in listed if not (only_open and item[1][2])]
        if wanted is not None:
            first, last = wanted
            shown = [item for item in shown if first <= item[0] <= max(last, first)]
        elif len(shown) > MOST_SHOWN:
            near = min(range(len(shown)), key=lambda place: abs(shown[place][0] - here))
            start = min(max(near - MOST_SHOWN // 2, 0), len(shown) - MOST_SHOWN)
            shown = shown[start : start + MOST_SHOWN]
        committed = self._session.progress.committed
        self._talk.say(f"{plural(len(listed), 'case')}, {committed} committed.")
        for number, (_, title, done) in shown:
            state = "committed" if done else "open"
            current = ", this one" if number == here else ""
            self._talk.say(display_line(f"{number}. {title}: {state}{current}"))
        if wanted is None and not only_open and len(shown) < len(listed):
            self._talk.say("For other cases, type cases and numbers, such as cases 1-50.")
