"""How the code is built: sizes, imports, inheritance, and how many places know the same thing.

`python -m benchmarks.structure [PATH]` measures another checkout, so that two of them can be compared.
"""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import grimp

from benchmarks.measurements import Measurement

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "doubleread"
FOLDERS = ("",)
"""The folders of the package, and of its tests, that are counted; "" is all of them."""
LAYERS = (
    {"cli"},
    {"tui", "exports", "reports"},
    {"sessions", "bench"},
    {"runs", "results"},
    {"read_model"},
    {"store", "engine", "cases", "scoring", "statistics"},
    {"domain"},
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
ANSWER_FIELDS = {"text", "answer", "answer_id", "answer_ids"}
SCORE_FIELDS = {"score", "scores", "outcome", "standing", "status"}
SCREENS = """
import importlib, pkgutil
from textual.screen import Screen
import doubleread.tui

for module in pkgutil.walk_packages(doubleread.tui.__path__, "doubleread.tui."):
    importlib.import_module(module.name)

def screens(above):
    for found in above.__subclasses__():
        yield found
        yield from screens(found)

for found in set(screens(Screen)):
    if found.__module__.startswith("doubleread."):
        own = [ancestor for ancestor in found.__mro__ if ancestor.__module__.startswith("doubleread.")]
        print(len(own), found.__name__)
"""


def run(root: Path = ROOT) -> list[Measurement]:
    """Measure a checkout."""
    app = root / "app" / PACKAGE
    files = [path for folder in FOLDERS for path in sorted((app / folder).rglob("*.py"))]
    tests = [path for folder in FOLDERS for path in (root / "tests" / folder).rglob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    lines = {path: text.count("\n") for path, text in texts.items()}
    largest = max(lines, key=lambda path: lines[path])
    imports = _imports(root)
    folders = _between_folders(imports, texts, app)
    depth, screen = max(_screen_depths(root))
    # A decision about a score, which the domain has, names its answer as well.
    above = [tree for path, tree in trees.items() if path.relative_to(app).parts[0] != "domain"]
    answers = [name for tree in above for name in _types_of_scored_answers(tree)]
    kinds = _files_by_event_kind(app, trees)
    widest = max(kinds, key=lambda kind: len(kinds[kind]))
    private = sum(_private_accesses(ast.parse(path.read_text("utf-8"))) for path in tests)
    upward = sum(_points_up(importer, imported) for importer, others in imports.items() for imported in others)
    return [
        Measurement("lines in app/", sum(lines.values()), ""),
        Measurement("  without blank lines, comments and docstrings", sum(map(_code_lines, texts.values())), ""),
        Measurement("files in app/", len(texts), ""),
        Measurement(f"lines in the largest, {largest.relative_to(app)}", lines[largest], ""),
        Measurement("groups of modules that import each other in a circle", len(_circles(imports)), "", 0),
        Measurement("groups of folders that import each other in a circle", len(_circles(folders)), ""),
        Measurement("imports that point upward", upward, "", 0),
        Measurement(f"own classes above Textual's in a screen, {screen}", depth, ""),
        Measurement("types that hold an answer and its score", len(answers), ""),
        Measurement(
            "files that name an event kind, sum over kinds", sum(map(len, kinds.values())), "", None, len(kinds)
        ),
        Measurement(f"  most for one kind, {widest}", len(kinds[widest]), ""),
        Measurement("private accesses from tests", private, ""),
    ]


def _docstring_lines(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _code_lines(text: str) -> int:
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE and token.string:
            found.update(range(token.start[0], token.end[0] + 1))
    return len(found.difference(_docstring_lines(ast.parse(text))))


def _imports(root: Path) -> dict[str, set[str]]:
    """Return what each module imports, anywhere in it."""
    sys.path.insert(0, str(root / "app"))
    try:
        graph = grimp.build_graph(PACKAGE, cache_dir=None)
    finally:
        sys.path.pop(0)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def _between_folders(imports: Mapping[str, set[str]], files: Iterable[Path], app: Path) -> dict[str, set[str]]:
    """Return which folders import which others. Modules beside the folders are left out: every part may use them."""
    packages = {".".join((PACKAGE, *path.parent.relative_to(app).parts)) for path in files}

    def folder(module: str) -> str:
        return module if module in packages else module.rpartition(".")[0]

    found: dict[str, set[str]] = {}
    for importer, others in imports.items():
        for imported in others:
            pair = folder(importer), folder(imported)
            if pair[0] != pair[1] and PACKAGE not in pair:
                found.setdefault(pair[0], set()).add(pair[1])
    return found


def _circles(imports: Mapping[str, set[str]]) -> list[set[str]]:
    """Return the groups in which each one reaches every other one."""
    reached = {start: _reached(imports, start) for start in imports}
    groups = {
        frozenset(other for other in reach if start in reached.get(other, ()))
        for start, reach in reached.items()
        if start in reach
    }
    return [set(group) for group in groups]


def _reached(imports: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = list(imports.get(start, ()))
    while ahead:
        if (module := ahead.pop()) not in found:
            found.add(module)
            ahead += imports.get(module, ())
    return found


def _points_up(importer: str, imported: str) -> bool:
    low, high = (LAYER_OF.get(module.split(".")[1] if "." in module else "") for module in (importer, imported))
    return low is not None and high is not None and low > high


def _screen_depths(root: Path) -> list[tuple[int, str]]:
    env = {**os.environ, "PYTHONPATH": str(root / "app")}
    done = subprocess.run([sys.executable, "-c", SCREENS], env=env, capture_output=True, text=True, check=True)
    return [(int(number), name) for number, name in map(str.split, done.stdout.splitlines())]


def _types_of_scored_answers(tree: ast.Module) -> Iterator[str]:
    """Yield the classes that have an answer, its text or its id, and its score or what it counts as."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            fields = {ast.unparse(item.target) for item in node.body if isinstance(item, ast.AnnAssign)}
            if SCORE_FIELDS & fields and (ANSWER_FIELDS & fields or "Answer" in node.name):
                yield node.name


def _files_by_event_kind(app: Path, trees: Mapping[Path, ast.Module]) -> dict[str, set[Path]]:
    """Return the files that name each kind: by its constant, by the class of its events, or by its stored name."""
    names = _kind_names(app, trees)
    found: dict[str, set[Path]] = {kind: set() for kind in names}
    for path, tree in trees.items():
        said = set(_said(tree))
        for kind, known_as in names.items():
            if said & {kind, *known_as}:
                found[kind].add(path)
    return found


def _kind_names(app: Path, trees: Mapping[Path, ast.Module]) -> dict[str, set[str]]:
    """Return, for each kind, the constant that stands for it and the class of its events, as far as there are any."""
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        if not {app / "domain" / "events.py", app / "domain" / "events"} & {path, *path.parents}:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=constant)], value=ast.Constant(value=str(kind))):
                    names = {constant, constant.title().replace("_", "")}
                case ast.ClassDef(name=name):
                    kinds = [item.value for item in node.body if isinstance(item, ast.AnnAssign) and _names_kind(item)]
                    if not kinds or not isinstance(kinds[0], ast.Constant):
                        continue
                    kind, names = str(kinds[0].value), {name}
                case _:
                    continue
            if re.fullmatch(r"[a-z]+\.[a-z]+", kind):
                found.setdefault(kind, set()).update(names)
    return found


def _names_kind(item: ast.AnnAssign) -> bool:
    return isinstance(item.target, ast.Name) and item.target.id == "kind"


def _said(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Constant(value=str(text)):
                yield text.strip("'\" ")


def _private_accesses(tree: ast.Module) -> int:
    """Count what is reached by a name with one underscore in front: attributes, imports, and names for setattr."""
    count = 0
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls" | "os")):
                pass
            case ast.Attribute(attr=name):
                count += _is_private(name)
            case ast.ImportFrom(names=names):
                count += sum(_is_private(alias.name) for alias in names)
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="getattr" | "setattr")):
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                count += sum(_is_private(text.rpartition(".")[2]) for text in texts)
    return count


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def main() -> int:
    """Print the measurements of a checkout."""
    for measurement in run(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT):
        print(measurement.line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
