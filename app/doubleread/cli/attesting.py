"""Show the possible identifiers of what is to be written, and ask for the attestation that it needs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.console import note
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.exports.attestation import Attestation
    from doubleread.exports.identifiers import PossibleIdentifiers
    from doubleread.exports.pseudonyms import Pseudonyms
    from doubleread.store import StudyFile

AttestedBy = Annotated[
    str | None,
    typer.Option(
        "--attested-by", metavar="NAME", help="Who attests that the texts may be shared; recorded in the log."
    ),
]
Statement = Annotated[
    str | None,
    typer.Option("--attest", metavar="STATEMENT", help="The statement to attest, instead of the usual one."),
]
IdentifiersOut = Annotated[
    Path | None,
    typer.Option("--identifiers-out", help="Write all possible identifiers that were found to this file (JSON Lines)."),
]
PseudonymsOf = Annotated[
    str, typer.Option("--pseudonyms", help='"registered", or "new" for pseudonyms of this export only.')
]
PseudonymKey = Annotated[
    Path | None, typer.Option("--pseudonym-key", help="Write to this file (CSV) which reader has which new pseudonym.")
]


def pseudonyms_for(study: StudyFile, given: str, key: Path | None) -> Pseudonyms:
    """Return the pseudonyms of an export, and check that their key can be written. Raises WrongUseError."""
    from doubleread.cli.output_file import check_output
    from doubleread.exports.pseudonyms import REGISTERED, new_pseudonyms
    from doubleread.read_model.readers import people_of

    if given not in ("registered", "new"):
        raise WrongUseError("Wrong use", f'there are no pseudonyms "{given}"', "use registered or new")
    if key is not None:
        if given == "registered":
            raise WrongUseError("Wrong use", "--pseudonym-key is about new pseudonyms", "add --pseudonyms new")
        check_output(key, force=False, title="Nothing exported")
    return REGISTERED if given == "registered" else new_pseudonyms(people_of(study))


def attestation_for(
    found: PossibleIdentifiers, *, with_case_text: bool, by: str | None, statement: str | None, listed: Path | None
) -> Attestation | None:
    """Show what was found, list all of it in a file if asked, and return the attestation.

    None if nobody attests it and nothing has to be attested. Without a name that is needed, a person at a terminal is
    asked. Raises InputRefusedError if there is none, WrongUseError for a statement without a name.
    """
    from doubleread.cli.output_file import check_output, output_file
    from doubleread.domain.display import display_line
    from doubleread.exports.attestation import STATEMENT, Attestation
    from doubleread.exports.export import not_attested

    if statement is not None and by is None:
        raise WrongUseError("Wrong use", "--attest needs the name of the person who attests", "add --attested-by NAME")
    if listed is not None:
        check_output(listed, force=False)
        with output_file(listed, force=False) as file:
            for one in found.found:
                file.write(json.dumps(one.as_record(), ensure_ascii=False) + "\n")
    contents = found.to_attest(with_case_text=with_case_text)
    if not contents and not (by or "").strip():
        return None
    if found.found:
        note(f"{found.words}. The scan is a help, not a proof: some are harmless, and others are missed.")
        for one in found.examples():
            place = " ".join(filter(None, (one.table, one.id, one.field)))
            note(f"  {one.hit.kind}: {display_line(one.hit.text)!r} in {display_line(place)} ({one.hit.rule})")
    if by is None and sys.stdin.isatty() and sys.stderr.isatty():
        note(f"Statement: {statement or STATEMENT}")
        by = typer.prompt(
            "Your name, to attest it (empty: nothing is written)", default="", show_default=False, err=True
        )
    if not (by or "").strip():
        raise not_attested(contents)
    return Attestation(str(by).strip(), statement or STATEMENT)


def write_key(pseudonyms: Pseudonyms, key: Path | None) -> None:
    """Write whose the new pseudonyms are. Raises DoublereadError."""
    if key is not None:
        try:
            pseudonyms.write_key(key)
        except OSError as error:
            raise DoublereadError("The key was not written", f"{key}: {error.strerror}", "export again") from error
        note(f"note: {key} says which reader has which pseudonym: keep it apart from the export")
