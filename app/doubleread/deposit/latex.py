"""Texts and tables as LaTeX. Everything that is not ours is escaped; what a font may not have becomes its number."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from doubleread.domain.display import display_text

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"{-}",
    "\u00a0": "~",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "≠": r"\ensuremath{\neq}",
    "→": r"\ensuremath{\rightarrow}",
    "∞": r"\ensuremath{\infty}",
    "κ": r"\ensuremath{\kappa}",
    "α": r"\ensuremath{\alpha}",
    "β": r"\ensuremath{\beta}",
    "δ": r"\ensuremath{\delta}",
    "χ": r"\ensuremath{\chi}",
    "µ": r"\ensuremath{\mu}",
    "μ": r"\ensuremath{\mu}",
    "°": r"\ensuremath{^\circ}",
    "²": r"\ensuremath{^2}",
    "³": r"\ensuremath{^3}",
    "·": r"\ensuremath{\cdot}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u030c": "v ",
    "\u0327": "c ",
    "\u030a": "r ",
}
_LETTERS = {"ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}"}
_LETTERS |= {"ł": r"\l{}", "Ł": r"\L{}"}

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage{longtable}
\usepackage[a4paper,margin=2.5cm]{geometry}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\sloppy
"""


def escaped(text: str) -> str:
    """Return a text that LaTeX prints as it is. A character without a command becomes [U+1FAC0]."""
    return "".join(map(_character, " ".join(display_text(text).split())))


def _character(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isascii():
        return character
    if character in _LETTERS:
        return _LETTERS[character]
    base, *marks = list(unicodedata.normalize("NFD", character))
    if len(marks) == 1 and marks[0] in _ACCENTS and base.isascii() and base.isalpha():
        dotless = {"i": r"\i{}", "j": r"\j{}"}.get(base, base)
        return rf"\{_ACCENTS[marks[0]]}{{{dotless}}}"
    return rf"{{[}}U+{ord(character):04X}{{]}}"


def paragraphs(texts: Iterable[str]) -> str:
    """Return paragraphs of LaTeX."""
    return "".join(f"{escaped(text)}\n\n" for text in texts)


def heading(title: str, command: str = "section") -> str:
    """Return a heading without a number."""
    return f"\\{command}*{{{escaped(title)}}}\n\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> str:
    """Return a table that breaks across pages. `widths` are proportions of the line's width."""
    thousandths = 960 - 20 * len(widths)
    form = "".join(rf"p{{0.{int(width * thousandths / sum(widths)):03d}\linewidth}}" for width in widths)
    lines = [rf"\begin{{longtable}}{{{form}}}", r"\hline", _row(columns), r"\hline", r"\endhead"]
    lines += [*map(_row, rows), r"\hline", r"\end{longtable}"]
    return "\n".join(lines) + "\n\n"


def _row(cells: Sequence[str]) -> str:
    # The first cell may begin with a bracket, which would belong to the \\ before it.
    return " & ".join(rf"\raggedright {_indent(cell)}{escaped(cell)}" for cell in cells) + r" \tabularnewline"


def _indent(cell: str) -> str:
    """Return the room before a label, which is indented by two blanks for each level."""
    level = (len(cell) - len(cell.lstrip(" "))) // 2
    return rf"\hspace*{{{level}em}}" if level else ""


def document(body: str, title: str) -> str:
    """Return a whole document, with all works of references.bib."""
    return (
        f"{PREAMBLE}\\title{{{escaped(title)}}}\n\\author{{}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n\n{body}"
        "\\nocite{*}\n\\bibliographystyle{plain}\n\\bibliography{references}\n\\end{document}\n"
    )
