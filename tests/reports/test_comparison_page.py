"""The page of a comparison: what it holds, and that names do no harm in it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from arms import arm_with_model
from doubleread.domain.arm import Arm
from doubleread.reports.comparison_page import comparison_page
from doubleread.results.comparison import Comparison, compare, study_results
from doubleread.store import StudyFile
from hostile import MARKUP, SEQUENCES, SHAPES
from reports.page_outline import PageOutline
from results.compared_studies import BIOMEDICAL, GENERAL, choice, compared_study, read_some


def compared(*paths: Path) -> Comparison:
    found = []
    for path in paths:
        with StudyFile.open(path, device="desk", read_only=True) as study:
            found.append(study_results(study))
    return compare(found)


def page(comparison: Comparison) -> str:
    return "".join(comparison_page(comparison, "2026-03-01T12:00:00.000Z"))


def _cases(count: int, source: str) -> list:
    return [choice(number, source) for number in range(count)]


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Six tasks, one of them read, and one blind study."""
    made = [compared_study(tmp_path / "nejm.doubleread", ("++++-?+", "+-----+"))]
    made += [
        compared_study(tmp_path / f"{name}.doubleread", ("++", "+-"), title=name, cases=_cases(2, name))
        for name in ("B", "C", "D", "E")
    ]
    read_some(made[1], "R-01", 2)
    blind = compared_study(tmp_path / "blind.doubleread", ("++", "--"), title="Blind", cases=_cases(2, "q"))
    read_some(blind, "R-01", 1)
    return [*made, blind]


def test_the_page_has_estimates_differences_published_values_and_methods(paths: list[Path]) -> None:
    html = page(compared(*paths))
    outline = PageOutline(html)
    assert outline.ids == ["estimates", "differences", "published", "studies", "notes", "methods"]
    text = " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())
    for words in (
        "Comparison of 5 studies, 2 arms and 5 tasks",
        "2026-03-01 12:00 UTC",
        "blind.doubleread is not compared, because its arms may not be named yet (R-01 has 1 case left)",
        "Scores: estimate, 95% interval and n, part 1 of 2",
        "Bio-8B 28.6% (8.2-64.1) 2/7",
        "accuracy: proportion of correct answers; unparsed, refused and truncated ones count as incorrect.",
        "◂ general higher biomedical higher ▸",
        "Bio-8B minus Base-8B (biomedical minus general)",
        "-42.9% (-70.9 to +6.1) n = 7, p = 0.125",
        "0.125 0.250",
        "0 above zero, 0 below zero, 5 including zero",
        "Llama-3-8B-Instruct general 64.3% [a]",
        "Dorfner et al., J Am Med Inform Assoc 2025;32(6):1015-1024, doi 10.1093/jamia/ocaf045 (2025-06)",
        "sha256 aaaaaaaaaaaaaaaa",
        "Statistics were computed with doubleread",
    ):
        assert words in text, words
    assert html.count('<svg class="strip both"') == 8
    assert html.count("<caption>") == html.count("<table") == 7


def test_a_comparison_without_published_values_has_no_such_section(paths: list[Path]) -> None:
    outline = PageOutline(page(compared(*paths[2:4])))
    assert outline.ids == ["estimates", "differences", "studies", "methods"]
    assert 'class="warnings"' not in page(compared(*paths[2:4]))


def test_the_page_needs_nothing_from_anywhere(paths: list[Path]) -> None:
    html = page(compared(*paths))
    outline = PageOutline(html)
    assert not outline.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", html)
    assert "url(" not in html
    assert "@import" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_the_page_shows_no_name_of_a_blind_study(paths: list[Path], tmp_path: Path) -> None:
    secret = (
        arm_with_model("s", "Zorblatt", "e" * 64, "/m/zorblatt.gguf"),
        arm_with_model("t", "Quix", "f" * 64, "/m/q"),
    )
    path = compared_study(tmp_path / "z.doubleread", ("++", "+-"), title="Z", cases=_cases(2, "z"), arms=secret)
    read_some(path, "R-01", 1, marked="s")
    html = page(compared(*paths, path))
    assert "z.doubleread" in html
    assert not [word for word in ("Zorblatt", "Quix", "e" * 12, "f" * 12) if word in html]


def test_hostile_names_are_text(tmp_path: Path) -> None:
    evil = "\n".join((*SEQUENCES, *MARKUP, *SHAPES, "</style></script><script>alert(1)</script><img src=x onerror=y>"))
    evil = evil.replace("\x00", "")
    arms = (
        replace(GENERAL, name=evil, role="general"),
        arm_with_model("b", evil, "d" * 64, "/m/b", evil),
    )
    paths = [
        compared_study(tmp_path / "a.doubleread", ("++", "+-"), title=evil, arms=arms),
        compared_study(tmp_path / "b.doubleread", ("++-", "+--"), title=evil, arms=(Arm("x", evil), BIOMEDICAL)),
    ]
    html = page(compared(*paths))
    plain = PageOutline(page(compared(compared_study(tmp_path / "c.doubleread", ("++", "+-")))))
    outline = PageOutline(html)
    assert outline.tags <= plain.tags | {"h3", "li", "ul"}
    assert outline.attributes <= plain.attributes
    assert "alert(1)" in outline.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
