"""Answers by their outer form: JSON, XML, LaTeX, Markdown, thoughts, repeated prompts, refusals, salad."""

from __future__ import annotations

from scoring.choice_examples.options import CHEST, STROKE, Example

_SALAD = " ".join(["loop", "A", "the", "of", "B", "zz", "C", "and", "if"] * 200)

FOR_MACHINES: list[Example] = [
    ('{"answer": "B"}', CHEST, "B"),
    ('{"answer": "B. Sarcoidosis", "confidence": 0.9}', CHEST, "B"),
    ('{"answer":"B","explanation":"Option A would be the best choice in a child; the answer is not A."}', CHEST, "B"),
    ('{"reason": "the answer is A at first sight", "final_answer": "C"}', CHEST, "C"),
    ('```json\n{\n  "answer_choice": "C"\n}\n```', CHEST, "C"),
    ("{'answer': 'C'}", CHEST, "C"),
    ('{"selected_option": "D"}', CHEST, "D"),
    ('{"diagnosis": "x", "choice": "lymphoma"}', CHEST, "C"),
    ('Here is the result:\n{"answer": "E"}', CHEST, "E"),
    ("<answer>C</answer>", CHEST, "C"),
    ("<reasoning>A?</reasoning><answer>(C) Lymphoma</answer>", CHEST, "C"),
    ("<final_answer>\nB\n</final_answer>", CHEST, "B"),
    ("<choice>Sarcoidosis</choice>", CHEST, "B"),
    ("answer: B\nreason: nodes", CHEST, "B"),
    ("answer=C", CHEST, "C"),
]

LATEX_AND_MARKDOWN: list[Example] = [
    (r"\boxed{B}", CHEST, "B"),
    (r"$$\boxed{\mathrm{C}}$$", CHEST, "C"),
    (r"The answer is $\boxed{\text{(B) Sarcoidosis}}$.", CHEST, "B"),
    (r"\[\boxed{\textbf{D}}\]", CHEST, "D"),
    (r"Therefore $\text{Answer: C}$", CHEST, "C"),
    (r"\(\mathbf{B}\)", CHEST, "B"),
    ("**B**", CHEST, "B"),
    ("__C__", CHEST, "C"),
    ("`B`", CHEST, "B"),
    ("~~A~~ B", CHEST, "B"),
    ("> B", CHEST, "B"),
    ("#### B", CHEST, "B"),
    ("### Answer\n\n**C. Lymphoma**", CHEST, "C"),
    ("## Answer\nB\n\n## Why\nA and C do not fit.", CHEST, "B"),
    ("**Correct Answer:**\n\n> **B. Sarcoidosis**", CHEST, "B"),
    ("- **Answer**: C", CHEST, "C"),
    ("| Answer |\n|---|\n| B |\n\nAnswer: B", CHEST, "B"),
    ("**Final Answer: C — Lymphoma**", CHEST, "C"),
    ("***Answer: (b)***", CHEST, "B"),
    ("<b>B</b>", CHEST, "B"),
    ("Ⓒ", CHEST, "C"),
    ("Ａ", CHEST, "A"),
    ("[B]", CHEST, "B"),
    ("[[C]]", CHEST, "C"),
    ("B.", CHEST, "B"),
    ("B:", CHEST, "B"),
    ("(b) sarcoidosis", CHEST, "B"),
    ("Option B: Sarcoidosis", CHEST, "B"),
    ("Answer is: C.", CHEST, "C"),
    ("Answer - C", CHEST, "C"),
    ("Ans: C", CHEST, "C"),
    ("Ans. B", CHEST, "B"),
    ("The answer is:\n- C", CHEST, "C"),
    ("The nodes are large.\n\nB", CHEST, "B"),
    ("The nodes are large and the culture is negative.\n\n(B) Sarcoidosis", CHEST, "B"),
    ("B\r\n\r\nThe nodes are large.\r\n", CHEST, "B"),
    ("B<|im_end|>", CHEST, "B"),
    ("B</s>", CHEST, "B"),
]

THOUGHTS: list[Example] = [
    ("<think>The answer is A. No, C.</think>The answer is B.", CHEST, "B"),
    ("<think>\nThe answer is C.\n</think>\n\n", CHEST, "-empty"),
    ("<think>The answer is C, or maybe", CHEST, "-truncated"),
    ("<thinking>A</thinking>\nC", CHEST, "C"),
    ("Okay, maybe A.</think>\n\n**Answer: C**", CHEST, "C"),
    ("<think>A</think><think>B</think>C", CHEST, "C"),
    ("[THINK]It is A.[/THINK]The answer is B.", CHEST, "B"),
    ("<|channel|>analysis<|message|>A?<|channel|>final<|message|>C", CHEST, "C"),
    ("<reasoning>the answer is A</reasoning>\nFinal answer: B", CHEST, "B"),
    ("The answer is B. <think>or A", CHEST, "B"),
]

AROUND: list[Example] = [
    ("Question: Which?\nOptions: A. Tuberculosis\nB. Sarcoidosis\nAnswer: C", CHEST, "C"),
    ("The answer is B.\n\nQuestion: What follows?\nAnswer: A", CHEST, "B"),
    ("B\n\nUser: and now?\nAssistant: The answer is A.", CHEST, "B"),
    ("The answer is B.\n\nAs for the other questions:\n\n1. The answer is (J).\n2. The answer is (G).", CHEST, "B"),
    ("B<|im_end|>\n<|im_start|>user\nThe answer is A<|im_end|>", CHEST, "B"),
    ("The answer is C. " + _SALAD, CHEST, "C"),
    ("Answer: B\n" + "Elevated lipids are common. " * 150, CHEST, "B"),
    (_SALAD, CHEST, "-none"),
    ("It is good to drink water.\n\n" * 60, CHEST, "-none"),
    ("D. Obtain a drip\nE. Place the patient on a bed\nD. Place the patient on a bed\nD.", CHEST, "-several"),
    ("D. Give plasma\nE. Give plasma\nD. Give plasma\nD", CHEST, "-several"),
    ("A. Fever is absent.\nB. Nodes are large.\n\nB", CHEST, "B"),
    ("B. CT head without contrast\nC. Lumbar puncture\nD. Administer intravenous tPA", STROKE, "-several"),
    ("A. Headache\nB. Head\nC. Head\nAnswer: Head is normal.\nAnswer: Head", STROKE, "-several"),
    ("Answer: B\nAnswer: B\nAnswer: B\nAns", CHEST, "B"),
    ("1. CT head without contrast\n2. CT head without contrast\n3. CT head without contrast", STROKE, "B"),
]

REFUSALS: list[Example] = [
    ("I'm sorry, but I cannot help with that.", CHEST, "-refused"),
    ("I am unable to provide a diagnosis.", CHEST, "-refused"),
    ("I cannot provide medical advice. Please see a doctor.", CHEST, "-refused"),
    ("As an AI language model, I do not make diagnoses.", CHEST, "-refused"),
    ("I must decline to choose.", CHEST, "-refused"),
    ("I'm not able to answer; consult a clinician about tuberculosis or sarcoidosis.", CHEST, "-refused"),
    ("This is beyond my scope.", CHEST, "-refused"),
    ("I'm sorry for the delay. The answer is C.", CHEST, "C"),
    ("As an AI I can be wrong, but the most likely diagnosis is lymphoma.", CHEST, "C"),
]
