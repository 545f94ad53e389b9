"""The commands that create a study, add answers, and score them again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.case_reading import (
    CaseSource,
    Encoding,
    FormatName,
    Licence,
    Mapped,
    Split,
    Values,
    read_as,
)
from doubleread.cli.exit_codes import FAILED, WrongUseError
from doubleread.cli.left_out import SkipBad, SkippedOut, check_skipped_out, left_out_json, say_left_out
from doubleread.cli.names import new_study_path, study_to_read, study_to_write
from doubleread.cli.options import AsJson, Study
from doubleread.cli.steps_shown import steps_shown
from doubleread.console import note, say, say_json
from doubleread.domain.wording import plural, verb

if TYPE_CHECKING:
    from doubleread.read_model.blinding import Blinding
    from doubleread.runs.measuring import Measured
    from doubleread.runs.rescoring import Change


_SUSPECTS_SHOWN = 5


def new(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study file to create.")],
    cases: Annotated[
        list[Path],
        typer.Option("--cases", help="A case file, or a folder of cases; may be repeated. See cases convert."),
    ],
    model_a: Annotated[str, typer.Option("--model-a", help="The GGUF file of arm A, or a name; see above.")] = "",
    model_b: Annotated[str, typer.Option("--model-b", help="The GGUF file of arm B, or a name.")] = "",
    name_a: Annotated[str, typer.Option("--name-a", help="What to call arm A; by default, its model's name.")] = "",
    name_b: Annotated[str, typer.Option("--name-b", help="What to call arm B.")] = "",
    role_a: Annotated[
        str,
        typer.Option("--role-a", help="What describes arm A, such as biomedical; used to ask readers which is which."),
    ] = "",
    role_b: Annotated[str, typer.Option("--role-b", help="What describes arm B, such as general.")] = "",
    chat_template_a: Annotated[
        str,
        typer.Option(
            "--chat-template-a",
            metavar="NAME|FILE|gguf:NAME",
            help="Arm A's chat template, instead of its file's own; see doubleread models templates.",
        ),
    ] = "",
    chat_template_b: Annotated[
        str, typer.Option("--chat-template-b", metavar="NAME|FILE|gguf:NAME", help="Arm B's chat template.")
    ] = "",
    lora_a: Annotated[
        list[str] | None,
        typer.Option("--lora-a", metavar="FILE[:SCALE]", help="A LoRA adapter of arm A; may be repeated."),
    ] = None,
    lora_b: Annotated[
        list[str] | None, typer.Option("--lora-b", metavar="FILE[:SCALE]", help="The same for arm B.")
    ] = None,
    server_a: Annotated[
        str,
        typer.Option(
            "--server-a", metavar="URL", help="The address of an OpenAI-compatible server, instead of --model-a."
        ),
    ] = "",
    server_b: Annotated[str, typer.Option("--server-b", metavar="URL", help="The same for arm B.")] = "",
    server_model_a: Annotated[
        str, typer.Option("--server-model-a", metavar="ID", help="The id of the model on that server.")
    ] = "",
    server_model_b: Annotated[str, typer.Option("--server-model-b", metavar="ID", help="The same for arm B.")] = "",
    temperature_a: Annotated[
        float | None,
        typer.Option("--temperature-a", min=0, max=10, help="Arm A's temperature, instead of the protocol's."),
    ] = None,
    temperature_b: Annotated[
        float | None, typer.Option("--temperature-b", min=0, max=10, help="Arm B's temperature.")
    ] = None,
    corpus_a: Annotated[
        str,
        typer.Option(
            "--corpus-a",
            metavar="FILE|case documents",
            help="The corpus that arm A's passages come from; see doubleread corpus build.",
        ),
    ] = "",
    corpus_b: Annotated[
        str, typer.Option("--corpus-b", metavar="FILE|case documents", help="The same for arm B.")
    ] = "",
    passages_a: Annotated[
        int | None, typer.Option("--passages-a", min=1, max=100, help="How many passages arm A is given; 5 by default.")
    ] = None,
    passages_b: Annotated[int | None, typer.Option("--passages-b", min=1, max=100, help="The same for arm B.")] = None,
    title: Annotated[
        str | None, typer.Option("--title", help="The study's title; by default, the file's name.")
    ] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", help="A TOML file; see doubleread protocol presets NAME.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A preset protocol; see doubleread protocol presets.")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="A preset task for the models; see doubleread protocol tasks.")
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(
            "--shots",
            min=0,
            max=50,
            help="How many cases become solved examples in the prompt; the task's number by default.",
        ),
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(
            "--training", help="Training cases that readers must pass first; see doubleread protocol training."
        ),
    ] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Encrypt the file with a passphrase, which you type twice.")
    ] = False,
    format_name: FormatName = "",
    encoding: Encoding = None,
    mapped: Mapped = None,
    values: Values = None,
    source: CaseSource = "",
    licence: Licence = "",
    split: Split = "",
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Create a study from cases and two arms.

    Left/right order is randomised for each reader and case. Instead of a file you can give the name of a bundled
    model. Any other name stands for external answers: add them with import-answers. If the roles differ,
    readers are asked at the end which answer is whose; this blinding assessment shows whether they were blind.

    --task sets what the models are asked, as in a published benchmark; --preset what the readers are asked.

    The same file can be given twice, if the arms differ in chat template, adapters, prompt, retrieval or decoding. A
    protocol file can set all of this in [arms.a] and [arms.b]; options override it.
    """
    from doubleread.cli.passphrases import PASSPHRASE, chosen_key, say_recovery_key
    from doubleread.runs.new_study import NOT_CREATED, NewStudy, create_study, prepare_study
    from doubleread.runs.protocol_arms import ArmDraft

    path = new_study_path(study, NOT_CREATED)
    check_skipped_out(skipped_out, skip_bad=skip_bad)
    arms = (
        ArmDraft(
            model_a,
            name_a,
            role_a,
            chat_template_a,
            tuple(lora_a or ()),
            {},
            _temperature(temperature_a),
            _server(server_a, server_model_a),
            _retrieval(corpus_a, passages_a),
        ),
        ArmDraft(
            model_b,
            name_b,
            role_b,
            chat_template_b,
            tuple(lora_b or ()),
            {},
            _temperature(temperature_b),
            _server(server_b, server_model_b),
            _retrieval(corpus_b, passages_b),
        ),
    )
    wanted = NewStudy(
        path=path,
        cases=tuple(cases),
        how=read_as(format_name, encoding, mapped, values, source, licence, split),
        arms=arms,
        title=title,
        protocol_file=protocol,
        preset=preset or "",
        task=task or "",
        shots=shots,
        skip_bad=skip_bad,
        encrypted=encrypt,
        training=training,
    )
    with steps_shown() as step:
        prepared = prepare_study(wanted, note, step)
    key = chosen_key(path, PASSPHRASE) if encrypt else None
    created = create_study(prepared, key)
    for remark in created.notes:
        note(remark)
    if as_json:
        record = {"study": str(path), "cases": created.cases, "arms": [arm.name for arm in created.arms]}
        say_json({**record, **left_out_json(created.left_out)})
    else:
        names = " and ".join(arm.name for arm in created.arms)
        say(f"{path}: {plural(created.cases, 'case')}, {names}")
    say_left_out(created.left_out, skipped_out, as_json=as_json)
    if key is not None:
        say_recovery_key(key, as_json=as_json)
    if as_json:
        return
    for arm in created.arms:
        if arm.external:
            say(f"next: doubleread import-answers {path} FILE --arm {shlex.quote(arm.name)}")
    if created.runnable:
        say(f"next: doubleread run {path}")


def _server(url: str, model: str) -> dict[str, str]:
    return {name: value for name, value in (("url", url), ("model", model)) if value}


def _retrieval(corpus: str, passages: int | None) -> dict[str, str | int]:
    return {**({"corpus": corpus} if corpus else {}), **({"top": passages} if passages is not None else {})}


def _temperature(given: float | None) -> dict[str, float]:
    return {} if given is None else {"temperature": given}


def run(
    study: Study,
    slots: Annotated[
        int | None,
        typer.Option(
            "--slots",
            min=1,
            max=64,
            help="Answers that each model generates in parallel; the default is what fits, or a server's concurrency.",
        ),
    ] = None,
    reproducible: Annotated[
        bool, typer.Option("--reproducible", help="Byte-identical answers on the same machine; slower.")
    ] = False,
    allow_drift: Annotated[
        bool,
        typer.Option("--allow-drift", help="Continue despite configuration drift; the log records what differs."),
    ] = False,
    alternative_scorers: Annotated[
        str,
        typer.Option(
            "--alternative-scorers",
            metavar="NAMES",
            help="Then also use these alternative scorers, separated by commas: letters, texts, constrained.",
        ),
    ] = "",
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="SCHEDULER",
            help="Generate on a Dask cluster: its scheduler's address or file, or local:N for N workers here.",
        ),
    ] = None,
    dask_models: Annotated[
        list[Path] | None,
        typer.Option(
            "--dask-models",
            metavar="FOLDER",
            help="A folder in which the cluster's workers look for the models; may be repeated.",
        ),
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure/--no-measure",
            help="Measure models that were never tuned, if they have many answers to generate; see doubleread tune.",
        ),
    ] = True,
    prompt_cache: Annotated[
        bool,
        typer.Option("--prompt-cache/--no-prompt-cache", help="Keep processed prompts on disk, and use those kept."),
    ] = True,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be generated, how and with how much memory; generate nothing."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Generate the missing answers of both models.

    You can stop it at any time and run it again to continue.
    """
    from doubleread import locations
    from doubleread.cli.alternative_scorers import score_with_alternatives, scorers_named
    from doubleread.cli.generating import generate_missing, raise_if_stopped
    from doubleread.config import load_settings
    from doubleread.read_model.blinding import blinded_errors
    from doubleread.runs.configuration import StudyConfiguration
    from doubleread.runs.study_run import RunOptions
    from doubleread.store.files.risky_folders import warn_of_folder

    if reproducible and slots not in (None, 1):
        raise WrongUseError("Wrong use", "--reproducible generates one answer at a time", "omit --slots")
    scorers = scorers_named(alternative_scorers)
    if dask is not None and not dask.strip():
        raise WrongUseError("Wrong use", "--dask names no scheduler", "give its address or file, or local:N")
    if dask and (dry_run or scorers):
        other = "--dry-run" if dry_run else "--alternative-scorers"
        raise WrongUseError("Wrong use", f"{other} works on this machine alone", f"omit --dask or {other}")
    if dask_models and not dask:
        raise WrongUseError("Wrong use", "--dask-models is given without --dask", "add --dask SCHEDULER")
    if dry_run:
        from doubleread.cli.plan_table import say_dry_run

        with study_to_read(study) as opened, blinded_errors(opened):
            say_dry_run(opened, slots=slots)
        return
    options = RunOptions(
        slots=slots,
        reproducible=reproducible,
        allow_drift=allow_drift,
        scheduler=dask or "",
        model_folders=tuple(dask_models or ()),
        measure=measure and load_settings(locations.settings_file()).measure_models,
        prompt_cache=prompt_cache,
    )
    with study_to_write(study) as opened:
        warn_of_folder(opened.path)
        with blinded_errors(opened):
            report = generate_missing(opened, options)
            scored = None
            if scorers and not report.stopped:
                configuration = StudyConfiguration(opened, reproducible=reproducible, allow_drift=allow_drift)
                scored = score_with_alternatives(
                    opened, scorers, slots=slots, configuration=configuration, prompt_cache=prompt_cache
                )
    if as_json:
        say_json(report.as_record() | ({"alternative_scorers": scored.as_record()} if scored is not None else {}))
    raise_if_stopped(report)
    if not as_json:
        say(f"{report.study}: {report.written} of {plural(report.total, 'answer')}")
        for line in scored.lines() if scored is not None else ():
            say(line)
    if scored is not None:
        scored.raise_if_stopped()
    if report.failed or (scored is not None and scored.missing):
        raise typer.Exit(FAILED)


def import_answers(
    study: Study,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSON Lines or a table with case_id, text and optional fields, or a log of another program.",
        ),
    ],
    arm: Annotated[str, typer.Option("--arm", help="The arm that wrote the answers, by its name in the study.")],
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            help='The file\'s format, one that "doubleread cases formats" lists; recognised from its contents by'
            " default.",
        ),
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="FIELD=NAME", help="The column that contains a field of the answers; may be repeated."
        ),
    ] = None,
    skip_bad: SkipBad = False,
    skipped_out: SkippedOut = None,
    as_json: AsJson = False,
) -> None:
    """Import external answers, and score them.

    It also reads logs of Inspect (.eval and .json), sample files of lm-evaluation-harness, and output of OpenAI's
    Batch API. A file with a faulty line is not imported unless --skip-bad skips it. You can import the same file again.
    Cases can be named by their original ids. Reasoning between markers such as <think> and </think> is split off the
    answer.
    """
    from doubleread.cases.answer_formats import ANSWER_FORMATS, OWN
    from doubleread.runs.importing import arm_named
    from doubleread.runs.importing import import_answers as imported

    check_skipped_out(skipped_out, skip_bad=skip_bad)
    columns = _columns(column or ())
    if format_name and format_name not in ANSWER_FORMATS:
        happened = f'there is no format "{format_name}"'
        raise WrongUseError("Unknown answer format", happened, f"use {', '.join(ANSWER_FORMATS)}")
    if columns and format_name not in ("", OWN):
        raise WrongUseError("Wrong use", f"{format_name} has no columns to name", "leave out --column or --format")
    with study_to_write(study) as opened:
        wanted = arm_named(opened, arm)
        done = imported(opened, file, wanted, skip_bad=skip_bad, format_name=format_name, columns=columns)
    if not format_name and done.format != OWN:
        note(f"note: {file} is read as {done.format}; if that is wrong, name its format with --format")
    if as_json:
        counts = {"added": done.added, "same": done.same, "missing": done.missing}
        reasoning = {"reasoning_split_off": done.reasoned, "reasoning_unfinished": done.unfinished}
        about = {"study": str(opened.path), "arm": arm, "format": done.format}
        say_json({**about, **counts, **reasoning, **left_out_json(done.left_out)})
    else:
        say(f"{opened.path}: {plural(done.added, 'answer')} of {arm} imported, {done.missing} still missing")
    if done.same:
        note(f"note: {plural(done.same, 'answer')} {verb(done.same, 'was', 'were')} already in the study, unchanged")
    if done.reasoned:
        note(f"note: reasoning was split off {plural(done.reasoned, 'answer')}; it is neither shown blind nor scored")
    if done.unfinished:
        count = verb(done.unfinished, "it counts", "they count")
        note(f"note: in {plural(done.unfinished, 'answer')} the reasoning never ends; {count} as truncated")
    for case_id, markers in list(done.suspects.items())[:_SUSPECTS_SHOWN]:
        note(f"note: {case_id}: the answer contains what looks like a reasoning marker: {', '.join(markers)}")
    if done.suspects:
        note(
            f"note: {plural(len(done.suspects), 'answer')} of that kind; if it delimits reasoning, add the pair to the"
            " protocol of a new study as [[reasoning]]"
        )
    say_left_out(done.left_out, skipped_out, as_json=as_json)


def _columns(given: Iterable[str]) -> dict[str, str]:
    """Return the column of each field that --column names."""
    from doubleread.cases.answers import FIELDS

    named = {field: name for field, _, name in (one.partition("=") for one in given)}
    for field, name in named.items():
        if field not in FIELDS or not name.strip():
            happened = f"--column {field}={name} does not name a field's column"
            raise WrongUseError("Wrong use", happened, f"write FIELD=NAME; fields are {', '.join(FIELDS)}")
    return named


def score(
    study: Study,
    concepts: Annotated[
        Path | None,
        typer.Option(
            "--concepts",
            help="Score summaries by the concepts in this list: a table with the columns term and concept, or"
            " MRCONSO.RRF of UMLS.",
        ),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help="The language of the terms to use from MRCONSO.RRF.")
    ] = "ENG",
    bertscore: Annotated[
        Path | None,
        typer.Option(
            "--bertscore", metavar="FOLDER", help="Score summaries by BERTScore with the model in this folder."
        ),
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(
            "--layers",
            min=1,
            help="The layer of that model to use; by default, bert-score's recommendation or the last one.",
        ),
    ] = None,
) -> None:
    """Score every answer again, with the current scorers.

    Readings and score reviews are not changed. With --concepts or --bertscore, summaries are also scored by these
    alternative scorers.
    """
    from doubleread.read_model.blinding import blinding_of
    from doubleread.runs.bertscore import load_bert_scorer
    from doubleread.runs.concept_lists import read_concept_list
    from doubleread.runs.measuring import measure_bertscore, measure_concepts
    from doubleread.runs.rescoring import score_again

    with study_to_write(study) as opened:
        known = None if concepts is None else read_concept_list(concepts, language)
        scorer = None if bertscore is None else load_bert_scorer(bertscore, layers)
        with steps_shown() as step:
            done = score_again(opened, step)
        blinding = blinding_of(opened)
        for change in done.changes:
            note(f"{_place(change, blinding)}: {change.before or 'not scored'} -> {change.after}")
        for change in done.under_overrides:
            note(
                f"{_place(change, blinding)}: the score review still counts, but the automatic score has"
                f" changed since ({change.before} -> {change.after}); review it again with doubleread review-scores"
            )
        say(f"{plural(done.scored, 'answer')} scored, {len(done.changes)} with a changed outcome")
        if known is not None:
            _say_measured("concepts", known.version, measure_concepts(opened, known))
        if scorer is not None:
            _say_measured("BERTScore", scorer.version, measure_bertscore(opened, scorer))


def _say_measured(what: str, version: str, done: Measured) -> None:
    without = done.scored - done.measured
    left = f", {without} without measures" if without else ""
    say(f"{plural(done.scored, 'summary', 'summaries')} scored by {what}{left}; version {version}")


def _place(change: Change, blinding: Blinding) -> str:
    return f"{change.case_id}, {change.arm}" if blinding.named else change.case_id
