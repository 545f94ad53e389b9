"""Answers that leave two options open, name what is not offered, take their choice back, or do not refuse."""

from __future__ import annotations

from scoring.choice_examples.options import CARE, CHEST, DOSES, LONG, STROKE, Example

TWO: list[Example] = [
    ("The answers are A) Tuberculosis and C) Lymphoma.", CHEST, "-several"),
    ("Either A or B.", CHEST, "-several"),
    ("The answer is either tuberculosis or lymphoma.", CHEST, "-several"),
    ("Answer: A. Tuberculosis / B. Sarcoidosis", CHEST, "-several"),
    ("Both tuberculosis and sarcoidosis are correct.", CHEST, "-several"),
    ("B and C are equally likely; I cannot choose between them.", CHEST, "-several"),
    ("I am torn between A and B.", CHEST, "-several"),
    ("The best next step is an MRI brain or a lumbar puncture.", STROKE, "-several"),
    ("B. Sarcoidosis as well as C. Lymphoma", CHEST, "-several"),
    ("The correct options: A, C", CHEST, "-several"),
    ("La respuesta es A o B.", CHEST, "-several"),
    ("Die Antwort ist A oder C.", CHEST, "-several"),
    ("The answer is B and A is wrong.", CHEST, "B"),
    ("The answer is B, C being less likely.", CHEST, "B"),
    ("The answer is B or, in words, sarcoidosis.", CHEST, "B"),
    ("It is a toss-up between B and C.", CHEST, "-several"),
]

NOT_OFFERED: list[Example] = [
    ("Sarcoidosis is possible. The correct answer is histoplasmosis.", CHEST, "-not offered"),
    ("**Final answer: Berylliosis**", CHEST, "-not offered"),
    ("Most likely diagnosis: Silicosis\n\nSarcoidosis can look alike.", CHEST, "-not offered"),
    ("An MRI brain may follow. The best next step is intubation.", STROKE, "-not offered"),
    ("Answer: Cannot be determined\n\nLymphoma is one possibility.", CHEST, "-none"),
    ("Answer: X", CHEST, "-out of range"),
    ("The correct answer is not among the options.", CHEST, "-none"),
    ("Correct answer: Endoscopy", STROKE, "-not offered"),
    ("The answer is 75 mg.", DOSES, "-not offered"),
    ("Pericardiocentesis is the most appropriate next step.", STROKE, "-not offered"),
    ("The answer is sarcoidosis, a disease of unknown cause.", CHEST, "B"),
    ("The answer is clear: B.", CHEST, "B"),
    ("The answer is based on the biopsy. It is B.", CHEST, "B"),
    ("The answer is B. This answer is for teaching only.", CHEST, "B"),
    ("The answer is B. The most likely cause is an antigen.", CHEST, "B"),
    ("The answer is B. The answer is supported by the biopsy.", CHEST, "B"),
]

TAKEN_BACK: list[Example] = [
    ("The answer is B. Wait, the calcium is low, so that cannot be right.", CHEST, "-retracted"),
    ("Answer: A. Hmm, that does not explain the nodes.", CHEST, "-retracted"),
    ("The answer is C. Hold on: it should be B.", CHEST, "B~"),
    ("I choose A. Actually, make that C.", CHEST, "C~"),
    ("**Answer: A**\n\nEdit: I misread the film. B.", CHEST, "B~"),
    ("The answer is A. No, B.", CHEST, "B~"),
    ("Answer: C\n\nOn reflection I favour tuberculosis.", CHEST, "A~"),
    ("The answer is A. Sorry, I meant B.", CHEST, "B~"),
    ("The answer is B. Correction: the answer is C.", CHEST, "C~"),
    ("The best option is B. I take that back.", CHEST, "-retracted"),
    ("La réponse est A. Non, attendez, c'est B.", CHEST, "B~"),
    ("La respuesta es C. Perdón, es B.", CHEST, "B~"),
    ("Die Antwort ist C. Korrektur: B.", CHEST, "B~"),
    ("答案是A。不对，应该是B。", CHEST, "B~"),
    ("The answer is B. Wait for the biopsy before treatment.", CHEST, "B"),
    ("The answer is B. Actually, this is common in young women.", CHEST, "B"),
    ("The answer is B. No further tests are needed.", CHEST, "B"),
    ("My first impression was C, but the biopsy points to B: the answer is B.", CHEST, "B"),
    ("Initially I suspected lymphoma. The final diagnosis is sarcoidosis.", CHEST, "B"),
    ("I was going to say A, but the answer is B.", CHEST, "B"),
]

DOUBTED: list[Example] = [
    ("The answer is B. Wait, let me look at the film once more.", CHEST, "B?"),
    ("Answer: C\n\nHmm, let me reconsider the film.", CHEST, "C?"),
]

NO_REFUSAL: list[Example] = [
    ("The patient was unable to provide a history. The answer is B.", CHEST, "B"),
    ("She could not answer our questions.\n\nThe most likely diagnosis is sarcoidosis.", CHEST, "B"),
    ("The family cannot provide more details; given the nodes, sarcoidosis fits best.", CHEST, "B"),
    ("I'm sorry for the earlier mistake. It is B.", CHEST, "B"),
    ("He is unable to provide consent, so remove the foreign body under general anesthesia.", CARE, "C"),
    ("As an AI I may err, but I would choose C.", CHEST, "C"),
    ("I cannot see the film, but B is most likely.", CHEST, "B"),
    ("The test is beyond the scope of this ward. Option D is best.", STROKE, "D"),
    ('The patient says: "I can\'t breathe." This is a pulmonary embolism.', LONG, "C"),
    ("I'm sorry, but I can't give medical advice.", CHEST, "-refused"),
    ("I cannot determine the diagnosis without an examination.", CHEST, "-refused"),
]
