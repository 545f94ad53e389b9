"""`doubleread models ...`: list and inspect the GGUF files of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json, say_table
from doubleread.domain.wording import size_text

if TYPE_CHECKING:
    from doubleread.engine.gguf.model_info import ModelInfo


def list_models(as_json: AsJson = False) -> None:
    """List the GGUF files of this machine.

    Searches the current folder and the folders of LM Studio, Ollama, llama.cpp and Hugging Face.
    """
    from doubleread.engine.gguf.places import found_models

    found = found_models()
    if as_json:
        say_json(
            {
                "models": [
                    {
                        "name": model.name,
                        "place": model.place,
                        "path": str(model.path),
                        "bytes": model.size,
                        "problem": model.problem or None,
                    }
                    for model in found
                ]
            }
        )
        return
    if not found:
        say("No GGUF file was found. Put one into the folder models/, or give its path to doubleread new.")
        return
    rows = [[model.place, model.name, model.problem or size_text(model.size), str(model.path)] for model in found]
    say_table(["place", "model", "size", "file"], rows)


def inspect(
    gguf: Annotated[Path, typer.Argument(metavar="GGUF", help="The model file.")],
    render: Annotated[
        bool,
        typer.Option("--render", help="Show the exact prompt of a case instead, with its token ids."),
    ] = False,
    cases: Annotated[
        Path | None, typer.Option("--cases", help="With --render: the case pack; by default, the demo's.")
    ] = None,
    case: Annotated[
        str, typer.Option("--case", metavar="ID", help="With --render: the case; by default, the first of the pack.")
    ] = "",
    chat_template: Annotated[
        str,
        typer.Option(
            "--chat-template",
            metavar="NAME|FILE|gguf:NAME",
            help="With --render: the chat template, instead of the file's own; see doubleread models templates.",
        ),
    ] = "",
    protocol: Annotated[
        Path | None, typer.Option("--protocol", help="With --render: the protocol's TOML file; by default, as in new.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the metadata of a GGUF file, or the prompt of a case.

    Also checks that llama.cpp can load the model and that its chat template works. The weights are not loaded.
    """
    if render:
        _render(gguf, cases, case, chat_template, protocol, as_json=as_json)
        return
    if cases or case or chat_template or protocol:
        raise WrongUseError(
            "Wrong use", "--cases, --case, --chat-template and --protocol say what to render", "add --render"
        )
    from dataclasses import asdict

    from doubleread.engine.gguf.chat_templates import IN_FILE
    from doubleread.engine.gguf.examine import examine

    info = examine(gguf, usable=False)
    if as_json:
        say_json(asdict(info))
        return
    rows = [
        ["name", info.name],
        ["kind", info.kind],
        ["file", f"{info.path}, {size_text(info.file_bytes)}{_in_parts(info)}"],
        ["architecture", info.architecture or "not stated"],
        ["parameters", count_text(info.parameters)],
        ["quantisation", info.quantisation],
        ["context", f"{info.context_length:,} tokens" if info.context_length else "not stated"],
        ["vocabulary", str(info.vocabulary_size)],
        ["chat template", "yes" if info.has_chat_template else "none"],
        *(["named template", f"{IN_FILE}{name}"] for name in info.named_templates),
        ["can answer", "no" if info.problems else "yes"],
    ]
    rows += [["problem", problem] for problem in info.problems]
    rows += [["note", note] for note in info.notes]
    rows += [[key, str(value)] for key, value in info.metadata.items()]
    say_table(["", ""], rows)


def _render(
    gguf: Path, cases: Path | None, case_id: str, chat_template: str, protocol: Path | None, *, as_json: bool
) -> None:
    from doubleread import locations
    from doubleread.cases.packs import read_packs, take
    from doubleread.cli.case_prompt import say_case_prompt
    from doubleread.domain.study import Protocol
    from doubleread.engine.gguf.examine import examine
    from doubleread.engine.installed import require_engine
    from doubleread.runs.case_prompts import prompt_of_case
    from doubleread.runs.protocol_file import ProtocolFile, read_protocol_file
    from doubleread.runs.study_arms import named_template

    require_engine()
    pack = cases or locations.bundled("cases", "demo.jsonl")
    taken = take(read_packs([pack]), title="Cases not read", skip_bad=False).cases
    case = next((case for case in taken if case_id in ("", case.id)), None)
    if case is None:
        raise WrongUseError("Unknown case", f'{pack} has no case "{case_id}"', f"use an id such as {taken[0].id}")
    said = read_protocol_file(protocol) if protocol else ProtocolFile(Protocol(), {})
    if said.sets_arms:
        note(f"note: [arms] in {protocol} is ignored: this is the prompt of arms that set none of their own")
    settings = said.protocol
    template = named_template(chat_template, str(gguf)) if chat_template else None
    info = examine(gguf, template=template)
    say_case_prompt(prompt_of_case(info, case, settings, template), as_json=as_json)


def list_templates(as_json: AsJson = False) -> None:
    """List the chat templates that can be named.

    They are for model files without a chat template, or with a wrong one. The name none is for base models, which
    continue text. A template that a model file keeps under a name of its own is gguf:NAME; doubleread models inspect
    lists those.
    """
    from doubleread.engine.templates.families import template_families

    families = template_families().values()
    if as_json:
        say_json(
            {"templates": [{"name": item.name, "title": item.title, "template": item.template} for item in families]}
        )
        return
    say_table(["name", "models"], [[family.name, family.title] for family in families])


def _in_parts(info: ModelInfo) -> str:
    return f" in {len(info.parts)} parts" if info.parts else ""


def count_text(count: int) -> str:
    """Return a number of parameters as people say it: "951 thousand", "8.0 billion"."""
    for limit, word in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if count >= limit:
            return f"{count / limit:.1f} {word}"
    return str(count)
