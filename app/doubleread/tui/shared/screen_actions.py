"""What can be done on the screens beside the reading screen, and all actions together."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.domain.bond import BondGrade
from doubleread.tui.shared.actions import ACTIONS, Action

MOST_READERS = 9
"""How many readers of a case have a key of their own in an adjudication; what others hold is taken by click."""

_EVERYWHERE = tuple(action for action in ACTIONS if action.id in ("help", "palette", "quit"))

LIBRARY_ACTIONS: tuple[Action, ...] = (
    Action("library.open", "enter", "open", "Open the study", "Studies", "open_study", rank=10),
    Action(
        "library.results", "r", "results", "Show what the study has shown so far", "Studies", "show_results", rank=20
    ),
    Action(
        "library.adjudicate",
        "a",
        "adjudicate",
        "Review where the study's readers differ",
        "Studies",
        "adjudicate",
        rank=25,
    ),
    Action("library.quit", "q", "quit", "End the program", "Studies", "app.quit", rank=30),
    *(action for action in _EVERYWHERE if action.id != "quit"),
)
"""What can be done in the list of studies."""

_BACK = Action("results.back", "escape", "back", "Go back by one step", "Results", "back", rank=40)

RESULTS_ACTIONS: tuple[Action, ...] = (
    Action("results.cases", "enter", "cases", "List the cases behind a figure", "Results", "open_spot", rank=10),
    Action("results.next_section", "n,]", "next section", "Go to the next section", "Results", "section(1)", rank=20),
    Action("results.previous_section", "p,[", "section before", "Go to the section before", "Results", "section(-1)"),
    Action("results.library", "L", "studies", "Go back to the list of studies", "Results", "library", rank=50),
    _BACK,
    *_EVERYWHERE,
)
"""What can be done among the figures of a study."""

CASE_LIST_ACTIONS: tuple[Action, ...] = (
    Action("results.case", "enter", "open", "Read the case and both answers", "Results", "open_spot", rank=10),
    _BACK,
    *_EVERYWHERE,
)
"""What can be done in the list of the cases behind a figure."""

CASE_VIEW_ACTIONS: tuple[Action, ...] = (
    Action("results.next_text", "tab", "next text", "Go to the next text", "Results", "text(1)", rank=10),
    Action("results.previous_text", "shift+tab", "text before", "Go to the text before", "Results", "text(-1)"),
    Action("results.next_case", "n", "next case", "Go to the next case of the list", "Results", "case(1)", rank=20),
    Action("results.previous_case", "p", "case before", "Go to the case before", "Results", "case(-1)", rank=30),
    Action(
        "results.reasoning",
        "t",
        "reasoning",
        "Show or hide what the model thought before this answer",
        "Results",
        "toggle_reasoning",
    ),
    _BACK,
    *_EVERYWHERE,
)
"""What can be done at a case that is only looked at."""


def _take(number: int) -> Action:
    name, call = f"take reader {number}'s", f"take({number - 1})"
    tooltip = f"Take what reader {number} holds"
    return Action(
        f"adjudication.take_{number}", f"{number}", name, tooltip, "Resolve", call, lambda now: now.readers >= number
    )


def _shared(*ids: str) -> tuple[Action, ...]:
    return tuple(action for action in ACTIONS if action.id in ids)


ADJUDICATION_ACTIONS: tuple[Action, ...] = (
    *_shared("next_pane", "previous_pane", "pane_case", "pane_a", "pane_b", "zoom", "next_case", "previous_case"),
    *_shared("next_open", "cases", "undo", "redo"),
    *_shared("text.propose", "text.select-sentence", "text.widen", "text.extend", "text.copy"),
    *_shared("save_again", "guideline", "library"),
    *(_take(number) for number in range(1, MOST_READERS + 1)),
    Action(
        "adjudication.join",
        "j",
        "join the words",
        "Review it by the words from the first to the last that any reader marked",
        "Resolve",
        "join",
        lambda now: now.joinable,
    ),
    Action(
        "adjudication.own",
        "o",
        "write own",
        "Review it by an annotation or a value of one's own; select its words first",
        "Resolve",
        "own",
        lambda now: now.readers > 0,
    ),
    Action(
        "adjudication.reject",
        "x",
        "reject all",
        "Review it by no annotation",
        "Resolve",
        "reject",
        lambda now: now.marked,
    ),
    Action(
        "adjudication.next_difference",
        "]",
        "next difference",
        "Go to the next difference",
        "Resolve",
        "difference(1)",
        lambda now: now.readers > 0,
        rank=60,
    ),
    Action(
        "adjudication.previous_difference",
        "[",
        "difference before",
        "Go to the difference before",
        "Resolve",
        "difference(-1)",
        lambda now: now.readers > 0,
    ),
    Action(
        "adjudication.differences",
        "f5",
        "differences",
        "Go to the list of differences; again: to what the readers hold, to scroll it where it is long",
        "Resolve",
        "show_differences",
        lambda now: now.readers > 0,
    ),
    Action(
        "adjudication.commit",
        "c",
        "commit",
        "Review this case by what was decided",
        "Resolve",
        "commit",
        lambda now: not now.committed,
        rank=25,
    ),
    Action(
        "adjudication.reopen",
        "R",
        "reopen",
        "Open this reviewed case again, with a reason",
        "Resolve",
        "reopen",
        lambda now: now.committed,
        rank=24,
    ),
    *_EVERYWHERE,
)
"""What can be done while differences between readings are reviewed."""


def _grade_action(grade: BondGrade) -> Action:
    tooltip = f"Grade {int(grade)} of Bond's scale: {grade.definition[:1].lower()}{grade.definition[1:].rstrip('.')}"
    return Action(f"review.grade_{int(grade)}", str(int(grade)), grade.label, tooltip, "Review", f"grade({int(grade)})")


SCORE_REVIEW_ACTIONS: tuple[Action, ...] = (
    *map(_grade_action, BondGrade),
    Action("review.none", "minus", "states none", "The answer states nothing that could be counted", "Review", "none"),
    Action("review.refused", "exclamation_mark", "refuses", "The answer declines to answer", "Review", "refused"),
    Action(
        "review.skip",
        "space,]",
        "skip",
        "Go to the next answer without reviewing this one",
        "Resolve",
        "step(1)",
        rank=10,
    ),
    Action("review.back", "[", "before", "Go to the answer before", "Review", "step(-1)", rank=20),
    Action(
        "review.open", "enter", "next open", "Go to the next answer that is not reviewed", "Review", "open", rank=30
    ),
    Action("review.undo", "ctrl+z,backspace", "undo", "Take back what was reviewed last", "Review", "undo", rank=15),
    Action("review.text", "tab", "next text", "Go to the other text", "Review", "text(1)", rank=40),
    Action("review.text_back", "shift+tab", "text before", "Go to the text before", "Review", "text(-1)"),
    Action("review.leave", "escape", "end", "Go to the list of studies", "Review", "leave", rank=60),
    *_EVERYWHERE,
)
"""What can be done at a score that a person reviews; beside these, each option of a case has its letter for a key."""

ALL_ACTIONS: tuple[Action, ...] = tuple(
    dict.fromkeys(
        (
            *ACTIONS,
            *LIBRARY_ACTIONS,
            *RESULTS_ACTIONS,
            *CASE_LIST_ACTIONS,
            *CASE_VIEW_ACTIONS,
            *ADJUDICATION_ACTIONS,
            *SCORE_REVIEW_ACTIONS,
        )
    )
)
BY_ID: Mapping[str, Action] = {action.id: action for action in ALL_ACTIONS}
