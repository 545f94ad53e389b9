"""The actions of the screens other than the reading screen, and the list of all actions."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.domain.bond import BondGrade
from doubleread.domain.wording import continued
from doubleread.tui.shared.actions import ACTIONS, Action, Situation

MOST_READERS = 9
"""How many readers of a case have their own key in an adjudication; for other readers, click."""

EVERYWHERE = tuple(action for action in ACTIONS if action.id in ("help", "messages", "settings", "palette", "quit"))


def _has_studies(now: Situation) -> bool:
    return now.studies


# A table: the first line of an action has its words, the next one says what it does and when.
# fmt: off
LIBRARY_ACTIONS: tuple[Action, ...] = (
    Action("library.open", "enter", "open", "Open the study", "Studies", "open_study", rank=10),
    Action("library.results", "r", "results", "Show the study's results so far", "Studies",
           "show_results", _has_studies, rank=20),
    Action("library.page", "s", "study page", "Show the page of the study, of the demo or of a reader's own file too",
           "Studies", "show_page", _has_studies, rank=21),
    Action("library.adjudicate", "a", "adjudicate", "Adjudicate differences between the study's readers",
           "Studies", "adjudicate", _has_studies, rank=25),
    Action("library.serve", "u", "read in browser", "Show the command that serves the study to readers' browsers",
           "Studies", "serve", _has_studies, rank=25),
    Action("library.demo", "d", "demo", "Open the demo: fictional cases and two small models",
           "Studies", "demo", rank=28),
    Action("library.forget", "delete", "remove from list", "Remove the study from this list; its file stays",
           "Studies", "forget", _has_studies, rank=29),
    Action("library.quit", "q", "quit", "Quit the program", "Studies", "app.quit", rank=30),
    *(action for action in EVERYWHERE if action.id != "quit"),
)
# fmt: on
"""Actions in the list of studies, without those of `LIBRARY_TOOLS`."""

_BACK = Action("results.back", "escape", "back", "Go back one step", "Results", "back", rank=40)

RESULTS_ACTIONS: tuple[Action, ...] = (
    Action("results.cases", "enter", "cases", "List the cases behind an estimate", "Results", "open_spot", rank=10),
    Action("results.next_section", "n,]", "next section", "Next section", "Results", "section(1)", rank=20),
    Action("results.previous_section", "p,[", "previous section", "Previous section", "Results", "section(-1)"),
    Action(
        "results.library",
        "L",
        "leave",
        "Leave this study: return to its page, or to the list of studies",
        "Results",
        "library",
        rank=50,
    ),
    _BACK,
    *EVERYWHERE,
)
"""Actions on the results screen."""

CASE_LIST_ACTIONS: tuple[Action, ...] = (
    Action("results.case", "enter", "open", "Read the case and both answers", "Results", "open_spot", rank=10),
    _BACK,
    *EVERYWHERE,
)
"""Actions in the list of the cases behind an estimate."""

# fmt: off
CASE_VIEW_ACTIONS: tuple[Action, ...] = (
    Action("results.next_text", "tab", "next text", "Next text", "Results", "text(1)", rank=10),
    Action("results.previous_text", "shift+tab", "previous text", "Previous text", "Results", "text(-1)"),
    Action("results.next_case", "n", "next case", "Next case of the list", "Results", "case(1)", rank=20),
    Action("results.previous_case", "p", "previous case", "Previous case", "Results", "case(-1)", rank=30),
    Action("results.reasoning", "t", "reasoning", "Show or hide the model's reasoning before this answer",
           "Results", "toggle_reasoning"),
    *(action for action in ACTIONS if action.id in ("documents", "find", "formatting")),
    _BACK,
    *EVERYWHERE,
)
# fmt: on
"""Actions for a case that is shown read-only."""


# fmt: off
CASE_BROWSER_ACTIONS: tuple[Action, ...] = (
    Action("browse.open", "enter", "open", "Read the case", "Cases", "open_spot", rank=10),
    Action("browse.search", "slash", "search", "Find cases by words of their text", "Cases", "search", rank=20),
    Action("browse.tag", "t", "tag", "Show only the cases with a tag", "Cases", "choose_tag", rank=30),
    Action("browse.kind", "i", "kind", "Show only the cases of a kind", "Cases", "choose_kind", rank=31),
    Action("browse.state", "s", "state", "Show only the cases in a state, such as not read yet",
           "Cases", "choose_state", rank=32),
    Action("browse.clear", "c", "all cases", "Show all cases again", "Cases", "clear", rank=33),
    Action("browse.back", "escape,L", "back", "Go back one step", "Cases", "back", rank=40),
    *EVERYWHERE,
)
"""Actions in the list of a study's cases."""

CASE_READER_ACTIONS: tuple[Action, ...] = (
    Action("browse.next", "n", "next case", "Next case of the list", "Cases", "case(1)", rank=10),
    Action("browse.previous", "p", "previous case", "Previous case of the list", "Cases", "case(-1)", rank=20),
    *(action for action in ACTIONS if action.id in ("documents", "formatting")),
    Action("browse.find", "slash", "find", "Find words in the case", "Cases", "find", rank=30),
    Action("browse.close", "escape", "back", "Go back to the list", "Cases", "back", rank=40),
    *EVERYWHERE,
)
"""Actions for a case that is shown without its answers."""
# fmt: on
# fmt: off
RUN_ACTIONS: tuple[Action, ...] = (
    Action("run.start", "enter", "start", "Load the models and generate the missing answers", "Answers", "start",
           lambda now: now.run == "startable", rank=10),
    Action("run.pause", "p", "pause", "Finish the answers in progress and start no others",
           "Answers", "pause", lambda now: now.run == "running", rank=10),
    Action("run.resume", "g", "go on", "Continue after a pause", "Answers", "pause",
           lambda now: now.run in ("pausing", "paused"), rank=10),
    Action("run.stop", "s", "stop", "Stop now; unfinished answers are generated again later", "Answers", "stop",
           lambda now: now.run in ("preparing", "running", "pausing", "paused"), rank=20),
    Action("run.back", "escape,L", "leave", "Leave this page; asks first during a run", "Answers", "back",
           rank=30),
    *EVERYWHERE,
)
# fmt: on
"""Actions on the page of a run."""


# fmt: off
SUMMARY_ACTIONS: tuple[Action, ...] = (
    Action("summary.next", "enter", "next open case", "Go to the next open case", "Program", "close('next')",
           lambda now: now.ready, rank=10),
    Action("summary.consensus", "C", "consensus round",
           "Go to the consensus round: see without names how other readers differ, and revise or keep your readings",
           "Program", "close('consensus')", lambda now: now.consensus == "offered", rank=11),
    Action("summary.back", "escape", "back to the case", "Go back to the case", "Program", "close('back')", rank=20),
    Action("summary.leave", "L", "leave", "Leave this study: return to its page, or to the list of studies", "Program",
           "close('leave')", rank=30),
    *EVERYWHERE,
)
# fmt: on
"""Actions in the summary of a reader's work."""


def _on_cases(now: Situation) -> bool:
    return now.step == "cases"


# fmt: off
_CASES: tuple[Action, ...] = (
    Action("new_study.view", "f2", "preview/problems", "Show a preview, the problems, or the duplicates", "New study",
           "next_view", _on_cases, rank=30),
    Action("new_study.previous_case", "f3", "previous case", "Previous case of the preview", "New study", "turn(-1)",
           _on_cases),
    Action("new_study.next_case", "f4", "next case", "Next case of the preview", "New study", "turn(1)", _on_cases),
)

NEW_STUDY_ACTIONS: tuple[Action, ...] = (
    Action("new_study.next", "ctrl+s", "next step", "Check this step, and go to the next", "New study", "next_step",
           rank=10),
    Action("new_study.back", "escape", "step back", "Go back one step; nothing is lost", "New study", "back", rank=20),
    *_CASES,
    Action("new_study.help", "f1", "help", "How to create a study", "New study", "help", rank=40),
    *(action for action in EVERYWHERE if action.id in ("messages", "palette", "quit")),
)
"""Actions on the pages of a new study. Their other keys are typed into fields."""

CASES_ACTIONS: tuple[Action, ...] = (
    Action("cases.write", "ctrl+s", "write a pack", "Write the cases to a case pack", "New study", "write", rank=10),
    Action("cases.back", "escape", "leave", "Leave this page", "New study", "back", rank=20),
    *_CASES,
    Action("cases.help", "f1", "help", "How to check and convert cases", "New study", "help", rank=40),
    *(action for action in EVERYWHERE if action.id in ("messages", "palette", "quit")),
)
# fmt: on
"""Actions on the page that checks and converts cases."""

FORM_ACTIONS: tuple[Action, ...] = (
    Action("form.submit", "ctrl+s", "go on", "Check all fields and submit the form", "Forms", "submit", rank=10),
    Action("form.back", "escape", "cancel", "Leave the form, or stop its work", "Forms", "back", rank=20),
    Action("form.help", "f1", "help", "How to fill in a form", "Forms", "help", rank=30),
    *(action for action in EVERYWHERE if action.id in ("messages", "palette", "quit")),
)
"""Actions of a form. Its other keys are typed into its fields."""


def _take(number: int) -> Action:
    name, call = f"take reader {number}'s", f"deciding.take({number - 1})"
    tooltip = f"Take reader {number}'s judgement"
    return Action(
        f"adjudication.take_{number}", f"{number}", name, tooltip, "Resolve", call, lambda now: now.readers >= number
    )


def _shared(*ids: str) -> tuple[Action, ...]:
    return tuple(action for action in ACTIONS if action.id in ids)


# fmt: off
ADJUDICATION_ACTIONS: tuple[Action, ...] = (
    *_shared("next_pane", "previous_pane", "pane_case", "pane_a", "pane_b", "zoom", "next_case", "previous_case"),
    *_shared("next_open", "cases", "undo", "redo", "documents", "find", "formatting", "jump"),
    *_shared("text.propose", "text.select-sentence", "text.widen", "text.extend", "jump_select", "text.copy"),
    *_shared("save_again", "guideline", "library"),
    *(_take(number) for number in range(1, MOST_READERS + 1)),
    Action("adjudication.join", "j", "join spans",
           "Resolve it with the span from the first to the last word that any reader marked",
           "Resolve", "deciding.join", lambda now: now.joinable),
    Action("adjudication.own", "o", "write own", "Resolve it with your own annotation or value; select the words first",
           "Resolve", "deciding.own", lambda now: now.readers > 0),
    Action("adjudication.reject", "x", "reject all", "Resolve it with no annotation",
           "Resolve", "deciding.reject", lambda now: now.marked),
    Action("adjudication.next_difference", "]", "next difference", "Next difference",
           "Resolve", "deciding.step(1)", lambda now: now.readers > 0, rank=60),
    Action("adjudication.previous_difference", "[", "previous difference", "Previous difference",
           "Resolve", "deciding.step(-1)", lambda now: now.readers > 0),
    Action("adjudication.differences", "f5", "differences",
           "Go to the list of differences; press again to scroll the readers' judgements",
           "Resolve", "show_differences", lambda now: now.readers > 0),
    Action("adjudication.commit", "c", "commit", "Commit the decisions for this case",
           "Resolve", "committing.commit", lambda now: not now.committed, rank=25),
    Action("adjudication.reopen", "O", "reopen", "Reopen this resolved case, with a reason",
           "Resolve", "deciding.reopen", lambda now: now.committed, rank=24),
    *EVERYWHERE,
)
# fmt: on
"""Actions of the adjudication screen."""


def _grade_action(grade: BondGrade) -> Action:
    number = int(grade)
    tooltip = f"Grade {number} of Bond's scale: {continued(grade.definition).rstrip('.')}"
    call = f"reviewing.grade({number})"
    return Action(f"review.grade_{number}", str(number), grade.label, tooltip, "Review", call, lambda now: now.gradable)


def _review_action(name: str, keys: str, label: str, tooltip: str, call: str, rank: int = 0) -> Action:
    return Action(f"review.{name}", keys, label, tooltip, "Review", call, lambda now: now.ready, rank)


SCORE_REVIEW_ACTIONS: tuple[Action, ...] = (
    *map(_grade_action, BondGrade),
    _review_action("none", "minus", "states none", "The answer states no choice or diagnosis", "reviewing.none"),
    _review_action("refused", "exclamation_mark", "refuses", "The answer is a refusal", "reviewing.refused"),
    _review_action("skip", "space,]", "skip", "Next answer, without reviewing this one", "navigation.step(1)", 10),
    _review_action("back", "[", "previous", "Previous answer", "navigation.step(-1)", 20),
    _review_action("open", "enter", "next open", "Next answer that is not reviewed", "navigation.next_open", 30),
    _review_action("undo", "ctrl+z,backspace", "undo", "Undo the last review", "reviewing.undo", 15),
    _review_action("text", "tab", "next text", "Other text", "text(1)", 40),
    _review_action("text_back", "shift+tab", "previous text", "Previous text", "text(-1)"),
    *(action for action in ACTIONS if action.id in ("documents", "find", "formatting")),
    Action(
        "review.leave",
        "escape",
        "leave",
        "Leave this study: return to its page, or to the list of studies",
        "Review",
        "library",
        rank=60,
    ),
    *EVERYWHERE,
)
"""Actions of the score review; each option of a case also has its letter as a key."""

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
            *FORM_ACTIONS,
            *NEW_STUDY_ACTIONS,
            *CASES_ACTIONS,
            *RUN_ACTIONS,
            *SUMMARY_ACTIONS,
            *CASE_BROWSER_ACTIONS,
            *CASE_READER_ACTIONS,
        )
    )
)
BY_ID: Mapping[str, Action] = {action.id: action for action in ALL_ACTIONS}
