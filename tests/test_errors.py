"""Errors as they are printed, and in other words: the same class and facts, and nothing of what they came through."""

from __future__ import annotations

import pytest

from doubleread.errors import CaseFileError, DoublereadError, ServerError


def test_an_error_in_other_words_keeps_its_class_and_its_facts():
    with pytest.raises(ServerError) as raised:
        raise ServerError("Busy", "m said no", "wait", retry=True, retry_after=3.0)
    error = raised.value
    told = error.retold("Busy", "it said no", "wait a little")
    assert type(told) is ServerError
    assert str(told) == "Busy: it said no; wait a little"
    assert told.args == ("Busy", "it said no", "wait a little")
    assert (told.retry, told.retry_after, told.any_request) == (True, 3.0, False)
    assert (told.__traceback__, told.__context__, told.__cause__) == (None, None, None)
    assert str(error) == "Busy: m said no; wait"


def test_it_does_so_where_dask_is_imported():
    pytest.importorskip("distributed")
    with pytest.raises(CaseFileError) as raised:
        raise CaseFileError("Nothing imported", "1 problem", "fix it", problems=("line 1",))
    told = raised.value.retold("Nothing imported", "one problem", "")
    assert told is not raised.value
    assert (told.problems, told.__traceback__) == (("line 1",), None)


def test_what_to_do_after_a_question_is_a_sentence_of_its_own() -> None:
    assert (
        str(DoublereadError("No reader", "R-1 is unknown", "register them"))
        == "No reader: R-1 is unknown; register them"
    )
    asked = DoublereadError("No reader", "R-1 is unknown. Did you mean R-01?", "otherwise register them")
    assert str(asked) == "No reader: R-1 is unknown. Did you mean R-01? Otherwise register them"
