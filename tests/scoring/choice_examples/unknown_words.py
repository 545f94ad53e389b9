"""Corrections, first thoughts and rejections in words of any kind, and answers that go on to other questions."""

from __future__ import annotations

from scoring.choice_examples.options import CHEST, Example

CORRECTED: list[Example] = [
    ("The answer is A. Sorry, that should have read B.", CHEST, "-several"),
    ("La respuesta es A. Perdón, quería poner B.", CHEST, "-several"),
    ("The answer is A. Oops, wrote the wrong thing.", CHEST, "-retracted"),
    ("The answer is A. Gzorp blick B.", CHEST, "-several"),
    ("The answer is A. In adults, B would be more common.", CHEST, "A"),
    ("The answer is A. B is wrong.", CHEST, "A"),
]

AT_FIRST: list[Example] = [
    ("Initially, I was inclined to say A.\n\nThe best answer is B.", CHEST, "B"),
    ("Initially, I was inclined to choose A.\n\nSarcoidosis is the most likely diagnosis.", CHEST, "B"),
    ("At first I was tempted to say A, but the answer is B.", CHEST, "B"),
]

UNKNOWN_VERBS: list[Example] = [
    ("I would zorp option A.", CHEST, "-none"),
    ("Zorperei la A.", CHEST, "-none"),
    ("Zorpam odpowiedź A.", CHEST, "-none"),
    ("Scarterei la A. Scelgo la B.", CHEST, "B"),
    ("Not A, but B.", CHEST, "B"),
]

LAID_OUT: list[Example] = [
    ("☐ A\n☒ B\n☐ C\n☐ D", CHEST, "B"),
    ("A ✖️\nB ☑️\nC ✖️\nD ✖️", CHEST, "B"),
    ("summary: a raised calcium level\nbestAnswer: b", CHEST, "B"),
    ("## Selected option\n\nB", CHEST, "B"),
    ("(a) The first part of the question asks for the cells of the node. (b) The second", CHEST, "-several"),
]

OTHER_QUESTIONS: list[Example] = [
    ("The answer is B.\n\nNow, let's summarize all the answers:\nThe answer is A.", CHEST, "B"),
    ("The answer is B.\n\nFor the given questions:\n1. The answer is A.\n2. The answer is D.", CHEST, "B"),
    ("The answer is A.\nThe answer is B.\nThe answer is C.\nThe answer is D.", CHEST, "-several"),
]
