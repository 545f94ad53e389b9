"""Writes from the program: the pages of `docs/reference` (commands, tables, exports, results as JSON) and the schema of
case files.

    python docs/generate.py

`tests/test_documentation.py` fails where a file differs from what this script writes.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

import doubleread.tui
from doubleread.cases.answer_formats import ANSWER_FORMATS
from doubleread.cases.formats import FORMATS
from doubleread.cases.record import case_schema
from doubleread.cli.main import app
from doubleread.domain.metrics import METRICS, Metric
from doubleread.domain.presets import PRESETS
from doubleread.domain.tasks import TASKS, Task
from doubleread.exports.columns import CASES
from doubleread.exports.columns import TABLES as EXPORTS
from doubleread.exports.dictionary import ABOUT, columns_table
from doubleread.exports.formats import EXPORTERS
from doubleread.plain.commands import COMMANDS, GROUPS, Command
from doubleread.results.comparison.record import COMPARISON_KEYS
from doubleread.results.outline import SECTIONS
from doubleread.results.record import CELL_KEYS, RESULT_KEYS
from doubleread.store.sqlite.schema import MEANINGS, TABLES
from doubleread.tui.shared.colour_pairs import contrast_of, pairs
from doubleread.tui.shared.commands import THEME_WORDS
from doubleread.tui.shared.themes import ALL as THEMES

ROOT = Path(__file__).resolve().parents[1]
COLUMN = re.compile(r' {2}(?P<name>"?[a-z_0-9]+"?) (?P<type>TEXT|INTEGER|REAL)\b(?P<rest>.*?)(?: -- (?P<meaning>.*))?')
COMMANDS_HEAD = """\
# Commands

This page is generated from the program by `docs/generate.py`. `doubleread COMMAND --help` prints the same text.

A study is named by its file. The suffix `.doubleread` can be left out.

Exit codes: 0 done, 1 the work failed, 2 wrong use. Errors go to standard error as `title: what happened; what to do`.
With `--json` a command prints one JSON document on standard output and nothing else there.
"""
DATA_HEAD = """\
# Data dictionary

This page is generated from the program by `docs/generate.py`: the tables of a study file from
`app/doubleread/store/sqlite/schema.py`, the exports from `app/doubleread/exports/columns.py`.

Times are ISO 8601 in UTC. Offsets count Unicode code points from 0; `start` is included, `end` is not. Hashes are
SHA-256 in hexadecimal. In Python, `text[start:end] == quote` holds for every span.

## Tables of a study file

A study is one SQLite database. The same comments are stored in the file: `sqlite3 STUDY.doubleread .schema` prints
them. An encrypted study needs SQLCipher.
"""
RESULTS_HEAD = """\
# Results as JSON

This page is generated from the program by `docs/generate.py`. `doubleread results STUDY --json` prints one document.

Every pair is in the order of `arms`; a difference is the first arm's estimate minus the second's. While a study is
blind, the arms are "arm 1" and "arm 2" in a randomised order.
"""
PRESETS_HEAD = """\
# Formats, tasks, presets and metrics

This page is generated from the program by `docs/generate.py`. [Ask the tasks of published
benchmarks](../how-to/tasks.md) shows how to use them.
"""
TASKS_HEAD = """\
`doubleread new --task NAME` sets prompt and decoding as in a published benchmark. `doubleread protocol tasks NAME`
prints the prompt.
"""
PROTOCOLS_HEAD = """\
`doubleread new --preset NAME` sets what readers annotate, rate and compare, as in a published method.
"""
METRICS_HEAD = """\
Answers that are neither correct nor incorrect are measured by these metrics. The variant `clue` repeats the published
scoring of CLUE with its defects, for comparison with published values.
"""
CONTRAST_HEAD = """\
# Contrast of the themes

This page is generated from the program by `docs/generate.py`: every colour of a style sheet with the ground that it is
drawn on, and their contrast in each theme, as defined by WCAG 2.2. Level AA needs 4.5 for text, and 3 for borders and
scroll bars; a test keeps all pairs there. "auto" is black or white.

Marks in a text also differ in underlining, italics, weight, or the symbol beside the text. A test simulates protanopia,
deuteranopia and tritanopia (Machado, Oliveira and Fernandes, 2009): marks with different meanings that can be shown in
one text must differ in text style or, for all of these, by 10 in CIELAB. [Settings](../how-to/settings.md) says how
to change the theme.
"""
EXPORTS_HEAD = """
## Exports

`doubleread export` writes these tables, and their columns with types and meanings in a `README.md`; [Export a
study](../how-to/export.md) describes the formats. While readings are due, the export is blinded: its README lists what
is withheld. Any value may be null. A time is a text in ISO 8601, UTC, with milliseconds. "JSON" is an object or a list
whose fields vary.
"""


def commands(command: Any, parent: Any = None) -> Iterator[tuple[Any, Any]]:
    """Yield a command and all commands below it, each with the context that knows its full name."""
    context = command.context_class(command, parent=parent, info_name=command.name)
    yield command, context
    for inner in getattr(command, "commands", {}).values():
        yield from commands(inner, context)


def cell(text: str) -> str:
    """Return a text as a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a text as code in a cell of a Markdown table."""
    return f"`{cell(text)}`"


def command_section(command: Any, context: Any) -> str:
    """Return heading, help, usage, and the arguments and options of one command."""
    records = [
        record
        for parameter in command.get_params(context)
        if parameter.name != "help" and (record := parameter.get_help_record(context)) is not None
    ]
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [f"## {context.command_path}", (command.help or "").strip(), f"```\n{usage}\n```"]
    if records:
        rows = [f"| {code(name)} | {cell(meaning)} |" for name, meaning in records]
        parts.append("\n".join(["| argument or option | meaning |", "|---|---|", *rows]))
    if inner := getattr(command, "commands", {}):
        parts.append("Commands: " + ", ".join(f"`{name}`" for name in inner) + ".")
    return "\n\n".join(parts) + "\n"


def commands_page() -> str:
    """Return the reference of all commands."""
    root = typer.main.get_command(app)
    root.name = "doubleread"
    return "\n".join([COMMANDS_HEAD, *(command_section(*found) for found in commands(root))])


def table_section(name: str, statement: str) -> str:
    """Return the columns of one table of a study file, from the statement that makes it."""
    rows = []
    for line in statement.splitlines()[1:-1]:
        if found := COLUMN.fullmatch(line):
            needed = "no" if "NOT NULL" in found["rest"] or "PRIMARY KEY" in found["rest"] else "yes"
            column = found["name"].strip('"')
            rows.append(f"| `{column}` | {found['type']} | {needed} | {cell(found['meaning'] or '')} |")
    head = "| column | type | may be null | meaning |\n|---|---|---|---|\n"
    return f"### {name}\n\n{MEANINGS[name]}\n\n{head}" + "\n".join(rows) + "\n"


def data_page() -> str:
    """Return the data dictionary."""
    parts = [DATA_HEAD, *(table_section(name, statement) for name, statement in TABLES.items()), EXPORTS_HEAD]
    parts.append(keys_table("format", {name: exporter.about for name, exporter in EXPORTERS.items()}))
    for table, columns in {**EXPORTS, "cases": CASES}.items():
        parts.append(f"### Exported {table.replace('_', ' ')}\n\n{ABOUT[table]}\n\n{columns_table(columns)}\n")
    return "\n".join(parts)


def results_page() -> str:
    """Return the reference of the results' JSON: its keys, its sections, and the keys of what they contain."""
    sections = {key: (describe.__doc__ or "").strip() for key, describe in SECTIONS.items()}
    parts = [RESULTS_HEAD, keys_table("key", RESULT_KEYS | {"scorers": SCORERS, "missing": MISSING})]
    parts.append("## Sections\n\nA section without anything to show is absent.\n\n" + keys_table("key", sections))
    parts += [f"## {name.capitalize()}\n\n{keys_table('key', keys)}" for name, keys in CELL_KEYS.items()]
    parts.append(f"## Comparison of studies\n\n{COMPARISON_HEAD}\n\n{keys_table('key', COMPARISON_KEYS)}")
    return "\n".join(parts)


COMPARISON_HEAD = (
    "`doubleread compare STUDY... --json` prints one document. Studies, arms and tasks are numbered from 1."
)
SCORERS = "accuracy of every scorer, by arm"
MISSING = "answers that are missing, with the reason"


def keys_table(head: str, keys: Mapping[str, str]) -> str:
    """Return keys with their meanings as a table."""
    rows = "\n".join(f"| {', '.join(map(code, key.split(', ')))} | {cell(keys[key])} |" for key in keys)
    return f"| {head} | meaning |\n|---|---|\n{rows}\n"


def style_sheets() -> Iterator[str]:
    """Yield the style sheets of all widgets and screens of the program."""
    for module in pkgutil.walk_packages(doubleread.tui.__path__, "doubleread.tui."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and found.__module__ == module.name:
                yield from (vars(found)[name] for name in ("DEFAULT_CSS", "CSS") if name in vars(found))


def contrast_page() -> str:
    """Return the contrast of every pair of colours in every theme."""
    themes = {THEME_WORDS[theme.name]: theme.to_color_system().generate() for theme in THEMES}
    names = [words.removeprefix("Theme: ") for words in themes]
    head = f"| colour | ground | needs | {' | '.join(names)} |\n|---|---|---|{'---|' * len(names)}\n"
    rows = [
        f"| {code(pair.colour)} | {code(pair.ground)} | {pair.least} | "
        f"{' | '.join(f'{contrast_of(pair, theme):.1f}' for theme in themes.values())} |\n"
        for pair in pairs(style_sheets())
    ]
    return f"{CONTRAST_HEAD}\n{head}{''.join(rows)}"


def schema_file() -> str:
    """Return the JSON Schema of the native case format."""
    return json.dumps(case_schema(), indent=2) + "\n"


def presets_page() -> str:
    """Return the reference of formats, preset tasks, preset protocols and metrics."""
    formats = {name: form.about for name, form in FORMATS.items()}
    protocols = {name: preset.about for name, preset in PRESETS.items()}
    answers = {name: form.about for name, form in ANSWER_FORMATS.items()}
    parts = [PRESETS_HEAD, "## Case formats\n", keys_table("format", formats)]
    parts += ["## Formats of external answers\n", keys_table("format", answers)]
    parts += ["## Preset tasks\n\n" + TASKS_HEAD, *map(task_section, TASKS.values())]
    parts += ["## Preset protocols\n\n" + PROTOCOLS_HEAD, keys_table("preset", protocols)]
    if METRICS:
        parts += [
            "## Metrics\n\n" + METRICS_HEAD,
            keys_table("metric", {m.name: metric_words(m) for m in METRICS.values()}),
        ]
    return "\n".join(parts)


def task_section(task: Task) -> str:
    """Return what a preset task asks, and where it deviates from its source."""
    decoding = f"at most {task.decoding.max_tokens} tokens, temperature {task.decoding.temperature}"
    settings = [f"`{name}` {value}" for name, value in task.settings.items()]
    rows = {
        "asks for": task.about,
        "cases": f"kind {task.kind}, format {task.format}",
        "examples": str(task.shots),
        "answers": ", ".join([decoding, *settings]),
        "published metrics": task.metrics,
        "source": task.source,
        "deviations": "; ".join(task.deviations),
    }
    table = "\n".join(f"| {name} | {cell(value)} |" for name, value in rows.items())
    return f"### {task.name}\n\n| | |\n|---|---|\n{table}\n"


def metric_words(metric: Metric) -> str:
    """Return what a metric is about, of which kind of case, and how it is aggregated."""
    aggregate = f"{metric.aggregate} over cases"
    variant = f"; variant {metric.variant}" if metric.variant else ""
    return f"{metric.label}: {metric.about.rstrip('.')}. Kind {metric.kind}; {aggregate}{variant}"


PLAIN_HEAD = """\
# Commands of the plain mode

This page is generated from the program by `docs/generate.py`. [Read with a screen
reader](../how-to/screen-readers.md) introduces the mode. In it, `help` prints the same text.

What follows a command can be in any order. What is in brackets may be left out; what is missing is asked.
"""


def plain_page() -> str:
    """Return the reference of the commands of the plain mode."""
    parts = [PLAIN_HEAD]
    for group in GROUPS:
        parts.append(f"## {group}\n")
        parts += [plain_section(command) for command in COMMANDS if command.group == group]
    return "\n".join(parts)


def plain_section(command: Command) -> str:
    """Return what one command of the plain mode does."""
    names = " or ".join(f"`{name}`" for name in (command.name, command.letter) if name)
    usage = f"`{command.name} {command.usage}`" if command.usage else ""
    examples = ", ".join(f"`{example}`" for example in command.examples)
    lines = [f"### {command.name}", f"{names}: {command.about}", usage, command.more]
    lines.append(f"Examples: {examples}." if examples else "")
    return "\n\n".join(line for line in lines if line) + "\n"


FILES = {
    "docs/reference/commands.md": commands_page,
    "docs/reference/plain-mode.md": plain_page,
    "docs/reference/data.md": data_page,
    "docs/reference/results.md": results_page,
    "docs/reference/presets.md": presets_page,
    "docs/reference/contrast.md": contrast_page,
    "cases/case.schema.json": schema_file,
}


def main() -> None:
    """Write every file."""
    for name, content in FILES.items():
        (ROOT / name).write_text(content(), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
