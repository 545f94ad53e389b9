"""The words of a command, in any order."""

from __future__ import annotations

import pytest

from doubleread.domain.labels import CREOLA, HEGSELMANN
from doubleread.plain.arguments import Arguments, NotUnderstoodError, Option, SentenceRef, tokens

CATEGORIES = [Option.of(label) for label in CREOLA.categories]
SEVERITIES = [Option.of(label) for label in CREOLA.severities]


@pytest.mark.parametrize(
    "line",
    [
        'A2 "ST elevation" fabrication major',
        'major fabrication "ST elevation" a2',
        "fab A 2 “ST elevation” maj",
        'f m A2 "ST elevation',
    ],
)
def test_the_order_does_not_matter(line: str) -> None:
    arguments = Arguments(line)
    assert arguments.take_sentences() == SentenceRef("A", 0, 2, 2)
    assert arguments.take_quoted() == "ST elevation"
    assert (arguments.take_option(CATEGORIES), arguments.take_option(SEVERITIES)) == (0, 1)
    arguments.expect_none()


@pytest.mark.parametrize(
    ("words", "ref"),
    [
        ("B10", ("B", 0, 10, 10)),
        ("a2-4", ("A", 0, 2, 4)),
        ("A2-A4", ("A", 0, 2, 4)),
        ("C 3", ("C", 0, 3, 3)),
        ("d2.13", ("D", 2, 13, 13)),
        ("D2.1-D2.3", ("D", 2, 1, 3)),
    ],
)
def test_sentences_are_named_by_text_and_number(words: str, ref: tuple[str, int, int, int]) -> None:
    assert Arguments(f"minor {words} fabrication").take_sentences() == SentenceRef(*ref)


@pytest.mark.parametrize("words", ["A", "2", "AA2", '"A2"', "A2x", "D2", "E1", f"A{'9' * 5000}"])
def test_other_words_are_no_sentence(words: str) -> None:
    assert Arguments(words).take_sentences() is None


def test_more_digits_than_anything_has_are_no_number() -> None:
    assert Arguments("9" * 5000).take_number() is None
    assert Arguments("9" * 5000).take_range() is None
    assert Arguments("123456789").take_number() == 123456789


def test_a_name_of_several_words_is_taken_whole_and_before_keys() -> None:
    labels = [Option.of(label) for label in HEGSELMANN.categories]
    assert labels[Arguments("major unsupported medication").take_option(labels) or 0].name == "unsupported medication"
    assert labels[Arguments("x incorrect fact").take_option(labels) or 0].name == "incorrect fact"
    with pytest.raises(
        NotUnderstoodError, match=r"“unsupported” could be unsupported condition or unsupported procedure"
    ):
        Arguments("unsupported").take_option(labels)


def test_what_is_left_is_said() -> None:
    arguments = Arguments("A2 purple monkey")
    arguments.take_sentences()
    with pytest.raises(NotUnderstoodError, match="I did not understand “purple monkey”"):
        arguments.expect_none()


def test_a_text_keeps_its_quotation_marks() -> None:
    arguments = Arguments('2 not  "so" sure')
    assert arguments.take_number() == 2
    assert arguments.take_as_typed() == 'not  "so" sure'


def test_a_long_line_is_read_in_no_time() -> None:
    arguments = Arguments("word " * 20_000)
    assert arguments.take_option(CATEGORIES) is None
    assert len(tokens('"' * 9)) == 5
