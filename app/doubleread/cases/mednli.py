"""MedNLI (PhysioNet, mednli 1.0.0): two sentences, and whether the first implies or contradicts the second.

JSON Lines with `sentence1`, `sentence2`, `gold_label` and `pairID`.
"""

from __future__ import annotations

from doubleread.cases.foreign import Layout

MEDNLI = Layout(
    "json",
    {"id": "pairID", "text": "sentence1", "question": "sentence2", "key": "gold_label"},
    {
        "kind": "inference",
        "source": "MedNLI (Romanov and Shivade 2018)",
        "licence": "PhysioNet Credentialed Health Data License",
    },
)
