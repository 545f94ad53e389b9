"""Conversion between rows of the tables and objects: cases, models, arms, answers, scores, events."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from sys import intern
from typing import Any
from typing import Protocol as Shape

from doubleread.domain.answer import Answer
from doubleread.domain.arm import Adapter, Arm, NamedTemplate
from doubleread.domain.case import Case, parts_from_record
from doubleread.domain.events import Event
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.hashes import canonical_json
from doubleread.domain.model import Model
from doubleread.domain.retrieval import Retrieval
from doubleread.domain.score import Evidence, Score
from doubleread.domain.server import Server, server_from_record
from doubleread.domain.study import Protocol
from doubleread.errors import ServerError
from doubleread.store.log.event_texts import loaded


class Row(Shape):
    """A row of a table: a dictionary, or what sqlite3 returns."""

    def __getitem__(self, column: str, /) -> Any: ...


ARMS = "SELECT * FROM arms ORDER BY position"
MODELS = "SELECT * FROM models"
EVENT_COLUMNS = "id, device, seq, at, actor, kind, body, prev_hash, hash"
PLACED_EVENT_COLUMNS = f"position, {EVENT_COLUMNS}, reading_id"


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """What a list of cases shows of a reading. `annotations` counts those that were not retracted."""

    reading_id: str
    case_id: str
    committed_at: str | None
    annotations: int
    active_seconds: float
    outside_field: bool


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """A committed reading that the blinding assessment can ask about; `assessed` says that it was done."""

    reading_id: str
    case_id: str
    protocol_sha256: str
    assessed: bool


def marks(values: Collection[Any]) -> str:
    """Return the place of some values behind IN, as "(?, ?)". SQLite's JSON functions would cut off texts at a NUL."""
    return f"({', '.join('?' * len(values))})"


def to_json(value: object) -> str:
    """Return JSON text that keeps the order of its keys, which for options is the order shown."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def case_row(case: Case, position: int) -> dict[str, Any]:
    """Return a case's row of `cases`."""
    return {
        "id": case.id,
        "position": position,
        "kind": case.kind,
        "title": case.title,
        "text": case.text,
        "question": case.question,
        "options": to_json(dict(case.options)),
        "key": case.key if isinstance(case.key_record, str) else to_json(case.key_record),
        "accept": to_json(list(case.accept)),
        "explanation": case.explanation,
        "tags": to_json(list(case.tags)),
        "source": case.source,
        "licence": case.licence,
        "extra": to_json(dict(case.extra)),
        "parts": to_json(case.parts),
        "sha256": case.sha256,
    }


def case_from_row(row: Row) -> Case:
    """Rebuild a case. Raises ValueError, TypeError or KeyError if the row was damaged."""
    key: dict[str, Any] = {"key": row["key"]}
    if row["kind"] == "coding":
        key = {"codes": tuple(loaded(row["key"]))}
    elif row["kind"] == "extraction":
        values = loaded(row["key"])
        key = {"values": {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}}
    return Case(
        id=row["id"],
        kind=row["kind"],
        text=row["text"],
        question=row["question"],
        **key,
        **parts_from_record(loaded(row["parts"])),
        options=dict(loaded(row["options"])),
        accept=tuple(loaded(row["accept"])),
        title=row["title"],
        explanation=row["explanation"],
        tags=tuple(loaded(row["tags"])),
        source=row["source"],
        licence=row["licence"],
        extra=dict(loaded(row["extra"])),
    )


def criterion_ids(row: Row) -> tuple[str, ...]:
    """Return the ids of a case's criteria from a row with its `parts`."""
    return tuple(criterion["id"] for criterion in json.loads(row["parts"]).get("criteria", ()))


def model_row(model: Model) -> dict[str, Any]:
    """Return a model's row of `models`."""
    return {
        "sha256": model.sha256,
        "name": model.name,
        "path": model.path,
        "metadata": to_json(dict(model.metadata)),
    }


def model_from_row(row: Row) -> Model:
    """Rebuild a model. Raises ValueError, TypeError or KeyError if the row was damaged."""
    return Model(row["sha256"], row["name"], row["path"], dict(json.loads(row["metadata"])))


def arm_row(arm: Arm, position: int) -> dict[str, Any]:
    """Return an arm's row of `arms`."""
    return {
        "id": arm.id,
        "position": position,
        "name": arm.name,
        "role": arm.role,
        "model_sha256": arm.model.sha256 if arm.model else None,
        "template_source": arm.chat_template.source if arm.chat_template else None,
        "chat_template": arm.chat_template.template if arm.chat_template else None,
        "adapters": to_json([asdict(adapter) for adapter in arm.adapters]),
        "prompt": to_json(dict(arm.prompt)),
        "decoding": to_json(dict(arm.decoding)),
        "server": to_json(arm.server.as_record()) if arm.server else None,
        "retrieval": to_json(arm.retrieval.as_record()) if arm.retrieval else None,
    }


def arm_from_row(row: Row, models: Mapping[str, Model]) -> Arm:
    """Rebuild an arm, with its model by hash. Raises ValueError, TypeError or KeyError if the row was damaged."""
    arm = Arm(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        model=models[row["model_sha256"]] if row["model_sha256"] is not None else None,
        chat_template=NamedTemplate(row["template_source"], row["chat_template"]) if row["chat_template"] else None,
        adapters=tuple(Adapter(**adapter) for adapter in json.loads(row["adapters"])),
        prompt=dict(json.loads(row["prompt"])),
        decoding=dict(json.loads(row["decoding"])),
        server=_server(json.loads(row["server"])) if row["server"] else None,
        retrieval=Retrieval(**json.loads(row["retrieval"])) if row["retrieval"] else None,
    )
    # A setting that the program does not know was not written by it.
    arm.prompt_of(Protocol())
    arm.decoding_of(Protocol())
    return arm


def _server(record: dict[str, Any]) -> Server:
    try:
        return server_from_record(record)
    except ServerError as error:
        raise ValueError("the settings of a server") from error


def arms_from_rows(arms: Iterable[Row], models: Iterable[Row]) -> tuple[Arm, ...]:
    """Return arms in the order of their rows (`ARMS`, `MODELS`). Raises as `arm_from_row` does."""
    known = {row["sha256"]: model_from_row(row) for row in models}
    return tuple(arm_from_row(row, known) for row in arms)


def answer_row(answer: Answer) -> dict[str, Any]:
    """Return an answer's row of `answers`."""
    return {
        "id": answer.id,
        "case_id": answer.case_id,
        "arm_id": answer.arm_id,
        "text": answer.text,
        "sha256": answer.sha256,
        "started_at": answer.started_at,
        "finished_at": answer.finished_at,
        "finish_reason": answer.finish_reason,
        "manifest": canonical_json(dict(answer.manifest)),
        "reasoning": answer.reasoning,
        "sample": answer.sample,
    }


def answer_from_row(row: Row) -> Answer:
    """Rebuild an answer. Raises ValueError, TypeError or KeyError if the row was damaged."""
    return Answer(
        id=row["id"],
        case_id=row["case_id"],
        arm_id=row["arm_id"],
        text=row["text"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        finish_reason=row["finish_reason"],
        manifest=dict(loaded(row["manifest"])),
        reasoning=row["reasoning"],
        sample=row["sample"],
    )


def score_row(answer_id: str, score: Score) -> dict[str, Any]:
    """Return a score's row of `scores`, without its number."""
    return {
        "answer_id": answer_id,
        "scorer": score.scorer,
        "version": score.version,
        "outcome": score.outcome,
        "chosen": score.chosen,
        "reason": score.reason,
        "start": score.start,
        "end": score.end,
        "confidence": score.confidence,
        "rank": score.rank,
        "measures": to_json(dict(score.measures)),
        "evidence": to_json([asdict(item) for item in score.evidence]),
    }


def score_from_row(row: Row) -> Score:
    """Rebuild a score. Its words are shared with those of other scores: a large study has few of them."""
    measures, evidence = row["measures"], row["evidence"]
    return Score(
        scorer=intern(row["scorer"]),
        version=intern(row["version"]),
        outcome=row["outcome"],
        chosen=row["chosen"],
        reason=intern(row["reason"]),
        start=row["start"],
        end=row["end"],
        confidence=row["confidence"],
        rank=row["rank"],
        measures={} if measures == "{}" else dict(json.loads(measures)),
        evidence=() if evidence == "[]" else tuple([Evidence(**item) for item in json.loads(evidence)]),
    )


def summary_from_row(row: Row) -> ReadingSummary:
    """Make a summary from a row of `readings` with a column `annotations`."""
    return ReadingSummary(
        reading_id=row["id"],
        case_id=row["case_id"],
        committed_at=row["committed_at"],
        annotations=row["annotations"],
        active_seconds=row["active_seconds"],
        outside_field=bool(row["outside_field"]),
    )


def event_row(event: Event) -> dict[str, Any]:
    """Return an event's row of `events`, without its position."""
    return {
        "id": event.id,
        "device": event.device,
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor,
        "kind": event.kind,
        "body": canonical_json(dict(event.body)),
        "prev_hash": event.prev_hash,
        "hash": event.hash,
        "reading_id": event.body.get("reading_id") if event.kind in READING_EVENTS else None,
    }


def event_of_values(values: Sequence[Any]) -> Event:
    """Rebuild an event from the values of `EVENT_COLUMNS`. Raises as `event_from_row` does."""
    event_id, device, seq, at, actor, kind, text, prev_hash, own_hash = values
    body = loaded(text)
    return Event(
        event_id, device, seq, at, actor, kind, body if type(body) is dict else dict(body), prev_hash, own_hash
    )


def event_from_row(row: Row) -> Event:
    """Rebuild an event. Raises ValueError, TypeError or KeyError if the row was damaged."""
    return Event(
        id=row["id"],
        device=row["device"],
        seq=row["seq"],
        at=row["at"],
        actor=row["actor"],
        kind=row["kind"],
        body=dict(loaded(row["body"])),
        prev_hash=row["prev_hash"],
        hash=row["hash"],
    )
