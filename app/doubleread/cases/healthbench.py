"""HealthBench (github openai/simple-evals): a conversation, and criteria by which physicians judge the next reply.

JSON Lines with `prompt`, `prompt_id`, `rubrics`, `example_tags` and `ideal_completions_data`. Criteria have their
position as id. Everything else is kept as unknown fields, the canary included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Layout, Source

_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System"}


def _refine(source: Source, record: dict[str, Any]) -> None:
    turns = _objects(source, "prompt", ("role", "content"))
    record["turns"] = [{"role": turn["role"], "content": turn["content"]} for turn in turns]
    for position, turn in enumerate(turns, start=1):
        if turn["role"] not in _SPEAKERS:
            roles = ", ".join(_SPEAKERS)
            raise FieldRefusedError("prompt", f"entry {position} has an unknown role; use one of {roles}")
    record["text"] = (
        turns[0]["content"]
        if len(turns) == 1
        else "\n\n".join(f"{_SPEAKERS[turn['role']]}: {turn['content']}" for turn in turns)
    )
    rubrics = _objects(source, "rubrics", ("criterion",))
    record["criteria"] = [
        {
            "id": str(position),
            "text": criterion["criterion"],
            "points": criterion.get("points"),
            "tags": criterion.get("tags", []),
        }
        for position, criterion in enumerate(rubrics, start=1)
    ]
    ideal = source.get("ideal_completions_data")
    if isinstance(ideal, Mapping) and isinstance(ideal.get("ideal_completion"), str):
        record["key"] = ideal["ideal_completion"]


def _objects(source: Source, name: str, texts: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """Return a list of objects that have these texts. Raises FieldRefusedError for anything else."""
    value = source.get(name)
    if not isinstance(value, list) or not value:
        raise FieldRefusedError(name, "must be a list of objects")
    for position, item in enumerate(value, start=1):
        for text in texts:
            if not isinstance(item, Mapping) or not isinstance(item.get(text), str) or not item[text].strip():
                raise FieldRefusedError(
                    name, f"entry {position} must be an object with {text}, which must not be empty"
                )
    return value


HEALTHBENCH = Layout(
    "json",
    {"id": "prompt_id", "tags": "example_tags"},
    {
        "kind": "rubric",
        "question": "Write the next reply to the user.",
        "source": "HealthBench (Arora et al. 2025)",
    },
    _refine,
    also=("prompt", "rubrics"),
    optional=("tags",),
    used=frozenset({"prompt", "rubrics"}),
)
