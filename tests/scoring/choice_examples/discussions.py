"""Answers that weigh options: rejected ones around the chosen, second thoughts, what would be if, more than one."""

from __future__ import annotations

from scoring.choice_examples.options import CARE, CHEST, ELECTROLYTES, LONG, STROKE, YES_NO, Example

REJECTED: list[Example] = [
    (
        "B. Sarcoidosis.\n\nOption A does not fit because cultures stayed negative.\nOption C would show night sweats."
        "\nOption D is not a diagnosis.\nOption E is wrong since B fits.",
        CHEST,
        "B",
    ),
    (
        "The scenario calls for quick action. Sending the child home (A) would be unsafe. Fluids (B) do not address "
        "the cause. The most appropriate step is to remove the foreign body under general anesthesia (C). A second "
        "sample (D) only delays care.",
        CARE,
        "C",
    ),
    (
        "Let's go through them.\n\n- **A** might help later but is not the first step.\n- **B** treats a problem she "
        "does not have.\n- **C** carries a risk of bleeding.\n- **D** is the most reasonable course, as the first "
        "sample was drawn above a running infusion.\n\nSo the answer is (D).",
        CARE,
        "D",
    ),
    ("The correct answer is C, not B.", CHEST, "C"),
    ("Rather than A, I would choose C.", CHEST, "C"),
    ("Not sarcoidosis. The answer is lymphoma.", CHEST, "C"),
    ("It cannot be A or C, so the answer is B.", CHEST, "B"),
    ("A is incorrect. B is incorrect. C is correct.", CHEST, "C"),
    ("Option A is the best answer. Options B, C and D are less appropriate.", CHEST, "A"),
    ("The answer is (B). The other choices, (A), (C) and (D), can be ruled out.", CHEST, "B"),
    ("**Why not A?** Cultures are negative.\n**Why not C?** No B symptoms.\n\n**Answer: B**", CHEST, "B"),
    ("While C is tempting, B is the best choice.", CHEST, "B"),
    ("Although lymphoma (C) can look alike, sarcoidosis (B) is the most likely diagnosis.", CHEST, "B"),
    (
        "MRI brain is more sensitive but takes too long, therefore CT head without contrast is the best test.",
        STROKE,
        "B",
    ),
    ("We would avoid a lumbar puncture. The best next step is an MRI brain.", STROKE, "A"),
    ("Hypokalemia is the most likely disturbance; hyperkalemia would give tall T waves.", ELECTROLYTES, "B"),
    ("The most likely cause is hyponatremia rather than hypernatremia.", ELECTROLYTES, "D"),
    (
        "The correct answer is: E. None of these options are correct.\n\nA is unsafe, B premature, C risky and D slow.",
        CARE,
        "E",
    ),
    ("Option (D) is not correct. Option (A) is also not correct. Thus the correct option is (B).", CHEST, "B"),
    ("A: unlikely because of the culture\nB: most likely given the nodes\nC: unlikely\nD: incorrect", CHEST, "B"),
    ("A. Tuberculosis ❌\nB. Sarcoidosis ✅\nC. Lymphoma ❌", CHEST, "B"),
    ("1) A - Incorrect. Cultures are negative.\n2) The answer is B.", CHEST, "B"),
    ("(A) Tuberculosis: Incorrect.\n(B) Sarcoidosis: Correct.\n(C) Lymphoma: Incorrect.", CHEST, "B"),
    (
        "Answer: B\n\nExplanation:\nA. Tuberculosis: would show caseation\nC. Lymphoma: would show B symptoms\n"
        "D. Do not anticoagulate: is about another problem",
        CHEST,
        "B",
    ),
    ("That leaves C.", CHEST, "C"),
    ("After excluding A, B and D, this leaves us with (C).", CHEST, "C"),
    ("The findings argue against tuberculosis and lymphoma. They fit sarcoidosis best.", CHEST, "B"),
]

SECOND_THOUGHTS: list[Example] = [
    ("The answer is A. Wait, no, it's B.", CHEST, "B~"),
    ("The answer is A.\n\nHmm, wait. The cultures are negative. The answer is B.", CHEST, "B~"),
    ("Answer: A\n\nCorrection: B", CHEST, "B~"),
    ("I pick A. On second thought, C.", CHEST, "C~"),
    ("The answer is C. Actually, no, that is wrong.", CHEST, "-retracted"),
    ("The answer is C. Scratch that, I was mistaken.", CHEST, "-retracted"),
    ("The answer is B. Wait, let me check the culture again. It is negative. Yes, the answer is B.", CHEST, "B"),
    ("My first answer was A, but my revised answer is C.", CHEST, "C~"),
    ("I first thought the answer was A; the final answer is B.", CHEST, "B"),
    ("A. Wait, I made a mistake. The correct answer is C.", CHEST, "C"),
    ("The answer is B.\n\nWatchful waiting is part of care; wait and see for three months.", CHEST, "B"),
    ("The answer is B. This is actually common in young adults.", CHEST, "B"),
    ("The best next step is an MRI brain. Actually, no: the best next step is CT head without contrast.", STROKE, "B~"),
    ("Final answer: B\n\nFinal answer: B", CHEST, "B"),
    ("The answer is (A).\n\n...\n\nThe answer is (C).", CHEST, "C~"),
]

HYPOTHETICAL: list[Example] = [
    ("The answer is B. If cultures had grown, the answer would have been A.", CHEST, "B"),
    ("If she were pregnant, I would choose A. She is not, so the answer is C.", CHEST, "C"),
    ("The answer is B. (Were this a child, A would be the best choice.)", CHEST, "B"),
    ("If I had to pick one, I would choose C.", CHEST, "C"),
    ("If forced to choose, the answer is B.", CHEST, "B"),
    ("Is the answer A? Cultures are negative, so no. The answer is B.", CHEST, "B"),
    ("Could the answer be C? There are no night sweats. Sarcoidosis is the most likely diagnosis.", CHEST, "B"),
    ("One might say the answer is A, but the correct answer is B.", CHEST, "B"),
    ("Which of these is the best option? The best option is C.", CHEST, "C"),
]

OPEN: list[Example] = [
    ("A, B and C", CHEST, "-several"),
    ("A and C are both correct.", CHEST, "-several"),
    ("The answer is either B or C.", CHEST, "-several"),
    ("The answer is (A) or (B), depending on the skill of the team.", CHEST, "-several"),
    ("The best next step would be either an MRI brain (A) or CT head without contrast (B).", STROKE, "-several"),
    ("Answer: A/B", CHEST, "-several"),
    ("Answer: A & C", CHEST, "-several"),
    ("Answers: B, D", CHEST, "-several"),
    ("The answer could be sarcoidosis or lymphoma.", CHEST, "-several"),
    ("\\boxed{A, C}", CHEST, "-several"),
    ('{"answer": ["A", "C"]}', CHEST, "-several"),
    ("Either tuberculosis or sarcoidosis.", CHEST, "-several"),
    ("None of the options is correct.", STROKE, "-none"),
    ("The correct answer is not listed.", STROKE, "-none"),
    ("The answer is none of the above.", STROKE, "-none"),
    ("None of these options are correct.", CARE, "E"),
    ("The answer is E) None of the above, as no listed disease fits.", CHEST, "E"),
    ("It depends.", CHEST, "-none"),
    ("More information is needed before one can decide.", CHEST, "-none"),
    ("I don't know.", CHEST, "-none"),
    ("There is no best course among these.", CHEST, "-none"),
    ("No evidence was found.", YES_NO, "-none"),
    ("There is no doubt that the answer is yes.", YES_NO, "A"),
    ("Answer: J. Herpes zoster", LONG, "J"),
    ("The answer is (I).", LONG, "I"),
    ("I think the answer is H.", LONG, "H"),
    ("Answer: K", LONG, "-out of range"),
    ("The correct option is Z.", CHEST, "-out of range"),
]
