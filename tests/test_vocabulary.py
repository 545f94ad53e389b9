"""Retired words do not come back: in names, in the documentation, and in text that people read.

`RETIRED` maps each retired word to a pattern, which leaves out the word's ordinary uses, and the term that replaced it.
`NAMES` are retired in names that users see, where a word has no ordinary use.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import typer

from doubleread.cli.main import app
from doubleread.domain.events.kinds import EVENTS
from doubleread.exports.columns import TABLES as EXPORTS
from doubleread.store.sqlite.schema import TABLES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "app" / "doubleread"
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "cases/README.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "reference"),
]

SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|FROM)\b")
PLACES = (
    "help",
    "templates",
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
    "cases",
    "imports",
    "deposit",
    "deidentification",
    "markup",
    "statistics",
)

RETIRED: Mapping[str, tuple[str, str]] = {
    # the vocabulary
    "finding": (r"(?<!clinical )findings?", "annotation"),
    "arbitration": (r"arbit(er|ers|rat\w+)", "adjudication, adjudicator"),
    "settle": (r"(un)?settle[sd]?|settling|settlements?", "resolve, override, score review"),
    "second ways": (r"second ways?|ways? of scoring", "alternative scorer"),
    "weigh": (r"weigh(s|ed|ing)?", "score"),
    "unclear": (r"unclear", "indeterminate"),
    "standing": (r"standings?", "status"),
    "right answers": (
        r"right answers?|answers? (is|are|was) (right|wrong)|counted? (right|wrong)",
        "correct, incorrect",
    ),
    "main score": (r"main scores?|main scorers?", "primary score, scorer"),
    "share": (r"(a|the|what|which|this|that|their) shares?( of)?|shares of", "proportion"),
    "figure": (r"figures?", "estimate, statistic, measurement"),
    "less": (r"less (the|that of|those of)", "minus, difference"),
    "raw agreement": (r"raw agreement", "observed agreement"),
    "self-agreement": (r"self-agreement|with themselves|with oneself", "intra-rater reliability"),
    "drawn": (r"drawn|the draw", "randomised"),
    "set aside": (r"set aside", "superseded"),
    "versions": (r"versions? of (a |the )?readings?", "branch, conflict"),
    "thinking": (r"thought|thinking", "reasoning"),
    "covered": (r"masked|masking|covered by|covers? (words|names)", "redacted"),
    "guess": (r"(?<!never )guess(es|ed|ing)?", "blinding assessment"),
    "round": (r"(a|the|this|each|their|your) rounds?(?! of)", "worklist"),
    "made elsewhere": (r"made elsewhere", "external answers"),
    "conditions": (r"mix(ed)? conditions|(other|two|same|which) conditions", "configuration drift"),
    # the language
    "nought": (r"nought", "zero"),
    "whoever": (r"whoever", "anyone who"),
    "mend": (r"mend(s|ed)?", "fix"),
    "deem": (r"deem(s|ed)?", "consider"),
    "grave": (r"grave|gravest|gravity", "serious, severe"),
    "take back": (r"(take|takes|taken|took|taking) (\w+ )?back", "undo, retract"),
    "come home": (r"(comes?|brings?) (\w+ )*home", "merge"),
    "to the byte": (r"to the (byte|letter)", "byte-identical"),
    "as often as you like": (r"as often as you like", "without limit"),
    "anew": (r"anew", "again"),
    "at hand": (r"at hand", "current"),
    "stand": (r"stands?(?! for)|stood", "be"),
    "before": (r"(annotation|case|difference|section|sentence|text|word) before", "previous"),
    "let go of": (r"let go of", "clear"),
    "rightly": (r"rightly", "sound"),
    "words an answer": (r"words an answer", "words per answer"),
    "one a": (r"one (\w+ )*(file|object|record|span|pair|line) an? (table|line|row|answer|object)", "one per"),
    "lately": (r"lately", "recently"),
    # one word for one thing
    "data set": (r"data sets?", "dataset"),
    "white space": (r"white spaces?", "whitespace"),
    "answers are written": (r"answers? (is|are|were) (being )?written|writes? (the )?missing answers", "generate"),
    "leave bad lines out": (r"leaves? (out )?(bad|faulty) (lines|annotations)|(bad|faulty) lines out", "skip"),
}

_ADJUDICATION = {"arbiter", "arbitration", "arbitrate", "settle", "settled", "settlement", "settlements"}
_SCORES = {"ways", "standing", "unclear", "right", "wrong"}
_STATISTICS = {"share", "figure", "less", "raw", "mixed"}
_READING = {"finding", "findings", "judged", "drawn", "aside", "covered", "masked", "turn", "turns", "conduct", "lanes"}
_MODELS = {"thinking", "thought", "guess", "guesses", "guessed", "elsewhere"}
NAMES = _ADJUDICATION | _SCORES | _STATISTICS | _READING | _MODELS
ALLOWED_NAMES: set[str] = {"reading.judged", "sentence.judged", "criterion.judged", "judged_at"}
"""`judged` is the ordinary verb in these."""


def commands(command=None, name="doubleread") -> Iterator[tuple[str, typer.core.TyperCommand]]:
    command = command or typer.main.get_command(app)
    yield name, command
    for inner, sub in getattr(command, "commands", {}).items():
        yield from commands(sub, f"{name} {inner}")


def names() -> Iterator[str]:
    """Yield every name that a user can see: commands, options, tables, columns, exports, event kinds."""
    for name, command in commands():
        yield name
        for parameter in command.params:
            yield from parameter.opts
            yield from parameter.secondary_opts
    for table, statement in TABLES.items():
        yield table
        yield from re.findall(r'^ {2}"?([a-z_0-9]+)"? (?:TEXT|INTEGER|REAL)', statement, re.MULTILINE)
    for table, columns in EXPORTS.items():
        yield table
        yield from columns
    yield from EVENTS


def is_retired(name: str) -> bool:
    return name not in ALLOWED_NAMES and bool(NAMES & set(re.split(r"[^a-z]+", name.lower())))


def literals(folder: str) -> Iterator[str]:
    """Yield the string literals of a package that can be shown: not docstrings, CSS, SQL, or single words."""
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        left_out = [
            node
            for node in ast.walk(tree)
            if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            or (isinstance(node, ast.Assign | ast.AnnAssign) and "CSS" in ast.unparse(node).partition("=")[0])
        ]
        hidden = {id(inner) for node in left_out for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in hidden:
                continue
            if " " in node.value.strip() and not SQL.match(node.value):
                yield node.value


def help_texts() -> Iterator[str]:
    for _, command in commands():
        yield command.help or ""
        yield from (parameter.help or "" for parameter in command.params)


def texts(place: str) -> list[str]:
    if place == "help":
        return list(help_texts())
    if place == "templates":
        hidden = re.compile(r"{[{%#].*?[}%#]}|<style.*?</style>|<[^>]*>", re.DOTALL)
        files = (PACKAGE / "reports" / "templates").glob("*.html")
        return [hidden.sub("", file.read_text(encoding="utf-8")) for file in files]
    return list(literals(place))


def used(texts_of_place: list[str]) -> dict[str, list[str]]:
    """Return the retired words in some texts, each with the texts that use it."""
    return {
        word: found
        for word, (pattern, _) in RETIRED.items()
        if (found := [text for text in texts_of_place if re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)])
    }


def test_no_name_is_a_retired_word():
    assert sorted({name for name in names() if is_retired(name)}) == []


def test_a_retired_name_is_noticed():
    assert is_retired("finding.marked")
    assert is_retired("--second-ways")
    assert not is_retired("annotation.marked")


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_of_the_documentation_has_no_retired_word(page):
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert used([text]) == {}


@pytest.mark.parametrize("place", PLACES)
def test_text_that_people_read_has_no_retired_word(place):
    assert used(texts(place)) == {}


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_is_noticed(word):
    spoken = {"share": "the share of cases", "less": "less the second", "versions": "versions of readings"}
    spoken |= {"covered": "covered by blocks", "take back": "takes it back", "come home": "comes home"}
    spoken |= {"one a": "one file a table"}
    spoken |= {"round": "the round", "before": "the case before", "conditions": "other conditions"}
    assert word in used([f"Here is {spoken.get(word, word)}."])
