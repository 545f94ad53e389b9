"""An error in other words: the same class and facts, and nothing of what it came through."""

from __future__ import annotations

import pytest

from doubleread.errors import CaseFileError, ServerError


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
