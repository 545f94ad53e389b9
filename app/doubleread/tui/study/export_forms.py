"""The forms by which a study is exported and deposited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.exports.attestation import STATEMENT, Attestation
from doubleread.exports.export import check_format, export_study
from doubleread.exports.formats import EXPORTERS
from doubleread.exports.identifiers import PossibleIdentifiers, look
from doubleread.exports.options import ExportOptions
from doubleread.exports.pseudonyms import REGISTERED, new_pseudonyms
from doubleread.exports.selection import Selection
from doubleread.exports.source import ExportSource
from doubleread.read_model.blinding import unblind
from doubleread.read_model.readers import people_of, registered_readers
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    Field,
    FormChoice,
    PathField,
    SwitchField,
    TextField,
    Values,
)
from doubleread.tui.shared.forms import Form, FormResult, Work
from doubleread.tui.study.file_forms import unblinding_fields
from doubleread.tui.study.opening import free_name, to_read, to_write

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program


def open_export(app: Program, path: Path) -> None:
    """Ask what to export and how, and export it."""
    app.open_form(lambda: _export(path))


def _export(path: Path) -> Form:
    with to_read(path) as study:
        kinds = sorted({case.kind for case in study.cases()})
        readers = [reader.reader_id for reader in registered_readers(study)]

    def submit(values: Values, work: Work) -> FormResult:
        reason = values.get("reason")
        format_name, with_case_text = values["format"], values["with_case_text"]
        selection = Selection(
            _fewer(values.get("kinds"), kinds),
            _fewer(values.get("readers"), readers),
            values["committed_only"],
            values["adjudicated_only"],
        )
        with to_read(path) as study:
            study.expect_models("Nothing exported")
            people = new_pseudonyms(people_of(study)) if values["new_pseudonyms"] else REGISTERED
            source = ExportSource(
                study,
                selection,
                with_case_text=with_case_text,
                options=ExportOptions(values.get("tokenizer") or None),
                pseudonyms=people,
                once_unblinded=bool(reason),
            )
            check_format(source, format_name)
            found = look(source, work.tell)
        attestation = attested(values, found, with_case_text=with_case_text)
        with to_write(path) if reason or attestation else to_read(path) as study:
            if reason:
                unblind(study, values["by"], reason)
            done = export_study(
                study,
                format_name,
                values["out"],
                with_case_text=with_case_text,
                selection=selection,
                options=source.options,
                pseudonyms=people,
                identifiers=found,
                attestation=attestation,
                progress=work.tell,
            )
        names = {name: name.replace("_", " ") for name in done.rows}
        counts = [
            f"  {plural(count, names[name].removesuffix('s'), names[name])}"
            for name, count in done.rows.items()
            if count
        ]
        notes = [*done.notes, *done.left_out]
        if done.blinded:
            notes.append(f"the export is blinded: it does not say which model wrote what ({done.blinded})")
        elif done.open_readings:
            notes.append(f"{plural(done.open_readings, 'reading')} not committed yet; the export names the arms")
        return FormResult("\n".join(("Exported:", *counts)), notes, [done.out])

    return Form(
        "Export",
        "Writes annotations, readings and answers to a new folder, whose README describes every column. Until every"
        " reader has committed every case, the export does not say which model wrote which answer.",
        (
            ChoiceField(
                "format", "Format", choices=tuple(FormChoice(name, name, one.about) for name, one in EXPORTERS.items())
            ),
            TextField(
                "tokenizer",
                "Tokenizer",
                'Cuts answers into tokens: "words", or the path of a tokenizer.json.',
                value="words",
                when=lambda values: "tokenizer" in EXPORTERS[values.get("format") or "jsonl"].options,
            ),
            PathField("out", "Folder", kind="new folder", value=free_name(path.with_name(f"{path.stem}-export"))),
            SwitchField(
                "with_case_text",
                "With the texts of the cases",
                "Without them, quotes of cases and reference texts stay out as well.",
            ),
            *_filters(kinds, readers),
            SwitchField("new_pseudonyms", "New pseudonyms, which only this export has"),
            *unblinding_fields(path),
            *attestation_fields(),
        ),
        submit,
        go_on="export",
    )


def open_deposit(app: Program, path: Path) -> None:
    """Ask for a folder, and write the deposit."""
    app.open_form(lambda: _deposit(path))


def _deposit(path: Path) -> Form:
    def submit(values: Values, work: Work) -> FormResult:
        from doubleread.deposit.deposit import deposit

        reason, with_case_text = values.get("reason"), values["with_case_text"]
        with to_read(path) as study:
            study.expect_models("Nothing deposited")
            people = new_pseudonyms(people_of(study)) if values["new_pseudonyms"] else REGISTERED
            source = ExportSource(study, with_case_text=with_case_text, pseudonyms=people, once_unblinded=bool(reason))
            found = look(source, work.tell)
        attestation = attested(values, found, with_case_text=with_case_text)
        with to_write(path) if reason or attestation else to_read(path) as study:
            if reason:
                unblind(study, values["by"], reason)
            done = deposit(
                study,
                values["out"],
                with_case_text=with_case_text,
                pseudonyms=people,
                identifiers=found,
                attestation=attestation,
                progress=work.tell,
            )
        gaps = [f"  {name}: {count}" for name, count in done.missing.items()]
        notes = []
        if done.blinded:
            notes.append(f"the deposit names no model until every reading is committed ({done.blinded})")
        elif done.open_readings:
            notes.append(f"{plural(done.open_readings, 'reading')} not committed yet; the deposit names the arms")
        if done.identifying:
            notes.append(f"the methods state the background of assessors. {done.identifying}")
        words = (f"{plural(done.files, 'file')} written. Incomplete checklist items:", *gaps)
        return FormResult("\n".join(words), notes, [done.out])

    return Form(
        "Write a deposit",
        "A folder for a repository or a supplement: methods and tables as Markdown and LaTeX, the filled checklists"
        " with what is missing, the ratings, the protocol, the models, hashes of all files, and a receipt of the"
        " verification.",
        (
            PathField("out", "Folder", kind="new folder", value=free_name(path.with_name(f"{path.stem}-deposit"))),
            SwitchField(
                "with_case_text",
                "With the texts of the cases",
                "Without them, quotes of cases and reference texts stay out as well.",
            ),
            SwitchField("new_pseudonyms", "New pseudonyms, which only this deposit has", value=True),
            *unblinding_fields(path),
            *attestation_fields(),
        ),
        submit,
        go_on="write",
    )


def _fewer(chosen: Sequence[str] | None, known: Sequence[str]) -> frozenset[str]:
    """Return what is chosen; an empty set, which filters nothing, if that is everything."""
    return frozenset() if chosen is None or set(chosen) == set(known) else frozenset(chosen)


def _filters(kinds: Sequence[str], readers: Sequence[str]) -> list[Field]:
    fields: list[Field] = []
    if len(kinds) > 1:
        choices = tuple(FormChoice(kind, kind) for kind in kinds)
        fields.append(ChoicesField("kinds", "Kinds of case", choices=choices, value=tuple(kinds)))
    if len(readers) > 1:
        choices = tuple(FormChoice(reader, reader) for reader in readers)
        fields.append(ChoicesField("readers", "Readers", choices=choices, value=tuple(readers)))
    return [
        *fields,
        SwitchField("committed_only", "Only committed readings"),
        SwitchField("adjudicated_only", "Only cases that an adjudication resolves"),
    ]


def attestation_fields() -> tuple[Field, ...]:
    """Return the fields by which a person attests that what is written may be shared."""
    return (
        TextField(
            "attested_by",
            "Attested by",
            "Needed for the texts of cases, and if the scan finds possible identifiers. Your name; it is logged."
            f" You attest: {STATEMENT}",
            required=False,
        ),
    )


def attested(values: Values, found: PossibleIdentifiers, *, with_case_text: bool) -> Attestation | None:
    """Return the attestation of an export, None if nobody gives one and it needs none.

    Raises InputRefusedError, which shows what was found, if it is needed and nobody has given it.
    """
    by = str(values.get("attested_by") or "").strip()
    if by:
        return Attestation(by)
    contents = found.to_attest(with_case_text=with_case_text)
    if not contents:
        return None
    lines = [
        f"{one.hit.kind}: {display_line(one.hit.text)} in {display_line(f'{one.table} {one.id} {one.field}')}"
        for one in found.examples()
    ]
    raise InputRefusedError(
        "Nothing written yet",
        "\n".join((f"it would contain {contents}.", *lines)),
        "check it. If it may be shared, write your name under Attested by and go on",
    )
