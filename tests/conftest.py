"""What every test gets: a home of its own, so that nothing of the user's is read or written."""

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DOUBLEREAD_HOME", str(home))
    return home
