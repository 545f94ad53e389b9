"""Passages lie in their text, cover it, and have no more words than they may."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doubleread.retrieval.chunking import passages_of

TEXTS = st.text(alphabet=st.sampled_from("ab 。.!?\n#é🫀漢字ไทย\t-"), max_size=400)


@given(TEXTS, st.integers(10, 30), st.integers(0, 5))
def test_every_character_that_is_no_blank_is_in_a_passage(text: str, words: int, overlap: int) -> None:
    covered = [False] * len(text)
    before = -1
    for span in passages_of(text, words, overlap):
        passage = text[span.start : span.end]
        assert passage == passage.strip() != ""
        assert span.end > before
        before = span.end
        covered[span.start : span.end] = [True] * len(span)
    assert all(seen or sign.isspace() for sign, seen in zip(text, covered, strict=True))


def _passages(text: str, words: int, overlap: int) -> list[str]:
    return [span.of(text) for span in passages_of(text, words, overlap)]


def test_passages_end_with_sentences_and_repeat_the_last_ones() -> None:
    text = "One two three four. Five six seven. Eight nine ten. Eleven twelve."
    assert _passages(text, 10, 3) == [
        "One two three four. Five six seven. Eight nine ten.",
        "Eight nine ten. Eleven twelve.",
    ]
    assert _passages(text, 10, 0) == ["One two three four. Five six seven. Eight nine ten.", "Eleven twelve."]


def test_a_half_full_passage_ends_with_its_paragraph_or_before_a_heading() -> None:
    text = "One two three four five.\n\nSix seven.\n# Head\nEight nine ten eleven."
    assert _passages(text, 10, 0) == ["One two three four five.", "Six seven.\n# Head\nEight nine ten eleven."]
    assert _passages(text, 4, 0) == ["One two three four", "five.\n\nSix seven.", "# Head", "Eight nine ten eleven."]


def test_a_long_sentence_is_cut_between_words() -> None:
    assert _passages(" ".join("abcdefghijkl"), 5, 2) == ["a b c d e", "f g h i j", "k l"]
    assert _passages("漢" * 12, 5, 0) == ["漢" * 5, "漢" * 5, "漢" * 2]
    assert [len(piece) for piece in _passages("x" * 1050, 5, 0)] == [500, 500, 50]


def test_no_text_has_no_passage() -> None:
    assert _passages(" \n\t", 10, 0) == []
