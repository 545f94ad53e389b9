"""Tables of what readers did: how far they agree, by which protocol they read, their blinding assessments,
their progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from doubleread.domain.formatting import whole
from doubleread.domain.wording import plural
from doubleread.reports.table_lines import LABEL, Line, Section, TableLines
from doubleread.results import LabelAgreement
from doubleread.results.versions import SHOWN
from doubleread.statistics import Estimate, SpanAgreement, Undefined


class ReadersTables(TableLines):
    """The tables about readers."""

    def sections(self) -> Iterable[Section]:
        """Yield them in order; agreement, versions and blinding assessments only where there are any."""
        results = self.results
        if results.inter_rater.cases:
            several = plural(results.inter_rater.cases, "case")
            yield self._section(
                "agreement", f"Inter-rater reliability, {several} read by several readers", self._agreement()
            )
        if results.intra_rater:
            yield Section(
                "self-agreement",
                "Intra-rater reliability, cases read twice",
                ("".ljust(LABEL), "observed", "Gwet AC1"),
                tuple(self._intra_rater()),
            )
        if len(results.versions) > 1:
            yield Section(
                "versions",
                "Versions of the protocol",
                ("".ljust(LABEL), "sha256", "readings", "repeats", "changed"),
                tuple(self._versions()),
            )
        if results.blinding_assessments.all.asked:
            about = f" ({results.blinding_assessments.about})" if results.blinding_assessments.about else ""
            columns = ("".ljust(LABEL), "correct, of named", "incorrect", "no idea", "skipped")
            yield Section(
                "blinding_assessments",
                f"Blinding assessment: which answer is whose{about}",
                columns,
                tuple(self._guesses()),
            )
        readers = tuple(self._progress())
        yield Section("readers", "Readers", ("".ljust(LABEL), "committed", "left", "outside field", "minutes"), readers)

    def _agreement(self) -> Iterable[Line]:
        by_subject: dict[str, list[LabelAgreement]] = {}
        found = self.results.inter_rater
        for label in (*found.labels, *found.matched):
            by_subject.setdefault(label.subject, []).append(label)
        for subject, labels in by_subject.items():
            rest = [""] * (2 - len(labels))
            yield (self._label(subject), *(plural(label.cases, "case") for label in labels), *rest)
            for name, of in _COEFFICIENTS.items():
                yield (f"  {name}", *(self.notes.rate(of(label)) for label in labels), *rest)
        yield from self._spans(found.spans)

    def _spans(self, spans: SpanAgreement) -> Iterable[Line]:
        yield ("annotated words, F1", self.notes.rate(spans.words), "")
        yield ("annotated spans", self.notes.rate(spans.spans), "")
        yield ("  matched", f"{spans.matched}, unmatched {spans.first_only + spans.second_only}", "")

    def _intra_rater(self) -> Iterable[Line]:
        for own in self.results.intra_rater:
            yield (
                "all readers" if own.reader_id is None else self._label(own.reader_id),
                plural(own.cases, "case"),
                plural(own.readings, "repeat reading"),
            )
            for label in (*own.labels, *(label for label in own.matched if label.cases)):
                yield (self._label(f"  {label.subject}"), self.notes.rate(label.observed), self.notes.rate(label.ac1))
                yield ("    Cohen, alpha", self.notes.rate(label.cohen), self.notes.rate(label.krippendorff))
            for name, *cells in self._spans(own.spans):
                yield (f"  {name}", *cells)

    def _versions(self) -> Iterable[Line]:
        for version in self.results.versions:
            yield (
                f"version {version.number}" if version.number else "of a copy",
                version.sha256[:SHOWN],
                str(version.readings),
                str(version.repeats),
                ", ".join(version.changed),
            )

    def _guesses(self) -> Iterable[Line]:
        found = self.results.blinding_assessments
        for name, assessed in (("all readers", found.all), *found.by_reader.items()):
            counts = (assessed.incorrect, assessed.no_idea, assessed.skipped)
            yield (self._label(name), self.notes.proportion(assessed.proportion), *map(str, counts))
        for label, index in (
            ("Bang's index", found.index),
            *((f"  on {s}", i) for s, i in found.index_by_side.items()),
        ):
            yield (label, self.notes.rate(index), "", "", "")

    def _progress(self) -> Iterable[Line]:
        for reader in self.results.progress.readers:
            yield (
                self._label(reader.reader_id),
                str(reader.committed),
                "withdrawn" if reader.withdrawn else str(reader.left),
                str(reader.outside_field),
                whole(reader.active_seconds / 60),
            )


_COEFFICIENTS: Mapping[str, Callable[[LabelAgreement], Estimate | Undefined]] = {
    "observed": lambda label: label.observed,
    "Cohen": lambda label: label.cohen,
    "Fleiss": lambda label: label.fleiss,
    "Krippendorff": lambda label: label.krippendorff,
    "Gwet AC1": lambda label: label.ac1,
}
