"""Small studies, each with something to report that the others do not have, and what a report says of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import training_study
from doubleread.cases.containers import opened
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.record import case_from_record
from doubleread.domain.adjudication import Decision
from doubleread.domain.answer import Answer
from doubleread.domain.axes import MED_PALM
from doubleread.domain.background import Background
from doubleread.domain.bond import BondGrade
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.prompts import Example
from doubleread.domain.retrieval import Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.spans import Span
from doubleread.domain.study import Decoding, Protocol
from doubleread.domain.tasks import TASKS
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.reports.facts import Facts
from doubleread.reports.page import report_page
from doubleread.reports.results_table import ResultsTables, results_tables
from doubleread.results import Results, results, unblind
from doubleread.results.outline import outline
from doubleread.results.section import Section
from doubleread.results.study_methods import study_methods
from doubleread.runs.importing import import_answers
from doubleread.runs.importing_annotations import AnnotationImport, import_annotations
from doubleread.runs.saving import scores_of
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.consensus import ConsensusSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions import adjudicated_study, judged_twice, rubric_study
from sessions.judged_study import FORMULA, answered_study, read, side_of
from sessions.making import ARMS, DEVICE, choice_case, make_study

GREEDY = {"temperature": 0.0, "top_k": 40, "repeat_penalty": 1.0, "seed": 1, "max_tokens": 768}
ROLES = (replace(ARMS[0], role="general"), replace(ARMS[1], role="biomedical"))
REVIEWER = "R-09"


@dataclass(frozen=True)
class Reported:
    """All that is said of one study. `page` is the report's text without markup, blanks made one."""

    facts: Facts
    page: str
    tables: ResultsTables
    sections: dict[str, Section]

    @property
    def results(self) -> Results:
        return self.facts.results


def reported(study: StudyFile) -> Reported:
    found = results(study)
    facts = Facts(found, study_methods(study, found))
    html = "".join(
        report_page(found, facts.methods, case_details(study, blinding_of(study)), "2026-03-09T12:00:00.000Z")
    )
    page = " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)).split())
    return Reported(facts, page, results_tables(found), {section.key: section for section in outline(found)})


def manifest(study: StudyFile, **changed) -> dict:
    """A manifest as the engine writes it, as far as reports read it."""
    return {
        "model_file": "alpha.gguf",
        "model_sha256": "1" * 64,
        "model": {"architecture": "llama", "quantisation": "Q8_0"},
        "llama_cpp": "b7000",
        "llama_cpp_python": "0.3.16",
        "device": "CPU",
        "layers": 12,
        "offloaded_layers": 0,
        "n_threads": 4,
        "sampler": GREEDY,
        "study_seed": 1,
        "template_sha256": "t" * 64,
        "prompt_template_sha256": study.protocol.prompt.sha256,
        "prompt_sha256": "p" * 64,
        "completion_tokens": 50,
        "prefill_seconds": 1.0,
        "decode_seconds": 2.0,
        "started_at": "2026-03-01T12:00:00.000Z",
        "finished_at": "2026-03-02T12:00:03.000Z",
        **changed,
    }


def record(
    study: StudyFile, case_id: str, arm_id: str, *, text="B. She has a rash.", reason="stop", reasoning="", **own
):
    answer = Answer(
        f"{case_id}/{arm_id}", case_id, arm_id, text, "2026-03-01", "2026-03-01", reason, own, reasoning=reasoning
    )
    study.answers.record(answer, [Score("choice", "1", "correct", "B", "letter", 0, 1, 0.9)])


def empty(folder: Path) -> StudyFile:
    """Two cases and nothing else."""
    return make_study(folder / "s", 2)


def partial(folder: Path) -> StudyFile:
    """One arm has answered one of two cases."""
    study = make_study(folder / "s", 2)
    record(study, "case-0", "one", **manifest(study))
    return study


def bare(folder: Path) -> StudyFile:
    """Four choices and two diagnoses, all answered, with manifests that record little; nobody has read."""
    return answered_study(folder / "s")


def one_setting(folder: Path) -> StudyFile:
    """Both arms have the same model; one has another temperature."""
    arms = (ARMS[0], replace(ARMS[0], id="two", name="Warm", decoding={"temperature": 0.5}))
    return make_study(folder / "s", 2, arms=arms)


def alike(folder: Path) -> StudyFile:
    """Both arms have the same model and the same settings."""
    return make_study(folder / "s", 2, arms=(ARMS[0], replace(ARMS[0], id="two", name="Twin")))


def generated(folder: Path) -> StudyFile:
    """Two cases whose answers have whole manifests, all alike."""
    study = make_study(folder / "s", 2)
    for case_id in study.case_ids():
        for arm in ARMS:
            record(study, case_id, arm.id, **manifest(study))
    return study


def preset_task(folder: Path) -> StudyFile:
    """As `generated`, under the protocol of a preset task, with an example."""
    task = TASKS["clue-mednli"].applied(Protocol())
    example = Example("She has no fever.", "She is febrile.", "contradiction", kind="inference")
    protocol = replace(task, prompt=replace(task.prompt, examples=(example,)))
    study = make_study(folder / "s", 2, protocol=protocol)
    for case_id in study.case_ids():
        for arm in ARMS:
            record(study, case_id, arm.id, **manifest(study))
    return study


SAMPLED = Protocol(samples=3, decoding=Decoding(temperature=0.8))


def repeated(folder: Path) -> StudyFile:
    """Each arm answered four choices and a diagnosis three times, with manifests; one arm always alike."""
    study = make_study(folder / "s", 4, diagnoses=1, protocol=SAMPLED)
    for number, case_id in enumerate(study.case_ids()):
        for arm in ARMS:
            for sample in range(SAMPLED.samples):
                letter = "B" if arm is ARMS[1] or sample <= number else "A"
                own = manifest(study, sampler={**GREEDY, "temperature": 0.8, "seed": 100 + sample})
                answer = Answer(
                    f"{case_id}/{arm.id}/{sample}", case_id, arm.id, f"{letter}.", "", "", "stop", own, sample=sample
                )
                outcome = "correct" if letter == "B" else "incorrect"
                study.answers.record(answer, [Score("choice", "1", outcome, letter, "letter", 0, 1)])
    return study


def partly_repeated(folder: Path) -> StudyFile:
    """The protocol asks for three answers to each of two choices; both arms have given the first ones."""
    study = make_study(folder / "s", 2, protocol=SAMPLED)
    for case_id in study.case_ids():
        for arm in ARMS:
            record(study, case_id, arm.id, **manifest(study))
    return study


def measured(folder: Path) -> StudyFile:
    """A case of each kind that a scorer measures or labels; one arm answers by the key, the other at random."""
    common = {"text": "A man of 60 has fever and type 2 diabetes.", "question": "What is it?"}
    records = (
        {"kind": "inference", "key": "neutral"},
        {"kind": "summary", "key": "A man of 60 with fever."},
        {"kind": "coding", "key": ["E11.9", "R50.9"]},
        {"kind": "extraction", "key": {"age": 60, "weight": None, "findings": ["fever", "diabetes"]}},
    )
    cases = [case_from_record({**common, "id": record["kind"], **record}) for record in records]
    answers = (
        ("neutral", "A man of 60 with fever.", "E11.9\nR50.9", '{"age": 60, "weight": null, "findings": ["fever"]}'),
        ("contradiction", "He is ill.", "ICD-10: I10", '{"age": 61, "weight": 80, "findings": []}'),
    )
    study = StudyFile.create(folder / "s", cases=cases, arms=ARMS, protocol=Protocol(), device=DEVICE, secret=b"s" * 32)
    for arm, texts in zip(ARMS, answers, strict=True):
        for case, text in zip(cases, texts, strict=True):
            answer = Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, "", "", "stop", manifest(study))
            study.answers.record(answer, scores_of(study, answer))
    return study


def long_cases(folder: Path) -> StudyFile:
    """A question of LongHealth for each task, answered twice; one arm got fewer documents, by an estimate."""
    protocol = Protocol(samples=2, document_order="shuffled")
    file = Path(__file__).parents[1] / "data" / "longhealth.json"
    cases = [longhealth_pack(opened(file), task=task).cases[0] for task in (1, 2, 3)]
    study = StudyFile.create(folder / "s", cases=cases, arms=ARMS, protocol=protocol, device=DEVICE, secret=b"s" * 32)
    for case in cases:
        ids = [document.id for document in case.documents]
        for arm, letter in zip(ARMS, (case.key, "A"), strict=True):
            cut = arm is ARMS[1]
            given = {"order": ids, "left_out": ids[-1:] if cut else [], "counted": "estimate" if cut else "server"}
            for sample in range(2):
                own = manifest(study, documents=given)
                text = f"The correct answer is {letter}: x"
                answer = Answer(
                    f"{case.id}/{arm.id}/{sample}", case.id, arm.id, text, "", "", "stop", own, sample=sample
                )
                study.answers.record(answer, scores_of(study, answer))
    return study


def drifted(folder: Path) -> StudyFile:
    """Answers of one arm were generated under two configurations; one ended at the limit, one came with reasoning."""
    study = make_study(folder / "s", 2)
    warm = {**GREEDY, "temperature": 0.7}
    record(study, "case-0", "one", reason="length", **manifest(study))
    record(study, "case-1", "one", reasoning="Rash?", **manifest(study, device="GPU", sampler=warm))
    for case_id in study.case_ids():
        record(study, case_id, "two", **manifest(study, prompt_template_sha256="0" * 64))
    return study


def imported(folder: Path) -> StudyFile:
    """All answers come from files that say nothing of how they were generated."""
    study = make_study(folder / "s", 2)
    for arm in ARMS:
        file = folder / f"{arm.id}.jsonl"
        lines = [f'{{"case_id": "{case_id}", "text": "Answer: B"}}' for case_id in study.case_ids()]
        file.write_text("\n".join(lines), encoding="utf-8")
        import_answers(study, file, arm)
    return study


def imported_with_dates(folder: Path) -> StudyFile:
    """One answer comes from a file that has its time."""
    study = make_study(folder / "s", 2)
    file = folder / "one.jsonl"
    file.write_text('{"case_id": "case-0", "text": "B", "finished_at": "2025-02-03T04:05:06Z"}', encoding="utf-8")
    import_answers(study, file, ARMS[0])
    return study


def one_reader(folder: Path) -> StudyFile:
    """One reader has committed all cases; a second one is registered and has not begun. The results are unblinded."""
    study = answered_study(folder / "s")
    read(study, "R-01", 6)
    study.readers.register("R-02")
    unblind(study, "lead", "interim analysis")
    return study


def two_readers(folder: Path) -> StudyFile:
    """Two readers have committed all cases; one of them is described."""
    study = answered_study(folder / "s")
    for reader in ("R-01", "R-02"):
        read(study, reader, 6)
    study.readers.describe("R-01", "reader", "internist, 12 years")
    return study


def rated(folder: Path) -> StudyFile:
    """A reader has stated each level of every ordinal scale once."""
    study = answered_study(folder / "s")
    study.change_protocol(replace(study.protocol, **{scale.name: True for scale in SCALES}), "wanted")
    session = ReadingSession(study, "R-01")
    for level in range(1, 6):
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        for scale in SCALES:
            session.state_level(scale.name, min(level, scale.highest))
        session.commit()
        session.next_open()
    session.leave()
    return study


def withdrawn(folder: Path) -> StudyFile:
    """Two readers; one of them was withdrawn after two cases."""
    study = answered_study(folder / "s")
    read(study, "R-01", 6)
    read(study, "R-02", 2)
    study.readers.withdraw("R-02", "moved", "lead")
    return study


def skipped(folder: Path) -> StudyFile:
    """Two lines of the case file had errors; one of them had two."""
    problems = [{"file": "cases.jsonl", "line": line, "reason": "no key"} for line in (3, 3, 5)]
    return StudyFile.create(
        folder / "s", cases=[choice_case(0)], arms=ARMS, protocol=Protocol(), device=DEVICE, left_out=problems
    )


def blind(folder: Path) -> StudyFile:
    """A reader has committed two of six cases and opened a third one."""
    study = answered_study(folder / "s")
    read(study, "R-01", 3)
    ReadingSession(study, "R-01").next_open()
    return study


def read_after_unblinding(folder: Path) -> StudyFile:
    """A reader went on after the results had been unblinded."""
    study = answered_study(folder / "s")
    read(study, "R-01", 1)
    unblind(study, "lead", "interim analysis")
    read(study, "R-02", 1)
    return study


def _judged(folder: Path, protocol: Protocol, texts=("B.", "B."), arms=ARMS) -> StudyFile:
    cases = [choice_case(number) for number in range(2)]
    study = StudyFile.create(folder / "s", cases=cases, arms=arms, protocol=protocol, device=DEVICE, secret=b"s" * 32)
    for case in cases:
        for arm, text in zip(arms, texts, strict=True):
            record(study, case.id, arm.id, text=text, **manifest(study))
    return study


def _commit_all(study: StudyFile, reader_id: str = "R-01", **judged) -> ReadingSession:
    session = ReadingSession(study, reader_id)
    while True:
        session.judge(**(judged or {"verdicts": {"A": "correct", "B": "incorrect"}, "preference": "tie"}))
        for scale in session.scales:
            session.state_level(scale.name, scale.highest)
        session.commit()
        if not session.next_open():
            return session


def nothing_marked(folder: Path) -> StudyFile:
    """A reader annotated nothing, under a protocol that reveals nothing and hides no words."""
    study = _judged(folder, Protocol(reveal_key=False, redact=False, blinding_assessment="never"))
    _commit_all(study)
    return study


def self_naming(folder: Path) -> StudyFile:
    """The answers name their models; the commit reveals names; the reader had a guideline."""
    protocol = Protocol(reveal_names=True, guideline="Mark every hallucination.", blinding_assessment="never")
    study = _judged(folder, protocol, ("I am Alpha-7B. B.", "B."))
    _commit_all(study)
    return study


def assessed(folder: Path) -> StudyFile:
    """The reader assessed which answer is whose."""
    study = _judged(folder, Protocol(), arms=ROLES)
    session = _commit_all(study)
    for case in session.asked_at_the_end():
        session.assess_blinding("A", case.reading_id)
    return study


def imported_annotations(folder: Path) -> StudyFile:
    """An annotation of the reader comes from a file."""
    study = answered_study(folder / "s")
    study.readers.register("R-01")
    file = folder / "spans.csv"
    row = f"case-0/one,0,13,{FORMULA[:13]},fabrication,major"
    file.write_text(f"answer_id,start,end,quote,category,severity\n{row}\n", encoding="utf-8")
    import_annotations(study, file, AnnotationImport(reader_id="R-01"))
    return study


def declined(folder: Path) -> StudyFile:
    """The reader declined every case."""
    study = _judged(folder, Protocol(blinding_assessment="never"))
    _commit_all(study, outside_field=True)
    return study


def sentences(folder: Path) -> StudyFile:
    """The reader judged sentences."""
    study = _judged(folder, Protocol(blinding_assessment="never"), ("B. A rub. Heard.", "B. No rub. Quiet."))
    session = ReadingSession(study, "R-01")
    while True:
        for side in ("A", "B"):
            for span in sentences_to_judge(session.answers()[side].text):
                session.judge_sentence(side, span, "supported" if side == "A" else "incorrect")
        session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="tie")
        session.commit()
        if not session.next_open():
            return study


def rubrics(folder: Path) -> StudyFile:
    """Two readers judged the criteria of rubrics."""
    study = rubric_study.make_study(folder / "s", cases=2)
    rubric_study.read(study, "R-01", ("mmn", "nnm"), ("mnn", "n?m"))
    rubric_study.read(study, "R-02", ("mnn", "nnm"), ("mnn", "nnn"))
    return study


def twice(folder: Path) -> StudyFile:
    """A reader read every case twice, rated axes and corrected one reading; the protocol then changed."""
    study = judged_twice.twice_study(folder / "s")
    judged_twice.read_all(study, "R-01", judged_twice.steady)
    session = ReadingSession(study, "R-01")
    session.goto(session.case_list()[0][0])
    session.mark("A", "answer", Span(0, 3), "negation", "minor", reason="overlooked")
    session.leave()
    study.change_protocol(replace(study.protocol, guideline="Mark all."), "readers asked")
    return study


def scaled(folder: Path) -> StudyFile:
    """A reader has rated both answers of two cases on MedVAL's scale of risk: arm one 4 and 2, arm two 1 and 1."""
    study = answered_study(folder / "s")
    study.change_protocol(replace(study.protocol, answer_scales=("medval-risk",)), "wanted")
    session = ReadingSession(study, "R-01")
    for level in (4, 2):
        session.rate_answer(side_of(session, "one"), "risk", level)
        session.rate_answer(side_of(session, "two"), "risk", 1)
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        session.next_open()
    session.leave()
    return study


def checked(folder: Path) -> StudyFile:
    """A reader was asked about inconsistencies at both commits, and confirmed one at the first."""
    study = answered_study(folder / "s")
    session = ReadingSession(study, "R-01")
    for preference in ("B", "A"):
        session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference=preference)
        session.commit(session.inconsistencies())
        session.next_open()
    session.leave()
    return study


def rated_by_two(folder: Path) -> StudyFile:
    """Two readers read every case twice and rated axes."""
    study = judged_twice.twice_study(folder / "s")
    for reader in ("R-01", "R-02"):
        judged_twice.read_all(study, reader, judged_twice.steady)
    return study


def adjudicated(folder: Path) -> StudyFile:
    """An adjudicator resolved one case."""
    study = adjudicated_study.make_study(folder / "s", 2)
    adjudicated_study.read_twice(study)
    _resolve(study)
    return study


def consensus(folder: Path) -> StudyFile:
    """After their own readings, one reader revised a verdict and omitted words; one is not done."""
    protocol = Protocol(axes=MED_PALM[:2], consensus=True)
    study = adjudicated_study.make_study(folder / "s", 2, protocol)
    adjudicated_study.read_twice(study)
    first, second = adjudicated_study.READERS
    for reader in (first, second):
        adjudicated_study.read(study, reader, "case-1")
    session = ConsensusSession(study, second)
    for subject in ("verdict", "omission"):
        difference = next(one for one in session.differences if one.subject == subject)
        session.take(difference.id, 1, "convinced")
    session.close_case()
    ConsensusSession(study, first).leave()
    return study


def adjudicated_by_a_reader(folder: Path) -> StudyFile:
    """The adjudicator has read a case too."""
    study = adjudicated_study.make_study(folder / "s", 2)
    adjudicated_study.read_twice(study, "case-1")
    adjudicated_study.read(study, adjudicated_study.ADJUDICATOR, "case-0", ("angina pectoris", "fabrication", "major"))
    _resolve(study)
    return study


def _resolve(study: StudyFile) -> None:
    session = AdjudicationSession(study, adjudicated_study.ADJUDICATOR)
    for difference in session.differences:
        session.decide(difference.id, Decision.take(0))
    session.commit()


def reviewed(folder: Path) -> StudyFile:
    """A person decided the score of a choice and of a diagnosis."""
    study = answered_study(folder / "s")
    study.readers.register(REVIEWER)
    study.readers.describe(REVIEWER, "adjudicator", "internist")
    study.overrides.decide(REVIEWER, "case-3/one", Ruling(chosen="B"), before=None)
    study.overrides.decide(REVIEWER, "case-4/one", Ruling(grade=BondGrade.EXACT), before=None)
    return study


PASSAGES = ("Beta blockers slow the heart.", "A rub is heard in pericarditis.")


def retrieving(folder: Path, *, unblinded: bool = True) -> StudyFile:
    """One arm was given passages of a corpus; a reader linked one of two marked spans to one of them."""
    retrieval = Retrieval("/c/heart.corpus", 2, "hybrid", "text+question", 400, "heart", "c" * 64, 12, 340)
    arms = (ARMS[0], replace(ARMS[1], retrieval=retrieval))
    cases = [replace(choice_case(number), extra={"gold_passages": ["h.md", "not there"]}) for number in range(2)]
    study = StudyFile.create(folder / "s", cases=cases, arms=arms, protocol=Protocol(), device=DEVICE, secret=b"s" * 32)
    given = [RetrievedPassage(n, "h.md", "Heart", 0, len(text), text, 1.0) for n, text in enumerate(PASSAGES, start=1)]
    for number, case in enumerate(cases):
        record(study, case.id, "one", **manifest(study))
        entry = {"retrieval": manifest_entry(retrieval, given if number == 0 else [])}
        record(study, case.id, "two", **manifest(study, **entry))
    session = ReadingSession(study, "R-01")
    side = "A" if session.case.id + "/two" == session.reading.answer_ids["A"] else "B"
    marked = session.mark(side, "answer", Span(0, 2), "fabrication", "minor")
    session.mark(side, "answer", Span(3, 6), "fabrication", "minor")
    session.link(marked.id, Span(0, 4), "supports", source=given[0].source, text=PASSAGES[0])
    session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
    session.commit()
    if unblinded:
        unblind(study, "lead", "done")
    return study


Builder = Callable[[Path], StudyFile]


def trained(folder: Path) -> StudyFile:
    """A reader passed the training in the second round, drifted in a hidden repeat, and stated their background."""
    study = training_study.make_training_study(folder / "s", cases=2)
    training_study.train(study, wrong=["t0"])
    session = training_study.open_session(study)
    for _ in range(3):
        if session.case.id.startswith("t"):
            training_study.judge(session, well=False)
        else:
            session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
            session.commit()
        session.next_open()
    session.state_background(Background("Cardiology", "nurse", 7, "Norway"))
    session.leave()
    return study


def untrained(folder: Path) -> StudyFile:
    """The training of one of two readers was waived, and both have read; both have the same profession."""
    study = training_study.make_training_study(folder / "s", cases=1)
    for reader_id in ("R-01", "R-02"):
        study.readers.register(reader_id)
        study.training.waive(reader_id, "trained elsewhere", "lead")
        session = training_study.open_session(study, reader_id)
        years, country = (5, "Chad") if reader_id == "R-01" else (9, "chad")
        session.state_background(Background(profession="nurse", years=years, country=country))
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        session.leave()
    return study


BUILDERS: tuple[Builder, ...] = (
    empty, partial, bare, one_setting, alike, generated,
    drifted, imported, imported_with_dates, one_reader, two_readers, blind,
    read_after_unblinding, nothing_marked, self_naming, assessed, imported_annotations, declined, sentences, rubrics,
    rated, twice, rated_by_two, adjudicated, adjudicated_by_a_reader, reviewed, withdrawn, skipped,
    repeated, partly_repeated, measured, long_cases, preset_task, scaled, retrieving, trained, untrained, checked,
    consensus,
)  # fmt: skip

__all__ = ["BUILDERS", "Reported", "reported", "side_of"]
