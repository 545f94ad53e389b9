"""What every test gets: a home of its own, so that nothing of the user's is read or written."""

import pytest
from hypothesis import HealthCheck, settings

# Every run tries the same examples, however slow the machine is: a failure is then one of the program, and comes again.
# `pytest --hypothesis-profile=explore` looks for others.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeat", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("repeat")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DOUBLEREAD_HOME", str(home))
    return home
