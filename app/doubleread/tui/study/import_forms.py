"""The forms by which external answers and annotations are imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from doubleread.cases.problems import Problem
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural, verb
from doubleread.errors import InputRefusedError
from doubleread.read_model.blinding import blinded_errors, blinding_of
from doubleread.read_model.readers import registered_readers
from doubleread.store.participation import is_adjudicator
from doubleread.tui.shared.fields import ChoiceField, FormChoice, PathField, SwitchField, TextField, Values
from doubleread.tui.shared.forms import Form, FormResult, Work
from doubleread.tui.study.opening import to_read, to_write

if TYPE_CHECKING:
    from doubleread.imports.offsets import OffsetConvention
    from doubleread.runs.importing_annotations import Label
    from doubleread.tui.shared.program import Program

_PROBLEMS_SHOWN = 50
_AS_NAMED = "as the file says"


def open_import_answers(app: Program, path: Path) -> None:
    """Ask for a file of answers, and import them."""
    app.open_form(lambda: _import_answers(path))


def _import_answers(path: Path) -> Form:
    from doubleread.cases.answer_formats import ANSWER_FORMATS, OWN

    with to_read(path) as study:
        named = blinding_of(study).named or not study.readers.ids()
        arms = [arm.name for arm in study.arms()]

    def submit(values: Values, _work: Work) -> FormResult:
        from doubleread.runs.importing import arm_named, import_answers

        format_name = "" if values["format"] == _AS_NAMED else values["format"]
        with to_write(path) as study:
            arm = arm_named(study, values["arm"])
            done = import_answers(study, values["file"], arm, skip_bad=values["skip_bad"], format_name=format_name)
        notes = [] if done.format == OWN else [f"read as {done.format}"]
        if done.same:
            notes.append(f"{plural(done.same, 'answer')} {verb(done.same, 'was', 'were')} already in the study")
        if done.reasoned:
            notes.append(f"reasoning was split off {plural(done.reasoned, 'answer')}")
        notes += _left_out(done.left_out)
        return FormResult(f"{plural(done.added, 'answer')} imported, {done.missing} still missing.", notes)

    about = "Adds external answers, and scores them. The same file can be imported again."
    choice = ChoiceField("arm", "Arm", "Who wrote the answers.", choices=tuple(FormChoice(arm, arm) for arm in arms))
    typed = TextField("arm", "Arm", "The name that the arm has in the study. It is not shown while readers are blind.")
    return Form(
        "Import answers",
        about,
        (
            PathField("file", "File of answers", "Each answer names its case.", value=path.parent),
            choice if named else typed,
            ChoiceField(
                "format",
                "Format",
                choices=(
                    FormChoice(_AS_NAMED, "Recognise it"),
                    *(FormChoice(name, name, one.about) for name, one in ANSWER_FORMATS.items()),
                ),
            ),
            SwitchField("skip_bad", "Skip faulty lines"),
        ),
        submit,
        go_on="import",
    )


def open_import_annotations(app: Program, path: Path) -> None:
    """Ask for a file of annotations, and import them."""
    app.open_form(lambda: _import_annotations(path))


def _import_annotations(path: Path) -> Form:
    from doubleread.imports.formats import FORMATS

    with to_read(path) as study:
        readers = [
            reader.reader_id
            for reader in registered_readers(study)
            if reader.withdrawn_at is None and not is_adjudicator(reader.role)
        ]

    def submit(values: Values, _work: Work) -> FormResult:
        from doubleread.runs.importing_annotations import AnnotationImport, import_annotations

        reader_id = "" if values["reader"] == _AS_NAMED else values["reader"]
        format_name = None if values["format"] == _AS_NAMED else values["format"]
        labels, offsets = _labels(values["labels"]), _offsets(values["offsets"])
        how = AnnotationImport(format_name, reader_id, labels=labels, offsets=offsets, relocate=values["relocate"])
        with to_write(path) as study, blinded_errors(study):
            done = import_annotations(study, values["file"], how, skip_bad=values["skip_bad"])
        added = listed(f"{plural(count, 'annotation')} of {who}" for who, count in done.added.items())
        notes = [f"read as {done.format_name}; offsets are {done.offsets}"]
        if same := sum(done.same.values()):
            notes.append(f"{plural(same, 'annotation')} {verb(same, 'was', 'were')} already there, unchanged")
        if done.relocated:
            notes.append(f"{plural(done.relocated, 'annotation')} {verb(done.relocated, 'was', 'were')} moved")
        if done.ignored:
            notes.append(f"not imported: {listed(f'{count} {what}' for what, count in done.ignored.items())}")
        notes += _left_out(done.left_out)
        opened = f", {plural(done.opened, 'reading')} opened" if done.opened else ""
        return FormResult(f"{added or 'No new annotations'} imported{opened}. The readings stay open.", notes)

    return Form(
        "Import annotations",
        "Annotations made with other programs go to the readings of registered readers, who give the verdicts and"
        " commit. The quotes in the file show how its offsets count.",
        (
            PathField("file", "File of annotations", value=path.parent),
            ChoiceField(
                "reader",
                "Whose they are",
                choices=(
                    FormChoice(_AS_NAMED, "As the file says"),
                    *(FormChoice(reader_id, reader_id, "all of them") for reader_id in readers),
                ),
            ),
            ChoiceField(
                "format",
                "Format",
                choices=(
                    FormChoice(_AS_NAMED, "Recognise it"),
                    *(FormChoice(name, name, one.about) for name, one in FORMATS.items()),
                ),
            ),
            TextField(
                "labels",
                "What its labels mean",
                "THEIRS=CATEGORY/SEVERITY, separated by semicolons; empty if they are the study's.",
                required=False,
                check=lambda typed, _: _labels(typed),
            ),
            TextField(
                "offsets",
                "How its offsets count",
                "Such as utf-16,0,exclusive or code-points,1,inclusive,lf; empty if its quotes show it.",
                required=False,
                check=lambda typed, _: _offsets(typed),
            ),
            SwitchField("relocate", "Move an annotation to its quote, if the text has it only once"),
            SwitchField("skip_bad", "Skip faulty annotations"),
        ),
        submit,
        go_on="import",
    )


def _labels(typed: str | None) -> dict[str, Label]:
    from doubleread.runs.importing_annotations import label_from

    try:
        return dict(map(label_from, filter(None, (one.strip() for one in (typed or "").split(";")))))
    except ValueError as error:
        raise InputRefusedError("Labels not understood", str(error), "write Invention=fabrication/major") from error


def _offsets(typed: str | None) -> OffsetConvention | None:
    from doubleread.imports.offsets import convention_from

    try:
        return convention_from(typed) if typed else None
    except ValueError as error:
        raise InputRefusedError("Offsets not understood", str(error), "write utf-16,0,exclusive") from error


def _left_out(problems: Iterable[Problem]) -> Iterator[str]:
    found = list(problems)
    yield from (f"skipped: {problem}" for problem in found[:_PROBLEMS_SHOWN])
    if len(found) > _PROBLEMS_SHOWN:
        yield f"and {len(found) - _PROBLEMS_SHOWN} more problems, which the log lists"
