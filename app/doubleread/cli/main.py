"""All commands with their names and groups, and the behaviour of bare `doubleread`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from doubleread import __version__, locations
from doubleread.cli import passphrases, plain_mode
from doubleread.cli.commands import (
    adjudicate,
    backup,
    bench,
    case_list,
    cases,
    compare,
    conflicts,
    corpus,
    demo,
    deposit,
    doctor,
    encryption,
    import_annotations,
    log,
    merge,
    models,
    protocol,
    read,
    readers,
    report,
    results,
    review_scores,
    sample_size,
    serve,
    study,
    tune,
    verify,
)
from doubleread.cli.lean_arguments import make_lean
from doubleread.cli.names import named_study
from doubleread.cli.plain_mode import Plain

_Command = tuple[Callable[..., None], str]
"""A function, whose docstring is the help, and an example."""


class _StudyOrCommand(typer.core.TyperGroup):
    """The commands; in the place of one, the file of a study opens that study."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command of this name, else the one that opens a study if the first argument is one.

        What only looks like a file, by its suffix or a separator, is reported as a missing study, not as a command.
        """
        name = Path(args[0])
        known = args[0] in self.commands
        if known or args[0].startswith("-") or not (_looks_like_study(name) or named_study(name).is_file()):
            return super().resolve_command(ctx, args)
        opening = typer.Typer(add_completion=False, rich_markup_mode=None)
        opening.command()(read.open_file)
        return args[0], make_lean(typer.main.get_command(opening)), args


def _looks_like_study(name: Path) -> bool:
    return name.suffix == locations.STUDY_SUFFIX or len(name.parts) > 1 or name.is_dir()


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"doubleread {__version__}")
        raise typer.Exit


def library(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file",
            help="A file with the passphrases of encrypted studies, one per line; without it, you are asked.",
        ),
    ] = None,
    plain: Plain = None,
) -> None:
    """Read two local models' answers to clinical cases side by side, blind, and annotate hallucinations.

    Without a command, the library of studies opens; with the file of a study, that study. Everything stays on this
    machine.
    """
    del version
    passphrases.use_file(passphrase_file)
    plain_mode.use(plain)
    if context.invoked_subcommand is None:
        read.open_library()


_COMMANDS: Mapping[str, _Command] = {
    "demo": (demo.demo, "doubleread demo"),
    "new": (study.new, "doubleread new pilot --cases cases.jsonl --model-a base.gguf --model-b biomedical.gguf"),
    "run": (study.run, "doubleread run pilot"),
    "import-answers": (study.import_answers, 'doubleread import-answers pilot answers.jsonl --arm "Model X"'),
    "import-annotations": (
        import_annotations.import_annotations,
        "doubleread import-annotations pilot project-1.json --reader R-01",
    ),
    "score": (study.score, "doubleread score pilot"),
    "read": (read.read, "doubleread read pilot --reader R-01"),
    "serve": (serve.serve, "doubleread serve pilot"),
    "assign": (readers.assign, "doubleread assign pilot --plan all --readers R-01,R-02 --seed 1"),
    "adjudicate": (adjudicate.adjudicate, "doubleread adjudicate pilot --adjudicator S-01"),
    "review-scores": (review_scores.review, "doubleread review-scores pilot --adjudicator S-01"),
    "results": (results.results, "doubleread results pilot"),
    "compare": (compare.compare, "doubleread compare nejm jama --out comparison.html"),
    "export": (results.export, "doubleread export pilot --format jsonl --out pilot-export"),
    "verify": (verify.verify, "doubleread verify pilot"),
    "report": (report.report, "doubleread report pilot --out report.html"),
    "deposit": (deposit.deposit, 'doubleread deposit pilot --out pilot-deposit --attested-by "study lead"'),
    "sample-size": (sample_size.sample_size, "doubleread sample-size --difference 0.1 --discordant 0.3"),
    "split": (merge.split, "doubleread split pilot --reader R-02 --out r02"),
    "merge": (merge.merge, "doubleread merge pilot r02.doubleread"),
    "log": (log.show_log, "doubleread log pilot --reader R-01 --since 2026-03-01"),
    "backup": (backup.backup, "doubleread backup pilot --out pilot-copy"),
    "recover": (backup.recover, "doubleread recover pilot --out pilot-recovered"),
    "tune": (tune.tune, "doubleread tune base.gguf biomedical.gguf"),
    "doctor": (doctor.doctor, "doubleread doctor --study pilot"),
}
_GROUPS: Mapping[str, tuple[str, Mapping[str, _Command]]] = {
    "readers": (
        "Register, list and withdraw readers.",
        {
            "add": (readers.add, "doubleread readers add pilot --reader S-01 --role adjudicator"),
            "list": (readers.list_readers, "doubleread readers list pilot"),
            "withdraw": (readers.withdraw, 'doubleread readers withdraw pilot --reader R-02 --reason "moved away"'),
            "reinstate": (readers.reinstate, 'doubleread readers reinstate pilot --reader R-02 --reason "is back"'),
            "qualify": (readers.qualify, 'doubleread readers qualify pilot --reader R-01 --reason "trained earlier"'),
            "background": (
                readers.background,
                "doubleread readers background pilot --reader R-01 --specialty cardiology --years 12",
            ),
        },
    ),
    "encryption": (
        "Manage the passphrase and recovery key of a study.",
        {
            "recovery-key": (encryption.recovery_key, "doubleread encryption recovery-key pilot"),
            "change-passphrase": (encryption.change_passphrase, "doubleread encryption change-passphrase pilot"),
        },
    ),
    "cases": (
        "Check and convert case files, or list a study's cases.",
        {
            "check": (cases.check, "doubleread cases check cases.jsonl"),
            "list": (case_list.list_cases, 'doubleread cases list pilot --text "chest pain" --state unread'),
            "convert": (cases.convert, "doubleread cases convert table.csv --format table --out cases.jsonl"),
            "formats": (cases.formats, "doubleread cases formats"),
        },
    ),
    "corpus": (
        "Build and search documents for retrieval.",
        {
            "build": (corpus.build, "doubleread corpus build guidelines --out guidelines.corpus"),
            "search": (corpus.search, 'doubleread corpus search guidelines.corpus "dose in renal failure"'),
            "info": (corpus.info, "doubleread corpus info guidelines.corpus"),
        },
    ),
    "models": (
        "Find and inspect GGUF files.",
        {
            "list": (models.list_models, "doubleread models list"),
            "inspect": (models.inspect, "doubleread models inspect base.gguf"),
            "templates": (models.list_templates, "doubleread models templates"),
        },
    ),
    "protocol": (
        "Check, show and change protocols.",
        {
            "show": (protocol.show, "doubleread protocol show pilot > protocol.toml"),
            "check": (protocol.check, "doubleread protocol check protocol.toml"),
            "change": (protocol.change, 'doubleread protocol change pilot protocol.toml --reason "Clearer guideline"'),
            "training": (protocol.training, "doubleread protocol training pilot --out training.jsonl"),
            "presets": (protocol.presets, "doubleread protocol presets creola > protocol.toml"),
            "tasks": (protocol.tasks, "doubleread protocol tasks clue-mednli"),
        },
    ),
    "conflicts": (
        "List branches of readings and choose between them.",
        {
            "list": (conflicts.list_branches, "doubleread conflicts list pilot"),
            "resolve": (
                conflicts.resolve,
                'doubleread conflicts resolve pilot b620f8ffe580 --by S-01 --reason "opened by mistake"',
            ),
        },
    ),
    "bench": (
        "Compare the engine with other ways to run a model.",
        {
            "run": (bench.run, "doubleread bench run base.gguf --slots 8"),
            "make-model": (bench.make_model, "doubleread bench make-model --shape llama-1b --out random-1b.gguf"),
        },
    ),
}


_CLASSES = {"export": results.ExportCommand}
"""Of commands whose help has more than the docstring."""


def _add(parent: typer.Typer, commands: Mapping[str, _Command]) -> None:
    for name, (function, example) in commands.items():
        about = f"{inspect.getdoc(function)}\n\nExample: {example}"
        parent.command(name, cls=_CLASSES.get(name), help=about)(function)


def _app(commands: Mapping[str, _Command], groups: Mapping[str, tuple[str, Mapping[str, _Command]]]) -> typer.Typer:
    made = typer.Typer(
        name="doubleread",
        cls=_StudyOrCommand,
        subcommand_metavar="[STUDY | COMMAND [ARGS]...]",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.callback(invoke_without_command=True)(library)
    _add(made, commands)
    for name, (about, parts) in groups.items():
        group = typer.Typer(help=about, no_args_is_help=True)
        _add(group, parts)
        made.add_typer(group, name=name)
    return made


app = _app(_COMMANDS, _GROUPS)


def command_for(arguments: Sequence[str]) -> Any:
    """Return what runs the arguments: with all commands, or only the one that they begin with, which is made sooner."""
    name = next(iter(arguments), "")
    if name in _COMMANDS or name in _GROUPS:
        only = _app(
            {name: _COMMANDS[name]} if name in _COMMANDS else {}, {name: _GROUPS[name]} if name in _GROUPS else {}
        )
        return make_lean(typer.main.get_command(only))
    return make_lean(typer.main.get_command(app))
