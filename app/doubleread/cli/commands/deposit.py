"""The command `deposit`: a study as a folder for a repository or a supplement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.attesting import (
    AttestedBy,
    IdentifiersOut,
    PseudonymKey,
    PseudonymsOf,
    Statement,
    attestation_for,
    pseudonyms_for,
    write_key,
)
from doubleread.cli.names import existing_study, study_to_read, study_to_write
from doubleread.cli.options import LEAD, NAME_NOW, AsJson, Study, Unblind, UnblindedBy
from doubleread.cli.passphrases import note_of_plain
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural


def deposit(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The folder to create.")],
    with_case_text: Annotated[
        bool, typer.Option("--with-case-text", help="Add the cases, and quotes of their texts.")
    ] = False,
    pseudonyms: PseudonymsOf = "new",
    pseudonym_key: PseudonymKey = None,
    attested_by: AttestedBy = None,
    statement: Statement = None,
    identifiers_out: IdentifiersOut = None,
    reason: Unblind = None,
    actor: UnblindedBy = LEAD,
    as_json: AsJson = False,
) -> None:
    """Write a folder for a repository or a supplement.

    It contains methods and results tables as Markdown and LaTeX with BibTeX, the filled TRIPOD-LLM, CHART and
    MI-CLEAR-LLM checklists with what is missing, the ratings under new pseudonyms, the protocol, the models, hashes of
    all files, and a receipt of verify. The models are named under the same rule as in results.
    """
    from doubleread.cli.output_file import is_standard_output, is_stream
    from doubleread.deposit.deposit import deposit as written
    from doubleread.domain.pseudonym import pseudonym
    from doubleread.errors import DoublereadError
    from doubleread.exports.folder import refuse_taken
    from doubleread.exports.identifiers import look
    from doubleread.exports.source import ExportSource
    from doubleread.read_model.blinding import unblind

    if is_standard_output(out) or is_stream(out):
        raise DoublereadError("Nothing deposited", f"{out} is not a folder", "give the name of a new folder")
    path = existing_study(study)
    refuse_taken(out)
    with study_to_read(path) as opened:
        opened.expect_models("Nothing deposited")
        people = pseudonyms_for(opened, pseudonyms, pseudonym_key)
        source = ExportSource(
            opened, with_case_text=with_case_text, pseudonyms=people, once_unblinded=reason is not None
        )
        with steps_shown() as progress:
            found = look(source, progress)
    attestation = attestation_for(
        found, with_case_text=with_case_text, by=attested_by, statement=statement, listed=identifiers_out
    )
    write = reason is not None or attestation is not None
    with study_to_write(path) if write else study_to_read(path) as opened:
        if reason is not None:
            unblind(opened, pseudonym(actor), reason)
        with steps_shown() as progress:
            done = written(
                opened,
                out,
                with_case_text=with_case_text,
                pseudonyms=people,
                identifiers=found,
                attestation=attestation,
                progress=progress,
            )
    write_key(people, pseudonym_key)
    if as_json:
        say_json({**done.as_record(), "possible_identifiers": found.counts})
    else:
        gaps = ", ".join(f"{name} {count}" for name, count in done.missing.items())
        say(f"{done.out}: {plural(done.files, 'file')}; incomplete checklist items: {gaps}")
    note_of_plain(opened, done.out)
    if done.blinded:
        note(f"note: the deposit names no model until every reading is committed ({done.blinded}); {NAME_NOW}")
    elif done.open_readings:
        note(f"note: {plural(done.open_readings, 'reading')} not committed yet; the deposit names the arms")
    if done.identifying:
        note(f"note: the methods state the background of assessors. {done.identifying}")
