"""Warnings about a study's answers for the study lead, from their manifests. Readers never see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doubleread.domain.display import display_line
from doubleread.domain.wording import plural
from doubleread.read_model.queries import manifest_entries
from doubleread.store import StudyFile

_ENTRIES = ("suspected_markers", "reasoning_unclosed", "reasoning_retracted", "documents.left_out")


def answer_warnings(study: StudyFile) -> tuple[str, ...]:
    """Return a sentence for each kind of doubt about each model's answers, with the number of answers."""
    names = {arm.id: display_line(arm.name) for arm in study.arms()}
    found = manifest_entries(study, _ENTRIES, imported=True)
    return tuple(f"{names[arm_id]}: {warning}" for arm_id in names for warning in _warnings(found.get(arm_id, [])))


def _warnings(groups: list[tuple[dict[str, object], int]]) -> Iterator[str]:
    suspects: Counter[str] = Counter()
    with_suspects = unclosed = retracted = cut = 0
    for entries, count in groups:
        markers = entries["suspected_markers"]
        if isinstance(markers, list) and markers:
            with_suspects += count
            suspects.update({str(marker): count for marker in markers})
        unclosed += count if entries["reasoning_unclosed"] else 0
        retracted += count if entries["reasoning_retracted"] else 0
        cut += count if entries["documents.left_out"] else 0
    if cut:
        yield f"{plural(cut, 'answer')} without some of the case's documents, for which the context has no room"
    if with_suspects:
        shown = ", ".join(display_line(marker) for marker, _ in suspects.most_common(5))
        yield (
            f"{plural(with_suspects, 'answer')} with what looks like a reasoning marker or a control token"
            f" ({shown}); if it delimits reasoning, add the pair to the protocol of a new study as [[reasoning]]"
        )
    if unclosed:
        yield (
            f"{plural(unclosed, 'answer')} whose reasoning never ends; all text after its start is kept as reasoning"
        )
    if retracted:
        yield (
            f"{plural(retracted, 'answer')} whose reasoning has no opening marker; it was shown as the answer while it"
            " was being generated"
        )
