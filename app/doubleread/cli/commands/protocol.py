"""`doubleread protocol ...`: what is asked of models and readers, as a file that is checked, shown and begun from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.entry import WrongUseError
from doubleread.cli.names import existing_study
from doubleread.cli.options import AsJson, Study
from doubleread.console import say, say_json, say_table
from doubleread.domain.wording import plural

if TYPE_CHECKING:
    from doubleread.domain.presets import Preset
    from doubleread.domain.study import Protocol

COMMENTS = {
    "n_ctx": "Tokens of prompt and answer that a model can hold.",
    "label_set": "The labels of annotations: creola-1, hegselmann-1, medhallu-1, or the name of [own_labels].",
    "reveal_key": "What the commit shows: key and explanation, scores, the models' reasoning, the models' names.",
    "read_twice": "Proportion of the cases that `doubleread assign --plan proportion` gives to several readers.",
    "repeat_proportion": "Proportion of each reader's cases that come a second time, unmarked.",
    "order": "Assigned cases come in the study's order (study), or in one drawn for each reader (drawn).",
    "sentences": "Readers judge sentence by sentence as well: off, offered, or required before the commit.",
    "guideline": "Markdown, which a key shows while reading.",
    "redact": "Words by which an answer names its model are redacted until names may be known.",
    "blinding_assessment": "When readers are asked which answer is whose: end (of the worklist), each or never.",
    "axes": "What the two answers are compared by, beside the preference; each may be a tie.",
}


def group() -> typer.Typer:
    """Return the commands of the group."""
    protocol = typer.Typer(help="Check, show and change what models and readers are asked.", no_args_is_help=True)
    protocol.command("show")(show)
    protocol.command("check")(check)
    protocol.command("change")(change)
    protocol.command("presets")(presets)
    return protocol


def show(study: Study, as_json: AsJson = False) -> None:
    """Print a study's protocol as a TOML file.

    Changed, it is checked with protocol check.
    """
    from doubleread.sessions.study_library import opened_to_look

    with opened_to_look(existing_study(study)) as opened:
        if as_json:
            say_json({"sha256": opened.protocol_sha256, "protocol": opened.protocol.as_record()})
            return
        say(f"# The protocol of {opened.path.name}, sha256 {opened.protocol_sha256}")
        say(protocol_text(opened.protocol).rstrip("\n"))


def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A protocol, TOML.")]) -> None:
    """Name everything that is wrong with a protocol at once.

    Exits with 1 where something is.
    """
    from doubleread.runs.protocol_file import read_protocol

    protocol = read_protocol(file)
    labels = protocol.labels
    axes = f", {plural(len(protocol.axes), 'axis', 'axes')}" if protocol.axes else ""
    categories = plural(len(labels.categories), "category", "categories")
    say(f"{file}: nothing wrong ({labels.name} with {categories}{axes}), sha256 {protocol.sha256}")


def change(
    study: Study,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new version of the protocol, TOML.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is changed; it stays in the log.")],
) -> None:
    """Put a new version of the protocol in force. Readings keep theirs.

    What the answers came about by (prompt, decoding, n_ctx) stays as it is once there are answers.
    """
    from dataclasses import replace

    from doubleread.device import this_device
    from doubleread.domain.study import Protocol
    from doubleread.runs.protocol_file import read_protocol
    from doubleread.store import StudyFile

    new = read_protocol(file)
    with StudyFile.open(existing_study(study), device=this_device()) as opened:
        if new.title == Protocol().title:
            new = replace(new, title=opened.protocol.title)
        before = opened.protocol_sha256
        opened.change_protocol(new, reason)
        say(f"{opened.path}: version {len(opened.protocols())} of the protocol, sha256 {opened.protocol_sha256}")
        say(f"before: {before}")


def presets(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one as a TOML file.")] = None,
) -> None:
    """List the protocols to begin with, or print one.

    Printed into a file and changed there, it is given to new with --protocol.
    """
    from doubleread.domain.presets import PRESETS

    if name is None:
        rows = [(preset.name, preset.about) for preset in PRESETS.values()]
        say_table(("preset", "what the readers do"), rows)
        return
    preset = preset_named(name)
    say(f"# {preset.about}")
    say(protocol_text(preset.protocol).rstrip("\n"))


def preset_named(name: str) -> Preset:
    """Return a preset. Raises WrongUseError, which names all of them, for one that there is not."""
    from doubleread.domain.presets import PRESETS

    if name not in PRESETS:
        raise WrongUseError("Unknown preset", f'there is no preset "{name}"', f"use {', '.join(PRESETS)}")
    return PRESETS[name]


def protocol_text(protocol: Protocol) -> str:
    """Return a protocol as TOML with comments; `read_protocol` returns the same protocol of it."""
    from doubleread.domain.toml import to_toml

    record = {**protocol.as_record(), "redact": protocol.redact, "blinding_assessment": protocol.blinding_assessment}
    if own := record["own_labels"]:
        for label in (own["omission"], *own["bases"], *own["harms"], *own["certainties"]):
            del label["key"]
    return to_toml(record, COMMENTS)
