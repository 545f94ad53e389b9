"""The documentation says what the program does: generated pages are fresh, commands parse, links lead somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import pytest
import typer

from doubleread.cli.main import app
from doubleread.config import Settings, load_settings
from doubleread.domain.labels import CREOLA
from doubleread.domain.study import Decoding, Protocol
from doubleread.locations import STUDY_SUFFIX
from doubleread.runs.protocol_file import read_protocol
from doubleread.tui.shared.actions import shown_keys
from doubleread.tui.shared.screen_actions import ALL_ACTIONS
from test_vocabulary import help_texts, literals

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
WRITTEN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "cases" / "README.md", *PAGES]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PLACES = (
    "cli",
    "tui",
    "plain",
    "reports",
    "exports",
    "results",
    "sessions",
    "runs",
    "read_model",
    "store",
    "engine",
    "bench",
)
ORDINARY_WORDS = {"again", "met", "needs", "study"}
"""What follows the program's name in sentences."""
OWN_FOLDERS = ("app/", "tests/", "cases/", "models/", "docs/", "benchmarks/")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def generator():
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def command_lines(text: str) -> Iterator[str]:
    """Yield each command of the blocks marked `sh`, lines that end with a backslash joined."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip():
                yield line.strip()


def program_lines() -> list[tuple[str, str]]:
    return [
        (named(page), line)
        for page in WRITTEN
        for line in command_lines(page.read_text(encoding="utf-8"))
        if "doubleread " in line.partition("#")[0]
    ]


@cache
def program() -> click.Command:
    return typer.main.get_command(app)


def parse(line: str) -> None:
    """Parse a command line as the program does, without running it."""
    words = shlex.split(re.split("[<>]", line)[0], comments=True)
    while "=" in words[0]:
        words = words[1:]
    assert words[0] in ("doubleread", ".venv/bin/doubleread")
    command, words = program(), words[1:]
    if words[:1] == ["--passphrase-file"]:
        words = words[2:]
    if words and words[0].endswith(STUDY_SUFFIX):
        # The file of a study in the place of a command opens it.
        name, command, words = command.resolve_command(command.make_context("doubleread", []), words)
        command.make_context(name, words)
        return
    if words == ["--plain"]:
        command.make_context("doubleread", words)
        return
    while words and (inner := getattr(command, "commands", {})):
        command, words = inner[words[0]], words[1:]
    command.make_context(command.name, words)


@pytest.mark.parametrize("name", generator().FILES)
def test_a_generated_file_is_fresh(name):
    assert (ROOT / name).read_text(encoding="utf-8") == generator().FILES[name](), "run: make reference"


def test_every_table_and_column_of_a_study_file_is_described():
    module = generator()
    page = module.data_page()
    for name, statement in module.TABLES.items():
        assert f"### {name}\n" in page
        columns = [line for line in statement.splitlines()[1:-1] if re.match(r' {2}"?[a-z]', line)]
        section = module.table_section(name, statement)
        assert section.count("\n| `") == len(columns), name


@pytest.mark.parametrize(("page", "line"), program_lines())
def test_a_documented_command_parses(page, line):
    parse(line)


def leaves(command, path=("doubleread",)):
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*path, name))
    if not getattr(command, "commands", {}):
        yield path, command


@pytest.mark.parametrize(("path", "command"), leaves(program()), ids=lambda value: str(value))
def test_the_help_of_every_command_ends_with_an_example_that_parses(path, command):
    (example,) = re.findall(r"^Example: (.+)\Z", command.help, re.MULTILINE)
    assert example.split()[: len(path)] == list(path)
    assert len(example) <= 90
    parse(example)


def test_a_wrong_command_does_not_parse():
    for line in ("doubleread runn pilot", "doubleread run pilot --slot 3", "doubleread run"):
        with pytest.raises(Exception, match=r"runn|slot|STUDY|required|Missing"):
            parse(line)


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_links_lead_to_files_that_exist(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_reached_from_the_readme():
    seen, to_see = set(), [ROOT / "README.md"]
    while to_see:
        page = to_see.pop()
        seen.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.suffix == ".md" and file.exists() and file not in seen:
                to_see.append(file)
    assert set(PAGES) <= seen


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_files_that_are_named_exist(page):
    for code in CODE.findall(page.read_text(encoding="utf-8")):
        if code.startswith(OWN_FOLDERS):
            assert (ROOT / code).exists(), code


def test_the_page_on_protocols_names_every_setting_and_its_example_is_valid(tmp_path):
    page = (DOCS / "how-to" / "protocol-files.md").read_text(encoding="utf-8")
    own_pages = {"prompt", "decoding", "own_labels", "axes", "reasoning", "training"}
    for field in fields(Protocol):
        assert f"[{field.name}" in page if field.name in own_pages else f"| `{field.name}` |" in page, field.name
    for field in fields(Decoding):
        assert f"`{field.name}`" in page, field.name
    read = []
    for number, example in enumerate(TOML.findall(page)):
        file = tmp_path / f"{number}.toml"
        file.write_text(example, encoding="utf-8")
        read.append(read_protocol(file))
    assert read[-1].label_set == "mine-1"
    assert [scale.name for protocol in read for scale in protocol.own_scales] == ["tone"]


def test_the_page_on_settings_names_every_setting_and_its_example_is_valid(tmp_path):
    page = (DOCS / "how-to" / "settings.md").read_text(encoding="utf-8")
    (example,) = TOML.findall(page)
    (tmp_path / "config.toml").write_text(example, encoding="utf-8")
    load_settings(tmp_path / "config.toml")
    for field in fields(Settings):
        assert re.search(rf"^({field.name} = |\[{field.name}\])", example, re.MULTILINE), field.name


@pytest.mark.parametrize("page", ["for-readers.md", "how-to/adjudication.md"])
def test_documented_keys_exist(page):
    rows = re.findall(r"^\| (`[^|]*`)[^|]*\|", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    keys = {key.lower() if len(key) > 1 else key for action in ALL_ACTIONS for key in shown_keys(action, {})}
    documented = {key.lower() if len(key) > 1 else key for row in rows for key in CODE.findall(row)}
    assert documented
    assert documented <= keys


def test_the_labels_for_readers_are_those_of_the_program():
    page = (DOCS / "for-readers.md").read_text(encoding="utf-8")
    for label in (*CREOLA.categories, *CREOLA.severities):
        assert f"| {label.name} | `{label.key}` |" in page


def test_the_readme_is_short():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 120
    assert readme.index("make demo") < readme.index("make test") < readme.index("## Documentation")


def test_commands_that_the_program_names_exist():
    for text in (*help_texts(), *(text for folder in PLACES for text in literals(folder))):
        for name, inner in re.findall(r"\bdoubleread ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?", text):
            if name not in ORDINARY_WORDS:
                assert name in program().commands, text
                group = getattr(program().commands[name], "commands", {})
                assert not inner or not group or inner in group, text
