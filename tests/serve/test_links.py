"""The links that are served: for whom, with which tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.conftest import Invoke
from cli.conftest import invoke as invoke
from doubleread import locations
from doubleread.config import Settings
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError
from doubleread.serve.links import linked, places_in, studies_of
from doubleread.serve.process import own_settings
from doubleread.serve.running import Serving, check_serving
from doubleread.sessions.readers import withdraw
from doubleread.sessions.session_end import summary_lines
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from serve.serving import study_for


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = study_for(tmp_path / "pilot.doubleread", "R-01", "R-02", "R-03", "S-01")
    with StudyFile.open(path, device="lead") as opened:
        opened.readers.describe("S-01", "adjudicator", "")
        withdraw(opened, "R-03", "moved away", "study lead")
    return path


def served_in(*paths: Path, **people: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [(place.study.name, place.role, place.person) for place in places_in(paths, **people)]


def test_every_registered_reader_gets_a_link_and_adjudicators_when_they_are_named(study: Path) -> None:
    name = study.name
    assert served_in(study) == [(name, "reader", "R-01"), (name, "reader", "R-02")]
    assert served_in(study, readers=("R-02",)) == [(name, "reader", "R-02")]
    assert served_in(study, adjudicators=("S-01",)) == [(name, "adjudicator", "S-01")]


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ({"readers": ("R-9",)}, "R-9 is not registered"),
        ({"readers": ("R-03",)}, "withdrawn"),
        ({"adjudicators": ("R-01",)}, "R-01"),
    ],
)
def test_nobody_gets_a_link_who_may_not_work_in_the_study(
    study: Path, people: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(DoublereadError) as refused:
        places_in((study,), **people)
    assert words in str(refused.value)


def test_readers_in_the_browser_are_told_nothing_of_the_file(tmp_path: Path, invoke: Invoke) -> None:
    path = study_for(tmp_path / "first-or-second.doubleread", "R-01", protocol=Protocol(title=""))
    assert [place.title for place in places_in((path,))] == [""]
    own = tmp_path / "first-or-second-R-01.doubleread"
    assert invoke("split", path, "--reader", "R-01", "--out", own).code == 0
    for served in (False, True):
        session = StudyLibrary(Settings(), served=served).open(own, "R-01").session
        summary = session.summary()
        done = replace(summary.end, progress=replace(summary.end.progress, committed=summary.end.progress.total))
        told = f"{done.next_step} {dict(summary_lines(summary))}"
        session.close()
        assert ("first" in told) != served


@pytest.mark.parametrize(("lead", "copied"), [('theme = "doubleread-light"', True), ('theme = "pink"', False)])
def test_readers_begin_with_the_settings_of_the_lead_if_these_are_right(study: Path, lead: str, copied: bool) -> None:
    locations.settings_file().parent.mkdir(parents=True, exist_ok=True)
    locations.settings_file().write_text(lead)
    assert own_settings(places_in((study,))[0]).exists() == copied


def test_a_folder_is_served_with_the_readers_own_files(study: Path, tmp_path: Path, invoke: Invoke) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for reader in ("R-01", "R-02"):
        assert invoke("split", study, "--reader", reader, "--out", folder / reader.lower()).code == 0
    (folder / "notes.txt").write_text("no study")
    own = [("r-01.doubleread", "reader", "R-01"), ("r-02.doubleread", "reader", "R-02")]
    assert served_in(*studies_of(folder)) == own
    assert served_in(*studies_of(folder), readers=("R-02",)) == own[1:]
    with pytest.raises(DoublereadError, match="R-9"):
        places_in(studies_of(folder), ("R-9",))
    with pytest.raises(DoublereadError, match="no study files"):
        studies_of(_empty(tmp_path))


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_tokens_are_new_at_each_start_unless_they_are_kept(study: Path, tmp_path: Path) -> None:
    places, kept = places_in((study,)), tmp_path / "tokens.json"
    once, again = linked(places), linked(places)
    assert len({link.token for link in (*once.all, *again.all)}) == 4
    assert all(len(link.token) >= 43 for link in once.all)
    first = linked(places, kept)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [link.token for link in linked(places, kept).all] == [link.token for link in first.all]
    assert [link.token for link in linked(places[:1], kept).all] == [first.all[0].token]
    assert [link.token for link in linked(places, kept).all] == [link.token for link in first.all], "none is forgotten"
    for link in first.all:
        assert link.token not in (link.id, link.pass_value)
        assert first.by_id(link.id) is first.by_token(link.token) is link
    kept.chmod(0o644)
    with pytest.raises(DoublereadError, match="chmod 600"):
        linked(places, kept)
    kept.chmod(0o600)
    kept.write_text('{"x": "short"}')
    with pytest.raises(DoublereadError, match="not a file of tokens"):
        linked(places, kept)


def test_without_a_word_from_the_lead_only_this_computer_is_served() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
        check_serving(Serving(host), trust_network=False)
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org", ""):
        with pytest.raises(DoublereadError, match="--trust-network"):
            check_serving(Serving(host), trust_network=False)
        check_serving(Serving(host), trust_network=True)
    for url in (
        "https://u:p@read.example.org",
        "https://read.example.org:99999",
        "https://read.example.org/?x",
        "read.example.org",
        "ftp://x",
        "https://",
        "https://x/path",
    ):
        with pytest.raises(DoublereadError, match="--public-url"):
            check_serving(Serving(public_url=url), trust_network=False)


def test_what_the_command_refuses(study: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, words in (
        ((study, "--host", "0.0.0.0"), "--trust-network"),
        ((study, "--reader", "R-9"), "not registered"),
        ((_empty(tmp_path),), "no study files"),
        ((tmp_path / "nothing.doubleread",), "nothing.doubleread"),
    ):
        done = invoke("serve", *arguments)
        assert done.code in (1, 2)
        assert words in done.err
        assert done.out == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert 'pip install "doubleread[serve]"' in invoke("serve", study).err
