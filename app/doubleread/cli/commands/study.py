"""The commands that make a study, fill it with answers, and score them again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.entry import FAILED, WrongUseError
from doubleread.cli.left_out import SkipBad, SkippedOut, check_skipped_out, left_out_json, say_left_out
from doubleread.cli.names import existing_study, study_path
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError

if TYPE_CHECKING:
    from doubleread.domain.model import Model
    from doubleread.read_model.blinding import Blinding
    from doubleread.runs.rescoring import Change


_SUSPECTS_SHOWN = 5


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("new")(new)
    app.command("run")(run)
    app.command("import-answers")(import_answers)
    app.command("score")(score)


def new(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study file to make.")],
    cases: Annotated[list[Path], typer.Option("--cases", help="A case pack; may be given several times.")],
    model_a: Annotated[str, typer.Option("--model-a", help="The GGUF file of one model, or a name; see below.")],
    model_b: Annotated[str, typer.Option("--model-b", help="The GGUF file of the other model, or a name.")],
    role_a: Annotated[
        str, typer.Option("--role-a", help="What describes that model, such as biomedical; readers are asked by it.")
    ] = "",
    role_b: Annotated[str, typer.Option("--role-b", help="What describes the other model, such as general.")] = "",
    title: Annotated[str | None, typer.Option("--title", help="The study's title; else the file's name.")] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", help="A TOML file; see doubleread protocol presets NAME.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A protocol to begin with; see doubleread protocol presets.")
    ] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt the file with a passphrase, which is asked for twice.")
    ] = False,
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Make a study of cases and two models.

    Which answer stands left is drawn for each reader and case. A model whose answers are made elsewhere is given by
    a name in place of a file; its answers come in with import-answers. Roles that tell the models apart let readers
    be asked at the end which answer is whose, which shows whether they were blind.
    """
    from dataclasses import replace

    from doubleread.cases.packs import read_packs, take
    from doubleread.cli.commands.protocol import preset_named
    from doubleread.cli.passphrases import PASSPHRASE, chosen_key, say_recovery_key
    from doubleread.device import this_device
    from doubleread.domain.study import Protocol
    from doubleread.runs.protocol_file import read_protocol
    from doubleread.runs.study_models import pair_of_models
    from doubleread.store import StudyFile
    from doubleread.store.files.risky_folders import warn_of_folder
    from doubleread.store.sqlite.sqlite_library import sqlcipher

    path = study_path(study)
    if path.exists():
        raise DoublereadError("Nothing made", f"{path} exists already", "choose another name, or open that one")
    if encrypt:
        sqlcipher()  # said now where it is missing, and not after the models were read
    check_skipped_out(skipped_out, skip_bad=skip_bad)
    taken = take(read_packs(cases), title="Nothing made", skip_bad=skip_bad)
    if protocol and preset:
        raise WrongUseError("Two protocols", "--protocol and --preset are both given", "give one of them")
    settings = read_protocol(protocol) if protocol else preset_named(preset).protocol if preset else Protocol()
    if title is not None and not title.strip():
        raise WrongUseError("Title refused", "the title is empty", "leave --title out to take the file's name")
    if title or settings.title == Protocol().title:
        settings = replace(settings, title=title or path.stem)
    first, second = pair_of_models(model_a, model_b, settings.n_ctx)
    models = (_with_role(first, role_a), _with_role(second, role_b))
    key = chosen_key(path, PASSPHRASE) if encrypt else None
    StudyFile.create(
        path,
        cases=taken.cases,
        models=models,
        protocol=settings,
        device=this_device(),
        key=key,
        left_out=[problem.as_record() for problem in taken.left_out],
    ).close()
    names = " and ".join(model.name for model in models)
    warn_of_folder(path)
    if as_json:
        record = {"study": str(path), "cases": len(taken.cases), "models": [model.name for model in models]}
        say_json({**record, **left_out_json(taken.left_out), **({"recovery_key": key.recovery_key} if key else {})})
        if skipped_out:
            say_left_out(taken.left_out, skipped_out, "line")
        return
    say(f"{path}: {plural(len(taken.cases), 'case')}, {names}")
    say_left_out(taken.left_out, skipped_out, "line")
    if key is not None:
        say_recovery_key(key)
    for model in models:
        if not model.path:
            say(f"next: doubleread import-answers {path} FILE --model {shlex.quote(model.name)}")
    if any(model.path for model in models):
        say(f"next: doubleread run {path}")


def _with_role(model: Model, role: str) -> Model:
    from dataclasses import replace

    return replace(model, role=role.strip()) if role.strip() else model


def run(
    study: Study,
    slots: Annotated[
        int | None,
        typer.Option("--slots", min=1, max=64, help="Answers that each model makes at the same time; else as fits."),
    ] = None,
    reproducible: Annotated[
        bool, typer.Option("--reproducible", help="The same answers to the byte on the same machine; slower.")
    ] = False,
    allow_drift: Annotated[
        bool,
        typer.Option("--allow-drift", help="Go on under other conditions than before; the study's log says which."),
    ] = False,
    alternative_scorers: Annotated[
        str,
        typer.Option(
            "--alternative-scorers",
            metavar="WAYS",
            help="Then score the choices by alternative scorers too: letters, texts, constrained; several with commas.",
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made, how, and with how much memory; make nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the missing answers, with both models at once.

    May be stopped at any time and started again.
    """
    from doubleread.cli.alternative_scorers import score_with_alternatives, ways_named
    from doubleread.cli.generating import generate_missing, raise_if_stopped
    from doubleread.device import this_device
    from doubleread.read_model.blinding import blinded_errors
    from doubleread.runs.configuration import StudyConfiguration
    from doubleread.store import StudyFile
    from doubleread.store.files.risky_folders import warn_of_folder

    if reproducible and slots not in (None, 1):
        raise WrongUseError("Wrong use", "--reproducible makes one answer at a time", "leave --slots out")
    ways = ways_named(alternative_scorers)
    with StudyFile.open(existing_study(study), device=this_device()) as opened:
        warn_of_folder(opened.path)
        with blinded_errors(opened):
            if dry_run:
                from doubleread.cli.plan_table import say_dry_run

                say_dry_run(opened, slots=slots)
                return
            report = generate_missing(opened, slots=slots, reproducible=reproducible, allow_drift=allow_drift)
            seconds = None
            if ways and not report.stopped:
                conditions = StudyConfiguration(opened, reproducible=reproducible, mix=allow_drift)
                seconds = score_with_alternatives(opened, ways, slots=slots, conditions=conditions)
    if as_json:
        say_json(report.as_record() | ({"alternative_scorers": seconds.as_record()} if seconds is not None else {}))
    raise_if_stopped(report)
    if not as_json:
        say(f"{report.study}: {report.total - len(report.missing)} of {plural(report.total, 'answer')}")
        for line in seconds.lines() if seconds is not None else ():
            say(line)
    if seconds is not None:
        seconds.raise_if_stopped()
    if report.failed or (seconds is not None and seconds.missing):
        raise typer.Exit(FAILED)


def import_answers(
    study: Study,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines: case_id, text, and what else is known.")],
    model: Annotated[str, typer.Option("--model", help="Whose answers these are: the model's name in the study.")],
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Import external answers, and score them.

    All lines of the file, or none; --skip-bad leaves out faulty lines. The same file may be given again. A case may
    be named by its original id. Reasoning between markers such as <think> and </think> is split off the answer.
    """
    from doubleread.device import this_device
    from doubleread.read_model.blinding import blinding_of
    from doubleread.runs.importing import import_answers as imported
    from doubleread.store import StudyFile

    check_skipped_out(skipped_out, skip_bad=skip_bad)
    with StudyFile.open(existing_study(study), device=this_device()) as opened:
        known = {item.name: item for item in opened.models()}
        if model not in known:
            named = blinding_of(opened).named
            use = f"use {' or '.join(known)}" if named else "use the name that it was given when the study was made"
            raise WrongUseError("Unknown model", f'the study has no model "{model}"', use)
        done = imported(opened, file, known[model], skip_bad=skip_bad)
    if as_json:
        counts = {"added": done.added, "same": done.same, "missing": done.missing}
        reasoning = {"reasoning_split_off": done.reasoned, "reasoning_unfinished": done.unfinished}
        say_json({"study": str(opened.path), "model": model, **counts, **reasoning, **left_out_json(done.left_out)})
    else:
        say(f"{opened.path}: {plural(done.added, 'answer')} of {model} imported, {done.missing} still missing")
    if done.same:
        note(f"note: {plural(done.same, 'answer')} {verb(done.same, 'was', 'were')} there already, to the letter")
    if done.reasoned:
        note(f"note: reasoning was split off {plural(done.reasoned, 'answer')}; it is neither shown blind nor scored")
    if done.unfinished:
        note(f"note: in {plural(done.unfinished, 'answer')} the reasoning never ends; they count as truncated")
    for case_id, markers in list(done.suspects.items())[:_SUSPECTS_SHOWN]:
        note(f"note: {case_id}: the answer contains what looks like a marker of reasoning: {', '.join(markers)}")
    if done.suspects:
        note(
            f"note: {plural(len(done.suspects), 'answer')} of that kind; if it delimits reasoning, add the pair to the"
            " protocol of a new study as [[reasoning]]"
        )
    if not as_json or skipped_out:
        say_left_out(done.left_out, skipped_out, "line")


def score(study: Study) -> None:
    """Score every answer again, with this version of the scorer.

    Readings are not touched, nor what a person has resolved.
    """
    from doubleread.device import this_device
    from doubleread.read_model.blinding import blinding_of
    from doubleread.runs.rescoring import score_again
    from doubleread.store import StudyFile

    with StudyFile.open(existing_study(study), device=this_device()) as opened:
        done = score_again(opened)
        blinding = blinding_of(opened)
    for change in done.changes:
        note(f"{_place(change, blinding)}: {change.before or 'not scored'} -> {change.after}")
    for change in done.under_overrides:
        note(
            f"{_place(change, blinding)}: the override still counts, but the automatic score has"
            f" changed since ({change.before} -> {change.after}); doubleread review-scores shows it again"
        )
    say(f"{plural(done.scored, 'answer')} scored, {len(done.changes)} with another outcome than before")


def _place(change: Change, blinding: Blinding) -> str:
    return f"{change.case_id}, {change.model}" if blinding.named else change.case_id
