"""Forms for readers who work elsewhere: split, merge, and the choice between branches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from doubleread.domain.statements import listed
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.locations import STUDY_SUFFIX
from doubleread.sessions.admission import known_people
from doubleread.sessions.merging import check_split, merge_files, merged_lines, split_lines, split_off
from doubleread.store.branches.reading_branches import ReadingBranch
from doubleread.store.files.file_key import SHORTEST_PASSPHRASE, FileKey, check_passphrase
from doubleread.store.participation import is_adjudicator
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    FormChoice,
    PathField,
    SwitchField,
    TextField,
    Values,
)
from doubleread.tui.shared.forms import Form, FormResult, Stopped, Work
from doubleread.tui.study.opening import LEAD, to_read, to_write

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program

_SHOWN = 12


def open_split(app: Program, path: Path) -> None:
    """Ask for readers, and write a file of their own for each."""
    app.open_form(lambda: _split(path))


def _split(path: Path) -> Form:
    with to_read(path) as study:
        roles = study.readers.roles()
        readers = [person for person in known_people(study) if not is_adjudicator(roles.get(person, ""))]
        encrypted = study.encrypted
        holds_round = study.protocol.consensus

    def target(values: Values, reader_id: str) -> Path:
        purpose = "-consensus" if values.get("consensus") else ""
        folder: Path = values["folder"]
        return folder / f"{path.stem}-{reader_id}{purpose}{STUDY_SUFFIX}"

    def expect_free(value: Any, values: Values) -> None:
        for reader_id in values.get("readers") or ():
            if value is not None and (out := target({**values, "folder": value}, reader_id)).exists():
                raise InputRefusedError("Nothing split", f"{out} exists already", "choose another folder")

    def submit(values: Values, work: Work) -> FormResult:
        lines: list[str] = []
        notes: list[str] = []
        written: list[Path] = []
        wanted = cast("tuple[str, ...]", values["readers"])
        consensus = bool(values.get("consensus"))
        with to_write(path) as study:
            for reader_id in wanted:
                check_split(study, reader_id, encrypt=values["encrypt"], confirmed=True, consensus=consensus)
            for number, reader_id in enumerate(wanted):
                key = FileKey.chosen(values["passphrase"]) if values["encrypt"] else None
                try:
                    work.report(number, len(wanted), "Writing")
                    done = split_off(study, reader_id, target(values, reader_id), key=key, consensus=consensus)
                except (Stopped, DoublereadError) as error:
                    if not written:
                        raise
                    # The recovery keys of the files that are there are shown only once.
                    why = "you stopped it" if isinstance(error, Stopped) else str(error)
                    notes.append(f"no file was written for {listed(wanted[number:])}: {why}")
                    break
                line, remarks = split_lines(done, reader_id)
                lines.append(line)
                notes += remarks
                written.append(done.out)
                if key is not None:
                    lines.append(f"  recovery key: {key.recovery_key}")
        if values["encrypt"]:
            notes.append(
                "Write down each recovery key and store it apart from its file. It opens the file without the"
                " passphrase; if both are lost, the file can never be read again."
            )
        lines += ["", "Send each file to its reader. Merge it when it comes back."]
        return FormResult("\n".join(lines), notes, written)

    return Form(
        "Split off files for readers",
        "Each reader gets a file of their own, which names no model. It contains the cases, the answers and this"
        " reader's readings.",
        (
            ChoicesField(
                "readers",
                "Readers",
                "" if readers else "Nobody is registered yet; register readers first.",
                choices=tuple(FormChoice(reader_id, reader_id) for reader_id in readers),
                value=tuple(readers),
            ),
            SwitchField(
                "consensus",
                "For the consensus round",
                "Each file then shows how others judged the reader's cases, without names.",
                when=lambda _: holds_round,
            ),
            PathField(
                "folder", "Folder", "Where to write the files.", kind="folder", value=path.parent, check=expect_free
            ),
            SwitchField("encrypt", "Encrypt each file with a passphrase", value=encrypted),
            TextField(
                "passphrase",
                "Passphrase of the readers' files",
                f"At least {SHORTEST_PASSPHRASE} characters. Tell it to the readers by another way than the file.",
                secret=True,
                when=_encrypt,
                check=_expect_passphrase,
            ),
            TextField("again", "The same again", secret=True, when=_encrypt, check=_expect_same),
        ),
        submit,
        go_on="split",
    )


def _encrypt(values: Values) -> bool:
    return bool(values.get("encrypt"))


def _expect_passphrase(value: Any, _values: Values) -> None:
    if value is not None:
        check_passphrase(value)


def _expect_same(value: Any, values: Values) -> None:
    if value is not None and value != values.get("passphrase"):
        raise InputRefusedError("No passphrase", "the two entries differ", "type the same passphrase twice")


def open_merge(app: Program, path: Path) -> None:
    """Ask for files, and merge them into the study."""
    app.open_form(lambda: _merge(path))


def _merge(path: Path) -> Form:
    nearby = [file for file in sorted(path.parent.glob(f"*{STUDY_SUFFIX}")) if file.resolve() != path.resolve()]

    def expect_file(value: Any, values: Values) -> None:
        if value is None and not values.get("nearby"):
            raise InputRefusedError("Nothing to merge", "no file is chosen", "choose one above, or name one here")

    def submit(values: Values, _work: Work) -> FormResult:
        chosen = [path.parent / name for name in values.get("nearby") or ()]
        if values["file"] is not None:
            chosen.append(values["file"])
        with to_write(path) as study:
            done = merge_files(study, chosen)
        lines = [line for file in done.files for line in merged_lines(file)]
        notes = [f"verified copy from before the merge: {done.backup}"]
        if done.several:
            notes.append("readings were continued in two copies; choose which branch counts on the study's page")
        return FormResult("\n".join((*lines, f"state {done.state}")), notes)

    fields = [
        PathField(
            "file",
            "Another file" if nearby else "File",
            "A reader's file, or a copy of this study.",
            required=False,
            kind="file",
            suffixes=(STUDY_SUFFIX,),
            value=path.parent,
            check=expect_file,
        )
    ]
    listed = ChoicesField(
        "nearby",
        "Files in the study's folder",
        required=False,
        choices=tuple(FormChoice(file.name, file.name) for file in nearby),
        value=tuple(file.name for file in nearby if file.name.startswith(f"{path.stem}-")),
    )
    return Form(
        "Merge files",
        "Merges the readings of readers' files and copies into this study. You can merge in any order and repeatedly."
        " The other files are not changed, and a verified copy of the study is kept first.",
        (listed, *fields) if nearby else tuple(fields),
        submit,
        go_on="merge",
    )


def open_branches(app: Program, path: Path) -> None:
    """Ask which branch of a reading counts."""
    app.open_form(lambda: _branches(path))


def _branches(path: Path) -> Form:
    with to_read(path) as study:
        branches = study.conflicts.branches()
    if not branches:
        raise DoublereadError("No conflicts", "no reading has more than one branch", "there is nothing to choose")

    def submit(values: Values, _work: Work) -> FormResult:
        with to_write(path) as study:
            chosen = study.conflicts.resolve(values["by"], values["branch"], values["reason"])
        return FormResult(
            f"{chosen.reader_id}, {chosen.case_id}: branch {chosen.head[:_SHOWN]} counts,"
            f" {plural(chosen.annotations, 'annotation')}."
        )

    return Form(
        "Choose a branch",
        "A reading was continued in two copies of the study. One of its branches counts; nothing is deleted, and a"
        " later choice supersedes this one.",
        (
            ChoiceField("branch", "Branch that counts", choices=tuple(_branch_choice(branch) for branch in branches)),
            TextField("reason", "Reason", "Logged with the choice."),
            TextField("by", "Chosen by", "Logged too.", value=LEAD),
        ),
        submit,
        go_on="choose",
    )


def _branch_choice(branch: ReadingBranch) -> FormChoice:
    again = " again" if branch.repeat else ""
    state = "committed" if branch.committed_at else "open"
    counts = ", counts now" if branch.counts else ""
    return FormChoice(
        branch.head,
        f"{branch.reader_id}, {branch.case_id}{again}: {branch.head[:_SHOWN]}",
        f"{plural(branch.annotations, 'annotation')}, {state}, last change {branch.last_at}{counts}",
    )
