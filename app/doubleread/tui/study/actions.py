"""What can be done with a study, and in the library: tables to which every part of the program adds its rows.

A row opens a screen or a form. Its function imports what it needs when it is called, so that the first screen appears
quickly. Its key is free for other uses only on other screens: `tests/tui/test_actions.py` finds keys that mean two
things.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from doubleread.tui.shared.actions import Action
from doubleread.tui.shared.screen_actions import EVERYWHERE, LIBRARY_ACTIONS

if TYPE_CHECKING:
    from doubleread.sessions.study_overview import StudyOverview
    from doubleread.tui.shared.program import Program

StudyGroup = Literal["Read", "Answers", "Readers", "Adjudicate", "Results", "Study file"]
STUDY_GROUPS: tuple[StudyGroup, ...] = get_args(StudyGroup)


def _always(_: StudyOverview) -> str:
    return ""


def whole_study(study: StudyOverview) -> str:
    """Return why an action on a whole study does not work in a reader's own file, or an empty string."""
    if study.split_reader is None:
        return ""
    return f"this is the file of {study.split_reader} alone; do it in the study itself"


@dataclass(frozen=True, slots=True)
class StudyAction:
    """One thing to do with a study: a line of the menu on its page.

    `about` says what it does, without a full stop. `open` gets the app and the study's path, and shows a screen or a
    form. `unless` returns why the action does not work now, or an empty string.
    """

    id: str
    key: str
    label: str
    about: str
    group: StudyGroup
    open: Callable[[Program, Path], None]
    unless: Callable[[StudyOverview], str] = _always

    @property
    def declared(self) -> Action:
        """The action for keys, command palette and help."""
        return Action(f"study.{self.id}", self.key, self.label, self.about, "Study", f"choose('{self.id}')")


@dataclass(frozen=True, slots=True)
class LibraryTool:
    """One thing to do in the library without a study, such as creating one. `rank` orders it in the key line."""

    id: str
    key: str
    label: str
    about: str
    open: Callable[[Program], None]
    rank: int = 0

    @property
    def declared(self) -> Action:
        """The action for keys, key line, command palette and help."""
        return Action(
            f"library.{self.id}", self.key, self.label, self.about, "Studies", f"use('{self.id}')", rank=self.rank
        )


def _read(app: Program, path: Path) -> None:
    app.open_study(path)


def _browse(app: Program, path: Path) -> None:
    app.open_cases(path)


def _results(app: Program, path: Path) -> None:
    app.open_results(path)


def _adjudicate(app: Program, path: Path) -> None:
    app.ask_adjudicator(path)


def _review_scores(app: Program, path: Path) -> None:
    app.ask_reviewer(path)


def _generate(app: Program, path: Path) -> None:
    from doubleread.tui.run.screen import open_run

    open_run(app, path)


def _import_answers(app: Program, path: Path) -> None:
    from doubleread.tui.study.import_forms import open_import_answers

    open_import_answers(app, path)


def _import_annotations(app: Program, path: Path) -> None:
    from doubleread.tui.study.import_forms import open_import_annotations

    open_import_annotations(app, path)


def _register(app: Program, path: Path) -> None:
    from doubleread.tui.study.readers_forms import open_register

    open_register(app, path)


def _assign(app: Program, path: Path) -> None:
    from doubleread.tui.study.readers_forms import open_assign

    open_assign(app, path)


def _withdraw(app: Program, path: Path) -> None:
    from doubleread.tui.study.readers_forms import open_withdraw

    open_withdraw(app, path)


def _qualify(app: Program, path: Path) -> None:
    from doubleread.tui.study.readers_forms import open_qualify

    open_qualify(app, path)


def _background(app: Program, path: Path) -> None:
    from doubleread.tui.study.readers_forms import open_background

    open_background(app, path)


def _split(app: Program, path: Path) -> None:
    from doubleread.tui.study.sharing_forms import open_split

    open_split(app, path)


def _serve(app: Program, path: Path) -> None:
    from doubleread.tui.study.serving import show_serving

    show_serving(app, path)


def _merge(app: Program, path: Path) -> None:
    from doubleread.tui.study.sharing_forms import open_merge

    open_merge(app, path)


def _branches(app: Program, path: Path) -> None:
    from doubleread.tui.study.sharing_forms import open_branches

    open_branches(app, path)


def _report(app: Program, path: Path) -> None:
    from doubleread.tui.study.file_forms import open_report

    open_report(app, path)


def _export(app: Program, path: Path) -> None:
    from doubleread.tui.study.export_forms import open_export

    open_export(app, path)


def _deposit(app: Program, path: Path) -> None:
    from doubleread.tui.study.export_forms import open_deposit

    open_deposit(app, path)


def _log(app: Program, path: Path) -> None:
    from doubleread.tui.study.file_forms import open_log

    open_log(app, path)


def _verify(app: Program, path: Path) -> None:
    from doubleread.tui.study.file_forms import open_verify

    open_verify(app, path)


def _backup(app: Program, path: Path) -> None:
    from doubleread.tui.study.file_forms import open_backup

    open_backup(app, path)


def _new_study(app: Program) -> None:
    from doubleread.tui.new_study.screen import open_new_study

    open_new_study(app)


def _check_cases(app: Program) -> None:
    from doubleread.tui.new_study.cases_screen import open_check_cases

    open_check_cases(app)


def _build_corpus(app: Program) -> None:
    from doubleread.tui.library.corpus_form import open_corpus_form

    open_corpus_form(app)


def _open_file(app: Program) -> None:
    from doubleread.tui.library.opening import open_file_form

    app.open_form(open_file_form)


def _nothing_to_adjudicate(study: StudyOverview) -> str:
    if study.to_adjudicate or study.adjudicated:
        return whole_study(study)
    return whole_study(study) or "no case has been read by two readers yet"


def _nobody_registered(study: StudyOverview) -> str:
    return whole_study(study) or ("" if study.readers else "nobody is registered yet; register a reader first")


def _no_training(study: StudyOverview) -> str:
    return _nobody_registered(study) or ("" if study.training else "the protocol has no training")


def _no_conflicts(study: StudyOverview) -> str:
    return whole_study(study) or ("" if study.conflicts else "no reading has several branches")


# A table: the first line of a row has its words, the next one says what it does.
# fmt: off
STUDY_ACTIONS: tuple[StudyAction, ...] = (
    StudyAction("read", "o", "Read the cases",
                "Read each case and both answers side by side, blind, and annotate", "Read", _read),
    StudyAction("cases", "b", "Browse the cases",
                "Search and filter the cases, and read them without their answers", "Read", _browse),
    StudyAction("generate", "g", "Generate the answers",
                "Generate the missing answers with both models, and see how far they are", "Answers",
                _generate, whole_study),
    StudyAction("import_answers", "i", "Import answers",
                "Add external answers from a file, and score them", "Answers", _import_answers, whole_study),
    StudyAction("import_annotations", "t", "Import annotations",
                "Add annotations made with other programs to readings", "Answers",
                _import_annotations, _nobody_registered),
    StudyAction("register", "n", "Register a reader",
                "Register a reader or adjudicator, with role and qualification", "Readers", _register, whole_study),
    StudyAction("assign", "c", "Assign cases",
                "Assign cases to readers by a plan", "Readers", _assign, _nobody_registered),
    StudyAction("withdraw", "w", "Withdraw or reinstate",
                "Withdraw a reader, or undo that", "Readers", _withdraw, _nobody_registered),
    StudyAction("background", "y", "Background",
                "State the specialty, profession and experience of a reader", "Readers",
                _background, _nobody_registered),
    StudyAction("qualify", "e", "Waive the training",
                "See how far readers are with the training, and waive it", "Readers", _qualify, _no_training),
    StudyAction("split", "f", "Split off files",
                "Write a file of their own for readers who work elsewhere", "Readers", _split, _nobody_registered),
    StudyAction("serve", "u", "Read in the browser",
                "Show the command that serves the study to readers' browsers", "Readers", _serve, _nobody_registered),
    StudyAction("merge", "m", "Merge files",
                "Merge the readings of readers' files and copies", "Readers", _merge, whole_study),
    StudyAction("branches", "h", "Choose a branch",
                "Choose which branch of a reading counts", "Readers", _branches, _no_conflicts),
    StudyAction("adjudicate", "a", "Adjudicate",
                "Resolve the differences between readers, as an adjudicator", "Adjudicate", _adjudicate,
                _nothing_to_adjudicate),
    StudyAction("review_scores", "s", "Review scores",
                "Decide what an answer says where the automatic score is doubtful", "Adjudicate", _review_scores,
                whole_study),
    StudyAction("results", "r", "Results",
                "See accuracy, hallucinations, preferences and agreement so far", "Results", _results, whole_study),
    StudyAction("report", "p", "Write the report",
                "Write results, methods and cases as one HTML page", "Results", _report,
                whole_study),
    StudyAction("export", "x", "Export",
                "Write annotations, readings and answers as files for other programs", "Results", _export, whole_study),
    StudyAction("deposit", "d", "Write a deposit",
                "Write a folder for a repository or a supplement", "Results", _deposit, whole_study),
    StudyAction("log", "l", "Log",
                "See who did what and when, without the names of models", "Study file", _log),
    StudyAction("verify", "v", "Verify",
                "Check that the file is what was recorded", "Study file", _verify),
    StudyAction("backup", "k", "Write a copy",
                "Write a verified copy of the study", "Study file", _backup),
)
# fmt: on
"""The menu of a study's page, in this order within each group."""

STUDY_SCREEN_ACTIONS: tuple[Action, ...] = (
    Action("study.open", "enter", "open", "Do the highlighted action", "Study", "open", rank=10),
    *(row.declared for row in STUDY_ACTIONS),
    Action("study.back", "escape,L", "studies", "Return to the list of studies", "Study", "back", rank=20),
    *EVERYWHERE,
)
"""Actions on the page of a study."""

# fmt: off
LIBRARY_TOOLS: tuple[LibraryTool, ...] = (
    LibraryTool("open_file", "f", "open file", "Open a study file in any folder", _open_file, rank=15),
    LibraryTool("new_study", "n", "new study", "Create a study: cases, models, protocol, readers", _new_study, rank=26),
    LibraryTool("check_cases", "c", "check cases", "Check cases from files, and write a case pack",
                _check_cases, rank=27),
    LibraryTool("build_corpus", "k", "build corpus", "Build a corpus, whose passages an arm with retrieval is given",
                _build_corpus, rank=27),
)
# fmt: on
"""What can be done in the library without a study."""

LIBRARY_SCREEN_ACTIONS: tuple[Action, ...] = (*LIBRARY_ACTIONS, *(tool.declared for tool in LIBRARY_TOOLS))
"""Actions in the list of studies."""
