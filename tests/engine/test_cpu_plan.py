"""Which processors two workers get, on made-up machines and descriptions of machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.engine.planning.cpu_plan import share_processors
from doubleread.engine.planning.processors import Processor, described, listed, of_two_kinds, processors


def server(packages, cores, threads=2):
    """Processors numbered as Linux does: first one thread of every core, then the others."""
    physical = [(package, core) for package in range(packages) for core in range(cores)]
    return [
        Processor(number + len(physical) * thread, f"{package}/{core}", node=package)
        for thread in range(threads)
        for number, (package, core) in enumerate(physical)
    ]


def threads(shares):
    return [(share.threads, share.batch_threads) for share in shares]


@pytest.mark.parametrize(
    ("machine", "workers", "expected"),
    [
        (server(1, 2, 1), 2, [(1, 1), (1, 1)]),
        (server(1, 2, 1), 1, [(2, 2)]),
        (server(1, 8), 2, [(4, 4), (4, 4)]),
        (server(1, 8), 1, [(8, 8)]),
        (server(1, 64), 2, [(16, 32), (16, 32)]),
        (server(1, 64), 1, [(32, 64)]),
        (server(1, 5, 1), 2, [(2, 2), (3, 3)]),
        (server(1, 1), 2, [(1, 1), (1, 1)]),
    ],
)
def test_threads_on_machines_of_2_to_64_cores(machine, workers, expected):
    assert threads(share_processors(machine, workers)) == expected


def test_the_threads_of_a_core_stay_together():
    first, second = share_processors(server(1, 4), 2)
    assert first.cores == (0, 1, 4, 5)
    assert second.cores == (2, 3, 6, 7)


def test_two_packages_take_a_worker_each():
    first, second = share_processors(server(2, 16), 2)
    assert first.cores == (*range(16), *range(32, 48))
    assert second.cores == (*range(16, 32), *range(48, 64))


def test_slow_cores_are_left_out_where_there_are_enough_fast_ones():
    shares = share_processors(of_two_kinds(8, 16), 2)
    assert [share.cores for share in shares] == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_few_fast_cores_are_dealt_evenly_and_so_are_the_slow_ones():
    shares = share_processors(of_two_kinds(2, 4), 2)
    assert [share.cores for share in shares] == [(0, 2, 3), (1, 4, 5)]
    shares = share_processors(of_two_kinds(3, 5), 2)
    assert [len(share.cores) for share in shares] == [4, 4]


def test_a_containers_time_limits_threads_and_pins_nobody_to_the_first_cores():
    shares = share_processors(server(1, 32), 2, quota=6.0)
    assert threads(shares) == [(3, 3), (3, 3)]
    assert [len(share.cores) for share in shares] == [32, 32]
    assert threads(share_processors(server(1, 32), 2, quota=0.5)) == [(1, 1), (1, 1)]


@given(st.integers(1, 3), st.integers(1, 40), st.integers(1, 2), st.integers(0, 40), st.integers(1, 2))
def test_shares_are_disjoint_and_even(packages, cores, siblings, slow, workers):
    machine = server(packages, cores, siblings)
    machine += [Processor(1000 + number, f"slow {number}", 400) for number in range(slow)]
    shares = share_processors(machine, workers)
    assert len(shares) == workers
    assert all(1 <= share.threads <= share.batch_threads <= len(share.cores) for share in shares)
    if packages * cores + slow >= workers:
        assert len({core for share in shares for core in share.cores}) == sum(len(share.cores) for share in shares)
    assert max(share.batch_threads for share in shares) - min(share.batch_threads for share in shares) <= 1


def write(root, texts):
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="ascii")


def topology(core, siblings, package=0):
    folder = f"system/cpu/cpu{core}/topology"
    return {f"{folder}/thread_siblings_list": siblings, f"{folder}/physical_package_id": f"{package}\n"}


def test_siblings_and_nodes_are_read(tmp_path):
    for core in range(4):
        write(tmp_path, topology(core, "0,2\n" if core % 2 == 0 else "1,3\n"))
    write(tmp_path, {"system/node/node0/cpulist": "0,2\n", "system/node/node1/cpulist": "1,3\n"})
    found = described(range(4), tmp_path)
    assert [processor.node for processor in found] == [0, 1, 0, 1]
    assert [share.cores for share in share_processors(found, 2)] == [(0, 2), (1, 3)]
    assert threads(share_processors(found, 1)) == [(2, 2)]


def test_a_cpuset_leaves_only_what_may_be_used(tmp_path):
    for core in range(8):
        write(tmp_path, topology(core, f"{core % 4},{core % 4 + 4}\n"))
    assert [share.cores for share in share_processors(described((2, 3, 7), tmp_path), 2)] == [(2,), (3, 7)]


@pytest.mark.parametrize(
    "texts",
    [
        {"cpu_atom/cpus": "2-3\n", "system/cpu/cpu0/cpu_capacity": "1024"},
        {f"system/cpu/cpu{core}/cpu_capacity": "1024\n" if core < 2 else "446\n" for core in range(4)},
        {f"system/cpu/cpu{core}/cpufreq/cpuinfo_max_freq": "5800000" if core < 2 else "3900000" for core in range(4)},
    ],
)
def test_fast_and_slow_cores_are_told_apart(tmp_path, texts):
    write(tmp_path, texts)
    found = described(range(4), tmp_path)
    assert [processor.speed == 1024 for processor in found] == [True, True, False, False]
    assert [share.cores for share in share_processors(found, 1)] == [(0, 1)]


def test_favoured_cores_are_no_kind_of_their_own(tmp_path):
    write(tmp_path, {f"system/cpu/cpu{core}/cpufreq/cpuinfo_max_freq": f"{5500 + 100 * core}" for core in range(4)})
    assert share_processors(described(range(4), tmp_path), 1)[0].cores == (0, 1, 2, 3)


def test_without_a_description_every_processor_is_a_core(tmp_path):
    assert threads(share_processors(described(range(6), tmp_path), 2)) == [(3, 3), (3, 3)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0-3,8\n", {0, 1, 2, 3, 8}), ("", set()), ("5", {5}), ("x,1-y,2", {2}), ("3-1", set())],
)
def test_lists_of_numbers(text, numbers):
    assert listed(text) == numbers


def test_this_machines_processors():
    found = processors()
    assert found
    assert len({processor.number for processor in found}) == len(found)
