"""What an engine would refuse is refused when the study is made, not when it runs."""

from __future__ import annotations

import json

import pytest

from doubleread.cli.protocol_file import read_protocol
from doubleread.errors import DoublereadError


@pytest.mark.parametrize("stops", [["x" * 1001], [f"stop {number}" for number in range(65)]])
def test_stop_strings_that_no_engine_takes_are_refused(tmp_path, stops):
    file = tmp_path / "protocol.toml"
    file.write_text(f"[decoding]\nstop = {json.dumps(stops)}\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="64 stop strings"):
        read_protocol(file)


def test_stop_strings_within_the_limits_are_taken(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text('[decoding]\nstop = ["###", "\\n\\n"]\n', encoding="utf-8")
    assert read_protocol(file).decoding.stop == ("###", "\n\n")


def test_thinking_has_a_budget_of_its_own_that_must_fit_beside_the_answer(tmp_path):
    file = tmp_path / "protocol.toml"
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\nmax_thinking_tokens = 399\n", encoding="utf-8")
    assert read_protocol(file).decoding.max_thinking_tokens == 399
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\nmax_thinking_tokens = 400\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="together must be below n_ctx"):
        read_protocol(file)
    # What a protocol does not name is fitted to the room when it comes to it.
    file.write_text("n_ctx = 900\n[decoding]\nmax_tokens = 500\n", encoding="utf-8")
    assert read_protocol(file).decoding.max_thinking_tokens == 2048
    file.write_text("[decoding]\nmax_thinking_tokens = -1\n", encoding="utf-8")
    with pytest.raises(DoublereadError, match="between 0 and"):
        read_protocol(file)
