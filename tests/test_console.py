"""What the commands print is the same whether it comes at once or piece by piece."""

from __future__ import annotations

import json

from doubleread.console import say_json, say_json_list, say_table

RECORDS = [{"a": 'x "\u00e9\u202e\x7f', "b": 1, "c": True}, {"a": "", "b": -2, "c": None}]


def test_a_list_that_is_printed_as_it_comes_is_the_same_document(capsys):
    for records in (RECORDS, RECORDS[:1], []):
        say_json(records)
        at_once = capsys.readouterr().out
        say_json_list(iter(records))
        assert capsys.readouterr().out == at_once
        assert json.loads(at_once) == records


def test_columns_are_as_wide_as_their_widest_cell_on_a_terminal(capsys):
    say_table(("case", "what", ""), (row for row in [("1", "漢字\x1b\x1f", "a"), ("22", "plain words", "b\n")]))
    assert capsys.readouterr().out.splitlines() == [
        "case  what",
        "1     漢字\u241b\u241f       a",
        "22    plain words  b\u2424",
    ]
