"""The methods paragraph of a report: what was done, in sentences, from what the study file holds. Nothing is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doubleread import __version__
from doubleread.domain.formatting import short
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.wording import plural
from doubleread.sessions.conduct import Conduct, Making
from doubleread.sessions.results import ProtocolVersion, Results
from doubleread.sessions.results.versions import SHOWN
from doubleread.statistics import OVERLAP


def methods(results: Results, conduct: Conduct) -> tuple[str, ...]:
    """Return the paragraphs. While the study is blind, nothing in them tells which models took part."""
    return tuple(" ".join(part) for part in (_models(results, conduct), _readers(results, conduct), _figures(results)))


def _models(results: Results, conduct: Conduct) -> Iterator[str]:
    kinds = " and ".join(f"{count} of kind {kind}" for kind, count in conduct.kinds.items())
    yield f"Two language models answered the same {plural(results.cases, 'case')} ({kinds})."
    if not results.blindness.named:
        yield "Which models, and how they were run, stays out of this page until every reading is committed."
    else:
        for model, making in zip(results.models, conduct.making, strict=True):
            yield _model(model.name, making)
    decoding = conduct.protocol.decoding
    how = (
        "The likeliest token was taken at each step (temperature 0)"
        if decoding.temperature == 0
        else f"Tokens were drawn (temperature {short(decoding.temperature)}, top-k {decoding.top_k},"
        f" top-p {short(decoding.top_p)}, min-p {short(decoding.min_p)}, seed {decoding.seed})"
    )
    if any(making.answers > making.imported for making in conduct.making):
        yield f"{how}, with at most {decoding.max_tokens} tokens for an answer; each case had a context of its own."
    yield f"The prompt template was {conduct.protocol.prompt.name} (sha256 {conduct.protocol.prompt.sha256[:16]})."


def _model(name: str, making: Making) -> str:
    if not making.answers:
        return f"{name} has not answered yet."
    when = _between(making.first_at, making.last_at)
    if making.imported == making.answers:
        return f"The answers of {name} were made elsewhere and imported ({when})."
    parts = []
    for label, question in (("", "quantisation"), ("sha256 ", "sha256 of the GGUF"), ("llama.cpp ", "llama.cpp")):
        if replies := making.said(question):
            parts.append(label + " and ".join(reply[:16] for reply in replies))
    if device := making.said("device"):
        parts.append(f"on {' and '.join(device)}")
    imported = f"; {making.imported} of its answers were imported" if making.imported else ""
    return f"{name} ({', '.join(parts)}) answered {when}{imported}."


def _between(first: str, last: str) -> str:
    days = [moment[:10] for moment in (first, last) if moment]
    if not days:
        return "at an unknown time"
    return f"on {days[0]}" if days[0] == days[-1] else f"between {days[0]} and {days[-1]}"


def _readers(results: Results, conduct: Conduct) -> Iterator[str]:
    progress = results.progress
    if not progress.readers:
        yield "Nobody has read the answers yet."
        return
    several = results.agreement.cases
    yield (
        f"{plural(len(progress.readers), 'reader')} committed {plural(progress.committed, 'reading')}"
        f" ({_between(conduct.read_from, conduct.read_to)}); {several} of {plural(results.cases, 'case')} were read by"
        " two readers or more."
    )
    yield (
        "Readers saw both answers side by side, on sides drawn for each reader and case. Until a reading was committed,"
        " the models' names, files and sizes, the key and the automatic scores were hidden; afterwards the reader saw"
        f" the key{' and the names' if conduct.protocol.reveal_names else ', and still no names'}."
    )
    if conduct.covered:
        yield (
            f"In {conduct.covered} of these readings, words by which an answer named its model were covered on the"
            " screen."
        )
    if asked := results.guesses.all.asked:
        yield f"Readers were asked {plural(asked, 'time')} which of two answers was whose, to test the blinding."
    if progress.outside_field:
        yield f"In {plural(progress.outside_field, 'reading')} the reader declined the case as outside the own field."
    categories = ", ".join(label.name for label in conduct.labels.categories)
    grades = ", ".join(label.name for label in conduct.labels.severities)
    yield (
        f"Each marked stretches of the answers with the label set {conduct.labels.name} ({categories}; {grades}),"
        " and omissions apart."
    )
    if results.sentences.any:
        said = ", ".join(label.name for label in SENTENCE_JUDGEMENTS)
        must = "had to judge every sentence" if conduct.protocol.sentences == "required" else "could judge sentences"
        yield f"Readers {must} ({said}), each by itself; a judgement of a sentence is no finding."
    yield from _repeats(results)
    if (adjudicated := results.adjudicated) is not None:
        yield (
            f"In {plural(adjudicated.cases, 'case')} an arbiter, blind to the model, settled where the readers differ;"
            " settled cases are counted once each, beside the raw readings."
        )
    yield from _versions(results.versions)
    if conduct.corrections:
        yield f"After a commit there were {plural(conduct.corrections, 'correction')}, with reasons, in the log."
    for unblinding in results.blindness.unblinded:
        yield f'On {unblinding.at[:10]} {unblinding.actor} unblinded the results ("{unblinding.reason}").'


def _versions(versions: Sequence[ProtocolVersion]) -> Iterator[str]:
    """Say how many readings were made under which version of the protocol."""
    if len(versions) == 1:
        yield f"All readings were made under one version of the protocol (sha256 {versions[0].sha256[:16]})."
        return
    yield f"The protocol had {plural(len(versions), 'version')}."
    for version in versions:
        name = f"version {version.number}" if version.number else "a version that was decided in a copy of the study"
        what = f", which changed {', '.join(version.changed)}" if version.changed else ""
        why = f' ("{version.reason}")' if version.reason else ""
        again = f" and {plural(version.repeats, 'reading')} of cases that came again" if version.repeats else ""
        yield (
            f"{plural(version.readings, 'reading')}{again} were made under {name}"
            f" (sha256 {version.sha256[:SHOWN]}{f', since {version.since[:10]}' if version.since else ''}){what}{why}."
        )


def _repeats(results: Results) -> Iterator[str]:
    if own := results.self_agreement:
        readings = sum(version.repeats for version in results.versions)
        yield (
            f"{plural(own[0].cases, 'case')} came to a reader twice, unmarked; what was said the second time"
            f" ({plural(readings, 'reading')}) tells how far readers agree with themselves, and counts nowhere else."
        )


def _settled(results: Results) -> str:
    settled = sum(model.overall.settled for model in results.models)
    if not settled:
        return ""
    return (
        f" {plural(settled, 'score')} that the program could not be sure of"
        f" {'was' if settled == 1 else 'were'} settled by a person, blind to the model (choices also to the key,"
        " diagnoses on the scale of Bond); what the automatic scores say alone stands beside it."
    )


def _figures(results: Results) -> Sequence[str]:
    axes = (
        [
            "By each axis a case goes to the model that more readers held for better; p values of the sign test are"
            " corrected for the number of axes by Holm and by Benjamini and Hochberg."
        ]
        if results.axes
        else []
    )
    return (
        "Shares have Wilson's interval, differences of shares on the same cases Newcombe's (method 10), all at 95 %;"
        " models are compared by McNemar's test, exact and mid-p.",
        "Rates, coefficients of agreement and their differences have bias-corrected and accelerated bootstrap intervals"
        " over cases, so that both answers to a case and all readings of it stay together.",
        "Unparsed, refused and truncated answers are counted as wrong and, beside that, left out; a free-text diagnosis"
        f" is right or wrong only where people say so.{_settled(results)}",
        "Groups are compared in findings an answer by Fisher's randomisation test, exact; p values of groups are"
        " corrected by Holm and by Benjamini and Hochberg.",
        *axes,
        f"Two findings are at the same stretch where they share {short(OVERLAP)} of the shorter one; labels that have"
        " an order are compared by kappa with linear weights and by the ordinal alpha.",
        f"Everything was computed by doubleread {__version__}.",
    )
