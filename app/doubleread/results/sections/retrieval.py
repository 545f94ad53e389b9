"""What an arm with retrieval was given, and what readers found in it."""

from __future__ import annotations

from doubleread.results.counting import Results
from doubleread.results.section import Section, arm_heads, drawn, pairs_plot, proportion_rates
from doubleread.results.sections.hallucinations import behind


def retrieval(results: Results) -> Section | None:
    """Proportions of answers, gold passages and marked spans. Absent while arms are not named: it tells them apart."""
    found = results.retrieval
    if found is None or not results.blindness.named:
        return None
    answers = behind("answers", "answers")
    rows = [
        proportion_rates("given", "answers given a passage", found.given, behind=answers),
        proportion_rates("recall", "gold passages given", found.recall, behind=answers),
    ]
    if results.progress.committed:
        read = behind("answers", "read")
        linked = proportion_rates("linked", "marked spans linked to a passage", found.linked, behind=read)
        relations = (
            proportion_rates("supported", "supported by it", found.supported, behind=read),
            proportion_rates("contradicted", "contradicted by it", found.contradicted, behind=read),
        )
        rows += [linked, *relations]
    title = "Retrieval"
    plot = pairs_plot("retrieval", title, rows)
    return Section("retrieval", title, "retrieval", arm_heads(results), tuple(rows), drawn(plot))
