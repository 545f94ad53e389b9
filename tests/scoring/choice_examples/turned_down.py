"""Answers that turn options down: at their beginning, one by one, all but one, and headings that are no answers."""

from __future__ import annotations

from scoring.choice_examples.options import CARE, CHEST, ELECTROLYTES, LONG, STROKE, YES_NO, Example

FIRST_WORDS: list[Example] = [
    ("Option B is incorrect, so C.", CHEST, "C"),
    ("Option A is wrong; the findings fit C.", CHEST, "C"),
    ("A: no. B: yes.", CHEST, "B"),
    ("A) No, the culture is negative. B) Yes, this fits.", CHEST, "B"),
    ("B is not right.", CHEST, "-none"),
    ("B cannot be correct because the granulomas caseate.", CHEST, "-none"),
    ("C? Unlikely.", CHEST, "-none"),
    ("(A) can be ruled out, and so can (B).", CHEST, "-none"),
    ("Lymphoma is unlikely here.", CHEST, "-none"),
    ("Not sarcoidosis.", CHEST, "-none"),
    ("Tuberculosis is excluded by the culture. Lymphoma, too.", CHEST, "-none"),
    ("Neither A nor B.", CHEST, "-none"),
    ("D would be a mistake.", CHEST, "-none"),
    ("A and B are both wrong.", CHEST, "-none"),
    ("B is a distractor; C is right.", CHEST, "C"),
    ("Sarcoidosis would not explain the fever. Tuberculosis would.", CHEST, "A"),
    ("A is false, B is false, C is true.", CHEST, "C"),
    ("We should not do an MRI brain. CT head without contrast comes first.", STROKE, "B"),
]

NEGATED_TEXTS: list[Example] = [
    ("Do not give intravenous fluids and antibiotics.", CARE, "-none"),
    ("Never administer intravenous tPA here.", STROKE, "-none"),
    ("Avoid a lumbar puncture.", STROKE, "-none"),
    ("Do not anticoagulate.", CHEST, "D"),
    ("The best choice is not to anticoagulate.", CHEST, "D"),
    ("She does not have sarcoidosis.", CHEST, "-none"),
    ("There is no evidence of lymphoma.", CHEST, "-none"),
    ("No tuberculosis, no lymphoma: sarcoidosis is the diagnosis.", CHEST, "B"),
    ("The findings argue against sarcoidosis.", CHEST, "-none"),
    ("Anything but lymphoma.", CHEST, "-none"),
]

ALL_BUT_ONE: list[Example] = [
    ("The biopsy excludes every option except B.", CHEST, "B"),
    ("All options except C are wrong.", CHEST, "C"),
    ("All of them but B can be ruled out.", CHEST, "B"),
    ("Every choice other than (A) is incorrect.", CHEST, "A"),
    ("None of the options fits except B.", CHEST, "B"),
    ("A, B and D are out, which leaves C.", CHEST, "C"),
    ("With A, C and D excluded, only B remains.", CHEST, "B"),
    ("Alle Optionen außer C sind falsch.", CHEST, "C"),
    ("Toutes les propositions sont fausses, sauf la B.", CHEST, "B"),
    ("Todas son incorrectas excepto la C.", CHEST, "C"),
    ("Кроме B, все варианты неверны.", CHEST, "B"),
    ("除B以外都是错误的。", CHEST, "B"),
    ("All options except C are reasonable.", CHEST, "-none"),
]

HEADINGS: list[Example] = [
    (
        "Let me evaluate the answer choices:\n\nA) Tuberculosis: cultures are sterile.\nB) Sarcoidosis: hilar nodes.",
        CHEST,
        "-several",
    ),
    ("The answer options are:\nA. MRI brain\nB. CT head without contrast\nC. Lumbar puncture", STROKE, "-several"),
    (
        "Answer analysis:\n\nA. MRI brain takes too long.\nB. CT head without contrast is quick.\n\nTherefore B.",
        STROKE,
        "B",
    ),
    ("Evaluating the options:\n- A: too slow\n- B: quick\n- C: dangerous\n\nThe right choice is B.", STROKE, "B"),
    ("Possible answers:\n\nA) Tuberculosis\nB) Sarcoidosis\nC) Lymphoma\n\nMore tests are needed.", CHEST, "-several"),
    ("My answer, step by step:\n\nA) Tuberculosis is unlikely.\nB) Sarcoidosis fits best.", CHEST, "B"),
    (
        (
            "To answer the question we compare the choices:\nA) Tuberculosis\nB) Sarcoidosis\n\nOnly "
            "sarcoidosis explains the nodes."
        ),
        CHEST,
        "B",
    ),
    (
        "Here are the answers in turn:\n1. A: no caseation\n2. B: granulomas\n3. C: no sweats\n\nFinal answer: B",
        CHEST,
        "B",
    ),
    (
        "Correct answer explained below:\n\nA. Tuberculosis would caseate.\nB. Sarcoidosis does not.\n\nAnswer: B",
        CHEST,
        "B",
    ),
    (
        (
            "Looking at each answer:\n\n(A) would need a positive culture.\n(B) would give hilar nodes.\n\n"
            "In conclusion, the patient has sarcoidosis."
        ),
        CHEST,
        "B",
    ),
    ("What speaks for and against each answer:\nA) Tuberculosis: fever, but sterile cultures", CHEST, "-none"),
    (
        (
            "Analyse der Antwortmöglichkeiten:\nA) Tuberculosis: unwahrscheinlich\nB) Sarcoidosis: passt\n\n"
            "Die Antwort ist B."
        ),
        CHEST,
        "B",
    ),
]

ANSWER_FIRST: list[Example] = [
    (
        (
            "**B) Sarcoidosis**\n\nGranulomas without caseation.\n\n**Why not the others?**\n- **A)** "
            "sterile cultures\n- **C)** no sweats"
        ),
        CHEST,
        "B",
    ),
    (
        (
            "**A. Acute appendicitis**\n\nThe pain moved to the right.\n\nIncorrect answers:\n\nB. No rub.\n"
            "C. No dyspnea.\nD. Equal pulses."
        ),
        LONG,
        "A",
    ),
    ("C\n\n- A: the cultures are sterile\n- B: no hilar nodes\n- D: not a diagnosis", CHEST, "C"),
    (
        "(D) Aortic dissection. The pulses differ.\n\n(A) has no peritonism.\n(B) has no rub.\n(C) has no hypoxia.",
        LONG,
        "D",
    ),
    (
        (
            "B. CT head without contrast\n\nIt shows blood within minutes.\n\nAbout the rest:\nA. takes an "
            "hour\nC. is dangerous\nD. must wait"
        ),
        STROKE,
        "B",
    ),
    (
        "Option C: Lymphoma\n\nReasons: weight loss, sweats.\n\nOption A: sterile cultures.\nOption B: no granuloma.",
        CHEST,
        "C",
    ),
    ("Sarcoidosis (B)\n\nTuberculosis (A) was considered. Lymphoma (C) too.", CHEST, "B"),
    ("**D**\n\n**A** is too slow, **B** shows nothing in the first hours, **C** is contraindicated.", STROKE, "D"),
]

COLON_THEN_LINE: list[Example] = [
    (
        (
            "A) MRI brain: slow.\nB) CT head without contrast: quick.\n\nThe test to order is:\n\nB) CT "
            "head without contrast"
        ),
        STROKE,
        "B",
    ),
    (
        "A. Hyperkalemia: tall T waves.\nB. Hypokalemia: U waves.\n\nThis ECG shows:\n\nB. Hypokalemia",
        ELECTROLYTES,
        "B",
    ),
    ("The patient suffers from:\n\nC) Lymphoma", CHEST, "C"),
    ("What he needs now is:\n\nD) Administer intravenous tPA\n\nIt must be given within the window.", STROKE, "D"),
    ("The disturbance that this drug causes is:\n\nA) Hyperkalemia\n\nIt blocks the channel.", ELECTROLYTES, "A"),
    (
        "These are the options:\n\nA) Hyperkalemia\n\nTall T waves.\n\nB) Hypokalemia\n\nU waves.",
        ELECTROLYTES,
        "-several",
    ),
    (
        "First we look at:\n\nA) Tuberculosis\n\nThe cultures are sterile.\n\nB) Sarcoidosis\n\nThe nodes are large.",
        CHEST,
        "-several",
    ),
    ("The incorrect options are:\n\nA) Tuberculosis\n\nC) Lymphoma", CHEST, "-none"),
]

NOTHING_CHOSEN: list[Example] = [
    ("More tests are needed before tuberculosis or sarcoidosis can be diagnosed.", CHEST, "-none"),
    ("Sarcoidosis affects the lungs. Tuberculosis does, too.", CHEST, "-several"),
    ("I am not sure whether it is sarcoidosis.", CHEST, "-none"),
    ("Is it lymphoma?", CHEST, "-none"),
    ("It is impossible to say which option is correct.", CHEST, "-none"),
    ("A)\nB)\nC)\nD)", CHEST, "-several"),
    ("The study found an effect in women and none in men.", YES_NO, "-none"),
    ("One could argue for B. One could also argue for C.", CHEST, "-several"),
    ("A. Tuberculosis\nB. Sarcoidosis\nC. Lymphoma\nD. Do not anticoagulate\nE. None of the above", CHEST, "-several"),
    ("Sarcoidosis was my first thought, but the calcium is normal.", CHEST, "-none"),
]
