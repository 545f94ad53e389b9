"""Splitting, merging, the log, backups and recovery, as commands."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from cli.test_screens import on_a_terminal, quit_program
from doubleread import locations
from doubleread.cli.commands import read as reading_commands
from doubleread.platform import network_file_system
from doubleread.read_model import history
from doubleread.sessions import merging
from doubleread.store import StudyFile
from doubleread.store.branches import merge as store_merge
from doubleread.store.files import risky_folders as folders
from doubleread.store.files.kept_copies import backups_of, count_session, keep_backup
from doubleread.store.log.verify import verify
from store.making import DEVICE, READER, act, commit, make_study, mark, open_reading, ready_study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "trial.doubleread"
    ready_study(path).close()
    return path


def test_a_readers_file_goes_out_and_comes_home(invoke, study, tmp_path):
    out = tmp_path / "own"
    done = invoke("split", study, "--reader", "R-02", "--out", out)
    assert done.code == 0, done.err
    assert "3 cases for R-02" in done.out
    own = tmp_path / "own.doubleread"
    with StudyFile.open(own, device="laptop") as opened:
        opened.readers.register("R-02")
        sides = {answer.id for answer in opened.answers.of_case("case-0").values()}
        assert len(sides) == 2
        commit(opened, mark(opened, open_reading(opened, reader_id="R-02")))
    for command in (("results",), ("export", "--format", "jsonl", "--out", tmp_path / "x")):
        refused = invoke(command[0], own, *command[1:])
        assert refused.code == 1
        assert "names no model" in refused.err
    merged = invoke("merge", study, own)
    assert merged.code == 0, merged.err
    assert f"{own}: 6 new entries, in 1 reading by R-02\n" in merged.out
    assert "verified copy from before the merge" in merged.err
    record = invoke("merge", study, own, "--json").json
    assert record["files"][0]["events"] == 0
    assert record["files"][0]["readings"] == {}
    assert record["state"] == verify(study).state
    assert verify(Path(record["backup"])).ok
    verified = invoke("verify", study)
    assert f"state {record['state']}" in verified.out


def test_a_bad_file_is_said_and_the_good_ones_come_in(invoke, study, tmp_path):
    good, bad = tmp_path / "good.doubleread", tmp_path / "bad.doubleread"
    with StudyFile.open(study, device=DEVICE) as opened:
        opened.backup(good)
    bad.write_text("hello")
    with StudyFile.open(good, device="two") as opened:
        mark(opened, open_reading(opened))
    done = invoke("merge", study, bad, good, tmp_path / "nowhere")
    assert done.code == 1
    assert "bad.doubleread: refused. Not a study file" in done.out
    assert "good.doubleread: 2 new entries" in done.out
    assert "does not exist" in done.out


def test_a_long_case_id_is_cut_in_the_middle_in_the_table_and_whole_in_json(invoke, study, monkeypatch):
    long = "ward-" + "x" * 140 + "-0001"
    plain = history.history
    monkeypatch.setattr(history, "history", lambda *asked: (item._replace(case_id=long) for item in plain(*asked)))
    shown = invoke("log", study).out
    assert "ward-xxxxxxxxxxxxxx…xxxxxxxxxxxxxxx-0001" in shown
    assert long not in shown
    assert invoke("log", study, "--json").json[0]["case_id"] == long


def test_the_log_says_who_did_what_and_names_no_model(invoke, study):
    with StudyFile.open(study, device=DEVICE) as opened:
        reading = commit(opened, mark(opened, open_reading(opened), note="secret \x1b[31m"))
        first = reading.judgement.annotations[0]
        act(opened, reading, "annotation.retracted", annotation_id=first.id, reason="it \x1b[31m was right")
        opened.answers.record_failure("case-0", "m-general", "General died", "general.gguf was killed")
    shown = invoke("log", study)
    assert shown.code == 0
    # The answer begins with "General:", by which its model names itself.
    assert 'marked A fabrication, major "███████"' in shown.out
    assert "retracted A fabrication" in shown.out
    assert "was right" in shown.out
    assert "\x1b" not in shown.out
    for telling in ("Biomedical", "general.gguf", "m-general", "General died", "a" * 64):
        assert telling not in shown.out
    only = invoke("log", study, "--reader", READER, "--case", "case-0", "--kind", "annotation", "--json").json
    assert [entry["kind"] for entry in only] == ["annotation.marked", "annotation.retracted"]
    assert only[1]["reason"] == "it \x1b[31m was right"
    assert all(entry["counts"] for entry in only)
    assert "m-general" not in invoke("log", study, "--json").out
    assert invoke("log", study, "--since", "2999-01-01", "--json").json == []
    assert len(invoke("log", study, "--since", "2020-01-01", "--json").json) > 10
    unknown = invoke("log", study, "--kind", "nonsense")
    assert (unknown.code, unknown.out) == (2, "")
    assert "annotation" in unknown.err
    assert invoke("log", study, "--kind", "split.created").code == 0
    wrong = invoke("log", study, "--since", "yesterday")
    assert wrong.code == 2


def test_what_is_set_aside_is_marked_in_the_log(invoke, study, tmp_path):
    twin = tmp_path / "twin.doubleread"
    with StudyFile.open(study, device=DEVICE) as opened:
        open_reading(opened)
        opened.backup(twin)
    for path, device, times in ((study, "one", 1), (twin, "two", 2)):
        with StudyFile.open(path, device=device) as opened:
            reading = opened.reading(READER, "case-0")
            for start in range(times):
                reading = mark(opened, reading, start, start + 5)
    done = invoke("merge", study, twin)
    assert "superseded: R-01, case-0: 1 entry" in done.out
    assert "[superseded] marked" in invoke("log", study).out
    assert "1 branch of readings superseded" in invoke("verify", study).out
    assert "doubleread conflicts list" in done.err
    listed = invoke("conflicts", "list", study)
    assert listed.code == 0
    rows = listed.out.splitlines()
    assert (len(rows), "yes" in rows[1], "2, 1 its own" in rows[2]) == (3, True, True)
    for telling in ("General", "Biomedical", "m-general"):
        assert telling not in listed.out
    standing, aside = invoke("conflicts", "list", study, "--json").json["branches"]
    assert (standing["annotations"], aside["annotations"]) == (2, 1)
    chosen = invoke("conflicts", "resolve", study, aside["head"][:12], "--by", "lead", "--reason", "General was shown")
    assert chosen.code == 0, chosen.err
    assert "R-01, case-0: branch" in chosen.out
    assert invoke("conflicts", "list", study, "--json").json["branches"][0]["head"] == aside["head"]
    shown = invoke("log", study, "--kind", "conflict", "--json").json
    assert [(entry["actor"], entry["case_id"], entry["reason"]) for entry in shown] == [
        ("lead", "case-0", "this model was shown")
    ]
    assert shown[0]["what"] == f"chose the branch of R-01 with hash {aside['head'][:12]}"
    refused = invoke("conflicts", "resolve", study, "zzzzzz", "--by", "lead", "--reason", "x")
    assert (refused.code, refused.err.startswith("No branch chosen: ")) == (1, True)


def test_where_there_is_one_version_of_everything_it_is_said(invoke, study):
    assert invoke("conflicts", "list", study).out == "no reading has more than one branch\n"
    assert invoke("conflicts", "list", study, "--json").json == {"branches": []}


def test_backup_and_recover(invoke, study, tmp_path):
    done = invoke("backup", study, "--out", tmp_path / "copy")
    assert done.code == 0
    assert "head " in done.out
    assert verify(tmp_path / "copy.doubleread").state == verify(study).state
    assert invoke("backup", study, "--out", tmp_path / "copy").code == 1
    whole = invoke("recover", study, "--out", tmp_path / "new")
    assert "no losses were found" in whole.out
    with sqlite3.connect(study) as other:
        other.execute("DROP TRIGGER events_no_update")
        other.execute("UPDATE events SET actor = 'x' WHERE kind = 'reader.registered'")
    other.close()
    before = study.read_bytes()
    lost = invoke("recover", study, "--out", tmp_path / "newer")
    assert lost.code == 0
    assert "lost: " in lost.out
    assert "doubleread merge BACKUP" in lost.out
    assert study.read_bytes() == before


def test_copies_are_kept_by_themselves_and_rotated(study, tmp_path):
    (locations.home()).mkdir(exist_ok=True)
    locations.settings_file().write_text("backup_every = 3\nbackups_kept = 2\n")
    with StudyFile.open(study, device=DEVICE) as opened:
        kept = [count_session(opened) for _ in range(7)]
        assert [path is not None for path in kept] == [True, False, False, True, False, False, True]
        assert backups_of(opened) == [kept[6], kept[3]]
        newest = keep_backup(opened, "before-merge")
        assert backups_of(opened) == [newest, kept[6]]
        assert verify(newest).ok
        if os.name != "nt":
            assert newest.stat().st_mode & 0o777 == 0o600
            assert newest.parent.stat().st_mode & 0o777 == 0o700
        locations.settings_file().write_text("backup_every = 0\n")
        assert count_session(opened) is None


def test_copies_from_before_migrations_are_rotated_with_the_others(study, tmp_path):
    (locations.home()).mkdir(exist_ok=True)
    locations.settings_file().write_text("backups_kept = 2\n")
    copies = [
        study.with_name(f"trial-before-migration-{n}-2026010{n}T0000000000000000.doubleread") for n in range(1, 5)
    ]
    other = study.with_name("trial-before-migration-1-20250101T0000000000000000.doubleread")
    lookalike = study.with_name("trial-before-migration-1-mine.doubleread")
    unread = study.with_name("trial-before-migration-1-20250102T0000000000000000.doubleread")
    make_study(other).close()
    unread.write_bytes(b"x" * 5000)
    lookalike.write_bytes(study.read_bytes())
    with StudyFile.open(study, device=DEVICE) as opened:
        for copy in copies[:1]:
            opened.backup(copy)
        keep_backup(opened, "session")
        assert copies[0].exists(), "the only one stays"
        for copy in copies[1:]:
            opened.backup(copy)
        keep_backup(opened, "session")
        assert [copy.exists() for copy in copies] == [False, False, True, True]
        keep_backup(opened, "session")
        assert [copy.exists() for copy in copies] == [False, False, True, True]
    assert all(path.exists() for path in (other, lookalike, unread))


def test_a_file_is_checked_while_the_copy_is_kept_and_merged_afterwards(study, tmp_path, monkeypatch):
    steps = []
    checked = threading.Event()

    def noting(step, work):
        def noted(*arguments):
            steps.append(step)
            found = work(*arguments)
            checked.set()
            return found

        return noted

    def kept(copied, reason):
        assert checked.wait(30)
        copy = keep_backup(copied, reason)
        steps.append("kept")
        return copy

    monkeypatch.setattr(store_merge, "check_intact", noting("checked", store_merge.check_intact))
    monkeypatch.setattr(store_merge, "check_origin", noting("merged", store_merge.check_origin))
    monkeypatch.setattr(merging, "keep_backup", kept)
    twin = tmp_path / "twin.doubleread"
    with StudyFile.open(study, device=DEVICE) as opened:
        opened.backup(twin)
        with StudyFile.open(twin, device="twin") as other:
            other.readers.register("R-77")
        done = merging.merge_files(opened, [twin])
        assert "R-77" in opened.readers.ids()
    with StudyFile.open(done.backup, device=DEVICE, read_only=True) as copy:
        assert "R-77" not in copy.readers.ids()
    assert steps == ["checked", "kept", "merged"]


def test_where_no_copy_can_be_kept_nothing_is_merged(invoke, study, tmp_path):
    twin = tmp_path / "twin.doubleread"
    with StudyFile.open(study, device=DEVICE) as opened:
        opened.backup(twin)
    locations.backups().write_text("in the way")
    before = study.read_bytes()
    done = invoke("merge", study, twin)
    assert done.code == 1
    assert "backups" in done.err
    assert study.read_bytes() == before


@pytest.mark.xdist_group("screens")
def test_a_session_ends_with_a_receipt(study):
    with on_a_terminal("read", study, "--reader", "R-01") as program:
        program.wait_for("Case 0. A")
        program.resolve()
        assert quit_program(program) == 0
        program.resolve()
        words = program.plain(program.output.rindex(b"\x1b[?1049l"))
    with StudyFile.open(study, device=DEVICE) as opened:
        heads = opened.chain_heads()
    heads.pop(DEVICE)
    ((device, (seq, head)),) = heads.items()
    joined = "".join(words.split())
    assert re.search(r"0of\d+casescommitted,everythingsaved\.Youreadfor\d+s\.", joined)
    assert "writteninthissession" in joined
    assert f"device{device},entry{seq},head{head}" in joined
    assert "verifiedcopykept" in joined


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:45 / /mnt/ward\\040share rw - cifs //server/share rw
41 22 0:46 / /home/me/vault rw - fuse.sshfs me@there:/ rw
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of mounted file systems")
def test_network_file_systems_are_told_by_what_is_mounted(monkeypatch):
    monkeypatch.setattr("doubleread.platform.read_small", lambda *_: MOUNTS)
    assert network_file_system(Path("/mnt/ward share/trial")) == "cifs"
    assert network_file_system(Path("/home/me/vault")) == "fuse.sshfs"
    assert network_file_system(Path("/mnt/another")) is None


def test_risky_folders(monkeypatch, tmp_path, capsys):
    assert folders.folder_risk(tmp_path / "trial.doubleread") is None
    for name, service in {"Dropbox": "Dropbox", "OneDrive - Clinic": "OneDrive", "Nextcloud": "Nextcloud"}.items():
        risk = folders.folder_risk(tmp_path / name / "studies" / "trial.doubleread")
        assert risk is not None
        assert service in risk
    monkeypatch.setattr(folders, "network_file_system", lambda folder: "nfs4")
    folders.warn_of_folder(tmp_path / "trial.doubleread")
    assert "network (nfs4)" in capsys.readouterr().err


def test_a_run_says_what_is_risky_about_the_folder(invoke, study, monkeypatch):
    monkeypatch.setattr(folders, "network_file_system", lambda folder: "nfs4")
    done = invoke("run", study, "--json")
    assert done.code == 0
    assert "note: " in done.err
    assert "network (nfs4)" in done.err
    assert done.json["missing"] == []


def test_a_receipt_of_a_file_that_is_gone_is_a_message(tmp_path, capsys):
    reading_commands.close_session(tmp_path / "gone.doubleread", 0)
    assert "No such study" in capsys.readouterr().err


def test_a_full_disk_is_no_fault_of_the_program(invoke, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "x"))

    monkeypatch.setattr("doubleread.cases.packs.read_packs", full)
    done = invoke("cases", "check", tmp_path / "pack.jsonl")
    assert done.code == 1
    assert done.err.startswith(f"Not written: {tmp_path / 'x'}: No space left on device; check the disk")
