"""The data card of an export: what it contains and how it was made, from the study alone.

What is not recorded is absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from doubleread.domain.arm import Arm
from doubleread.domain.labels import LabelSet
from doubleread.domain.study import Protocol
from doubleread.domain.wording import plural, verb
from doubleread.exports.columns import CASES, TABLES
from doubleread.exports.dictionary import ABOUT, CONVENTIONS, blinded_section, columns_table
from doubleread.exports.licences import licences_of
from doubleread.exports.markdown import bullets, plain, table
from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource
from doubleread.read_model.queries import case_column
from doubleread.read_model.readers import registered_readers
from doubleread.read_model.study_counts import imported_annotations, imported_words

_AGREEMENT = ("inter-rater-reliability", "criteria-agreement", "intra-rater-reliability")
"""Sections of the results that are about agreement."""

_LISTED_CRITERIA = "criteria"
"""The row of criteria on which readers differ most."""


class Tally:
    """Counts what an exporter writes, for the card."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.annotations: Counter[tuple[str, str]] = Counter()
        """By category and severity, without retracted ones."""
        self.retracted = 0
        self.committed: Counter[str] = Counter()
        """Committed readings by reader."""
        self.resolved: set[str] = set()
        """Cases that an adjudication resolves."""

    def watch(self, name: str, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the rows of a table, counted."""
        self.rows[name] = 0
        for record in records:
            self.rows[name] += 1
            if name == "annotations":
                if record["retracted"]:
                    self.retracted += 1
                else:
                    self.annotations[record["category"], record["severity"]] += 1
            elif name == "readings":
                self.committed[record["reader_id"]] += record["committed_at"] is not None
            elif name == "adjudications" and record["resolves"]:
                self.resolved.add(record["case_id"])
            yield record


def data_card(source: ExportSource, tally: Tally) -> str:
    """Return the card in Markdown, after everything was written and counted."""
    protocol = source.study.protocol
    parts = [
        f"# {plain(protocol.title)}\n\n{_summary(source, tally)}",
        *blinded_section(source),
        _section("Contents", _contents(source, tally)),
        _section("Cases", _cases(source)),
        _section("Annotations", _annotations(protocol.labels, tally)),
        _section("Labels", _labels(protocol.labels)),
        _section("Agreement between readers", _agreement(source)),
        _section("Readers", _readers(source, tally)),
        _section("Protocol", _protocol(protocol)),
        _section("Models", _models(source)),
        _section("Limits", bullets(_limits(source, tally))),
        _section("Conventions", CONVENTIONS),
        *(f"## Table {name}\n\n{ABOUT[name]}\n\n{columns_table(columns)}\n" for name, columns in _tables(source)),
    ]
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}"


def _tables(source: ExportSource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from TABLES.items()
    if source.with_case_text:
        yield "cases", CASES


def _summary(source: ExportSource, tally: Tally) -> str:
    readers = sum(count > 0 for count in tally.committed.values())
    cases, committed = len(list(source.case_ids())), sum(tally.committed.values())
    return (
        f"Judgements of {plural(readers, 'reader')} on {plural(tally.rows['answers'], 'answer')} of two arms to"
        f" {plural(cases, 'clinical case')}: {plural(committed, 'committed reading')},"
        f" {plural(sum(tally.annotations.values()), 'annotation')}. Exported from the doubleread study"
        f" `{source.study.study_id}`, protocol `{source.study.protocol_sha256}`.\n"
    )


def _contents(source: ExportSource, tally: Tally) -> str:
    rows = [f"| `{name}` | {count} | {ABOUT[name]} |" for name, count in tally.rows.items()]
    text = "included" if source.with_case_text else "not included: neither the cases nor quotes of them"
    return "\n".join(["| table | rows | one row |", "|---|---|---|", *rows]) + f"\n\nCase text is {text}.\n"


def _cases(source: ExportSource) -> str:
    chosen = list(source.case_ids())
    kinds, sources = (case_column(source.study, column) for column in ("kind", "source"))
    text = table(("kind", "cases"), Counter(kinds[case_id] for case_id in chosen).most_common())
    text += (
        f"\nLicence of the cases: {plain(licences_of(source).words)}. The study records no licence of the judgements.\n"
    )
    named = Counter(sources[case_id] for case_id in chosen if sources[case_id])
    if named and source.with_case_text:
        text += "\n" + table(("source", "cases"), named.most_common())
    return text


def _annotations(labels: LabelSet, tally: Tally) -> str:
    if not tally.annotations:
        return "None.\n"
    severities = [label.name for label in labels.severities]
    severities += sorted({severity for _, severity in tally.annotations} - set(severities))
    categories = [label.name for label in labels.ratings("category")]
    categories += sorted({category for category, _ in tally.annotations} - set(categories))
    counts = {category: [tally.annotations[category, severity] for severity in severities] for category in categories}
    rows = [(category, *numbers, sum(numbers)) for category, numbers in counts.items()]
    text = table(("category", *map(plain, severities), "all"), rows)
    return f"{text}\nRetracted annotations are not counted here; the tables contain {tally.retracted} of them.\n"


def _labels(labels: LabelSet) -> str:
    rows = [
        (field, label.name, label.definition)
        for field in ("category", "severity", "basis", "harm", "certainty")
        for label in labels.ratings(field)
    ]
    return f"Label set {plain(labels.name)}.\n\n{table(('rating', 'value', 'definition'), rows)}"


def _agreement(source: ExportSource) -> str:
    if source.selection.readers:
        return "Not computed: the export contains some readers' judgements only.\n"
    # Statistics take a second to import.
    from doubleread.results import results
    from doubleread.results.outline import SECTIONS
    from doubleread.results.scales import NumberedReasons
    from doubleread.results.section import cell_texts

    found, words = results(source.study), NumberedReasons()
    shown = source.pseudonyms.in_value
    parts = []
    for section in filter(None, (SECTIONS[key](found) for key in _AGREEMENT)):
        # The criteria on which readers differ most are named by their texts, which are case text.
        general = replace(section, rows=tuple(row for row in section.rows if row.key != _LISTED_CRITERIA))
        rows = [
            (
                shown(f"{'– ' * depth}{row.label}"),
                shown(", ".join(_named(row.cells, section.columns, words, cell_texts))),
            )
            for depth, row in general.all_rows()
        ]
        parts.append(f"### {plain(section.title)}\n\n{table(('subject', 'agreement'), rows)}")
    if not parts:
        return "No case has committed readings by several readers.\n"
    whole = "Computed from the whole study, without the filters of this export.\n" if source.selection.words() else ""
    return "\n".join(filter(None, (whole, *parts, bullets(map(plain, words.lines())))))


def _named(cells: Mapping[str, Any], columns: Iterable[str], words: Any, texts: Any) -> Iterator[str]:
    """Yield the cells of a row with what they are of."""
    names = {"first": next(iter(columns)), "second": [*columns][1], "both": "both"}
    for name, cell in cells.items():
        for text in texts(cell, words):
            yield f"{names.get(name, name)}: {text}"


def _readers(source: ExportSource, tally: Tally) -> str:
    chosen, pseudonym = source.selection.readers, source.pseudonyms.of
    registered = [one for one in registered_readers(source.study) if not chosen or one.reader_id in chosen]
    rows = [
        (pseudonym(one.reader_id), one.role, one.qualification, tally.committed[pseudonym(one.reader_id)])
        for one in registered
    ]
    return (
        f"{plural(len(rows), 'person', 'persons')} {verb(len(rows), 'is', 'are')} registered.\n\n"
        + table(("pseudonym", "role", "background", "committed readings"), rows)
        if rows
        else "Nobody is registered.\n"
    )


def _protocol(protocol: Protocol) -> str:
    """Return the settings in force; manifest.json has all of them, and earlier versions."""
    facts: dict[str, Any] = {
        "task": protocol.task,
        "answers per arm and case": protocol.samples,
        "temperature": protocol.decoding.temperature,
        "label set": protocol.label_set,
        "judged side by side": ", ".join(axis.name for axis in protocol.axes),
        "rated per answer": ", ".join(scale.name for scale in protocol.rated_scales),
        "rated per reading": ", ".join(scale.name for scale in protocol.scales),
        "sentence judgements": protocol.sentences,
        "order of cases": protocol.order,
        "proportion of cases read by several readers": protocol.read_twice,
        "proportion of cases read again": protocol.repeat_proportion or "",
        "shown after the commit": ", ".join(
            name
            for name, shown in {
                "answer key": protocol.reveal_key,
                "scores": protocol.reveal_key and protocol.reveal_scores,
                "reasoning": protocol.reveal_reasoning,
                "arms": protocol.reveal_names,
            }.items()
            if shown
        ),
        "words that name models redacted": "yes" if protocol.redact else "no",
        "blinding assessment": protocol.blinding_assessment,
    }
    stated = [(name, value) for name, value in facts.items() if value != ""]
    return f"{table(('setting', 'value'), stated)}\n`manifest.json` contains the whole protocol and its versions.\n"


def _models(source: ExportSource) -> str:
    if source.blinded is not None:
        return "Withheld until every reading is committed.\n"
    return table(("arm", "role", "answers from"), ((arm.name, arm.role, _made_by(arm)) for arm in source.study.arms()))


def _made_by(arm: Arm) -> str:
    if arm.server is not None:
        return f"server, model {arm.server.model}"
    return f"model file, SHA-256 {arm.model_sha256}" if arm.model_sha256 else "imported"


def _limits(source: ExportSource, tally: Tally) -> Iterator[str]:
    still_open = tally.rows["readings"] - sum(tally.committed.values())
    if still_open:
        yield f"{plural(still_open, 'reading')} {verb(still_open, 'is', 'are')} not committed."
    with source.study.connection.snapshot() as db:
        imported = imported_annotations(db)
    chosen = source.selection.readers or imported
    counts = {source.pseudonyms.of(reader): count for reader, count in imported.items() if reader in chosen}
    if counts:
        yield plain(imported_words(counts))
    cases, resolved = len(list(source.case_ids())), len(tally.resolved)
    yield f"{resolved} of {plural(cases, 'case')} {verb(resolved, 'is', 'are')} resolved by adjudication."
    yield "The study records no licence of the answers and judgements."
    if not source.with_case_text:
        yield "Omissions and linked passages have offsets into texts that are not included."
    if source.blinded is not None:
        yield "The export is blinded: results by arm cannot be computed from it."
    yield "The judgements are those of the readers listed above under the protocol above."
