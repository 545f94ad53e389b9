"""What a report says of each small study, found out once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reports.small_studies import BUILDERS, Builder, Reported, reported


@pytest.fixture(scope="session")
def report_of(tmp_path_factory) -> Callable[[Builder], Reported]:
    found: dict[Builder, Reported] = {}

    def report(builder: Builder) -> Reported:
        assert builder in BUILDERS
        if builder not in found:
            with builder(tmp_path_factory.mktemp(builder.__name__)) as study:
                found[builder] = reported(study)
        return found[builder]

    return report
