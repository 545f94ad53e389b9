"""`doubleread protocol ...`: check, show, change and start protocols."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.names import study_to_read, study_to_write
from doubleread.cli.options import AsJson, Study
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import plural


def show(study: Study, as_json: AsJson = False) -> None:
    """Print a study's protocol as a TOML file.

    After editing the file, check it with protocol check.
    """
    from doubleread.runs.protocol_file import protocol_text

    with study_to_read(study) as opened:
        if as_json:
            say_json({"sha256": opened.protocol_sha256, "protocol": opened.protocol.as_record()})
            return
        say(f"# The protocol of {opened.path.name}, sha256 {opened.protocol_sha256}")
        say(protocol_text(opened.protocol).rstrip("\n"))


def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A protocol, TOML.")]) -> None:
    """Check a protocol and report all its problems at once.

    The exit code is 1 if there is a problem.
    """
    from doubleread.runs.protocol_file import read_protocol

    protocol = read_protocol(file)
    labels = protocol.labels
    axes = f", {plural(len(protocol.axes), 'axis', 'axes')}" if protocol.axes else ""
    scales = f", {plural(len(protocol.rated_scales), 'scale')} for answers" if protocol.rated_scales else ""
    categories = plural(len(labels.categories), "category", "categories")
    say(f"{file}: no problems ({labels.name} with {categories}{axes}{scales}), sha256 {protocol.sha256}")


def change(
    study: Study,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new version of the protocol, TOML.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is changed; logged.")],
) -> None:
    """Put a new version of the protocol in force.

    Existing readings keep their version. Once there are answers, prompt, decoding and n_ctx cannot change. Readers who
    are qualified stay so; others begin with the training cases that the file names in [training].
    """
    from dataclasses import replace

    from doubleread.domain.study import Protocol
    from doubleread.runs.new_study import training_of
    from doubleread.runs.protocol_file import read_protocol_file

    said = read_protocol_file(file)
    new = said.protocol
    if said.sets_arms:
        note(f"note: [arms] in {file} is ignored: the arms of a study never change")
    with study_to_write(study) as opened:
        if new.title == Protocol().title:
            new = replace(new, title=opened.protocol.title)
        before = opened.protocol_sha256
        known = opened.training.cases()
        training = known
        if said.training_file is not None or not known:
            training = training_of(new, said.training_file, opened.case_ids())
        opened.change_protocol(new, reason)
        if training and training != known:
            opened.training.choose(training)
            note(f"note: readers begin with {plural(len(training), 'training case')} from {said.training_file}")
        say(f"{opened.path}: version {len(opened.protocols())} of the protocol, sha256 {opened.protocol_sha256}")
        say(f"before: {before}")


def presets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one as a TOML file.")] = None,
) -> None:
    """List the preset protocols, or print one.

    To adapt a preset, save it to a file, edit the file and give it to doubleread new with --protocol.
    """
    from doubleread.domain.presets import PRESETS, preset_named
    from doubleread.runs.protocol_file import protocol_text

    if name is None:
        rows = [(preset.name, preset.about) for preset in PRESETS.values()]
        say_table(("preset", "what the readers do"), rows)
        return
    preset = preset_named(name)
    say(f"# {preset.about}")
    say(protocol_text(preset.protocol).rstrip("\n"))


def tasks(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one as a TOML file.")] = None,
) -> None:
    """List the preset tasks, or print one with its source.

    A preset task says what the models are asked, a preset protocol what the readers are asked. new takes one of each.
    """
    from doubleread.domain.study import Protocol
    from doubleread.domain.tasks import TASKS, task_named
    from doubleread.runs.protocol_file import protocol_text

    if name is None:
        rows = [(task.name, task.format, str(task.shots), task.about) for task in TASKS.values()]
        say_table(("task", "format", "shots", "what the models are asked"), rows)
        return
    task = task_named(name)
    lines = [task.about, f"source: {task.source}", f"metrics: {task.metrics}", f"examples (shots): {task.shots}"]
    lines += [f"deviates: {deviation}" for deviation in task.deviations]
    for line in lines:
        say(f"# {line}")
    say(protocol_text(task.applied(Protocol())).rstrip("\n"))


def training(
    study: Study,
    out: Annotated[Path, typer.Option("--out", help="The file to write, JSON Lines; - for standard output.")],
    cases: Annotated[
        str, typer.Option("--cases", help="Ids of adjudicated cases, separated by commas; all of them by default.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write training cases made of a study's adjudicated cases.

    What the adjudicator decided is the reference; words by which an answer names its model are redacted. Add a feedback
    to each case, and accepted alternatives, then give the file to doubleread new with --training.
    """
    from doubleread.cases.training_file import as_training_lines
    from doubleread.cli.output_file import check_output, is_standard_output, output_file
    from doubleread.runs.training_set import training_from_study

    check_output(out, force=force)
    with study_to_read(study) as opened:
        made = training_from_study(opened, [case_id.strip() for case_id in cases.split(",") if case_id.strip()])
    with output_file(out, force=force) as file:
        file.writelines(as_training_lines(made))
    if not is_standard_output(out):
        say(f"{out}: {plural(len(made), 'training case')}")
