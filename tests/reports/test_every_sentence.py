"""For every sentence, caption, table and item that a report can print: a study that must have it, one that must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import doubleread.reports
from doubleread.domain.ordinal_scales import SCALES
from doubleread.reports.answers_methods import ANSWERS
from doubleread.reports.checklist import OUTSIDE, QUESTIONS
from doubleread.reports.introductions import INTRODUCTIONS
from doubleread.reports.readings_methods import READINGS
from doubleread.results.notes import NOTES
from doubleread.results.outline import CHAPTERS, SECTIONS
from reports import small_studies as s

SENTENCES = {
    "answered": (s.bare, "Two arms answered the same 6 cases (4 of kind choice and 2 of kind diagnosis).", s.partial),
    "partly-answered": (s.partial, "answers so far: Alpha-7B 1 and Beta-7B 0.", s.bare),
    "unanswered": (s.empty, "no answer is recorded.", s.partial),
    "samples": (
        s.repeated,
        "Each arm answered each case 3 times, with recorded seeds; readers read the first answer.",
        s.partly_repeated,
    ),
    "fewer-samples": (s.partly_repeated, "of which readers read the first; 4 of 12 answers are recorded.", s.repeated),
    "documents": (
        s.long_cases,
        "12 answers had the documents of the case in the prompt, shuffled differently for each case and sample by the"
        " recorded seed; in 6 of them, documents were left out because the context had no room (6 of 64 documents in"
        " all).",
        s.generated,
    ),
    "estimated-lengths": (s.long_cases, "For 6 answers, the length of the prompt was estimated", s.generated),
    "skipped-lines": (s.skipped, "2 lines of the case files were skipped because of errors.", s.empty),
    "arms-unnamed": (s.blind, "The arms are not named in this report", s.two_readers),
    "arms-generated": (s.generated, "llama.cpp b7000, on CPU) generated 2 answers.", s.imported),
    "dates": (s.imported_with_dates, "1 answer was generated on 2025-02-03.", s.imported),
    "dates-not-recorded": (s.imported, "The date of generation is not recorded for any answer.", s.generated),
    "imported": (s.imported, "Imported from files: 2 answers of Alpha-7B from one.jsonl;", s.generated),
    "decoding": (s.generated, "Decoding settings: temperature 0.0, repetition penalty 1.0, seed 1,", s.imported),
    "decoding-not-recorded": (s.imported, "The decoding configuration (temperature, seed, token limit)", s.generated),
    "prompt": (s.generated, "Prompt template: plain-1, sha256 ", s.imported),
    "task": (
        s.preset_task,
        "Prompt and decoding follow the preset task clue-mednli (Romanov and Shivade 2018; Dada et al. 2024, arXiv"
        " 2404.04067; github TIO-IKIM/CLUE, read in November 2026), with 1 solved example in the prompt. The preset"
        " deviates from its source: the prompt is worded differently; temperature 0",
        s.generated,
    ),
    "prompt-not-recorded": (s.imported, "The prompt is not recorded for any answer.", s.generated),
    "retrieval": (
        s.retrieving,
        "Beta-7B was given the 2 best passages of the corpus heart (12 documents, 340 passages, identity cccccccccccc)",
        s.generated,
    ),
    "separate-contexts": (
        s.generated,
        "Each of the 4 generated answers was requested in a separate context",
        s.imported,
    ),
    "truncated": (s.drifted, "1 answer ended at the token limit.", s.generated),
    "reasoning": (s.drifted, "1 answer came with reasoning,", s.generated),
    "arms-differ": (s.one_setting, "The arms differ in temperature (0.0 and 0.5).", s.alike),
    "configuration-drift": (s.drifted, "The configuration differs within an arm", s.generated),
    "training": (
        s.trained,
        "Before they read cases of the study, 1 reader judged 2 training cases with reference annotations, in 3"
        " attempts, with feedback after each. The threshold was a training score of 80.0%; 1 of 1 reader reached it"
        " (R-01 100.0%), 1 of them after more than one round.",
        s.untrained,
    ),
    "training-waived": (s.untrained, "The training of 2 readers was waived (R-01 and R-02);", s.trained),
    "training-drift": (
        s.trained,
        "To measure drift, training cases came again, unmarked, among the cases of the study, in 1 reading: the mean"
        " score was 0.00, and 1.00 for the same readers and cases in training (difference -1.00). The scores in"
        " training had to reach the threshold, so that some fall is expected without drift",
        s.untrained,
    ),
    "backgrounds": (
        s.untrained,
        "Background, as stated by 2 assessors: profession: nurse 2; country: Chad 2; a median of 7 years of experience"
        " (range 5 to 9).",
        s.one_reader,
    ),
    "identifying-background": (
        s.trained,
        "Of these, Cardiology, nurse and Norway belong to a single assessor",
        s.untrained,
    ),
    "unread": (s.bare, "No reading has been committed.", s.one_reader),
    "readings": (s.one_reader, "1 reader committed 6 readings on ", s.bare),
    "open-readings": (s.blind, "2 readings are open and not counted.", s.two_readers),
    "withdrawn-readers": (
        s.withdrawn,
        "1 reader was withdrawn; 2 committed readings by this reader are counted.",
        s.two_readers,
    ),
    "read-by-several": (s.two_readers, "6 of 6 cases were read by two or more readers.", s.one_reader),
    "read-by-one": (s.one_reader, "No case was read by more than one reader.", s.two_readers),
    "randomised": (s.one_reader, "was randomised for each reader and case in all 6 readings (on the left:", s.bare),
    "hidden": (s.one_reader, "its screen did not show the arms' names", s.bare),
    "revealed": (s.self_naming, "the answer key in both readings and the arms' names in both", s.nothing_marked),
    "redacted": (s.self_naming, "In 2 readings, words by which an answer identifies its model", s.one_reader),
    "unredacted": (s.nothing_marked, "Redaction of identifying words was switched off in 2", s.self_naming),
    "blinding-assessment": (
        s.assessed,
        "asked 2 times which answer was whose (1 correct and 1 incorrect).",
        s.one_reader,
    ),
    "declined-cases": (s.declined, "In 2 readings, the reader declined the case", s.one_reader),
    "annotated": (
        s.one_reader,
        "Readers made 6 annotations of hallucinations and marked 6 omissions.",
        s.nothing_marked,
    ),
    "nothing-annotated": (s.nothing_marked, "Readers annotated no hallucination and no omission.", s.declined),
    "label-sets": (s.one_reader, "Label set for annotations: creola-1 (fabrication, negation,", s.bare),
    **{
        f"stated-{scale.name}": (
            s.rated,
            f'In 5 readings, the reader answered "{scale.question}", {scale.ends}.',
            s.one_reader,
        )
        for scale in SCALES
    },
    "judged-sentences": (s.sentences, "Readers judged 12 single sentences", s.one_reader),
    "answer-scales": (
        s.scaled,
        "Readers rated each answer on risk. Instruments: medval-risk (MedVAL, arXiv 2507.03152;",
        s.one_reader,
    ),
    "judged-criteria": (
        s.rubrics,
        "Readers judged whether the answers to 2 cases meet the criteria of a rubric, in 24 judgements (met, not met,",
        s.one_reader,
    ),
    "rated-axes": (s.twice, "Readers compared the two answers on recall and bias.", s.one_reader),
    "repeats": (s.twice, "Readers read 4 cases a second time, unannounced.", s.two_readers),
    "washout": (s.twice, "The second readings began a median of 0 min after", s.two_readers),
    "adjudicated": (s.adjudicated, "1 adjudicator resolved the differences between readers in 1 case", s.two_readers),
    "adjudicators-read": (s.adjudicated_by_a_reader, "1 adjudicator had also read cases", s.adjudicated),
    "reviewed-scores": (s.reviewed, "1 person reviewed 2 automatic scores", s.two_readers),
    "one-version": (s.two_readers, "All readings were made under one version of the protocol", s.twice),
    "versions": (s.twice, "The protocol has 2 versions. 4 readings and 4 repeat readings were made", s.two_readers),
    "consensus": (
        s.consensus,
        "and kept or revised their reading with a reason. 2 readers saw others in 1 case, and revised 1 of 2 readings"
        " (annotation added 1, verdict changed 1); 1 came closer to the other readings, 0 moved away from them."
        " 1 reading was opened and not closed.",
        s.adjudicated,
    ),
    "consistency": (
        s.checked,
        "At the commit of 2 readings, judgements were checked for contradictions, such as preferring an answer judged"
        " incorrect; readers confirmed 1 in 1 reading as intended.",
        s.one_reader,
    ),
    "corrections": (s.twice, "1 correction was made after a commit", s.two_readers),
    "unblinded": (s.read_after_unblinding, '("interim analysis"). 1 reading was committed after that.', s.two_readers),
}
INTRODUCED = {
    "reading-counts": (s.two_readers, "12 committed readings by 2 readers.", s.bare),
    "confidential": (s.one_reader, "readers who still have cases to read (R-02).", s.two_readers),
    "no-answers": (s.empty, "No answer is recorded yet.", s.partial),
    "asked-sides": (s.assessed, "Readers were asked on which side one arm's answer was.", s.two_readers),
    "no-readings": (s.bare, "No reading is committed yet.", s.one_reader),
    "no-verdicts": (s.bare, "No reading is committed yet.", s.one_reader),
    "adjudicated-cases": (s.adjudicated, "An adjudicator resolved the differences in 1 case.", s.two_readers),
    "no-agreement": (s.one_reader, "No case was read by two readers, so their agreement is undefined.", s.two_readers),
    "mixed-values": (s.drifted, "If values differ within an arm,", s.generated),
    "appendix": (s.bare, "Every case with its answers.", s.empty),
    "unnamed-arms": (s.blind, "The arms are not named: each answer has its own label,", s.two_readers),
    "marks": (s.one_reader, "The label before an annotation (A1, B2)", s.nothing_marked),
    "evidence": (s.bare, "The evidence of an automatic score is underlined with dashes.", s.empty),
    "omission-marks": (s.one_reader, "Omissions (o1, o2) are marked in the text of the case", s.nothing_marked),
}
NOTED = {
    "proportions": (s.bare, "Proportions have 95% Wilson confidence intervals.", s.empty),
    "differences": (s.bare, "have 95% Newcombe intervals", s.partial),
    "mcnemar": (s.bare, "compared by McNemar's test", s.generated),
    "bootstrap": (s.self_naming, "bias-corrected and accelerated bootstrap", s.partial),
    "indeterminate": (s.bare, "the other 1 is in no proportion, because nobody has read its case.", s.generated),
    "measures-are-means": (s.measured, "Measures are means over cases.", s.generated),
    "published-scoring": (s.measured, "the first case of a kind counts twice, as in its code.", s.repeated),
    "repeated-runs": (s.repeated, "Repeated runs compare 24 answers to 4 cases (choices and inferences)", s.generated),
    "longhealth": (s.long_cases, "over all 12 scored answers to 3 questions, clustered by question", s.repeated),
    "clue-longhealth": (s.long_cases, "reads only “The correct answer is X:”", s.repeated),
    "documents-left-out": (s.long_cases, "In 6 of 12 answers to cases with documents", s.repeated),
    "unrepeated-cases": (s.repeated, "Repeated runs leave out 1 case of other kinds", s.partly_repeated),
    "diagnoses": (s.two_readers, "only if a person has judged it: 2 of 4 (50.0%) such answers.", s.generated),
    "score-review": (s.reviewed, "2 scores were decided by a person in score review", s.two_readers),
    "annotations": (s.one_reader, "(6 annotations and 6 omissions in 12 readings of an answer)", s.bare),
    "imported-annotations": (
        s.imported_annotations,
        "1 annotation of reader R-01 was imported from files; how it was made is not recorded.",
        s.one_reader,
    ),
    "declined": (s.declined, "2 readings that the reader declined as outside their field are left out.", s.one_reader),
    "sentences": (s.sentences, "proportions of the sentences that were judged, 12 of 12 (100.0%).", s.one_reader),
    "rubric": (
        s.rubrics,
        '"Cannot tell" counts as not met; readers chose it in 1 of 24 (4.2%) judgements.',
        s.one_reader,
    ),
    "group-p": (s.two_readers, "p values of groups are adjusted for their number", s.twice),
    "group-rates": (s.two_readers, "compared by Fisher's exact randomisation test", s.twice),
    "preference": (s.one_reader, "6 readings state a preference", s.bare),
    "axes": (s.twice, "On 2 axes, a case counts for the arm", s.two_readers),
    "inter-rater": (s.two_readers, "Inter-rater reliability is computed over 6 cases", s.one_reader),
    "before-consensus": (s.consensus, "as they were before the consensus round. After it,", s.two_readers),
    "prevalence": (s.two_readers, "in 6 of 12 (50.0%) answers that were read", s.one_reader),
    "ordinal": (s.two_readers, "For ordered labels, Cohen's kappa has linear weights", s.one_reader),
    "spans": (s.two_readers, "Two annotations match if they share at least 0.8", s.one_reader),
    "criteria-agreement": (s.rubrics, "Agreement on criteria compares 24 pairs of judgements", s.two_readers),
    "intra-rater": (s.twice, "Intra-rater reliability compares 4 repeat readings of 4 cases", s.two_readers),
    "bang": (s.assessed, "Blinding was assessed by Bang's index", s.one_reader),
    "software": (s.bare, "Statistics were computed with doubleread ", s.empty),
}
ITEMS = {
    "arms": (s.generated, "Alpha-7B, sha256 1111111111111111; Beta-7B", s.imported),
    "dates": (s.generated, "Alpha-7B: 2026-03-01 to 2026-03-02", s.imported),
    "decoding": (s.drifted, "Alpha-7B: temperature 0.0,", s.imported),
    "runs": (s.generated, "one run for each of 4 generated answers", s.imported),
    "prompts": (s.generated, "template plain-1, printed under Methods (4 answers)", s.imported),
    "sessions": (s.generated, "a separate context for each of 4 generated answers", s.imported),
    "web": (s.generated, "none for 4 answers generated by llama.cpp", s.imported),
    "output": (s.imported, "the text of 4 answers, unchanged", s.empty),
    "scores": (s.bare, "scorer choice 1: 12 answers", s.empty),
    "score-validity": (s.two_readers, "Beta-7B: 50.0% 1/2, kappa 0.00", s.imported),
    "compute": (s.generated, "Alpha-7B: CPU, layers on a GPU 0 of 12, threads 4, 100 tokens in 6 s", s.imported),
    "access": (s.generated, "llama.cpp b7000, llama-cpp-python 0.3.16", s.imported),
    "cases": (s.bare, "6 cases", s.empty),
    "truth": (s.two_readers, "human judgement of 2 free-text diagnoses", s.one_reader),
    "sample": (s.two_readers, "6 cases, 12 answers, 12 committed readings", s.bare),
    "assessors": (s.adjudicated, "2 readers, 1 adjudicator", s.bare),
    "qualifications": (s.two_readers, "R-01: internist, 12 years", s.one_reader),
    "instructions": (s.self_naming, "a guideline in 2 of 2 readings", s.twice),
    "training": (s.trained, "2 training cases with feedback; 1 of 1 reader reached a training score", s.untrained),
    "blinding": (s.self_naming, "identifying words redacted in 2 readings", s.bare),
    "read-twice": (s.two_readers, "6 of 6 (100.0%) cases", s.bare),
    "agreement": (s.two_readers, "verdict, Alpha-7B: AC1 1.00", s.one_reader),
    "intra-rater": (s.twice, "4 repeat readings; ", s.two_readers),
    "measures": (s.one_reader, "6 annotations and 6 omissions in 12 readings of an answer", s.bare),
    "comparison": (s.two_readers, "paired, accuracy in 4 cases and annotations in 6 cases", s.partial),
}
MISSING = {
    "arms": (s.imported, "version and identifier of the model of 4 answers", s.generated),
    "dates": (s.imported, "date of 4 answers; city and country", s.generated),
    "decoding": (s.imported, "settings of 4 answers", s.generated),
    "runs": (s.imported, "number of runs behind 4 imported answers", s.generated),
    "prompts": (s.imported, "prompt of 4 answers", s.generated),
    "sessions": (s.imported, "how 4 imported answers were requested", s.generated),
    "web": (s.imported, "web access of 4 answers", s.generated),
    "score-validity": (s.generated, "agreement of the scores of choices", s.adjudicated),
    "cases": (s.generated, "source of 2 cases; how the cases were chosen", s.bare),
    "qualifications": (s.two_readers, "qualifications of 1 assessor", s.one_reader),
}
PLOTS = {
    "accuracy": {
        "accuracy": (s.bare, s.empty),
        "accuracy-determinate": (s.bare, s.generated),
        "accuracy-difference": (s.bare, s.partial),
    },
    "accuracy-by-kind": {"accuracy-by-kind": (s.one_reader, s.generated)},
    "accuracy-by-specialty": {"accuracy-by-specialty": (s.one_reader, s.generated)},
    "fields": {"fields": (s.measured, s.rubrics), "fields-difference": (s.measured, s.rubrics)},
    "published-scoring": {
        "published-scoring": (s.measured, s.repeated),
        "published-scoring-difference": (s.measured, s.repeated),
    },
    "retrieval": {"retrieval": (s.retrieving, s.generated)},
    "repeated-runs": {
        "repeated-runs": (s.repeated, s.generated),
        "repeated-runs-difference": (s.repeated, s.generated),
    },
    "longhealth": {
        "longhealth": (s.long_cases, s.repeated),
        "longhealth-difference": (s.long_cases, s.repeated),
    },
    "diagnoses": {"top-diagnoses": (s.bare, s.generated), "proposals": (s.two_readers, s.bare)},
    "hallucinations": {
        "annotations": (s.one_reader, s.bare),
        "annotations-100-words": (s.one_reader, s.bare),
        "answers-with-annotation": (s.one_reader, s.declined),
        "annotations-by-severity": (s.one_reader, s.bare),
        "annotations-by-category": (s.one_reader, s.bare),
        "annotations-difference": (s.one_reader, s.bare),
    },
    "annotations-by-kind": {"annotations-by-kind": (s.one_reader, s.nothing_marked)},
    "annotations-by-specialty": {"annotations-by-specialty": (s.one_reader, s.nothing_marked)},
    "omissions": {"omissions": (s.one_reader, s.bare), "omissions-difference": (s.one_reader, s.bare)},
    "sentences": {"sentences": (s.sentences, s.one_reader), "sentences-difference": (s.sentences, s.one_reader)},
    "measures": {"measures": (s.measured, s.rubrics), "measures-difference": (s.measured, s.rubrics)},
    "rubric": {"rubric": (s.rubrics, s.bare), "rubric-difference": (s.rubrics, s.bare)},
    "criteria-agreement": {"criteria-agreement": (s.rubrics, s.two_readers)},
    "verdicts": {"verdicts": (s.one_reader, s.declined), "verdicts-difference": (s.one_reader, s.declined)},
    "preference": {"preference-difference": (s.one_reader, s.declined)},
    "axes": {"axes": (s.twice, s.two_readers)},
    "answer-scales": {"answer-scales-difference": (s.scaled, s.one_reader)},
    "adjudicated": {
        "adjudicated-annotations": (s.adjudicated, s.two_readers),
        "adjudicated-omissions": (s.adjudicated, s.two_readers),
    },
    "inter-rater-reliability": {
        "axes-agreement": (s.rated_by_two, s.two_readers),
        "agreement-verdict": (s.two_readers, s.one_reader),
        "agreement-any hallucination": (s.two_readers, s.one_reader),
        "agreement-most severe annotation": (s.two_readers, s.one_reader),
        "agreement-names the diagnosis": (s.two_readers, s.one_reader),
        "agreement-criterion": (s.rubrics, s.two_readers),
        "agreement-preference": (s.two_readers, s.one_reader),
        "agreement-category, same span": (s.two_readers, s.one_reader),
        "agreement-severity, same span": (s.two_readers, s.one_reader),
        "span-agreement": (s.two_readers, s.one_reader),
    },
    "intra-rater-reliability": {
        "intra-rater-all readers": (s.rated_by_two, s.twice),
        "intra-rater-R-01": (s.twice, s.two_readers),
        "intra-rater-R-02": (s.rated_by_two, s.twice),
    },
}
"""The plots of each section."""
BARS = {
    "arms": {"answers-progress": (s.empty, None)},
    "accuracy": {"answer-statuses": (s.partial, s.empty)},
    "verdicts": {"verdicts": (s.one_reader, s.declined)},
    "preference": {"preference": (s.one_reader, s.bare)},
    "answer-scales": {"scale-risk": (s.scaled, s.one_reader)},
    **{scale.name: {scale.name: (s.rated, s.one_reader)} for scale in SCALES},
    "readers": {"readings-progress": (s.one_reader, s.bare)},
}
SQUARES = {
    "accuracy": {"choice, indeterminate as incorrect": (s.bare, s.partial)},
    "hallucinations": {"Answers with at least one annotation": (s.one_reader, s.bare)},
}
DRAWN = {
    (kind, section, key): pair
    for kind, sections in (("plots", PLOTS), ("bars", BARS), ("tables", SQUARES))
    for section, drawn in sections.items()
    for key, pair in drawn.items()
}
OUTLINED = {
    "arms": (s.empty, None),
    "accuracy": (s.partial, s.empty),
    "accuracy-by-kind": (s.one_reader, s.generated),
    "accuracy-by-specialty": (s.one_reader, s.generated),
    "measures": (s.measured, s.rubrics),
    "fields": (s.measured, s.rubrics),
    "published-scoring": (s.measured, s.repeated),
    "retrieval": (s.retrieving, s.generated),
    "rubric": (s.rubrics, s.bare),
    "repeated-runs": (s.repeated, s.generated),
    "longhealth": (s.long_cases, s.repeated),
    "documents": (s.long_cases, s.repeated),
    "diagnoses": (s.bare, s.generated),
    "words": (s.partial, s.empty),
    "hallucinations": (s.one_reader, s.bare),
    "annotations-by-kind": (s.one_reader, s.twice),
    "answers-with-annotation-by-kind": (s.one_reader, s.twice),
    "annotations-by-specialty": (s.one_reader, s.twice),
    "answers-with-annotation-by-specialty": (s.one_reader, s.twice),
    "omissions": (s.one_reader, s.bare),
    "sentences": (s.sentences, s.one_reader),
    "verdicts": (s.one_reader, s.bare),
    "preference": (s.one_reader, s.bare),
    "axes": (s.twice, s.two_readers),
    "answer-scales": (s.scaled, s.one_reader),
    **{scale.name: (s.rated, s.one_reader) for scale in SCALES},
    "adjudicated": (s.adjudicated, s.two_readers),
    "inter-rater-reliability": (s.two_readers, s.one_reader),
    "consensus-agreement": (s.consensus, s.two_readers),
    "consensus-revisions": (s.consensus, s.two_readers),
    "criteria-agreement": (s.rubrics, s.two_readers),
    "intra-rater-reliability": (s.twice, s.two_readers),
    "intra-rater-over-time": (s.twice, s.two_readers),
    "training": (s.trained, s.two_readers),
    "versions": (s.twice, s.two_readers),
    "readers": (s.one_reader, s.bare),
    "blinding-assessment": (s.assessed, s.one_reader),
}
ALWAYS = {("bars", "arms", "answers-progress"), "arms"}
"""What claims nothing: how many answers there are, and what the arms are called."""


def pairs(table):
    return pytest.mark.parametrize("name", list(table))


def test_every_sentence_item_table_and_drawing_has_a_pair_of_studies():
    ids = [statement.id for statement in (*ANSWERS, *READINGS, *INTRODUCTIONS, *NOTES)]
    assert len(ids) == len(set(ids))
    assert {*SENTENCES, *INTRODUCED, *NOTED} == set(ids)
    assert list(ITEMS) == [question.id for question in QUESTIONS]
    assert list(OUTLINED) == list(SECTIONS)
    assert {name for name, (_, without) in {**DRAWN, **OUTLINED}.items() if without is None} == ALWAYS


@pytest.mark.parametrize("builder", s.BUILDERS, ids=lambda builder: builder.__name__)
def test_every_drawing_of_a_section_has_a_pair_of_studies(builder, report_of):
    titles = {title.rpartition(", ")[2] for title in SQUARES["accuracy"]}
    for section in report_of(builder).sections.values():
        assert section.chapter in (*CHAPTERS, "methods")
        assert {plot.key for plot in section.plots} <= set(PLOTS.get(section.key, ()))
        assert {bars.key for bars in section.bars} <= set(BARS.get(section.key, ()))
        assert {table.title.rpartition(", ")[2] for table in section.tables} <= {*titles, *SQUARES["hallucinations"]}


@pairs({**SENTENCES, **INTRODUCED})
def test_a_sentence_is_printed_where_it_is_true_and_nowhere_else(name, report_of):
    having, words, lacking = {**SENTENCES, **INTRODUCED}[name]
    statement = next(item for item in (*ANSWERS, *READINGS, *INTRODUCTIONS) if item.id == name)
    said = statement.write(report_of(having).facts)
    assert said is not None
    assert words in said
    assert said in report_of(having).page
    assert statement.write(report_of(lacking).facts) is None
    assert words not in report_of(lacking).page


@pairs(NOTED)
def test_a_note_is_printed_if_there_are_such_estimates_and_never_else(name, report_of):
    having, words, lacking = NOTED[name]
    note = next(item for item in NOTES if item.id == name)
    said = note.write(report_of(having).results)
    assert said is not None
    assert words in said
    assert said in report_of(having).page
    assert said in " ".join(report_of(having).tables.remarks)
    assert note.write(report_of(lacking).results) is None
    assert words not in report_of(lacking).page
    assert words not in " ".join(report_of(lacking).tables.remarks)


@pairs(ITEMS)
def test_an_item_is_answered_from_what_is_recorded_and_nothing_else(name, report_of):
    having, words, lacking = ITEMS[name]
    question = next(item for item in QUESTIONS if item.id == name)
    said = question.reply(report_of(having).facts)
    assert said is not None
    assert words in said
    assert said in report_of(having).page
    assert words not in (question.reply(report_of(lacking).facts) or "")


@pairs(MISSING)
def test_what_is_not_recorded_is_named_as_missing(name, report_of):
    having, words, lacking = MISSING[name]
    question = next(item for item in QUESTIONS if item.id == name)
    assert words in question.missing(report_of(having).facts)
    assert words in report_of(having).page
    assert words not in question.missing(report_of(lacking).facts)


@pytest.mark.parametrize("named", list(DRAWN), ids="-".join)
def test_a_drawing_is_printed_where_there_are_estimates_and_nowhere_else(named, report_of):
    kind, section, key = named
    having, lacking = DRAWN[named]

    def drawn(builder):
        found = report_of(builder).sections.get(section)
        everything = getattr(found, kind) if found else ()
        return [item for item in everything if key in (getattr(item, "key", ""), item.title)]

    (item,) = drawn(having)
    assert " ".join(item.title.split()) in report_of(having).page
    assert lacking is None or not drawn(lacking)


@pairs(OUTLINED)
def test_a_section_is_printed_where_it_has_something_to_show_and_nowhere_else(name, report_of):
    having, lacking = OUTLINED[name]
    section = report_of(having).sections[name]
    assert section.key == name
    assert section.title in report_of(having).page
    assert section.title in [table.title for table in report_of(having).tables.tables]
    assert lacking is None or name not in report_of(lacking).sections


@pytest.mark.parametrize("builder", s.BUILDERS, ids=lambda builder: builder.__name__)
def test_no_report_knows_what_its_study_does_not_record(builder, report_of):
    """Of imported answers no setting of the protocol is reported, and no study has an item that is left empty."""
    report = report_of(builder)
    assert set(report.sections) <= set(SECTIONS)
    if report.facts.methods.imported == report.facts.methods.answers:
        for default in ("temperature 0", "top-k", "768", "plain-1", "seed 1", "You are a careful physician"):
            assert not re.search(rf"\b{default}\b", report.page), "a hash may hold the digits of a default"
    for asked, _ in OUTSIDE:
        assert asked in report.page


def test_templates_hold_headings_and_no_sentences():
    """What a page says comes from statements, not from its templates."""
    folder = Path(doubleread.reports.__file__).parent / "templates"
    found = []
    # The page of a comparison has tests of its own.
    for template in sorted(folder / name for name in ("report.html", "parts.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "|", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [piece.strip() for piece in re.split(r"<[^>]+>|\|", text)]
    long = [piece for piece in found if len(piece.split()) > 4]
    assert len(long) == 1
    assert long[0].startswith("A selection of items of TRIPOD-LLM")
