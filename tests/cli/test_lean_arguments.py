"""Texts and paths are taken as typer takes them, without pydantic."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from doubleread.cli.lean_arguments import make_lean
from doubleread.cli.main import command_for


def _values(arguments, *, lean):
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    taken = []

    @app.command()
    def take(
        file: Path,
        name: Annotated[str, typer.Option()] = "none",
        out: Annotated[Path | None, typer.Option()] = None,
        there: Annotated[Path | None, typer.Option(exists=True)] = None,
        number: Annotated[int, typer.Option(min=1)] = 2,
        many: Annotated[list[str] | None, typer.Option()] = None,
        on: Annotated[bool | None, typer.Option("--on/--off")] = None,
    ) -> None:
        taken.append((file, name, out, there, number, many, on))

    command = typer.main.get_command(app)
    try:
        (make_lean(command) if lean else command)(args=arguments, standalone_mode=False)
    except Exception as error:
        return type(error).__name__, str(error)
    return taken


def test_arguments_are_taken_as_typer_takes_them(tmp_path):
    for arguments in (
        ["a", "--name", "R-01", "--out", "b/c", "--number", "3", "--many", "x", "--many", "y", "--on"],
        ["", "--name", ""],
        ["a", "--there", str(tmp_path)],
        ["a", "--there", str(tmp_path / "missing")],
        ["a", "--number", "0"],
        ["a", "--number", "x"],
        [],
        ["--help"],
    ):
        assert _values(arguments, lean=True) == _values(arguments, lean=False), arguments


def test_the_command_that_the_arguments_begin_with_is_made_alone():
    assert set(command_for(["read", "pilot"]).commands) == {"read"}
    assert set(command_for(["readers", "list"]).commands) == {"readers"}
    assert len(command_for(["--plain", "read"]).commands) > 30


def test_a_command_imports_no_pydantic_for_its_arguments(tmp_path):
    program = (
        "import sys; from doubleread.cli.entry import run\n"
        f"assert run(['read', {str(tmp_path / 'missing')!r}, '--reader', 'R-01', '--no-plain'])\n"
        "assert 'pydantic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdin=subprocess.DEVNULL)


def test_a_command_multiplies_in_one_thread_unless_the_user_says_otherwise():
    program = (
        "import os, sys; from doubleread.cli.entry import run\n"
        "assert run(['cases', 'formats']) == 0\n"
        "assert os.environ['OPENBLAS_NUM_THREADS'] == sys.argv[1]"
    )
    unset = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    for own, expected in ((unset, "1"), ({**unset, "OPENBLAS_NUM_THREADS": "3"}, "3")):
        done = [sys.executable, "-c", program, expected]
        subprocess.run(done, check=True, env=own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def test_another_version_of_typer_takes_all_arguments_itself():
    program = (
        "import builtins\n"
        "real = builtins.__import__\n"
        "def limited(name, globals=None, *rest):\n"
        "    if name.startswith('typer.') and globals['__name__'] == 'doubleread.cli.lean_arguments':\n"
        "        raise ImportError(name)\n"
        "    return real(name, globals, *rest)\n"
        "builtins.__import__ = limited\n"
        "from doubleread.cli.entry import run\n"
        "from doubleread.cli.lean_arguments import _KNOWN\n"
        "assert run(['cases', 'formats']) == 0 and not _KNOWN"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
