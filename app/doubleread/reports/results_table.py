"""Results as terminal tables, one per question, at most 80 cells wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import wrap
from typing import TypeVar

from doubleread.domain.formatting import (
    COUNT,
    COUNT_DIFFERENCE,
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    RATE_DIFFERENCE,
    Style,
    p_value,
)
from doubleread.domain.wording import plural
from doubleread.reports.figures import Notes
from doubleread.reports.readers_tables import ReadersTables
from doubleread.reports.table_lines import LABEL, Line, Section, TableLines
from doubleread.results import (
    AccuracyComparison,
    AdjudicatedFigures,
    ComparedRates,
    Results,
)
from doubleread.results.notes import notes as notes_of
from doubleread.statistics import Group, PairedProportions, PairedRates, Undefined

Found = TypeVar("Found")
_WIDTH = 84
TABLES = (
    "models",
    "accuracy",
    "by-kind",
    "by-specialty",
    "diagnoses",
    "words",
    "hallucinations",
    "rates-by-kind",
    "hallucinating-by-kind",
    "rates-by-specialty",
    "hallucinating-by-specialty",
    "omissions",
    "sentences",
    "verdicts",
    "adjudicated",
    "preference",
    "axes",
    "agreement",
    "self-agreement",
    "versions",
    "blinding_assessments",
    "readers",
)
"""The names of all tables that there can be."""


@dataclass(frozen=True, slots=True)
class ResultsTables:
    """What is shown of a study: a heading, tables, and what must be read beside the figures."""

    heading: str
    sections: tuple[Section, ...]
    remarks: tuple[str, ...]


def results_tables(results: Results, notes: Notes | None = None, longest: int = LABEL) -> ResultsTables:
    """Return the tables of a study, with a remark for every figure that does not exist. Texts are as in the study.

    `notes` collects the reasons, where others need them too. Labels are cut after `longest` characters.
    """
    tables = _Tables(results, Notes() if notes is None else notes, longest)
    sections = tuple(section for section in tables.sections() if section.lines)
    return ResultsTables(
        heading=f"{results.title}: {plural(results.cases, 'case')}, {_readings(results)}",
        sections=sections,
        remarks=(*tables.notes.lines(), *_wrapped(notes_of(results))),
    )


def _wrapped(notes: Iterable[str]) -> Iterable[str]:
    for note in notes:
        yield from wrap(note, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _readings(results: Results) -> str:
    progress = results.progress
    readers = sum(reader.committed > 0 for reader in progress.readers)
    words = [f"committed readings: {progress.committed}", f"readers who committed: {readers}"]
    if progress.outside_field:
        words.append(f"outside the reader's field: {progress.outside_field}")
    if still := progress.opened - progress.committed:
        words.append(f"open readings: {still}")
    return ", ".join(words)


class _Tables(TableLines):
    """The tables, and the reasons of figures that do not exist."""

    def sections(self) -> Iterable[Section]:
        results = self.results
        yield Section("models", "Models", ("", "answers", "role", "name"), tuple(self._models()))
        if not any(results.progress.answered):
            yield from ReadersTables(results, self.notes, self.longest).sections()
            return
        yield self._section("accuracy", "Correct answers", self._accuracy())
        for name, title, groups in (
            ("by-kind", "Correct answers by kind", results.accuracy_by_kind),
            ("by-specialty", "Correct answers by specialty", results.accuracy_by_specialty),
        ):
            if len(groups) > 1:
                yield self._section(name, title, self._groups(groups, lambda found: found.indeterminate_incorrect))
        if results.diagnoses.cases:
            yield self._section("diagnoses", self._diagnoses_title(), self._diagnoses())
        yield self._section("words", "Words per answer", self._rates("words", results.words, COUNT, COUNT_DIFFERENCE))
        if results.progress.committed:
            yield self._section("hallucinations", "Hallucinations", self._hallucinations())
            for group, rates, proportions in (
                ("kind", results.hallucination_rates_by_kind, results.hallucinating_by_kind),
                ("specialty", results.hallucination_rates_by_specialty, results.hallucinating_by_specialty),
            ):
                if len(rates) > 1:
                    yield self._section(
                        f"rates-by-{group}", f"Annotations per answer, by {group}", self._rate_groups(rates)
                    )
                    yield self._section(
                        f"hallucinating-by-{group}",
                        f"Answers with an annotation, by {group}",
                        self._groups(proportions, lambda found: found),
                    )
            yield self._section("omissions", "Omissions", self._omissions())
            if results.sentences.any:
                yield self._section("sentences", "Sentence judgements", self._sentences())
            yield self._section("verdicts", "Verdicts, proportions of the readings of an answer", self._verdicts())
            if (reviewed := results.adjudicated) is not None:
                title = f"Adjudicated: {plural(reviewed.cases, 'case')}, each counted once"
                yield self._section("adjudicated", title, self._adjudicated(reviewed))
            yield self._section("preference", "Preference", self._preference())
            if results.axes:
                yield self._section("axes", "Better answers by axis, in cases", self._axes())
        yield from ReadersTables(results, self.notes, self.longest).sections()

    def _models(self) -> Iterable[Line]:
        for number, model in enumerate(self.results.models, start=1):
            yield (f"model {number}".ljust(LABEL), f"{model.answered}/{model.cases}", model.role, model.name)

    def _accuracy(self) -> Iterable[Line]:
        compared = [item for item in self.results.accuracy if item.cases]
        for item in compared[1:] if len(compared) == 2 else compared:
            yield from self._of_kind(item)

    def _of_kind(self, item: AccuracyComparison) -> Iterable[Line]:
        of = {"all": "overall"}.get(item.kind, item.kind)
        pair = [getattr(model, of) for model in self.results.models]
        yield (f"{item.kind} correct", *(self.notes.proportion(accuracy.indeterminate_incorrect) for accuracy in pair))
        if any(one.unparsed + one.refused + one.truncated for one in pair):
            yield ("  determinate only", *(self.notes.proportion(accuracy.indeterminate_left_out) for accuracy in pair))
            yield (
                "  indeterminate",
                *(f"{one.unparsed}/{one.refused}/{one.truncated} of {one.answered}" for one in pair),
            )
        if any(accuracy.reviewed for accuracy in pair):
            yield ("  score review", *(f"{one.reviewed} of {one.answered} by a person" for one in pair))
            # Of a diagnosis the automatic score alone says neither right nor wrong: there the readers' words count.
            alone = "  automatic only" if item.kind == "choice" else "  without review"
            yield (alone, *(self.notes.proportion(accuracy.automatic) for accuracy in pair))
        for name in ("pending", "disputed", "unscored"):
            if any(getattr(accuracy, name) for accuracy in pair):
                yield (f"  {name}", *(f"{getattr(one, name)} of {one.answered}" for one in pair))
        yield from self._paired(item.paired.indeterminate_incorrect)
        if item.paired.indeterminate:
            yield from self._paired(item.paired.indeterminate_left_out, "  diff., determinate")

    def _paired(self, proportions: PairedProportions, label: str = "  difference") -> Iterable[Line]:
        yield (
            label,
            self.notes.difference(proportions.difference, PROPORTION_DIFFERENCE),
            self.notes.test(proportions.test),
        )
        table = proportions.table
        if table.n:
            yield (
                "    in cases",
                f"both {table.both}, neither {table.neither}",
                f"only 1: {table.first_only}, only 2: {table.second_only}",
            )

    def _groups(self, groups: Iterable[Group[Found]], of: Callable[[Found], PairedProportions]) -> Iterable[Line]:
        for group in groups:
            proportions = of(group.result)
            yield (
                self._label(group.name),
                self.notes.proportion(proportions.first),
                self.notes.proportion(proportions.second),
            )
            yield (
                "  difference",
                self.notes.difference(proportions.difference, PROPORTION_DIFFERENCE),
                self.notes.adjusted(group.p),
            )

    def _rate_groups(self, groups: Iterable[Group[ComparedRates]]) -> Iterable[Line]:
        for group in groups:
            rates = group.result.each_answer
            yield (self._label(group.name), self.notes.rate(rates.first), self.notes.rate(rates.second))
            yield ("  difference", self.notes.difference(rates.difference), self.notes.adjusted(group.p))

    def _diagnoses_title(self) -> str:
        reviewed = self.results.diagnoses.reviewed
        by = f"by the scorer, {plural(reviewed, 'answer')} by score review" if reviewed else "by the scorer"
        return f"The key diagnosis in the answers, {by}"

    def _diagnoses(self) -> Iterable[Line]:
        found = self.results.diagnoses
        for places, proportions in found.top.items():
            yield (
                f"among the first {places}",
                self.notes.proportion(proportions.first),
                self.notes.proportion(proportions.second),
            )
            yield (
                "  difference",
                self.notes.difference(proportions.difference, PROPORTION_DIFFERENCE),
                self.notes.test(proportions.test),
            )
        if any(proposals.n for proposals in found.proposals):
            for name, label in (
                ("precision", "proposals confirmed"),
                ("recall", "named, proposed"),
                ("agreement", "agreement"),
            ):
                yield (label, *(self.notes.proportion(getattr(one, name)) for one in found.proposals))
            yield ("  kappa", *(self.notes.rate(one.kappa) for one in found.proposals))
        if any(grades.graded for grades in found.grades):
            yield ("  weighted kappa", *(self.notes.rate(grades.proposals) for grades in found.grades))
            best_first = "/".join(found.grades[0].counts)
            yield (
                f"grades {best_first}",
                *(f"{'/'.join(map(str, one.counts.values()))} of {one.graded}" for one in found.grades),
            )
            if any(grades.differ for grades in found.grades):
                yield ("  disputed", *(f"{grades.differ}" for grades in found.grades))
        if found.readers.pairs:
            yield (
                "readers vs review",
                self.notes.proportion(found.readers.same),
                self.notes.rate(found.readers.weighted),
            )

    def _rates(
        self, label: str, rates: PairedRates, style: Style = RATE, signed: Style = RATE_DIFFERENCE
    ) -> Iterable[Line]:
        yield (self._label(label), self.notes.rate(rates.first, style), self.notes.rate(rates.second, style))
        yield ("  difference", self.notes.difference(rates.difference, signed), "")

    def _hallucinations(self) -> Iterable[Line]:
        counts = [model.annotations for model in self.results.models]
        found = self.results.hallucinations
        yield ("annotations", *(f"{one.annotations} in {plural(one.readings, 'reading')}" for one in counts))
        yield from self._rates("per answer", found.each_answer)
        yield from self._rates("per 100 words", found.each_100_words)
        yield ("answers with any", self.notes.proportion(found.first_with), self.notes.proportion(found.second_with))
        yield from self._paired(found.paired_with)
        for kinds in (found.by_severity, found.by_category):
            for name, rates in kinds.items():
                yield from self._rates(name, rates)

    def _omissions(self) -> Iterable[Line]:
        counts = [model.annotations for model in self.results.models]
        found = self.results.omissions
        yield ("omissions", *(f"{one.omissions} in {plural(one.readings, 'reading')}" for one in counts))
        yield from self._rates("per answer", found.each_answer)
        for name, rates in found.by_severity.items():
            yield from self._rates(name, rates)

    def _sentences(self) -> Iterable[Line]:
        found = self.results.sentences
        yield ("judged", *(f"{one.judged} of {one.sentences}" for one in found.counts))
        yield ("  whole answers", *(f"{one.whole} of {plural(one.readings, 'reading')}" for one in found.counts))
        yield from self._rates("unsupported or incorrect", found.faulty, PROPORTION, PROPORTION_DIFFERENCE)
        for name, rates in found.by_judgement.items():
            yield from self._rates(f"  {name}", rates, PROPORTION, PROPORTION_DIFFERENCE)

    def _verdicts(self) -> Iterable[Line]:
        for name, rates in self.results.verdicts.items():
            yield from self._rates(name, rates, PROPORTION, PROPORTION_DIFFERENCE)

    def _adjudicated(self, reviewed: AdjudicatedFigures) -> Iterable[Line]:
        found = reviewed.hallucinations
        yield from self._rates("annotations/answer", found.each_answer)
        yield ("answers with any", self.notes.proportion(found.first_with), self.notes.proportion(found.second_with))
        yield from self._paired(found.paired_with)
        yield from self._rates("omissions/answer", reviewed.omissions.each_answer)
        for name, rates in reviewed.verdicts.items():
            yield from self._rates(name, rates, PROPORTION, PROPORTION_DIFFERENCE)
        yield ("preferred", str(reviewed.preference.first), str(reviewed.preference.second))
        yield ("  even", str(reviewed.preference.even), "")

    def _preference(self) -> Iterable[Line]:
        found = self.results.preference
        first, second = self.results.models
        yield ("readings", str(first.preferred), str(second.preferred))
        for name in ("tie", "both bad"):
            yield (f"  {name}", str(found.readings[name]), "")
        yield ("cases", str(found.first), str(found.second))
        yield ("  even", str(found.even), "")
        yield ("  for the first", self.notes.proportion(found.proportion), "")
        test = found.sign_test
        yield (
            "  net preference",
            self.notes.difference(found.net, PROPORTION_DIFFERENCE),
            self.notes.undefined(test) if isinstance(test, Undefined) else p_value(test, "sign test p"),
        )

    def _axes(self) -> Iterable[Line]:
        for axis in self.results.axes:
            found = axis.found
            cases = found.first + found.second + found.even
            yield (self._label(axis.name), *(f"{count} of {cases}" for count in (found.first, found.second)))
            yield (
                f"  even {found.even}, net",
                self.notes.difference(found.net, PROPORTION_DIFFERENCE),
                self.notes.adjusted(axis.p),
            )
