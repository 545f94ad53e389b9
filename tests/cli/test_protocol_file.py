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
