"""Trains both demo models from nothing and writes them as GGUF files.

`python models/train/train.py` makes both, one after the other; `--model general` makes one of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "app")]

import torch  # noqa: E402

from demo_pack import demo_combinations  # noqa: E402
from examples import Row, RowSource, train_tokenizer  # noqa: E402
from export import quantise, write_gguf  # noqa: E402
from knowledge import Role, load_knowledge  # noqa: E402
from lookup import lay_lookup  # noqa: E402
from network import Network, Shape  # noqa: E402
from vignettes import LETTERS  # noqa: E402

SEED = 20250
ROLES: tuple[Role, ...] = ("general", "biomedical")
TOKENS_A_STEP = 1440
WARM_UP = 60
DESCRIPTION = (
    "Demo model of doubleread. Trained on fictional vignettes made by a program; it knows 52 diagnoses and errs on "
    "purpose. Not for clinical use."
)


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training: steps, highest learning rate, and the share of short rows at its start and end."""

    steps: int
    rate: float
    short: tuple[float, float]
    run: str = ""


PHASES = (Phase(1800, 3e-3, (0.35, 0.0)), Phase(2400, 2e-3, (0.0, 0.0), "-2"))


def batches(source: RowSource, pool: int = 96) -> list[list[Row]]:
    """Draw a pool of rows and cut it into batches of about TOKENS_A_STEP tokens, rows of like length together."""
    rows = sorted(source.rows(pool), key=lambda item: len(item.ids))
    cut: list[list[Row]] = [[]]
    for item in rows:
        if cut[-1] and len(item.ids) * (len(cut[-1]) + 1) > TOKENS_A_STEP:
            cut.append([])
        cut[-1].append(item)
    source.rng.shuffle(cut)
    return cut


def loss_of(network: Network, batch: list[Row]) -> tuple[torch.Tensor, int, int]:
    """Return the weighted loss of a batch, and how many option letters there were and were right."""
    length = max(len(item.ids) for item in batch)
    ids = torch.zeros((len(batch), length), dtype=torch.long)
    weights = torch.zeros((len(batch), length))
    for index, item in enumerate(batch):
        ids[index, : len(item.ids)] = torch.tensor(item.ids)
        weights[index, : len(item.ids)] = torch.tensor(item.weights)
    hidden = network(ids[:, :-1])
    picked = weights[:, 1:] > 0
    logits = network.logits(hidden[picked])
    targets, scale = ids[:, 1:][picked], weights[:, 1:][picked]
    losses = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    letters = scale == 10.0
    right = int((logits[letters].argmax(-1) == targets[letters]).sum()) if letters.any() else 0
    return (losses * scale).sum() / scale.sum(), int(letters.sum()), right


def train(network: Network, phase: Phase, source: RowSource) -> None:
    """Train in place: AdamW, a short warm-up, then a linear fall of the learning rate."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=phase.rate, betas=(0.9, 0.98), weight_decay=0.05, fused=True)
    first, last = phase.short
    queue: list[list[Row]] = []
    shown = time.monotonic()
    totals = [0.0, 0, 0]
    for step in range(phase.steps):
        source.short_share = first + (last - first) * step / phase.steps
        queue = queue or batches(source)
        for group in optimiser.param_groups:
            group["lr"] = phase.rate * min((step + 1) / WARM_UP, max(0.02, 1 - step / phase.steps))
        loss, letters, right = loss_of(network, queue.pop())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        totals = [totals[0] + loss.item(), totals[1] + letters, totals[2] + right]
        if (step + 1) % 100 == 0:
            seconds, share = time.monotonic() - shown, 100 * totals[2] / max(1, totals[1])
            print(
                f"{step + 1}/{phase.steps} loss {totals[0] / 100:.3f} letters {share:.1f} % {seconds:.0f} s", flush=True
            )
            shown, totals = time.monotonic(), [0.0, 0, 0]


def build(role: Role, work: Path, models: Path) -> None:
    """Train one model and write demo-<role>.gguf in Q8_0."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    knowledge, shape = load_knowledge(), Shape()
    vocabulary = work / f"tokenizer-{role}.json"
    tokenizer = train_tokenizer(knowledge, shape.vocabulary, str(SEED), vocabulary)
    network = Network(shape)
    letters, names = [[tokenizer.token_to_id(word) for word in words] for words in (LETTERS, knowledge.diagnoses)]
    lay_lookup(network, letters, names)
    for phase in PHASES:
        train(network, phase, RowSource(role, knowledge, tokenizer, demo_combinations(knowledge), phase.run))
    full, target = work / f"demo-{role}-f32.gguf", models / f"demo-{role}.gguf"
    write_gguf(network, vocabulary, f"doubleread demo {role}", DESCRIPTION, full)
    quantise(full, target)
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def main() -> None:
    """Train the models asked for."""
    parser = argparse.ArgumentParser(description="Train the demo models.")
    parser.add_argument("--model", choices=["all", *ROLES], default="all")
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for intermediate files")
    parser.add_argument("--models", type=Path, default=HERE.parent, help="folder for the GGUF files")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    for role in ROLES:
        if arguments.model in ("all", role):
            build(role, arguments.work, arguments.models)


if __name__ == "__main__":
    main()
