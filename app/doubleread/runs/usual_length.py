"""Estimate the usual length of a study's prompts and answers in tokens, without a tokeniser."""

from __future__ import annotations

from doubleread.store import StudyFile

BYTES_A_TOKEN = 3.0
"""English clinical text has 4 to 4.5 UTF-8 bytes a token in the usual vocabularies, other languages fewer."""

TEMPLATE_TOKENS = 64
_LOOKED_AT = 50


def usual_tokens(study: StudyFile) -> int:
    """Return how many tokens a prompt with its longest answer takes: three of four cases take no more.

    Of a large study, cases at even distances are looked at.
    """
    ids = study.case_ids()
    if not ids:
        return 0
    step = max(len(ids) // _LOOKED_AT, 1)
    template = study.protocol.prompt
    sizes = sorted(
        sum(len(message.content.encode("utf-8", "replace")) for message in template.messages(study.case(case_id)))
        for case_id in ids[::step]
    )
    prompt = sizes[min(len(sizes) * 3 // 4, len(sizes) - 1)] / BYTES_A_TOKEN
    return int(prompt) + TEMPLATE_TOKENS + study.protocol.decoding.max_tokens
