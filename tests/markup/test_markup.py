"""What is shown of Markdown, what is not, and what clinicians write that is none."""

import pytest

from doubleread.domain.spans import Span
from doubleread.markup.blocks import lines_of
from doubleread.markup.runs import CODE, EMPHASIS, HEADING, LINK, STRIKE, STRONG
from doubleread.markup.shown import shown_text, without_markup

NAMES = {STRONG: "b", EMPHASIS: "i", STRIKE: "s", CODE: "c", LINK: "l", HEADING: "h"}


def shown(text, dialect="answer"):
    """Return what is shown, with the looks of each stretch in angle brackets before it."""
    lines = []
    for line in lines_of(text, dialect):
        cells = [line.runs] if not line.cells else [cell.runs for cell in line.cells]
        words = ["".join(_dressed(run, text) for run in runs) for runs in cells]
        lines.append(line.lead + " ¦ ".join(words))
    return "\n".join(lines)


def _dressed(run, text):
    names = "".join(name for bit, name in NAMES.items() if run.look & bit)
    return f"⟨{names}{':' if names else ''}{run.shown(text)}⟩" if names else run.shown(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** and *italic* and ***both***", "⟨b:bold⟩ and ⟨i:italic⟩ and ⟨bi:both⟩"),
        ("__bold__ and _italic_", "⟨b:bold⟩ and ⟨i:italic⟩"),
        ("**bold *both* bold**", "⟨b:bold ⟩⟨bi:both⟩⟨b: bold⟩"),
        ("~~gone~~ `code *x*` ``a`b``", "⟨s:gone⟩ ⟨c:code *x*⟩ ⟨c:a`b⟩"),
        ("**two\nlines**", "⟨b:two⟩\n⟨b:lines⟩"),
        ("[words](https://a.org/x_y) after", "⟨l:words⟩ (https://a.org/x_y) after"),
        ("![alt](image/x.png)", "⟨l:alt⟩ (image/x.png)"),
        (r"\*no\* \# \_x\_ \$5", "*no* # _x_ $5"),
        ("• said\n+ plus", "• said\n+ plus"),
        ("5 &lt; 6 &amp; 7&nbsp;mg &#xb5;g &bogus; &#0;", "5 < 6 & 7\xa0mg µg &bogus; &#0;"),
        ("<b>html</b> <5 mg/dL <br>", "<b>html</b> <5 mg/dL <br>"),
        ("# One\n###### Six ##\n#No\n# ", "⟨h:One⟩\n⟨h:Six⟩\n#No\n# "),
        ("- one\n  - two\n    - three\n* four", "• one\n  • two\n    • three\n• four"),
        ("1. one\n   more\n   - two\n10) ten", "1. one\n   more\n   • two\n10) ten"),
        ("- [x] done\n- [ ] open", "• [x] done\n• [ ] open"),
        ("> said\n> > twice\nafter", "▎ said\n▎ ▎ twice\nafter"),
        ("---\n* * *\n___", "\n\n___"),
        ("| a | b |\n|---|--:|\n| *x* | y \\| z |\n| only", "⟨b:a⟩ ¦ ⟨b:b⟩\n\n⟨i:x⟩ ¦ y | z\nonly"),
        ("| a | b |\n|---|---|\n| x | y | z |", "⟨b:a⟩ ¦ ⟨b:b⟩\n\nx ¦ y | z"),
        ("```python\nx = **1**\n```\nafter", "⟨c:python⟩\n⟨c:x = **1**⟩\n\nafter"),
        ("```\nnever closed", "\n⟨c:never closed⟩"),
        ("- item:\n  ```\n  code\n  ```\n- next", "• item:\n  \n  ⟨c:code⟩\n  \n• next"),
        ("    indented by four is no code", "    indented by four is no code"),
        ("one line\nbreak  \nkept\\\nso", "one line\nbreak  \nkept\\\nso"),
        ("**注意**：发热", "⟨b:注意⟩：发热"),
        ("**S**ubjective", "⟨b:S⟩ubjective"),
    ],
)
def test_answers_are_shown_as_they_are_meant(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "HLA-B*57:01 and HLA-B*15:02",
        "2*3 and 4*5 = 26, 10**3",
        "p<0.05*, p<0.01**, p<0.001***",
        "a * unclosed in text **here",
        "~5 mg or ~10 mg, 5~10 mg",
        "> 140 mmHg",
        ">5 mg/dL and < 3 g/dL",
        "snake_case_name, ICD_10_code",
        "Mr. ___ was seen by Dr. ___, (___) and (___).",
        "-5 mmol/L and +2",
        "+ JVD, + oedema",
        "#1 problem: fever",
        "Na[+](140) and [see below](later)",
        r"\(x_1\) \[y\] \{z\} mg\dL",
        "BP 120/80 | HR 72 | RR 16",
        "a & b; AT&T",
        "Temp: 38.5 °C\t(axillary)",
        "1.5 mg, 2.0 mg",
        "www.example.org/a_b_c*d",
        "`unclosed code",
        "Title\n===",
        "   leading blanks",
    ],
)
def test_what_clinicians_write_stays_as_it_is(text):
    for dialect in ("answer", "case"):
        assert shown_text(text, dialect).words == text
        assert all(run.look == 0 for line in lines_of(text, dialect) for run in line.runs)


@pytest.mark.parametrize(
    "text",
    [
        "*emphasised* _so_ ~~gone~~",
        "- no fever\n- cough\n* drug\n  - nested",
        "# CHF: continue furosemide\n# AKI",
        "> 5 mg/dL\n> said",
        "-----\nHISTORY\n***",
        "5 &lt; 6 \\* 7",
        "[1](https://a.org)",
        "1. first\n   more",
    ],
)
def test_case_texts_stay_as_they_are_where_signs_may_mean_something(text):
    assert shown_text(text, "case").words == text
    assert all(line.lead == "" for line in lines_of(text, "case"))


def test_case_texts_show_what_is_certainly_markdown():
    text = "## History\n**Allergies**: none\n| Lab | Value |\n|---|---|\n| K | 5.9 |\n```\ncode\n```"
    assert shown(text, "case") == ("⟨h:History⟩\n⟨b:Allergies⟩: none\n⟨b:Lab⟩ ¦ ⟨b:Value⟩\n\nK ¦ 5.9\n\n⟨c:code⟩\n")


@pytest.mark.parametrize(
    "text",
    [
        *("*" * 20_000, "**a " * 5_000, "[a](" * 5_000, "`a``" * 5_000, "> " * 10_000, "- " * 10_000, "&lt;" * 5_000),
        *("*a _b\n" * 3_000, "|a" * 5_000 + "\n" + "|-" * 5_000, "x" * 300_000, "# " * 10_000, "\\" * 10_000),
        "\n".join(f"{'  ' * depth}- item" for depth in range(300)),
        *("~~~\n" * 3_000, "<a" * 10_000, "](" * 10_000, " " * 50_000 + "#", "e\u0301*" * 5_000),
    ],
    ids=range(18),
)
def test_hostile_markup_is_read(text):
    # What takes a time that grows with the square of the length ends this test by its time limit.
    words = shown_text(text, "answer").words
    assert len(words) <= len(text)


def test_depth_is_limited():
    deep = "\n".join(f"{'  ' * depth}- item" for depth in range(40))
    assert max(len(line.lead) for line in lines_of(deep, "answer")) <= 2 * 8
    assert shown(">" * 10 + " x") == "▎ " * 6 + ">>>> x"


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("- **Fever.**", (0, 12), "Fever."),
        ("# Title ##", (0, 10), "Title"),
        ("| a | b |\n|---|---|\n| x | y |", (20, 29), "x | y"),
        ("a **b** c", (1, 7), "b"),
        ("&lt; 5", (0, 6), "&lt; 5"),
        ("---", (0, 3), "---"),
        ("plain", (1, 3), "la"),
    ],
)
def test_a_span_without_markup_at_its_ends(text, span, expected):
    assert without_markup(text, Span(*span), "answer").of(text) == expected


def test_the_options_of_a_case_go_on_below_their_text() -> None:
    text = "He  waits.\n\nA  Inhibition of something\n10  Another\nIV  Antibiotics"
    assert [line.hang for line in lines_of(text, "case")] == ["", "", "   ", "    ", ""]
    assert {line.hang for line in lines_of(text, "answer")} == {""}
