"""The command `compare` as a user calls it: what it prints at each width, what it refuses, what it writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from arms import arm_with_model
from cli.conftest import Invoke
from doubleread.domain.arm import Arm
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import forget_keys
from hostile import MARK, MARKUP, SEQUENCES, SHAPES
from results.compared_studies import BIOMEDICAL, GENERAL, choice, compared_study, diagnosis, read_some

SIGNS = ("++++++--?+++", "+-+-+-+-+--/")
WIDTHS = (80, 120, 200)


@pytest.fixture
def studies(tmp_path: Path) -> list[Path]:
    """Three tasks of one pair, the last one read; another pair at the first task; external answers to a fourth."""
    small = (
        arm_with_model("g", "Base-1B", "c" * 64, "/m/c", "general"),
        arm_with_model("b", "Bio-1B", "d" * 64, "/m/d", "biomedical"),
    )
    mixed = [choice(0, "m"), choice(1, "m"), diagnosis(2)]
    paths = [
        compared_study(tmp_path / "nejm.doubleread", SIGNS),
        compared_study(tmp_path / "jama.doubleread", SIGNS[::-1], title="JAMA", cases=_cases(12, "j")),
        compared_study(tmp_path / "mixed.doubleread", ("++-", "+-+"), title="A mixed study", cases=mixed),
        compared_study(tmp_path / "small.doubleread", (SIGNS[1], "-" * 12), arms=small),
        compared_study(
            tmp_path / "external.doubleread", ("++", "+-"), arms=(Arm("x", "GPT"), BIOMEDICAL), title="External",
            cases=_cases(2, "x"),
        ),
    ]  # fmt: skip
    read_some(paths[2], "R-01", 3)
    return paths


def _cases(count: int, source: str) -> list:
    return [choice(number, source) for number in range(count)]


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda columns: monkeypatch.setenv("COLUMNS", str(columns))


@pytest.mark.parametrize("columns", WIDTHS)
def test_every_line_fits(invoke: Invoke, studies: list[Path], wide: Callable[[int], None], columns: int) -> None:
    wide(columns)
    done = invoke("compare", *studies)
    assert done.code == 0, done.err
    assert max(map(cell_len, done.out.splitlines())) <= columns
    for words in (
        "Comparison: 5 studies, 5 arms and 5 tasks",
        "75.0% (46.8-91.1) 9/12",
        "A mixed study, diagnosis",
        "Bio-8B minus Base-8B (biomedical minus general)",
        "GPT minus Bio-8B",
        "-33.3% (-",
        "p = 0.",
        "●",
        "Llama-3-8B-Instruct",
        "64.3% [a]",
        "10.1093/jamia/ocaf045",
    ):
        assert words in done.out, words
    # A narrow terminal gets more blocks of columns, not fewer estimates.
    wide(500)
    estimate = re.compile(r"\d+\.\d% \(\d+\.\d-\d+\.\d\) \d+/\d+")
    assert sorted(estimate.findall(done.out)) == sorted(estimate.findall(invoke("compare", *studies).out))


def test_an_estimate_stands_below_its_task_in_the_line_of_its_arm(invoke: Invoke, studies: list[Path], wide) -> None:
    wide(200)
    lines = invoke("compare", *studies).out.splitlines()
    head = lines.index("Scores, with 95% intervals") + 1
    table = lines[head : lines.index("", head)]
    tasks = [text for text in re.split(r"\s{2,}", table[0]) if text]
    assert tasks == ["NEJM", "JAMA", "A mixed study, choice", "A mixed study, diagnosis", "External"]
    at = table[0].index("JAMA")
    (row,) = [line for line in table if line.startswith("Bio-8B")]
    assert row[at:].startswith("75.0% (46.8-91.1) 9/12")
    (row,) = [line for line in table if line.startswith("Base-1B")]
    assert row[at:].strip() == ""


def test_the_document_is_all_that_is_printed(invoke: Invoke, studies: list[Path]) -> None:
    blind = compared_study(studies[0].with_name("blind.doubleread"), ("++", "+-"), title="S", cases=_cases(2, "s"))
    read_some(blind, "R-01", 1)
    done = invoke("compare", *studies, blind, "--json")
    assert done.code == 0
    assert [one["file"] for one in done.json["left_out"]] == [str(blind)]
    assert len(done.json["arms"]) == 5
    assert f"note: {blind} is not compared, because its arms may not be named yet (R-01 has 1 case left)" in done.err


def test_a_page_is_written_and_not_overwritten(invoke: Invoke, studies: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = invoke("compare", *studies, "--out", out)
    assert (done.code, done.out.startswith(f"{out}: 5 studies, ")) == (0, True)
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    refused = invoke("compare", *studies, "--out", out)
    assert (refused.code, refused.out) == (1, "")
    assert "--force" in refused.err
    assert invoke("compare", *studies, "--out", out, "--force").code == 0
    done = invoke("compare", *studies, "--out", "-")
    assert done.out.startswith("<!doctype html>")
    assert "5 studies" in done.err
    before = studies[0].read_bytes()
    refused = invoke("compare", *studies, "--out", studies[0], "--force")
    assert (refused.code, studies[0].read_bytes() == before) == (1, True)


def test_wrong_use_is_told(invoke: Invoke, studies: list[Path], tmp_path: Path) -> None:
    link = tmp_path / "link.doubleread"
    link.hardlink_to(studies[0])
    for arguments, words in (
        ((studies[0], studies[0]), "are one file"),
        ((studies[0], link), "are one file"),
        ((studies[0], "--metric", "beauty"), "use one of accuracy, "),
        ((studies[0], "--task", "NEJM"), "is not NAME=STUDY"),
        ((studies[0], "--task", f"NEJM={studies[1]}"), "add it to the studies"),
        ((studies[0], "--json", "--out", tmp_path / "x.html"), "choose one of them"),
    ):
        done = invoke("compare", *arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert words in done.err
        assert done.err.count("\n") == 1


def test_a_task_can_be_named_and_a_metric_chosen(
    invoke: Invoke, studies: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = invoke(
        "compare", studies[0], studies[1], "--task", f"Rare diseases={studies[0]}", "--metric", "accuracy-determinate"
    )
    assert done.code == 0
    assert "Rare diseases" in done.out
    assert "determinate only" in done.out
    monkeypatch.chdir(studies[0].parent)
    assert "Rare diseases" in invoke("compare", studies[0], "--task", "Rare diseases=nejm").out
    assert "published" not in done.out


def test_external_arms_with_the_same_name_are_joined_on_request(invoke: Invoke, tmp_path: Path) -> None:
    arms = (Arm("x", "GPT"), Arm("y", "Bio"))
    one = compared_study(tmp_path / "a.doubleread", ("++", "+-"), arms=arms, title="A")
    two = compared_study(tmp_path / "b.doubleread", ("++", "+-"), arms=arms, title="B", cases=_cases(2, "b"))
    done = invoke("compare", one, two)
    assert "4 arms" in done.out
    assert "--same-names" in done.err
    joined = invoke("compare", one, two, "--same-names")
    assert ("2 arms" in joined.out, joined.err) == (True, "")


def test_what_cannot_be_compared_is_named(invoke: Invoke, studies: list[Path], tmp_path: Path) -> None:
    with StudyFile.open(studies[0], device="desk") as study:
        split(study, "R-02", tmp_path / "own.doubleread")
    damaged = tmp_path / "damaged.doubleread"
    content = bytearray(studies[1].read_bytes())
    content[4096:] = b"\x00" * (len(content) - 4096)
    damaged.write_bytes(content)
    text = tmp_path / "text.doubleread"
    text.write_text("no study", encoding="utf-8")
    for path, words in (
        (tmp_path / "own.doubleread", "R-02's own file"),
        (damaged, str(damaged)),
        (text, str(text)),
        (tmp_path / "nowhere.doubleread", "nowhere"),
    ):
        done = invoke("compare", studies[1], path)
        assert (done.code, done.out) == (1, ""), path
        assert words in done.err
        assert "; " in done.err


def test_only_blind_studies_are_an_error_that_names_no_arm(invoke: Invoke, tmp_path: Path) -> None:
    path = compared_study(tmp_path / "a.doubleread", ("++", "+-"))
    read_some(path, "R-01", 1)
    before = path.read_bytes()
    for more in ((), ("--json",), ("--out", tmp_path / "page.html")):
        done = invoke("compare", path, *more)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("Nothing to compare: ")
        assert "R-01 has 1 case left" in done.err
        assert "8B" not in done.err
    assert not (tmp_path / "page.html").exists()
    assert path.read_bytes() == before


def test_a_study_that_was_unblinded_early_says_so(invoke: Invoke, tmp_path: Path) -> None:
    path = compared_study(tmp_path / "a.doubleread", ("++", "+-"))
    read_some(path, "R-01", 1)
    assert invoke("results", path, "--unblind", "interim").code == 0
    done = invoke("compare", path)
    assert done.code == 0
    assert "unblinded by study lead" in done.out
    assert f"note: {path}: these results name the arms; readers who are not done must not see them" in done.err


def test_an_encrypted_study_needs_its_passphrase(
    invoke: Invoke, studies: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOUBLEREAD_PASSPHRASE", raising=False)
    locked = tmp_path / "locked.doubleread"
    key = FileKey.chosen("five words nobody would guess")
    compared_study(locked, ("++", "+-"), title="Locked", cases=_cases(2, "l"), key=key)
    forget_keys()
    refused = invoke("compare", studies[0], locked)
    assert (refused.code, refused.out) == (1, "")
    assert "locked.doubleread" in refused.err
    secret = tmp_path / "secret.txt"
    secret.write_text("five words nobody would guess\n", encoding="utf-8")
    done = invoke("--passphrase-file", secret, "compare", studies[0], locked, "--out", tmp_path / "page.html")
    assert done.code == 0, done.err
    assert "the study is encrypted, but" in done.err
    forget_keys()


HOSTILE = [*SEQUENCES, *MARKUP, *SHAPES, "x" * 300, "<script>alert(1)</script>"]


@pytest.mark.parametrize("columns", [80, 120])
def test_hostile_names_do_no_harm(invoke: Invoke, tmp_path: Path, wide, columns: int) -> None:
    wide(columns)
    paths = []
    for number, words in enumerate(HOSTILE):
        words = words.replace("\x00", "") or "?"
        # Every second model has the name of the one before.
        arms = (
            replace(GENERAL, id="g", name=words),
            arm_with_model("b", words, f"{number // 2:064x}", "/m/b", "biomedical"),
        )
        path = tmp_path / f"{number}.doubleread"
        paths.append(compared_study(path, ("+-", "-+"), arms=arms, title=words, cases=_cases(2, str(number))))
    done = invoke("compare", *paths)
    assert done.code == 0, done.err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.out + done.err)
    assert f"[{MARK}" in done.out, "they are shown, though harmless"
    assert max(map(cell_len, done.out.splitlines())) <= columns
    assert len(invoke("compare", *paths, "--json").json["studies"]) == len(HOSTILE)
    out = tmp_path / "page.html"
    assert invoke("compare", *paths, "--out", out).code == 0
    assert "<script" not in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("columns", "label"), [(80, "A model of l…out retrieval"), (120, "A model of long name, without retrieval")]
)
def test_names_of_arms_have_the_room_there_is_and_keep_their_ends(
    invoke: Invoke, tmp_path: Path, wide, columns: int, label: str
) -> None:
    wide(columns)
    names = ("A model of long name, with retrieval", "A model of long name, without retrieval")
    arms = (replace(GENERAL, id="g", name=names[0]), arm_with_model("b", names[1], "b" * 64, "/m/b", "biomedical"))
    path = compared_study(tmp_path / "s.doubleread", ("+-", "-+"), arms=arms, title="T", cases=_cases(2, "s"))
    done = invoke("compare", path)
    assert done.code == 0, done.err
    assert any(line.startswith(f"{label}  ") and "1/2" in line for line in done.out.splitlines())
