"""What each part may import, seen at run time."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import doubleread

PURE = ("textual", "sqlite_utils", "llama_cpp", "typer", "rich.progress")
NOT_IN_FIRST_FRAME = (
    "doubleread.tui.library.screen",
    "doubleread.tui.study.screen",
    "doubleread.tui.shared.fields",
    "doubleread.sessions.reveal_words",
)


def imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("doubleread.domain.reading", PURE),
        ("doubleread.domain.study", PURE),
        ("doubleread.scoring", PURE),
        ("doubleread.statistics", (*PURE, "numpy", "scipy")),
        ("doubleread.deidentification", (*PURE, "numpy", "phonenumbers")),
        ("doubleread.markup.shown", (*PURE, "markdown_it")),
        ("doubleread.cases", PURE),
        ("doubleread.retrieval.building", (*PURE, "numpy", "pypdf")),
        ("doubleread.engine.client.supervisor", ("textual", "sqlite_utils", "llama_cpp", "sqlite3")),
        ("doubleread.engine.server.pool", ("textual", "sqlite_utils", "llama_cpp", "numpy", "urllib3")),
        ("doubleread.store", ("textual", "llama_cpp", "numpy", "dateutil", "sqlcipher3")),
        ("doubleread.sessions.reading", ("textual", "llama_cpp")),
        ("doubleread.results", ("textual", "llama_cpp", "numpy", "doubleread.scoring")),
        ("doubleread.tui.run_app", ("llama_cpp", "numpy", "aiohttp", *NOT_IN_FIRST_FRAME)),
        ("doubleread.serve.running", ("textual", "llama_cpp", "numpy", "aiohttp", "textual_serve")),
        ("doubleread.plain.start", ("textual", "llama_cpp", "numpy")),
        ("doubleread.bench.benchmark", ("textual", "sqlite_utils", "llama_cpp", "numpy")),
        ("doubleread.runs.run", ("textual", "llama_cpp", "numpy")),
        ("doubleread.runs.engines", ("doubleread.engine.gguf.examine", "doubleread.retrieval.building")),
        ("doubleread.cli.main", ("msgspec", "tomlkit", "aiohttp", "textual_serve")),
        ("doubleread.reports.case_html", (*PURE, "numpy", "jinja2", "doubleread.store")),
        ("doubleread.exports.scanning", (*PURE, "numpy", "doubleread.store")),
        ("doubleread.exports.jsonl", (*PURE, "numpy", "doubleread.store")),
        ("doubleread.exports.csv", (*PURE, "numpy", "doubleread.store")),
        ("doubleread.cli", ("textual", "sqlite_utils", "llama_cpp", "numpy", "rapidfuzz", "sqlcipher3", "urllib3")),
        ("doubleread.cli.main", ("textual", "sqlite_utils", "llama_cpp", "numpy", "msgspec", "tomlkit", "urllib3")),
    ],
)
def test_a_part_does_not_import_what_it_must_not(module, forbidden):
    loaded = imported_by(f"import {module}")
    assert module in loaded
    assert not loaded & set(forbidden)


def test_no_module_imports_itself_through_others():
    graph = grimp.build_graph("doubleread", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 300
    list(graphlib.TopologicalSorter(imports).static_order())


def test_the_worker_is_what_imports_llama_cpp():
    assert "llama_cpp" in imported_by("import doubleread.engine.worker.llama")


@pytest.mark.parametrize("use", ["numpy; numpy.zeros(2).sum()", "dateutil.parser; dateutil.parser.parse('2026-01-02')"])
def test_what_the_store_leaves_out_can_still_be_imported_after_it(use):
    module = use.partition(";")[0]
    assert module in imported_by(f"import doubleread.store, {use}")


def test_only_the_store_the_read_model_and_the_retrieval_hold_queries():
    root = Path(doubleread.__file__).parent
    parts = [path for path in root.iterdir() if path.name not in ("store", "read_model", "retrieval")]
    files = [file for part in parts for file in ([part] if part.suffix == ".py" else part.rglob("*.py"))]
    found = [
        (file.relative_to(root).as_posix(), node.lineno)
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\bSELECT\s", node.value)
    ]
    assert len(files) > 100
    assert found == []
