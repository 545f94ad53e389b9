"""Choose settings by short measurements. Pure: what measures is passed in.

Each question (threads, slots and memory, micro-batch, long prompts) is a race: the candidates are measured in turn, so
that a change of the machine's load meets all of them, and those that are clearly slower drop out early. The lowest time
of each counts, because other programs only add to it. A default is given up only for a gain of more than `GAIN`.

Flash attention is decided for short and for long answers apart, by the time of a whole answer. What is faster for short
answers can be slower for long ones, so without a measurement of long ones, they keep the default.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Protocol

from doubleread.engine.client.settings import KvType, LoadSettings
from doubleread.engine.tuning.record import Choice, Figure, Threads

GAIN = 0.01
"""A smaller gain over the default is noise."""

GAIN_OF_KV = 0.05
"""Keys and values of less precision can change answers, so they must gain more."""

DIVERGENCE = 0.002
"""The largest mean divergence (Kullback-Leibler, nats a token) of the next token's probabilities from those of f16."""

DEPTH, LONG_DEPTH = 192, 3072
"""Tokens of each sequence in memory while a short and a long answer grows."""

PROMPT, LONG_PROMPT, ANSWER = 300, 3000, 150
"""Tokens of the short and the long answer whose time decides."""

LONG_SLOTS = 4
_SHALLOWEST = 4 * DEPTH
"""Tokens of each sequence in memory from which answers count as long ones."""

FEW_TOKENS = 64
SLOTS = (8, 16)
SLOTS_OF_MANY_CORES = (8, 16, 32)
MICRO_BATCHES = (64, 128, 256)
CHUNKS = (512, 256, 128)
"""Tokens of the prompt on which micro-batches are compared: as many as the time of a first round allows."""

_MANY_CORES = 8
_DROP = (1.25, 1.12, 1.06)
"""A candidate drops out after so many rounds if it takes this many times the best one's time."""

_ROUNDS = 5
_END = 0.96
"""The part of the time by which the last measurement ends."""

_SHARES = {"threads": 0.25, "single": 0.08, "decode": 0.25, "prefill": 0.4, "long": 1.0, "kv": 1.0}
"""The part of the time left that a race's first round may take. Its others may take half of that: what is left in the
end goes to more rounds of what is close, first of long answers, where a wrong choice costs most."""

_ATTENTION = ("decode", "prefill", "long")
"""The races that compare flash attention first. Without one of them, there is no choice for short or long answers."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a step. `depth` tokens of each sequence are in memory before it."""

    flash_attention: bool = False
    kv_type: KvType = "f16"
    kv_unified: bool = False
    n_slots: int = 8
    n_ubatch: int = 0
    threads: int = 1
    depth: int = DEPTH


class Measures(Protocol):
    """What measures, in the worker. The methods return None for what llama.cpp refuses."""

    def now(self) -> float:
        """Return the seconds since the start, the load of the model included."""

    def decode(self, way: Way) -> float | None:
        """Return the seconds of a step with one token of each sequence."""

    def prefill(self, way: Way, count: int) -> float | None:
        """Return the seconds of processing so many tokens of a prompt."""

    def divergence(self, way: Way) -> float | None:
        """Return how far the next token's probabilities are from those with f16, in nats a token."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a search: the worker's cores, seconds, the tokens of a sequence, and of all in memory."""

    cores: int
    seconds: float
    n_ctx: int
    cells: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was chosen. `long` is for answers that have `long_from` tokens with their prompts, or more.

    `unmeasured` names the races that compared nothing.
    """

    short: Choice
    long: Choice
    long_from: int
    threads: Threads
    figures: tuple[Figure, ...]
    unmeasured: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """What each candidate took, round by round; None for what llama.cpp refused."""

    times: dict[Way, list[float | None]]

    def best(self, way: Way) -> float | None:
        """Return a candidate's lowest time; None if it was not measured. Other programs only add to it."""
        return min(self._known(way), default=None)

    def rounds(self, way: Way) -> int:
        """Return in how many rounds a candidate ran."""
        return len(self._known(way))

    def leaders(self) -> list[Way]:
        """Return the candidates that are not clearly slower than the fastest one."""
        lows = {way: best for way in self.times if (best := self.best(way)) is not None}
        limit = min(lows.values(), default=math.inf) * _DROP[-1]
        return [way for way, low in lows.items() if low <= limit]

    def joined(self, later: Race) -> Race:
        """Return this race with a later one's rounds."""
        return Race({way: [*times, *later.times.get(way, ())] for way, times in self.times.items()})

    def fastest(self, default: Way, among: Collection[Way] | None = None, gain: float = GAIN) -> Way:
        """Return the fastest candidate; the default if it is as fast within the gain, or was not measured."""
        known = {
            way: best for way in self.times if (among is None or way in among) and (best := self.best(way)) is not None
        }
        if default not in known:
            return default
        fastest = min(known, key=lambda way: known[way])
        return fastest if known[default] > known[fastest] * (1 + gain) else default

    def _known(self, way: Way) -> list[float]:
        return [time for time in self.times.get(way, ()) if time is not None]


@dataclass(frozen=True, slots=True)
class Ends:
    """By when the first two measurements of a race end, those of its first round, and the others."""

    pair: float
    first: float
    others: float


def race(
    arms: Sequence[Way],
    measure: Callable[[Way], float | None],
    now: Callable[[], float],
    ends: Ends,
    longest: float = 0.0,
) -> Race:
    """Measure candidates in turn, every other round backwards; the slow ones drop out.

    A measurement that would not end in time does not begin, if it takes as long as the `longest` one before. What the
    first round does not reach is not chosen, so the likely candidates come first.
    """
    times: dict[Way, list[float | None]] = {way: [] for way in arms}
    alive = list(arms)
    for number in range(_ROUNDS):
        for way in alive if number % 2 == 0 else alive[::-1]:
            began = now()
            end = ends.others if number else ends.first if sum(map(len, times.values())) > 1 else ends.pair
            if began + longest > end:
                return Race(times)
            times[way].append(measure(way))
            longest = max(longest, now() - began)
        found = Race(times)
        lows = {way: best for way in alive if (best := found.best(way)) is not None}
        limit = min(lows.values(), default=math.inf) * _DROP[min(number, len(_DROP) - 1)]
        alive = [way for way in alive if lows.get(way, math.inf) <= limit]
        if len(alive) < 2:
            break
    return Race(times)


def _micro_batch(way: Way) -> int:
    return LoadSettings(flash_attention="on" if way.flash_attention else "off", n_ubatch=way.n_ubatch).ubatch


def search(measures: Measures, limits: Limits) -> Found:
    """Choose settings. What there was no time for, or what llama.cpp refuses, keeps its default."""
    return _Search(measures, limits).found()


class _Search:
    def __init__(self, measures: Measures, limits: Limits) -> None:
        self._measures = measures
        self._limits = limits
        self._races: dict[str, tuple[Race, int]] = {}
        self._longest = 0.0
        self._base = Way(threads=limits.cores, depth=max(min(DEPTH, limits.n_ctx // 2), 8))

    def found(self) -> Found:
        threads = self._threads()
        self._base = replace(self._base, threads=round(threads.batch * self._limits.cores))
        decode, prefill = self._decode(), self._prefill()
        long, kv_type = self._long(self._seconds(decode, prefill))
        decode = self._again("decode", self._step_of_one, (self._measures.now() + self._end) / 2)
        _, count = self._races["prefill"]
        prefill = self._again("prefill", partial(self._a_token, count), self._end)
        choices = {flash: self._choice(flash, decode, prefill) for flash in (False, True)}
        short, long_choice, long_from = _by_length(choices, self._seconds(decode, prefill), long, kv_type)
        if self._limits.n_ctx < _SHALLOWEST:
            long_choice, long_from = short, 0
        figures = tuple(
            Figure(name, best, run.rounds(way), count=count, **asdict(way))
            for name, (run, count) in self._races.items()
            for way in run.times
            if (best := run.best(way)) is not None
        )
        measured = Counter(figure.what for figure in figures)
        unmeasured = tuple(name for name in self._races if measured[name] < 2)
        return Found(short, long_choice, long_from, threads, figures, unmeasured)

    def _seconds(self, decode: Race, prefill: Race) -> dict[bool, tuple[float, float]]:
        """Return the seconds of a prompt's token and of an answer's, without and with flash attention, as measured."""
        found = {}
        for flash in (False, True):
            token, step = prefill.best(self._reads(flash, prefill)), decode.best(self._grows(flash, decode))
            if token is not None and step is not None:
                found[flash] = token, step
        return found

    def _choice(self, flash: bool, decode: Race, prefill: Race) -> Choice:
        grows, reads = self._grows(flash, decode), self._reads(flash, prefill)
        return Choice(flash, "f16", grows.n_slots, grows.kv_unified, reads.n_ubatch)

    def _grows(self, flash: bool, decode: Race) -> Way:
        return decode.fastest(replace(self._base, flash_attention=flash), self._slots(flash))

    def _reads(self, flash: bool, prefill: Race) -> Way:
        sizes = [way for way in prefill.times if way.flash_attention == flash and prefill.rounds(way)]
        return prefill.fastest(sizes[0] if sizes else replace(self._base, flash_attention=flash), sizes)

    def _race(self, name: str, ways: Sequence[Way], measure: Callable[[Way], float | None], count: int = 0) -> Race:
        """Race ways by the seconds of whatever `measure` returns, of `count` tokens of a prompt, and note it."""
        run = race(ways, partial(self._timed, measure), self._measures.now, self._ends(name), self._longest / 2)
        self._races[name] = run, count
        return run

    def _again(self, name: str, measure: Callable[[Way], float | None], until: float) -> Race:
        """Race the leaders of an earlier race for more rounds. Return both races as one."""
        before, count = self._races[name]
        ways = before.leaders()
        if len(ways) < 2 or min(before.rounds(way) for way in ways) >= _ROUNDS:
            return before
        ends = Ends(until, until, until)
        later = race(ways, partial(self._timed, measure), self._measures.now, ends, self._longest / 2)
        self._races[name] = before.joined(later), count
        return self._races[name][0]

    @property
    def _end(self) -> float:
        return _END * self._limits.seconds

    def _ends(self, name: str) -> Ends:
        now = self._measures.now()
        share = _SHARES[name] * (self._end - now)
        return Ends(self._end if name in _ATTENTION else now + share, now + share, now + share / 2)

    def _timed(self, measure: Callable[[Way], float | None], way: Way) -> float | None:
        began = self._measures.now()
        found = measure(way)
        self._longest = max(self._longest, self._measures.now() - began)
        return found

    def _threads(self) -> Threads:
        """Choose how many of the cores compute batches, and how many single tokens."""
        cores = self._limits.cores
        counts = sorted({cores, max(cores * 3 // 4, 1), max(cores // 2, 1)}, reverse=True)
        if len(counts) < 2:
            return Threads(1.0, 1.0)
        slots = self._slots(flash=False)[0].n_slots

        def of_a_batch(way: Way) -> float | None:
            grown, read = self._measures.decode(way), self._measures.prefill(way, min(FEW_TOKENS, way.depth))
            if grown is None or read is None:
                return None
            return ANSWER * grown / slots + PROMPT * read / min(FEW_TOKENS, way.depth)

        batch = self._race(
            "threads", [replace(self._base, n_slots=slots, threads=count) for count in counts], of_a_batch
        )
        alone = [replace(self._base, n_slots=1, threads=count) for count in counts]
        single = self._race("single", alone, self._measures.decode)
        default = replace(self._base, n_slots=slots, threads=cores)
        return Threads(single.fastest(alone[0]).threads / cores, batch.fastest(default).threads / cores)

    def _slots(self, flash: bool) -> list[Way]:
        """Return the candidates for slots and memory, the likely ones first; the first one is the default."""
        counts = SLOTS_OF_MANY_CORES if self._limits.cores >= _MANY_CORES else SLOTS
        fitting = [count for count in counts if count * self._base.depth <= self._limits.cells] or counts[:1]
        base = replace(self._base, flash_attention=flash)
        return [replace(base, n_slots=count, kv_unified=unified) for unified in (False, True) for count in fitting]

    def _decode(self) -> Race:
        """Race slots and memory with and without flash attention, by the seconds a token."""
        ways = _alternating(self._slots(flash=False), self._slots(flash=True))
        return self._race("decode", ways, self._step_of_one)

    def _step_of_one(self, way: Way) -> float | None:
        step = self._measures.decode(way)
        return None if step is None else step / way.n_slots

    def _prefill(self) -> Race:
        """Race micro-batches with and without flash attention, by the seconds a token of a prompt."""
        ends = self._ends("prefill")
        began = self._measures.now()
        if began + self._longest > ends.pair:
            self._races["prefill"] = Race({}), 0
            return Race({})
        self._measures.prefill(replace(self._base, depth=0), FEW_TOKENS)
        token = (self._measures.now() - began) / FEW_TOKENS
        left = ends.first - self._measures.now()
        count, ways = 0, list[Way]()
        for count in (chunk for chunk in CHUNKS if chunk <= self._limits.n_ctx):
            ways = self._micro_batches(count)
            if len(ways) * count * token <= left:
                break
        else:
            ways = [way for way in ways if _micro_batch(way) == count]
        return self._race("prefill", ways, partial(self._a_token, count), count)

    def _a_token(self, count: int, way: Way) -> float | None:
        took = self._measures.prefill(replace(way, depth=0), count)
        return None if took is None else took / count

    def _micro_batches(self, count: int) -> list[Way]:
        """Return the micro-batches to compare on a prompt of so many tokens, those nearest the defaults first.

        A prompt that is shorter than a micro-batch does not show how fast that is. So a default that is longer is left
        out, and the largest candidate takes its place.
        """
        ways: list[list[Way]] = []
        for flash in (False, True):
            base = replace(self._base, flash_attention=flash)
            usual = _micro_batch(base)
            sizes = sorted(
                {size for size in (*MICRO_BATCHES, usual) if size <= count}, key=lambda size: (size != usual, -size)
            )
            ways.append([replace(base, n_ubatch=0 if size == usual else size) for size in sizes])
        return _alternating(*ways)

    def _long(self, seconds: dict[bool, tuple[float, float]]) -> tuple[dict[bool, float], KvType]:
        """Return the seconds of a long answer without and with flash attention, and the type of keys and values."""
        if self._limits.n_ctx < _SHALLOWEST:
            return {}, "f16"
        depth = min(LONG_DEPTH, self._limits.cells // LONG_SLOTS, self._limits.n_ctx) // DEPTH * DEPTH
        if depth < _SHALLOWEST or len(seconds) < 2:
            self._races["long"] = Race({}), 0
            return {}, "f16"
        few = Way(n_slots=LONG_SLOTS, threads=self._base.threads, depth=depth)
        ways = [few, replace(few, flash_attention=True)]
        # One base for both: too long a time without the depth would make the depth seem cheap.
        bases = [self._measures.decode(replace(way, depth=DEPTH)) for way in ways]
        base = min((time for time in bases if time is not None), default=0.0)

        def an_answer(way: Way) -> float | None:
            """Add what the depth costs to what tokens take without it."""
            token, step = seconds[way.flash_attention]
            grown, read = self._measures.decode(way), self._measures.prefill(replace(way, n_slots=1), FEW_TOKENS)
            if grown is None or read is None:
                return None
            return LONG_PROMPT * (token + max(read / FEW_TOKENS, token)) / 2 + ANSWER * (
                step + max(grown - base, 0.0) / LONG_SLOTS
            )

        self._race("long", ways, an_answer)
        run = self._again("long", an_answer, (2 * self._measures.now() + self._end) / 3)
        kv_type = self._eight_bits(ways[1], an_answer) if run.fastest(ways[0]).flash_attention else "f16"
        return {way.flash_attention: best for way in ways if (best := run.best(way)) is not None}, kv_type

    def _eight_bits(self, way: Way, an_answer: Callable[[Way], float | None]) -> KvType:
        """Return the type of keys and values: a smaller one if it gains enough and changes answers little enough."""
        small = replace(way, kv_type="q8_0")
        before, _ = self._races["long"]
        first = self._race("kv", [small], an_answer)
        both = Race({way: before.times[way], **first.times})
        self._races["kv"] = both, 0
        if both.fastest(way, gain=GAIN_OF_KV) != small:
            return way.kv_type
        # It seems to gain: measured side by side, the machine's load meets both.
        if self._race("kv", [way, small], an_answer).fastest(way, gain=GAIN_OF_KV) != small:
            return way.kv_type
        apart = self._measures.divergence(small)
        return small.kv_type if apart is not None and apart <= DIVERGENCE else way.kv_type


def _by_length(
    choices: dict[bool, Choice], seconds: dict[bool, tuple[float, float]], long: dict[bool, float], kv_type: KvType
) -> tuple[Choice, Choice, int]:
    """Choose for short and for long answers, and the number of tokens from which the long choice counts."""
    off = choices[False]
    if len(seconds) < 2:
        return off, off, 0
    short = {flash: PROMPT * token + ANSWER * step for flash, (token, step) in seconds.items()}
    on = _gains(short)
    low, high = PROMPT + ANSWER, LONG_PROMPT + ANSWER
    if len(long) < 2:
        return choices[on], off, low + 1 if on else 0
    long_choice = choices[True].replace(kv_type=kv_type) if _gains(long) else off
    first, last = short[True] / short[False] - 1, long[True] / long[False] - 1
    if first * last >= 0:
        return choices[on], long_choice, (low + high) // 2
    # Where a line between the two lengths crosses zero.
    return choices[on], long_choice, round(low + (high - low) * first / (first - last))


def _alternating(off: Sequence[Way], on: Sequence[Way]) -> list[Way]:
    """Return ways without and with flash attention in turn, so that both are compared if time ends early."""
    return [way for pair in zip_longest(off, on) for way in pair if way is not None]


def _gains(seconds: dict[bool, float]) -> bool:
    return seconds[False] > seconds[True] * (1 + GAIN)
