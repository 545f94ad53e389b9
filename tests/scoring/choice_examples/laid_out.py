"""Answers that are laid out: JSON, YAML, tags, check boxes, signs, tables, rankings, percentages, LaTeX."""

from __future__ import annotations

from scoring.choice_examples.options import CHEST, STROKE, Example

RECORDS: list[Example] = [
    ('{"answer": "b"}', CHEST, "B"),
    ("{'choice': 'd'}", CHEST, "D"),
    ('{"result": {"best_option": "C", "alternatives": ["A", "B"]}}', CHEST, "C"),
    ('```json\n{"thought": "A is wrong", "final_answer": "b) sarcoidosis"}\n```', CHEST, "B"),
    ('{"wrong_options": ["A", "B"], "selected": "C"}', CHEST, "C"),
    ('{"answer": null, "reason": "A and B fit"}', CHEST, "-none"),
    ('{"answer": ["A", "B"]}', CHEST, "-several"),
    ('{"answer": ["c"]}', CHEST, "C"),
    ('{"answer": "Histoplasmosis", "second_choice": "A"}', CHEST, "-not offered"),
    ('{"A": false, "B": true, "C": false, "D": false}', CHEST, "B"),
    ('{"answer_letter": "C", "explanation": "The answer is not A."}', CHEST, "C"),
    ("answer: c\nconfidence: 0.8", CHEST, "C"),
    ("reasoning: A is wrong\ncorrect_option: b", CHEST, "B"),
    ("<answer>b</answer>", CHEST, "B"),
    ('<answer letter="C"/>', CHEST, "C"),
    ("<analysis>A?</analysis>\n<choice>Lymphoma</choice>", CHEST, "C"),
    ('{"prediction": "E", "prob": 0.4}', CHEST, "E"),
]

BOXES_AND_SIGNS: list[Example] = [
    ("- [ ] A. Tuberculosis\n- [x] B. Sarcoidosis\n- [ ] C. Lymphoma", CHEST, "B"),
    ("[ ] A\n[X] C\n[ ] B", CHEST, "C"),
    ("☐ A. MRI brain\n☑ B. CT head without contrast\n☐ C. Lumbar puncture", STROKE, "B"),
    ("- [ ] A\n- [ ] B\n- [ ] C", CHEST, "-none"),
    ("- [x] A\n- [x] B\n- [ ] C", CHEST, "-several"),
    ("❌ A\n✅ B\n❌ C", CHEST, "B"),
    ("A ❌\nB ❌\nC ✅", CHEST, "C"),
    ("A. Tuberculosis ✗\nB. Sarcoidosis ✓\nC. Lymphoma ✗", CHEST, "B"),
    ("( ) A ( ) B (x) C ( ) D", CHEST, "C"),
    ("○ A\n● B\n○ C", CHEST, "B"),
]

TABLES: list[Example] = [
    ("| Option | Verdict |\n|---|---|\n| A | wrong |\n| B | correct |\n| C | wrong |", CHEST, "B"),
    (
        (
            "| A. Tuberculosis | Incorrect | sterile |\n| B. Sarcoidosis | Correct | nodes |\n| C. Lymphoma "
            "| Incorrect | no sweats |"
        ),
        CHEST,
        "B",
    ),
    ("| | fits? |\n|---|---|\n| A) MRI brain | ❌ |\n| B) CT head without contrast | ✅ |", STROKE, "B"),
    ("| Answer | C |\n|---|---|\n| Reason | nodes |", CHEST, "C"),
    ("| Option | Likelihood |\n|---|---|\n| A | low |\n| B | high |\n\n**Answer: B**", CHEST, "B"),
]

RANKED: list[Example] = [
    ("B > A > C > D", CHEST, "B"),
    ("Ranking: C > B > A", CHEST, "C"),
    ("A: 10%\nB: 70%\nC: 15%\nD: 5%", CHEST, "B"),
    ("A – 5 %, B – 15 %, C – 80 %", CHEST, "C"),
    ('{"A": 0.1, "B": 0.2, "C": 0.7}', CHEST, "C"),
    ("A: 40%\nB: 40%\nC: 20%", CHEST, "-several"),
    ("A raises the risk by 5 %, B by 10 %.", CHEST, "-none"),
]

FORMULAS: list[Example] = [
    (r"$\boxed{b}$", CHEST, "B"),
    (r"\[\boxed{\text{B) Sarcoidosis}}\]", CHEST, "B"),
    (r"The final answer is: $\boxed{C}$", CHEST, "C"),
    (r"\textbf{Answer: (B)}", CHEST, "B"),
    (r"$\text{Answer} = \mathbf{C}$", CHEST, "C"),
    (r"\boxed{\text{A or B}}", CHEST, "-several"),
    (r"\boxed{\text{Histoplasmosis}}", CHEST, "-not offered"),
]
