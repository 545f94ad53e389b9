"""The methods paragraph about the readings: who read what, how readers were blinded, and what they did."""

from __future__ import annotations

from functools import partial

from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.formatting import decimal, whole
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.statements import Statement, listed
from doubleread.domain.wording import plural, verb
from doubleread.reports.facts import SHOWN, Facts, days, each
from doubleread.reports.training_methods import TRAINING
from doubleread.results import ProtocolVersion
from doubleread.results.versions import SHOWN as SHORT


def _unread(facts: Facts) -> str | None:
    return None if facts.methods.readings.committed else "No reading has been committed."


def _readings(facts: Facts) -> str | None:
    found = facts.methods.readings
    if not found.committed:
        return None
    by = f" ({each(found.by_reader.items())})" if len(found.by_reader) > 1 else ""
    return (
        f"{plural(len(found.by_reader), 'reader')} committed {plural(found.committed, 'reading')}{by}"
        f" {days(found.first_at, found.last_at)}."
    )


def _open(facts: Facts) -> str | None:
    still = facts.results.progress.opened - facts.results.progress.committed
    return f"{plural(still, 'reading')} {verb(still, 'is', 'are')} open and not counted." if still else None


def _withdrawn(facts: Facts) -> str | None:
    found = [reader for reader in facts.results.progress.readers if reader.withdrawn]
    if not found:
        return None
    committed = sum(reader.committed for reader in found)
    return (
        f"{plural(len(found), 'reader')} {verb(len(found), 'was', 'were')} withdrawn;"
        f" {plural(committed, 'committed reading')} by {verb(len(found), 'this reader', 'these readers')}"
        f" {verb(committed, 'is', 'are')} counted."
    )


def _several(facts: Facts) -> str | None:
    several = facts.results.inter_rater.cases
    if not several:
        return None
    were = verb(several, "was", "were")
    return f"{several:,} of {plural(facts.results.cases, 'case')} {were} read by two or more readers."


def _single(facts: Facts) -> str | None:
    if facts.results.inter_rater.cases or not facts.methods.readings.committed:
        return None
    return "No case was read by more than one reader."


def _randomised(facts: Facts) -> str | None:
    found = facts.methods.readings
    if not found.randomised:
        return None
    where = ""
    if facts.named:
        arms = facts.results.arms
        left = (f"{arm.name} in {found.left.get(arm.id, 0):,}" for arm in arms)
        where = f" (on the left: {listed(left)})"
    return (
        "Readers saw both answers side by side; the left/right order was randomised for each reader and case in"
        f" {_part(found.randomised, found.committed)}{where}."
    )


def _part(count: int, n: int) -> str:
    if count == n > 1:
        return "both readings" if n == 2 else f"all {n:,} readings"
    return f"{count:,} of {plural(n, 'reading')}"


def _hidden(facts: Facts) -> str | None:
    if not facts.methods.readings.committed:
        return None
    return (
        "Until a reading was committed, its screen did not show the arms' names, files and sizes, the answer key or the"
        " automatic scores."
    )


def _revealed(facts: Facts) -> str | None:
    found = facts.methods.readings
    shown = [
        f"{what} in {_part(count, found.committed)}"
        for what, count in (("the answer key", found.key_shown), ("the arms' names", found.names_shown))
        if count
    ]
    return f"After the commit, the reader could see {listed(shown)}." if shown else None


def _redacted(facts: Facts) -> str | None:
    redacted = facts.methods.readings.redacted
    if not redacted:
        return None
    return f"In {plural(redacted, 'reading')}, words by which an answer identifies its model were redacted."


def _unredacted(facts: Facts) -> str | None:
    unredacted = facts.methods.readings.unredacted
    if not unredacted:
        return None
    return f"Redaction of identifying words was switched off in {plural(unredacted, 'reading')}."


def _assessments(facts: Facts) -> str | None:
    assessed = facts.results.blinding_assessments.all
    if not assessed.asked:
        return None
    counts = {
        "correct": assessed.correct,
        "incorrect": assessed.incorrect,
        "no idea": assessed.no_idea,
        "skipped": assessed.skipped,
    }
    said = listed(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"To assess blinding, readers were asked {plural(assessed.asked, 'time')} which answer was whose ({said})."


def _declined(facts: Facts) -> str | None:
    declined = facts.results.progress.outside_field
    if not declined:
        return None
    return f"In {plural(declined, 'reading')}, the reader declined the case as outside their field."


def _annotations(facts: Facts) -> str | None:
    counts = [arm.annotations for arm in facts.results.arms]
    marked, omitted = sum(one.annotations for one in counts), sum(one.omissions for one in counts)
    if not marked + omitted:
        return None
    return f"Readers made {plural(marked, 'annotation')} of hallucinations and marked {plural(omitted, 'omission')}."


def _no_annotations(facts: Facts) -> str | None:
    read = any(arm.annotations.readings for arm in facts.results.arms)
    if not read or _annotations(facts) is not None:
        return None
    return "Readers annotated no hallucination and no omission."


def _label_sets(facts: Facts) -> str | None:
    sets = facts.methods.readings.label_sets
    if not sets:
        return None
    said = []
    for name, count in sets.items():
        labels = facts.methods.readings.labels[name]
        categories = ", ".join(label.name for label in labels.categories)
        names = f"{categories}; severity {', '.join(label.name for label in labels.severities)}"
        said.append(f"{name} ({names}) in {_part(count, facts.methods.readings.committed)}")
    return f"Label set for annotations: {'; '.join(said)}."


def _sentences(facts: Facts) -> str | None:
    judged = sum(counts.judged for counts in facts.results.sentences.counts)
    if not judged:
        return None
    names = ", ".join(label.name for label in SENTENCE_JUDGEMENTS)
    return f"Readers judged {plural(judged, 'single sentence')} ({names}); such a judgement is not an annotation."


def _criteria(facts: Facts) -> str | None:
    found = facts.results.rubric
    if found is None:
        return None
    names = ", ".join(label.name for label in CRITERION_JUDGEMENTS)
    return (
        f"Readers judged whether the answers to {plural(found.cases, 'case')} meet the criteria of a rubric, in"
        f" {plural(sum(found.judged), 'judgement')} ({names}); the points and tags of the criteria were hidden until"
        " the commit."
    )


def _axes(facts: Facts) -> str | None:
    rated = [axis.name for axis in facts.results.axes if sum(axis.found.readings.values())]
    return f"Readers compared the two answers on {listed(rated)}." if rated else None


def _answer_scales(facts: Facts) -> str | None:
    rated = [found.scale.name for found in facts.results.answer_scales]
    if not rated:
        return None
    instruments = facts.methods.protocol.instruments
    sources = listed(f"{one.name} ({one.source})" for one in instruments)
    return f"Readers rated each answer on {listed(rated)}." + (f" Instruments: {sources}." if sources else "")


def _levels(scale: OrdinalScale, facts: Facts) -> str | None:
    stated = facts.results.levels[scale.name].stated
    if not stated:
        return None
    return f'In {plural(stated, "reading")}, the reader answered "{scale.question}", {scale.ends}.'


def _repeats(facts: Facts) -> str | None:
    found = facts.methods.readings
    if not found.repeats:
        return None
    by = f" ({each(found.repeats_by_reader.items())})" if len(found.repeats_by_reader) > 1 else ""
    return f"Readers read {plural(found.repeats, 'case')} a second time, unannounced{by}."


def _washout(facts: Facts) -> str | None:
    found = facts.methods.readings.washout
    if found is None:
        return None
    if found.pairs == 1:
        return f"The second reading began {_duration(found.median)} after the first was committed."
    return (
        f"The second readings began a median of {_duration(found.median)} after the first were committed"
        f" (range {_duration(found.shortest)} to {_duration(found.longest)})."
    )


def _duration(days: float) -> str:
    for unit, of_a_day in (("days", 1), ("hours", 24)):
        if days * of_a_day >= 1:
            return f"{decimal(days * of_a_day, 1)} {unit}"
    return f"{whole(days * 24 * 60)} min"


def _adjudicated(facts: Facts) -> str | None:
    adjudicated = facts.results.adjudicated
    if adjudicated is None:
        return None
    people = plural(len(facts.methods.adjudicators), "adjudicator")
    return (
        f"{people} resolved the differences between readers in {plural(adjudicated.cases, 'case')}, without the arms'"
        " names; each adjudicated case is counted once, separately from the readings."
    )


def _adjudicators_read(facts: Facts) -> str | None:
    both = facts.methods.adjudicators.keys() & facts.methods.readings.by_reader.keys()
    if not both:
        return None
    return f"{plural(len(both), 'adjudicator')} had also read cases of the study as a reader."


def _reviewed(facts: Facts) -> str | None:
    reviewers = facts.methods.reviewers
    if not reviewers:
        return None
    reviewed = sum(reviewers.values())
    people = plural(len(reviewers), "person", "people")
    return f"{people} reviewed {plural(reviewed, 'automatic score')}, without the arms' names."


def _one_version(facts: Facts) -> str | None:
    versions = facts.results.versions
    if len(versions) > 1 or not facts.methods.readings.committed:
        return None
    return f"All readings were made under one version of the protocol (sha256 {versions[0].sha256[:SHOWN]})."


def _versions(facts: Facts) -> str | None:
    versions = facts.results.versions
    if len(versions) < 2:
        return None
    return " ".join([f"The protocol has {plural(len(versions), 'version')}.", *map(_version, versions)])


def _version(version: ProtocolVersion) -> str:
    name = f"version {version.number}" if version.number else "a version set in a copy of the study"
    since = f", since {version.since[:10]}" if version.since else ""
    what = f", which changed {', '.join(version.changed)}" if version.changed else ""
    why = f' ("{version.reason}")' if version.reason else ""
    again = f" and {plural(version.repeats, 'repeat reading')}" if version.repeats else ""
    were = verb(version.readings + version.repeats, "was", "were")
    return (
        f"{plural(version.readings, 'reading')}{again} {were} made under {name}"
        f" (sha256 {version.sha256[:SHORT]}{since}){what}{why}."
    )


def _corrections(facts: Facts) -> str | None:
    corrections = facts.methods.readings.corrections
    if not corrections:
        return None
    were = verb(corrections, "was", "were")
    return f"{plural(corrections, 'correction')} {were} made after a commit; the log has their reasons."


def _consensus(facts: Facts) -> str | None:
    found = facts.results.consensus
    if found is None:
        return None
    kinds = ", ".join(f"{kind} {count}" for kind, count in found.revisions.items() if count)
    toward, away = (sum(getattr(reader, way) for reader in found.readers) for way in ("toward", "away"))
    moved = f"; {toward} came closer to the other readings, {away} moved away from them" if toward or away else ""
    left = found.opened - found.closed
    unfinished = f" {plural(left, 'reading')} {verb(left, 'was', 'were')} opened and not closed." if left else ""
    return (
        "A consensus round took place: after their own readings, readers saw without names how others differed, and"
        f" kept or revised their reading with a reason. {plural(len(found.readers), 'reader')} saw others in"
        f" {plural(found.cases, 'case')}, and revised {found.revised} of {plural(found.opened, 'reading')}"
        f"{f' ({kinds})' if kinds else ''}{moved}.{unfinished}"
    )


def _inconsistencies(facts: Facts) -> str | None:
    readings = facts.methods.readings
    if not readings.asked_about_consistency:
        return None
    asked = f"At the commit of {plural(readings.asked_about_consistency, 'reading')}, judgements were checked for"
    counts = readings.confirmed_inconsistencies
    if not counts:
        return f"{asked} contradictions; readers confirmed none."
    confirmed = f"readers confirmed {sum(counts):,} in {plural(len(counts), 'reading')} as intended"
    return f"{asked} contradictions, such as preferring an answer judged incorrect; {confirmed}."


def _unblinded(facts: Facts) -> str | None:
    found = facts.results.blindness.unblinded
    if not found:
        return None
    # Each export of a study that is still blind is an unblinding of its own, often with the same reason.
    sentences = dict.fromkeys(f'On {one.at[:10]} {one.actor} unblinded the results ("{one.reason}").' for one in found)
    said = " ".join(sentences)
    after = facts.methods.readings.after_unblinding
    return f"{said} {plural(after, 'reading')} {verb(after, 'was', 'were')} committed after that." if after else said


READINGS: tuple[Statement[Facts], ...] = (
    *TRAINING,
    Statement("unread", _unread),
    Statement("readings", _readings),
    Statement("open-readings", _open),
    Statement("withdrawn-readers", _withdrawn),
    Statement("read-by-several", _several),
    Statement("read-by-one", _single),
    Statement("randomised", _randomised),
    Statement("hidden", _hidden),
    Statement("revealed", _revealed),
    Statement("redacted", _redacted),
    Statement("unredacted", _unredacted),
    Statement("blinding-assessment", _assessments),
    Statement("declined-cases", _declined),
    Statement("annotated", _annotations),
    Statement("nothing-annotated", _no_annotations),
    Statement("label-sets", _label_sets),
    Statement("judged-sentences", _sentences),
    Statement("judged-criteria", _criteria),
    Statement("rated-axes", _axes),
    Statement("answer-scales", _answer_scales),
    *(Statement(f"stated-{scale.name}", partial(_levels, scale)) for scale in SCALES),
    Statement("repeats", _repeats),
    Statement("washout", _washout),
    Statement("consensus", _consensus),
    Statement("adjudicated", _adjudicated),
    Statement("adjudicators-read", _adjudicators_read),
    Statement("reviewed-scores", _reviewed),
    Statement("one-version", _one_version),
    Statement("versions", _versions),
    Statement("consistency", _inconsistencies),
    Statement("corrections", _corrections),
    Statement("unblinded", _unblinded),
)
