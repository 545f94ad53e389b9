"""`doubleread bench ...`: compare the engine with other ways, and make models to measure with."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.options import AsJson
from doubleread.console import note, say, say_json, say_table

if TYPE_CHECKING:
    from doubleread.bench.benchmark import Plan


class WorkloadName(StrEnum):
    """The workloads of `doubleread.bench.workloads`, named here so that `--help` need not load them."""

    SHORT = "short"
    LONG = "long"
    DOCUMENTS = "documents"
    TWO_MODELS = "two-models"
    INTERACTIVE = "interactive"
    OVERHEAD = "overhead"
    MEMORY = "memory"


class WayName(StrEnum):
    """The ways of `doubleread.bench.comparing`."""

    DOUBLEREAD = "doubleread"
    ONE_SLOT = "one-slot"
    LOOP = "loop"
    SERVER = "server"
    BATCHED_BENCH = "batched-bench"


class FlashAttentionName(StrEnum):
    """The settings of flash attention."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class ShapeName(StrEnum):
    """The shapes of `doubleread.bench.shapes`."""

    TINY = "tiny"
    SMALL = "small"
    LLAMA_1B = "llama-1b"
    LLAMA_3_2_1B = "llama-3.2-1b"
    LLAMA_3_2_3B = "llama-3.2-3b"
    LLAMA_8B = "llama-8b"
    QWEN_2_5_7B = "qwen2.5-7b"


class TypeName(StrEnum):
    """The quantisations of `doubleread.bench.shapes`."""

    F16 = "F16"
    Q8_0 = "Q8_0"
    Q4_0 = "Q4_0"
    Q4_K_M = "Q4_K_M"


_LARGE = 10**9
"""A model of more bytes takes long enough to be told how far it is."""

_COMPARED = [WorkloadName.SHORT, WorkloadName.LONG, WorkloadName.DOCUMENTS, WorkloadName.TWO_MODELS]
_WAYS = [WayName.DOUBLEREAD, WayName.LOOP, WayName.SERVER, WayName.BATCHED_BENCH]


def run(
    gguf: Annotated[Path, typer.Argument(metavar="GGUF", help="The model to measure with.")],
    second: Annotated[
        Path | None, typer.Option(help="The second model, for workloads with two; by default, the same file again.")
    ] = None,
    workload: Annotated[list[WorkloadName], typer.Option(help="The workload to measure; may be repeated.")] = _COMPARED,
    way: Annotated[list[WayName], typer.Option(help="What to compare with the engine; may be repeated.")] = _WAYS,
    slots: Annotated[int, typer.Option(min=1, max=64, help="Answers generated in parallel.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How many rounds to measure.")] = 5,
    prompt_tokens: Annotated[
        int | None, typer.Option(min=8, help="Tokens per prompt or document; overrides the workload.")
    ] = None,
    answer_tokens: Annotated[int | None, typer.Option(min=2, help="Tokens per answer; overrides the workload.")] = None,
    questions: Annotated[int | None, typer.Option(min=1, help="Number of questions; overrides the workload.")] = None,
    running: Annotated[
        int | None, typer.Option(min=1, help="Answers being generated while a person asks; by default, one per slot.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Processors to use, the same for every way; by default, all.")
    ] = None,
    gpu_layers: Annotated[
        int | None, typer.Option(min=-1, help="Layers on the GPU, -1 for all; by default, all if there is a GPU.")
    ] = None,
    n_batch: Annotated[int, typer.Option("--batch", min=1, help="Maximum tokens per step.")] = 512,
    flash_attention: Annotated[
        FlashAttentionName | None,
        typer.Option(
            help="Flash attention of every way; by default, as tuned (doubleread tune), or what each chooses."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the engine with other ways, in several rounds.

    The ways: this engine (also with one slot only), a loop over Llama.create_chat_completion, and llama-server and
    llama-batched-bench if they are on the PATH. Every run is a new process, and loading is not counted. On a
    processor, the loop takes many minutes per run for long documents.

    The workloads: short and long answers, questions on long documents in turn, two models; and for the engine alone, a
    person's wait while a batch runs, the overhead of a step, and memory over a thousand answers.
    """
    from doubleread.bench.benchmark import Plan
    from doubleread.bench.comparing import ENGINE, first_cores
    from doubleread.bench.workloads import Sizes

    ways = tuple(dict.fromkeys([ENGINE, *(item.value for item in way)]))
    plan = Plan(
        model=gguf,
        second=second or gguf,
        slots=slots,
        rounds=rounds,
        ways=ways,
        sizes=Sizes(prompt_tokens, answer_tokens, questions),
        running=running or slots,
        gpu_layers=gpu_layers,
        n_batch=n_batch,
        flash_attention=flash_attention.value if flash_attention else None,
    )
    with first_cores(threads):
        _run([item.value for item in workload], plan, as_json)


def make_model(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    shape: Annotated[ShapeName, typer.Option(help="The model whose shape to copy.")] = ShapeName.LLAMA_1B,
    type: Annotated[TypeName, typer.Option(help="How its weights are stored.")] = TypeName.Q4_0,
    vocab: Annotated[
        Path | None,
        typer.Option(metavar="GGUF", help="The GGUF whose vocabulary to copy; by default, a vocabulary of bytes."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random weights.")] = 1,
) -> None:
    """Write a model of real shape with random weights.

    Its answers are meaningless text of the requested length: the model never ends one by itself. The vocabulary can
    be copied from any GGUF, including one that contains only a vocabulary.
    """
    from doubleread.bench.make_model import make_model as write
    from doubleread.bench.shapes import SHAPES
    from doubleread.bench.vocabulary import byte_vocabulary, copied_vocabulary
    from doubleread.domain.wording import size_text

    chosen = SHAPES[shape.value]
    vocabulary = copied_vocabulary(vocab) if vocab is not None else byte_vocabulary(chosen.vocabulary)
    name = f"{shape.value} {type.value}, random weights {seed}"
    tenth = 0

    def tell(done: int, size: int) -> None:
        nonlocal tenth
        if size > _LARGE and done * 10 // size > tenth:
            tenth = done * 10 // size
            note(f"{tenth * 10} % of {size_text(size)}")

    size = write(out, chosen, type.value, vocabulary, name=name, seed=seed, progress=tell)
    say(f"{out}: {size_text(size)}, a vocabulary of {vocabulary.size} tokens")


def _run(names: list[str], plan: Plan, as_json: bool) -> None:
    from doubleread.bench.benchmark import run_workload
    from doubleread.bench.limits import read_model_cost
    from doubleread.bench.outcome_table import as_record, columns, notes, rows, title
    from doubleread.engine.gguf.inspect import inspect_in_child
    from doubleread.engine.planning.machine_limits import measure_limits

    info = inspect_in_child(plan.model)
    inspect_in_child(plan.second)
    cost = read_model_cost(plan.model)
    (settings,) = plan.settings(plan.model)
    limits = next(iter(measure_limits([settings.n_threads])), None) if settings.gpu_layers == 0 else None
    head: dict[str, Any] = {
        "model": info.name,
        "parameters": info.parameters,
        "quantisation": info.quantisation,
        "threads": settings.n_threads,
        "gpu_layers": settings.gpu_layers,
        "slots": plan.slots,
        "batch": plan.n_batch,
    }
    if not as_json:
        say_table(["", ""], [[key.replace("_", " "), _shown(value)] for key, value in head.items()])
    records: list[dict[str, Any]] = []
    for name in dict.fromkeys(names):
        outcome = run_workload(name, plan, note)
        if limits is not None:
            limits = limits.or_better(next(iter(measure_limits([settings.n_threads])), limits))
        records.append(as_record(outcome, cost, limits))
        if as_json:
            continue
        say()
        say(title(outcome, plan.slots, plan.rounds))
        say_table(columns(outcome), rows(outcome, cost, limits))
        for line in notes(outcome):
            say(line)
        sys.stdout.flush()
    found = {
        "read_bytes_per_second": limits.read_bytes if limits else None,
        "flops_per_second": limits.float32_operations if limits else None,
    }
    if as_json:
        say_json(head | found | {"workloads": records})
        return
    say()
    say(
        "limits of this machine: "
        + ", ".join(f"{key.replace('_', ' ')} {_shown(value)}" for key, value in found.items())
    )


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    return f"{value:,.3g}" if isinstance(value, float) else str(value)
