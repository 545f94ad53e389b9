"""Preferences, blinding assessment, and inter- and intra-rater reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doubleread.domain.display import display_line
from doubleread.domain.formatting import p_value, short, signed_decimal
from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES, Place
from doubleread.results import BlindingAssessments, IntraRaterReliability, LabelAgreement
from doubleread.results.cases_behind import Behind, Measure
from doubleread.results.versions import SHOWN
from doubleread.statistics import OVERLAP, SpanAgreement, Undefined
from doubleread.tui.results.page_base import LOOKS, Page, coefficient, difference_plot
from doubleread.tui.shared.plots.intervals import DIFFERENCES, PROPORTIONS, Bar, interval_plot
from doubleread.tui.shared.plots.lines import Look, Part
from doubleread.tui.shared.plots.stacks import Piece, stack

_VERDICTS: Mapping[str, tuple[str, Look]] = {
    "correct": ("█", "correct"),
    "partly": ("▒", "indeterminate"),
    "incorrect": ("░", "incorrect"),
    "unsure": ("?", "open"),
}


def readers_sections(page: Page) -> None:
    """Add the sections about readers."""
    _preferences(page)
    _axes(page)
    _agreement(page)
    _intra_rater(page)
    _versions(page)


def _preferences(page: Page) -> None:
    results = page.view.results
    progress = results.progress
    readers = plural(sum(reader.committed > 0 for reader in progress.readers), "reader")
    page.section("Readers", f"{progress.committed} of {plural(progress.opened, 'reading')} committed, {readers}")
    if withdrawn := [reader.reader_id for reader in progress.readers if reader.withdrawn]:
        page.note(f"Withdrawn, with their committed readings counted: {', '.join(withdrawn)}.")
    found, names = results.preference, page.view.names
    if isinstance(found.net, Undefined):
        page.note("No preference yet.")
    else:
        pieces = [
            Piece(f"● {names[0]}", found.first, "█", "first", Behind("lead", name="first")),
            Piece("neither", found.even, "·", "open", Behind("lead", name="even")),
            Piece(f"◆ {names[1]}", found.second, "▒", "second", Behind("lead", name="second")),
        ]
        page.add(stack("cases preferred", pieces, page.width, page.label))
        page.gap()
        net = Bar("net preference ● - ◆", found.net, "", Behind("lead"))
        page.add(difference_plot(net, page.width, page.label))
        sign = found.sign_test
        page.note(f"Sign test: {'none, ' + sign.reason if isinstance(sign, Undefined) else p_value(sign)}.")
    for place, model in zip(PLACES, results.models, strict=True):
        page.gap()
        pieces = [
            Piece(name, count, *_VERDICTS[name], Behind("verdict", "", place, name))
            for name, count in model.verdicts.items()
        ]
        page.add(stack(page.labelled(place, "verdicts"), pieces, page.width, page.label, LOOKS[place]))
    assessed = results.blinding_assessments
    if assessed.all.asked:
        page.note(guesses_words(assessed))


def guesses_words(assessed: BlindingAssessments) -> str:
    """Say how often readers were correct about which answer is whose."""
    asked = f"Readers were asked {plural(assessed.all.asked, 'time')} which answer is whose"
    proportion, index = assessed.all.proportion, assessed.index
    right = (
        proportion.reason
        if isinstance(proportion, Undefined)
        else f"they were correct in {proportion.successes} of {proportion.n}"
    )
    bang = "" if isinstance(index, Undefined) else f"; Bang's index {signed_decimal(index.value)}, where 0 is chance"
    return f"{asked}: {right}{bang}."


def _axes(page: Page) -> None:
    axes = page.view.results.axes
    if not axes or all(isinstance(axis.found.net, Undefined) for axis in axes):
        return
    page.section("By axis", "net proportion of cases, ● - ◆")
    bars = [Bar(axis.name, axis.found.net, "", Behind("axis", name=axis.name)) for axis in axes]
    page.add(interval_plot(bars, DIFFERENCES, page.width, page.label))
    for axis in axes:
        found = axis.found
        page.note(f"{axis.name}: ● better in {found.first}, ◆ in {found.second}, even {found.even}.")
    page.adjusted("Sign test", [(axis.name, axis.p) for axis in axes])


def _agreement(page: Page) -> None:
    found = page.view.results.inter_rater
    if not found.cases:
        return
    page.section("Inter-rater reliability", f"{plural(found.cases, 'case')} read by several readers")
    _labels(page, [*found.labels, *(label for label in found.matched if label.cases)], "several", "")
    _spans(page, found.spans, "several", "")


def _intra_rater(page: Page) -> None:
    for own in page.view.results.intra_rater:
        who = "all readers" if own.reader_id is None else display_line(own.reader_id)
        page.section("Intra-rater reliability", f"{who}, {plural(own.cases, 'case')} read twice")
        _labels(page, _labels_of(own), "again", own.reader_id or "")
        _spans(page, own.spans, "again", own.reader_id or "")


def _labels_of(own: IntraRaterReliability) -> list[LabelAgreement]:
    return [*own.labels, *(label for label in own.matched if label.cases)]


def _labels(page: Page, labels: Sequence[LabelAgreement], measure: Measure, name: str) -> None:
    bars = []
    for rated in labels:
        place: Place | None = None if rated.model is None else PLACES[rated.model]
        label = rated.subject if place is None else page.labelled(place, rated.subject)
        spot = Behind(measure, name=name, section=f"{rated.subject} {place}")
        bars.append(Bar(label, rated.observed, "" if place is None else LOOKS[place], spot))
    page.lines.append((Part("Observed agreement", "muted"),))
    page.add(interval_plot(bars, PROPORTIONS, page.width, page.label))
    page.note(
        "Corrected for chance, Krippendorff's alpha and Gwet's AC1: "
        + "; ".join(
            f"{bar.label} {coefficient(rated.krippendorff)} and {coefficient(rated.ac1)}"
            for bar, rated in zip(bars, labels, strict=True)
        )
        + "."
    )
    weighted = [(bar.label, rated.cohen) for bar, rated in zip(bars, labels, strict=True) if rated.level == "ordinal"]
    if weighted:
        said = "; ".join(f"{label} {coefficient(kappa)}" for label, kappa in weighted)
        page.note(f"Cohen's kappa, weighted by distance: {said}.")


def _spans(page: Page, found: SpanAgreement, measure: Measure, name: str) -> None:
    page.gap()
    page.lines.append((Part("Annotated spans", "muted"),))
    bars = [
        Bar("same words, F1", found.words, "", Behind(measure, name=name, section="words")),
        Bar("same spans", found.spans, "", Behind(measure, name=name, section="spans")),
    ]
    page.add(interval_plot(bars, PROPORTIONS, page.width, page.label))
    page.note(
        f"Two spans match where they share {short(OVERLAP)} of the shorter one:"
        f" {plural(found.matched, 'match', 'matches')},"
        f" {plural(found.first_only + found.second_only, 'span')} without a match."
    )


def _versions(page: Page) -> None:
    versions = page.view.results.versions
    if len(versions) < 2:
        return
    page.section("Versions of the protocol")
    for version in versions:
        name = f"version {version.number}" if version.number else "a version set in a copy"
        changed = f", changed {', '.join(version.changed)}" if version.changed else ""
        again = f", {version.repeats} again" if version.repeats else ""
        page.note(f"{name} ({version.sha256[:SHOWN]}): {plural(version.readings, 'reading')}{again}{changed}.")
