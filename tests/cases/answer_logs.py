"""Small logs in the layouts of other programs, with contents of our own."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import pyarrow

from cases.dataset_files import lines


def chat(custom_id: str, *texts: str, reason: str = "stop", **body: Any) -> dict[str, Any]:
    """A line of a batch's output, with a choice for each text."""
    choices = [
        {"index": number, "message": {"role": "assistant", "content": text, "refusal": None}, "finish_reason": reason}
        for number, text in enumerate(texts)
    ]
    made = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1767322800,
        "model": "own-model-2026",
        "choices": choices,
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 5,
            "total_tokens": 25,
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
        "system_fingerprint": "fp_own",
        **body,
    }
    return {
        "id": "batch_req_1",
        "custom_id": custom_id,
        "response": {"status_code": 200, "request_id": "req-1", "body": made},
        "error": None,
    }


def batch_error(custom_id: str, message: str) -> dict[str, Any]:
    """A line of a batch's output whose request failed."""
    body = {"error": {"message": message, "type": "invalid_request_error"}}
    return {"custom_id": custom_id, "response": {"status_code": 400, "request_id": "r", "body": body}, "error": None}


DOC = {
    "question": "A man coughs. What is it?",
    "options": {"A": "Flu", "B": "Cold", "C": "Both"},
    "answer_idx": "B",
    "answer": "Cold",
}


def harness(
    doc_id: int, doc: Mapping[str, Any], *texts: str, filter_name: str = "none", **other: Any
) -> dict[str, Any]:
    """A line of a sample file of lm-evaluation-harness, with a repeat for each text."""
    return {
        "doc_id": doc_id,
        "doc": dict(doc),
        "target": "B",
        "arguments": {"gen_args_0": {"arg_0": "prompt", "arg_1": {"until": ["\n\n"], "temperature": 0.5}}},
        "resps": [list(texts)],
        "filtered_resps": [texts[0][:1] if texts else ""],
        "filter": filter_name,
        "metrics": ["exact_match"],
        "doc_hash": f"doc{doc_id}",
        "prompt_hash": f"{doc_id:064x}",
        "target_hash": "t",
        "exact_match": float("nan"),
        **other,
    }


def inspect_sample(
    sample_id: str | int, text: Any, epoch: int = 1, reason: str = "stop", **other: Any
) -> dict[str, Any]:
    """A sample of an inspect_ai log."""
    message = {"role": "assistant", "content": text, "source": "generate"}
    return {
        "id": sample_id,
        "epoch": epoch,
        "input": "A man coughs. What is it?",
        "choices": ["Flu", "Cold", "Both"],
        "target": "B",
        "messages": [],
        "output": {
            "model": "own-model",
            "choices": [{"message": message, "stop_reason": reason}],
            "completion": "",
            "usage": {"input_tokens": 20, "output_tokens": 5, "total_tokens": 25},
            "time": 1.5,
        },
        "scores": {"choice": {"value": float("nan"), "answer": "B"}},
        "metadata": {},
        "started_at": "2026-01-02T03:04:05+00:00",
        "completed_at": "2026-01-02T03:04:07+00:00",
        "total_time": 2.0,
        "uuid": f"u-{sample_id}-{epoch}",
        "attachments": {},
        **other,
    }


HEADER = {
    "version": 2,
    "status": "success",
    "eval": {"run_id": "run-1", "created": "2026-01-02T03:04:00+00:00", "task": "own_task", "model": "own/own-model"},
    "plan": {"name": "plan", "steps": [], "config": {"temperature": 0.5, "max_tokens": 100}},
}


def inspect_json(*samples: Mapping[str, Any]) -> bytes:
    """A .json log."""
    return json.dumps({**HEADER, "samples": list(samples)}).encode()


def inspect_eval(*samples: Mapping[str, Any], ended: bool = True) -> bytes:
    """An .eval log, of an evaluation that ended or broke off."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", json.dumps(HEADER))
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        if ended:
            archive.writestr("summaries.json", "[]")
            archive.writestr("header.json", json.dumps(HEADER))
    return out.getvalue()


def with_zstandard(archive: bytes) -> bytes:
    """The same archive, compressed with Zstandard, which zipfile cannot do."""
    out, directory = b"", b""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        for item in source.infolist():
            data = source.read(item)
            packed = pyarrow.compress(data, codec="zstd", asbytes=True)
            name = item.filename.encode()
            sizes = (item.CRC, len(packed), len(data), len(name))
            directory += (
                struct.pack("<4s6H3I5H2I", b"PK\1\2", 63, 63, 0, 93, 0, 0, *sizes, 0, 0, 0, 0, 0, len(out)) + name
            )
            out += struct.pack("<4s5H3I2H", b"PK\3\4", 63, 0, 93, 0, 0, *sizes, 4) + name + b"\0\0\0\0" + packed
        count = len(source.infolist())
    return out + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(out), 0)


LOGS: dict[str, bytes] = {
    "openai-batch": lines(chat("c1", "B"), chat("c2", "Flu.", "B", reason="length"), batch_error("c3", "too long")),
    "lm-eval": lines(harness(0, {**DOC, "id": "c1"}, "B", "A"), harness(1, {**DOC, "id": "c2"}, "C")),
    "inspect": inspect_eval(inspect_sample("c1", "B"), inspect_sample("c1", "A", 2), inspect_sample("c2", "C")),
}
