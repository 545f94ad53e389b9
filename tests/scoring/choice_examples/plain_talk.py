"""Plain sentences, arguments, and answers of each kind of fault, in the words in which models give them."""

from __future__ import annotations

from scoring.choice_examples.options import YES_NO, Example

PAIN = {
    "A": "Pulmonary embolism",
    "B": "Acute pericarditis",
    "C": "Aortic dissection",
    "D": "Pneumothorax",
    "E": "Costochondritis",
}
ACTIONS = {
    "A": "Start heparin",
    "B": "Perform pericardiocentesis",
    "C": "Order a CT angiogram",
    "D": "Insert a chest tube",
    "E": "Give ibuprofen",
}
ABOVE = {"A": "None of the above", "B": "All of the above", "C": "Amoxicillin", "D": "Doxycycline"}
CLOTTING = {"A": "Hemophilia A", "B": "Hemophilia B", "C": "Von Willebrand disease", "D": "Factor XI deficiency"}
VESSELS = {
    "A": "Granulomatosis with polyangiitis",
    "B": "Eosinophilic granulomatosis with polyangiitis",
    "C": "Microscopic polyangiitis",
    "D": "Polyarteritis nodosa",
}
ROMAN = {"A": "I only", "B": "II only", "C": "I and II", "D": "Neither I nor II"}
CHANGES = {
    "A": "Increase the dose",
    "B": "Decrease the dose",
    "C": "Stop the drug",
    "D": "Add a second drug",
    "E": "No change",
}
DRUGS = {"A": "Metformin", "B": "Insulin glargine", "C": "Glipizide", "D": "Pioglitazone"}
LOADS = {"A": "Increased preload", "B": "Decreased preload", "C": "Increased afterload", "D": "Decreased afterload"}
IONS = {"A": "Serum sodium", "B": "Serum potassium", "C": "Serum calcium", "D": "Serum magnesium"}
CONSENT = {
    "A": "Obtain informed consent from the patient",
    "B": "Obtain consent from the patient's spouse",
    "C": "Proceed without consent",
    "D": "Request a court order",
}
KIDNEYS = {"A": "Nephrotic syndrome", "B": "IgA nephropathy", "C": "Lupus nephritis", "D": "Alport syndrome"}
NEXT_LETTERS = {"A": "B", "B": "C", "C": "D", "D": "E"}
SMALL_LETTERS = {"A": "a", "B": "c", "C": "bc", "D": "ad"}
BLOOD_GROUPS = {"A": "O", "B": "A", "C": "B", "D": "AB"}
SPECIES = {"A": "S. aureus", "B": "Enterococcus faecalis", "C": "T. denticola", "E": "C. albicans"}

SENTENCES: list[Example] = [
    (
        "This is a classic description of aortic dissection: tearing pain, unequal pulses and a wide mediastinum.",
        PAIN,
        "C",
    ),
    (
        (
            "Given the patient's tearing chest pain, I believe the correct answer is (C), aortic "
            "dissection, since neither pulmonary embolism (A) nor pericarditis (B) explains the pulse "
            "deficit."
        ),
        PAIN,
        "C",
    ),
    (
        (
            "The presentation could suggest pulmonary embolism, but the normal D-dimer makes it unlikely. "
            "Pericarditis was considered, but there's no rub. The wide mediastinum clinches the diagnosis "
            "of aortic dissection."
        ),
        PAIN,
        "C",
    ),
    (
        (
            "The most appropriate next step is to order a CT angiogram. Heparin should be withheld until "
            "dissection is excluded."
        ),
        ACTIONS,
        "C",
    ),
    ("Before anything else, heparin must be avoided. The next step: CT angiogram.", ACTIONS, "C"),
    ("I'd start with option C and then, if negative, move on to option A.", ACTIONS, "C"),
    ("C, then A if the CT is negative.", ACTIONS, "C"),
    ("Although E would relieve the pain, the priority is C.", ACTIONS, "C"),
    ("My reasoning leads me to D as the most likely diagnosis.", PAIN, "D"),
    ("By process of elimination, the answer must be E.", PAIN, "E"),
    ("The answer cannot be A, B or C. Between D and E, D fits better.", PAIN, "D"),
    ("Looking at the options, D stands out because of absent breath sounds.", PAIN, "D"),
    ("D it is.", PAIN, "D"),
    ("Definitely D!", PAIN, "D"),
    ("Probably B?", PAIN, "-none"),
    ("I'm going with B on this one.", PAIN, "B"),
    ("It's got to be B.", PAIN, "B"),
    ("B seems right to me.", PAIN, "B"),
    ("B would be my answer.", PAIN, "B"),
    ("B is my final answer.", PAIN, "B"),
    ("That would make B the correct choice.", PAIN, "B"),
    ("The correct option here would be B (acute pericarditis).", PAIN, "B"),
    ("Correct answer - B", PAIN, "B"),
    ("Answer is B because of the rub.", PAIN, "B"),
    ("Ans: (B) Acute pericarditis.", PAIN, "B"),
    ("So, which one is it? B.", PAIN, "B"),
    ("Which option is correct? Option B is.", PAIN, "B"),
    ("Hence option (B) best explains the diffuse ST elevation.", PAIN, "B"),
    ("The diffuse ST elevation is best explained by acute pericarditis.", PAIN, "B"),
    (
        "The findings are most in keeping with acute pericarditis; pulmonary embolism would typically cause hypoxia.",
        PAIN,
        "B",
    ),
    ("This patient has acute pericarditis. Treatment is with ibuprofen and colchicine.", PAIN, "B"),
    (
        "The rub and ST changes are diagnostic of acute pericarditis rather than pulmonary embolism or pneumothorax.",
        PAIN,
        "B",
    ),
    ("While A, C, D and E all cause chest pain, only B is associated with a friction rub.", PAIN, "B"),
    (
        "A: Incorrect. No hypoxia.\nB: Correct. Rub and ST elevation.\nC: Incorrect.\nD: Incorrect.\nE: Incorrect.",
        PAIN,
        "B",
    ),
    (
        (
            "A. Pulmonary embolism - Possible, but the D-dimer is normal.\nB. Acute pericarditis - Most "
            "consistent with the findings.\nC. Aortic dissection - Unlikely with equal pulses.\nD. "
            "Pneumothorax - Clear lungs.\nE. Costochondritis - No tenderness."
        ),
        PAIN,
        "B",
    ),
    (
        (
            "**Pulmonary embolism (A):** normal D-dimer.\n**Acute pericarditis (B):** the rub is "
            "pathognomonic.\n**Aortic dissection (C):** no pulse deficit.\n\nTherefore, the diagnosis is "
            "acute pericarditis."
        ),
        PAIN,
        "B",
    ),
    ("1. Pulmonary embolism: unlikely\n2. Acute pericarditis: likely\n3. Aortic dissection: unlikely", PAIN, "B"),
    ("Step 1: pain is pleuritic.\nStep 2: rub.\nStep 3: B", PAIN, "B"),
    ("### Step 1\nVitamin B12 is normal. Hepatitis C was excluded.\n### Answer\nE", PAIN, "E"),
    ("The patient with hepatitis B has chest wall tenderness, so costochondritis (E).", PAIN, "E"),
    ("A 45-year-old man with chest pain. A rub is heard. A CT is not needed. B.", PAIN, "B"),
    ("The S1Q3T3 pattern, grade A evidence and class I recommendation support A.", PAIN, "A"),
    ("I think the answer is not A, it is B.", PAIN, "B"),
    ("The answer is not A. It's B.", PAIN, "B"),
    ("It's not C because the pulses are equal, nor D because the lungs are clear; so B.", PAIN, "B"),
    ("Had the pulses been unequal, the answer would be C; as it stands, the answer is B.", PAIN, "B"),
    ("Unless the D-dimer is wrong, it cannot be A. The answer: B.", PAIN, "B"),
    ("The answer is B (not A, as one might think).", PAIN, "B"),
    ("Many students choose A here. The correct answer is B.", PAIN, "B"),
    ("A common mistake is to pick A. B is correct.", PAIN, "B"),
    ("You might be tempted to answer C, but the correct response is B.", PAIN, "B"),
    ("The textbook answer is A, but in this patient B is correct.", PAIN, "B~"),
    ("Option A is correct in most patients; here, however, option B is the right choice.", PAIN, "B"),
    ("Answer: B\n\nExplanation: Option A is the correct answer for patients with hypoxia, which she lacks.", PAIN, "B"),
    ("B. Acute pericarditis\n\nNote: had there been hypoxia, A would be the answer.", PAIN, "B"),
    ("The diagnosis remains uncertain; A, B and C are all possible.", PAIN, "-several"),
    ("There isn't enough information to choose between A and B.", PAIN, "-several"),
    ("I would need an ECG to decide.", PAIN, "-none"),
    ("Both A and C need to be ruled out urgently.", PAIN, "-several"),
    ("Neither pulmonary embolism nor pneumothorax fits.", PAIN, "-none"),
    ("All of the options are plausible.", PAIN, "-none"),
    ("No option is correct.", PAIN, "-none"),
    ("The correct answer is myocarditis, which isn't listed.", PAIN, "-not offered"),
    ("The correct answer is not given.", PAIN, "-none"),
    ("Answer: N/A", PAIN, "-none"),
    ("Answer: unclear", PAIN, "-none"),
    ("Answer: None", PAIN, "-none"),
    ("Answer: None of the above", ABOVE, "A"),
    ("All of the above.", ABOVE, "B"),
    ("The correct answer is none of the above.", ABOVE, "A"),
    ("Doxycycline, not amoxicillin.", ABOVE, "D"),
    ("Yes", YES_NO, "A"),
    ("No.", YES_NO, "B"),
    ("The answer is: Yes", YES_NO, "A"),
    ("Yes, there is no doubt about it.", YES_NO, "A"),
    ("No - the trial showed no benefit.", YES_NO, "B"),
    ("There was no difference, so the answer is no.", YES_NO, "B"),
    ("Maybe. The data are mixed: yes in men, no in women.", YES_NO, "C"),
    ("In conclusion, the answer to the research question is yes.", YES_NO, "A"),
    ("The answer is hemophilia B.", CLOTTING, "B"),
    ("Hemophilia B (Christmas disease) is the most likely diagnosis.", CLOTTING, "B"),
    ("The answer is B, hemophilia B.", CLOTTING, "B"),
    ("It is hemophilia A, i.e. factor VIII deficiency.", CLOTTING, "A"),
    ("Answer: A. Hemophilia A. Hemophilia B (option B) lacks factor IX.", CLOTTING, "A"),
    ("Type 2 von Willebrand disease is most likely. Hemophilia A is X-linked.", CLOTTING, "C"),
    ("The most likely diagnosis is EGPA.", VESSELS, "B"),
    ("GPA is the diagnosis.", VESSELS, "A"),
    ("Eosinophilic granulomatosis with polyangiitis, given the asthma.", VESSELS, "B"),
    ("This is granulomatosis with polyangiitis (formerly Wegener's).", VESSELS, "A"),
    ("Statement II only is true. Answer: B", ROMAN, "B"),
    ("I and II", ROMAN, "C"),
    ("The answer is II only.", ROMAN, "B"),
    ("Stop the drug.", CHANGES, "C"),
    ("Do not stop the drug. Increase the dose.", CHANGES, "A"),
    ("The dose should be increased.", CHANGES, "A"),
    ("The best course is to make no change.", CHANGES, "E"),
    ("Rather than stopping the drug, decrease the dose.", CHANGES, "B"),
    ("I recommend adding a second drug.", CHANGES, "D"),
    ("We should increase the dose (A).", CHANGES, "A"),
    ("<think>Maybe A.</think>\n\nThe answer is **B**", PAIN, "B"),
    ("Let me think. A? No hypoxia. C? No. So it's B.", PAIN, "B"),
    ("Final Answer: The final answer is (B). I hope it is correct.", PAIN, "B"),
    ("Thus, the answer is (B)\n\n---\n\nFeel free to ask about options A, C or D!", PAIN, "B"),
    ("The answer is B.\n\nReferences:\n1. A. Smith et al.\n2. C. Jones et al.", PAIN, "B"),
    ("The answer is B. Dr. A. Smith agrees.", PAIN, "B"),
    ("Treatment A was compared with treatment B. The answer is E.", PAIN, "E"),
    ("The correct answer is therefore option\n\nB", PAIN, "B"),
    ("The correct answer is:\n\n**B. Acute pericarditis**\n\nBecause:\n- A: no hypoxia\n- C: equal pulses", PAIN, "B"),
    ("Option B", PAIN, "B"),
    ("option b", PAIN, "B"),
    ("(b)", PAIN, "B"),
    ("b.", PAIN, "B"),
    ('"B"', PAIN, "B"),
    ("B!", PAIN, "B"),
    ("B - Acute pericarditis", PAIN, "B"),
    ("B/ Acute pericarditis", PAIN, "B"),
    ("My diagnosis: acute pericarditis.", PAIN, "B"),
    ("Dx: acute pericarditis", PAIN, "B"),
    ("Impression: Acute pericarditis", PAIN, "B"),
    ("I agree with option B.", PAIN, "B"),
    ("I disagree with option B.", PAIN, "-none"),
    ("I would rule out B.", PAIN, "-none"),
    ("I would first exclude C, then consider B.", PAIN, "-none"),
    ("Of the five, B is the only one that explains the rub.", PAIN, "B"),
    ("B alone explains the rub.", PAIN, "B"),
    ("Only B explains the rub.", PAIN, "B"),
    ("None but B explains the rub.", PAIN, "B"),
    ("Nothing except B explains the rub.", PAIN, "B"),
    ("The rub excludes everything but B.", PAIN, "B"),
    ("Correct: B. Incorrect: A, C, D, E.", PAIN, "B"),
    ("Incorrect: A, C, D, E. Correct: B.", PAIN, "B"),
    ("Right answer B, wrong answers A, C, D and E.", PAIN, "B"),
    ("The incorrect answer is A.", PAIN, "-none"),
    ("The least likely option is D.", PAIN, "-none"),
    ("The worst choice would be A.", PAIN, "-none"),
    ("The second most likely diagnosis is A; the most likely is B.", PAIN, "B"),
    ("The most likely diagnosis is B, followed by A.", PAIN, "B"),
    ("acute pericarditis > pulmonary embolism > aortic dissection", PAIN, "B"),
    ("Confidence: A 10%, B 80%, C 10%", PAIN, "B"),
    ("B (80%), A (15%), C (5%)", PAIN, "B"),
    ("I'm 90% sure it's B.", PAIN, "B"),
    ("I am leaning towards B, though A is possible.", PAIN, "B"),
    ("It is between A and B; I lean towards B.", PAIN, "B"),
    ("Answer: B > A", PAIN, "B"),
    ("The answer is B, or possibly A.", PAIN, "-several"),
    ("The answer is A and/or B.", PAIN, "-several"),
    ("A & B", PAIN, "-several"),
    ("Either option A or option B could be right.", PAIN, "-none"),
    ("The best answers are A (pulmonary embolism) and C (aortic dissection).", PAIN, "-several"),
    ("Two answers are right: A and C.", PAIN, "-several"),
    ("The answer is (A), (B).", PAIN, "-several"),
]

ARGUMENTS: list[Example] = [
    (
        (
            "Aortic dissection is a life-threatening tear. In this case, the tearing pain and the pulse "
            "deficit make it the leading diagnosis. Order CT."
        ),
        PAIN,
        "C",
    ),
    (
        "Considering all of the above, I would go for pericardiocentesis, because tamponade kills within minutes.",
        ACTIONS,
        "B",
    ),
    ("This man is in tamponade. He needs pericardiocentesis right now.", ACTIONS, "B"),
    (
        "The immediate intervention is needle drainage of the pericardium, i.e., pericardiocentesis (option B).",
        ACTIONS,
        "B",
    ),
    (
        (
            "Heparin is contraindicated. A chest tube is useless. Ibuprofen is too weak. A CT would take "
            "too long. Hence pericardiocentesis."
        ),
        ACTIONS,
        "B",
    ),
    (
        (
            "First-line therapy for type 2 diabetes remains metformin. Given his normal eGFR, there is no "
            "reason to deviate."
        ),
        DRUGS,
        "A",
    ),
    (
        (
            "Metformin is contraindicated at this eGFR, sulfonylureas such as glipizide risk hypoglycemia, "
            "and pioglitazone worsens heart failure; thus, insulin glargine is preferred."
        ),
        DRUGS,
        "B",
    ),
    ("I would not use metformin, glipizide or pioglitazone here.", DRUGS, "-several"),
    (
        (
            "The patient is already on metformin. The most appropriate addition is insulin glargine (B), "
            "not glipizide (C)."
        ),
        DRUGS,
        "B",
    ),
    ("He was switched from glipizide to insulin glargine last year. The answer is D.", DRUGS, "D"),
    (
        "Nitroglycerin dilates the veins and so lowers preload. Therefore the main effect is decreased preload.",
        LOADS,
        "B",
    ),
    ("It decreases preload; afterload falls only at high doses.", LOADS, "B"),
    ("Preload goes down, afterload is unchanged. (B)", LOADS, "B"),
    ("The value to check first is potassium.", IONS, "B"),
    ("Check serum potassium before giving digoxin; calcium and magnesium matter less.", IONS, "B"),
    ("Digoxin toxicity is potentiated by hypokalemia, so serum potassium is the key value to monitor.", IONS, "B"),
    ("Because he is competent, you must obtain informed consent from him.", CONSENT, "A"),
    (
        "In an emergency with an unconscious patient, you may proceed without consent. That is the case here, so C.",
        CONSENT,
        "C",
    ),
    ("The right thing to do is to request a court order (D).", CONSENT, "D"),
    ("Option D — request a court order — is the correct approach.", CONSENT, "D"),
    ("The answer, in my view, is C.", PAIN, "C"),
    ("The answer (as any cardiologist would tell you) is C.", PAIN, "C"),
    ("My answer to this question would be option C.", PAIN, "C"),
    ("Answer to Q7: C", PAIN, "C"),
    ("Question 7: C", PAIN, "C"),
    ("7. C", PAIN, "C"),
    ("7) C", PAIN, "C"),
    ("The letter of the correct option is C.", PAIN, "C"),
    ("Choice: C\nConfidence: high", PAIN, "C"),
    ("Selected option: C", PAIN, "C"),
    ("Final: C", PAIN, "C"),
    ("Verdict: C.", PAIN, "C"),
    ("Conclusion: C", PAIN, "C"),
    ("Therefore: C", PAIN, "C"),
    ("=> C", PAIN, "C"),
    ("→ **C**", PAIN, "C"),
    (
        "**Diagnosis**: Aortic dissection (C)\n\n**Differential**: Pulmonary embolism (A), acute pericarditis (B)",
        PAIN,
        "C",
    ),
    ("Diagnosis - aortic dissection\nNext step - CT", PAIN, "C"),
    ("Summary: The pulse deficit means aortic dissection.", PAIN, "C"),
    ("What is it? Aortic dissection.", PAIN, "C"),
    ("It's aortic dissection.", PAIN, "C"),
    ("It is an aortic dissection until proven otherwise.", PAIN, "C"),
    ("Think aortic dissection.", PAIN, "C"),
    ("We're dealing with an aortic dissection.", PAIN, "C"),
    ("Rule out aortic dissection.", PAIN, "-none"),
    ("Aortic dissection needs to be excluded.", PAIN, "-none"),
    ("One must not miss an aortic dissection.", PAIN, "-none"),
    ("Aortic dissection? Pulses are equal. Pneumothorax? Lungs are clear.", PAIN, "-none"),
    ("No rub, hence no pericarditis; no hypoxia, hence no embolism.", PAIN, "-none"),
    ("Pain + rub = acute pericarditis", PAIN, "B"),
    ("Rub → acute pericarditis", PAIN, "B"),
    ("The rub rules in acute pericarditis.", PAIN, "B"),
    ("The rub all but confirms acute pericarditis.", PAIN, "B"),
    (
        "The absence of a rub does not exclude acute pericarditis, but the unequal pulses confirm aortic dissection.",
        PAIN,
        "C",
    ),
    ("Of course it is not a pneumothorax: it is an aortic dissection.", PAIN, "C"),
    ("It is C rather than B.", PAIN, "C"),
    ("C over B.", PAIN, "C"),
    ("C instead of B.", PAIN, "C"),
    ("I prefer C to B.", PAIN, "C"),
    ("C is better than B.", PAIN, "C"),
    ("B and D are close, but C wins.", PAIN, "C"),
    ("Among B, C and D, the best is C.", PAIN, "C"),
    ("Not A, not B, not D, not E.", PAIN, "-none"),
    ("Not A, not B, not D, not E: C.", PAIN, "C"),
    ("A is out. B is out. D and E are out as well. C stays.", PAIN, "C"),
    ("Eliminate A, B and E. D lacks support. Answer C.", PAIN, "C"),
    ("A: 0/10\nB: 2/10\nC: 9/10\nD: 1/10\nE: 1/10", PAIN, "-several"),
    ("Rank: 1. C 2. A 3. B", PAIN, "C"),
    ("| Rank | Option |\n|---|---|\n| 1 | C |\n| 2 | A |", PAIN, "-several"),
    ("C\nC\nC", PAIN, "C"),
    ("C C C C", PAIN, "C"),
    ("CCCC", PAIN, "-none"),
    ("Correct Answer: **C**\nIncorrect Answers: **A**, **B**, **D**, **E**", PAIN, "C"),
    ("Answer key: C", PAIN, "C"),
    ("The answer key says B, but I think C.", PAIN, "C"),
    ("Suggested answer: B. My answer: C.", PAIN, "C~"),
    ("User: A\nAssistant: C", PAIN, "-several"),
    ("The answer is C.\n\nHuman: why not A?\nAssistant: The answer is A.", PAIN, "C"),
    ("<answer>C</answer><answer>B</answer>", PAIN, "B"),
    ("<thinking>The answer is A</thinking>\n<answer>C</answer>", PAIN, "C"),
    ("<answer>\n  C. Aortic dissection\n</answer>\n<explanation>A would cause hypoxia.</explanation>", PAIN, "C"),
    ('{"reasoning": "Option A is the best answer in hypoxia.", "answer": "C", "confidence": 0.9}', PAIN, "C"),
    ('{"answer": {"letter": "C", "text": "Aortic dissection"}}', PAIN, "C"),
    ('{"question": "which?", "options": {"A": "x", "B": "y"}, "answer": "C"}', PAIN, "C"),
    ('[{"option": "A", "correct": false}, {"option": "C", "correct": true}]', PAIN, "C"),
    ('answer = "C"', PAIN, "C"),
    ("answer := C", PAIN, "C"),
    ("ANSWER>C", PAIN, "C"),
    ("final_answer('C')", PAIN, "C"),
    ("The answer is \\(C\\).", PAIN, "C"),
    ("\\boxed{\\textbf{C. Aortic dissection}}", PAIN, "C"),
    ("\\boxed{C}\\boxed{C}", PAIN, "C"),
    ("Die Antwort ist C, weil die Pulse ungleich sind. A wäre bei Hypoxie richtig.", PAIN, "C"),
    ("Es handelt sich um eine aortic dissection (C).", PAIN, "C"),
    ("Ich würde C ankreuzen.", PAIN, "C"),
    ("Lösung C", PAIN, "C"),
    ("C trifft zu.", PAIN, "C"),
    ("A, B, D und E treffen nicht zu.", PAIN, "-none"),
    ("La bonne réponse : C) Aortic dissection. Les autres sont fausses.", PAIN, "C"),
    ("C'est la C.", PAIN, "C"),
    ("La respuesta es la letra C, ya que los pulsos son desiguales.", PAIN, "C"),
    ("Sin duda, C.", PAIN, "C"),
    ("La risposta esatta è la C.", PAIN, "C"),
    ("Resposta: letra C.", PAIN, "C"),
    ("答案：C。解析：A错误，B错误。", PAIN, "C"),
    ("本题选C", PAIN, "C"),
    ("正解はCです。Aは低酸素がないため誤りです。", PAIN, "C"),
    ("정답: C번", PAIN, "C"),
    ("Ответ C, потому что пульс разный.", PAIN, "C"),
    ("Правильный вариант: C", PAIN, "C"),
]

KINDS: list[Example] = [
    (
        (
            "Let's break down each answer choice:\n\nA) Nephrotic syndrome – heavy proteinuria, absent here."
            "\nB) IgA nephropathy – hematuria after a cold.\nC) Lupus nephritis – no rash.\nD) Alport "
            "syndrome – no hearing loss.\n\nIgA nephropathy matches best."
        ),
        KIDNEYS,
        "B",
    ),
    (
        (
            "Analysis of answer options\n\nA. Nephrotic syndrome: No, there's hardly any protein.\nB. IgA "
            "nephropathy: Plausible.\nC. Lupus nephritis: No.\nD. Alport syndrome: No."
        ),
        KIDNEYS,
        "B",
    ),
    (
        (
            "Answer choices:\n\n(A) Nephrotic syndrome\n(B) IgA nephropathy\n(C) Lupus nephritis\n(D) "
            "Alport syndrome\n\nThe hearing loss and family history point to Alport syndrome."
        ),
        KIDNEYS,
        "D",
    ),
    (
        "First, the answer options at a glance:\nA: edema\nB: hematuria\nC: rash\nD: deafness\n\nThe boy is deaf.",
        KIDNEYS,
        "-several",
    ),
    ("Which of the answer choices would explain the deafness?\nA) No.\nB) No.\nC) No.\nD) Yes.", KIDNEYS, "D"),
    (
        (
            "I'll go over the choices one at a time:\nA) Nephrotic syndrome is characterized by edema.\nB) "
            "IgA nephropathy is characterized by"
        ),
        KIDNEYS,
        "-truncated",
    ),
    (
        (
            "Considering the answer choices given:\n\nA) Nephrotic syndrome: excluded by the lack of edema\n"
            "B) IgA nephropathy: possible\nC) Lupus nephritis: excluded by serology\nD) Alport syndrome: "
            "excluded by normal hearing\n\nThus B."
        ),
        KIDNEYS,
        "B",
    ),
    ("Answers considered: A, B, C and D. None can be confirmed.", KIDNEYS, "-several"),
    (
        (
            "A) Nephrotic syndrome: edema.\nB) IgA nephropathy: red urine.\n\nThe condition this boy most "
            "probably has is:\n\nB) IgA nephropathy"
        ),
        KIDNEYS,
        "B",
    ),
    ("From the biopsy we can tell that it must be:\n\nC) Lupus nephritis", KIDNEYS, "C"),
    (
        (
            "A. Start heparin - risky.\nC. Order a CT angiogram - slow.\n\nThe procedure that saves his "
            "life is:\n\nB. Perform pericardiocentesis\n\nThis drains the fluid. The other measures do not."
        ),
        ACTIONS,
        "B",
    ),
    ("The patient's symptoms are due to:\n\nD) Alport syndrome\n\nThis is inherited.", KIDNEYS, "D"),
    ("We would expect:\n\nA) Nephrotic syndrome", KIDNEYS, "A"),
    ("The kidney disease with deafness is called:\n\n(D) Alport syndrome", KIDNEYS, "D"),
    ("He should undergo:\n\nC) Order a CT angiogram", ACTIONS, "C"),
    ("Avoid this one:\n\nA) Start heparin", ACTIONS, "-none"),
    ("He was not able to answer because of aphasia. The diagnosis is Alport syndrome.", KIDNEYS, "D"),
    ("I'm sorry, the previous reply was cut off. B is correct.", KIDNEYS, "B"),
    ("Unable to provide a urine sample, the child was catheterised. Answer: A", KIDNEYS, "A"),
    ("I cannot rule out A, but I'd choose B.", KIDNEYS, "B"),
    ("I can't say for sure, but B seems most likely.", KIDNEYS, "B"),
    ("Sorry for the delay - it's C.", KIDNEYS, "C"),
    ("I apologize, but I am unable to choose.", KIDNEYS, "-refused"),
    (
        (
            "**B. IgA nephropathy**\n\nThe urine turned red two days after a cold.\n\n**Other options:**\n- "
            "A. Nephrotic syndrome: no edema\n- C. Lupus nephritis: no rash\n- D. Alport syndrome: normal "
            "hearing"
        ),
        KIDNEYS,
        "B",
    ),
    (
        (
            "A) Nephrotic syndrome\n\n**Why?** Edema and 5 g of protein a day.\n\n**Why not B, C, D?**\nB) "
            "no hematuria\nC) no antibodies\nD) no deafness"
        ),
        KIDNEYS,
        "A",
    ),
    ("D\n\nA - no edema. B - no cold. C - no rash.", KIDNEYS, "D"),
    (
        (
            "C. Lupus nephritis.\n\nA 24-year-old woman with a rash and antibodies.\n\nA. would have edema. "
            "B. would follow a cold. D. would run in the family."
        ),
        KIDNEYS,
        "C",
    ),
    ("✅ C) Lupus nephritis\n\n❌ A) no edema\n❌ B) no cold\n❌ D) no deafness", KIDNEYS, "C"),
    (
        (
            "(B)\n\n(A) is excluded by the normal albumin.\n(C) is excluded by the serology.\n(D) is "
            "excluded by the audiogram."
        ),
        KIDNEYS,
        "B",
    ),
    ("B - IgA nephropathy. Not A (no edema), not C (no rash), not D (no deafness).", KIDNEYS, "B"),
    (
        (
            "Correct: D) Alport syndrome\n\nThe distractors:\nA) nephrotic syndrome\nB) IgA nephropathy\nC) "
            "lupus nephritis"
        ),
        KIDNEYS,
        "D",
    ),
    ("A", NEXT_LETTERS, "A"),
    ("(B)", NEXT_LETTERS, "B"),
    ("Answer: C", NEXT_LETTERS, "C"),
    ("The answer is D.", NEXT_LETTERS, "D"),
    ("D) E", NEXT_LETTERS, "D"),
    ("**A**", SMALL_LETTERS, "A"),
    ("D", SMALL_LETTERS, "D"),
    ("A", BLOOD_GROUPS, "A"),
    ("Option D is out.", KIDNEYS, "-none"),
    ("B isn't it.", KIDNEYS, "-none"),
    ("C can safely be discarded.", KIDNEYS, "-none"),
    ("I would reject A and B.", KIDNEYS, "-none"),
    ("D makes no sense.", KIDNEYS, "-none"),
    ("A is possible but improbable. B even less so.", KIDNEYS, "-none"),
    ("Option A does not apply, so the choice is D.", KIDNEYS, "D"),
    ("B is excluded; C is what remains.", KIDNEYS, "C"),
    ("It can't be A. It can't be B.", KIDNEYS, "-none"),
    ("None of A, B and C explains it.", KIDNEYS, "-none"),
    ("A was excluded by the biopsy, B by serology and C by hearing tests.", KIDNEYS, "-none"),
    ("IgA nephropathy is off the table.", KIDNEYS, "-none"),
    ("The answer is A. On closer look, the protein is low: D.", KIDNEYS, "D~"),
    ("Answer: B... no, wait, C.", KIDNEYS, "C~"),
    ("I said A, but I now think it is C.", KIDNEYS, "C"),
    ("A is correct. Scratch that. C is correct.", KIDNEYS, "C~"),
    ("Answer: D\n\nP.S. I made an error above; the right letter is B.", KIDNEYS, "B~"),
    ("The answer is C. But hold on, her hearing is poor. So D.", KIDNEYS, "D~"),
    ("Final answer: A. Correction, B.", KIDNEYS, "B~"),
    ("The answer is B. Hmm, but there was no cold. I am no longer sure.", KIDNEYS, "-retracted"),
    ("La respuesta es A. Espera, no hay edema: es B.", KIDNEYS, "B~"),
    ("Réponse : A. En fait non, B.", KIDNEYS, "B~"),
    ("The answer is B. Let me double-check: red urine, a cold two days before. Yes, B.", KIDNEYS, "B"),
    ("My initial answer was A; after reviewing the biopsy, my final answer is C.", KIDNEYS, "C~"),
    ("Final answer: Goodpasture syndrome", KIDNEYS, "-not offered"),
    ("The most likely diagnosis is thin basement membrane disease, not IgA nephropathy.", KIDNEYS, "-none"),
    ("IgA nephropathy can look similar. Diagnosis: poststreptococcal glomerulonephritis", KIDNEYS, "-not offered"),
    ("**Correct answer:** Dialysis", ACTIONS, "-not offered"),
    ("The correct answer should be E.", KIDNEYS, "-out of range"),
    ("Answer: Both", KIDNEYS, "-none"),
    ("The best option is observation, which is not among the choices.", ACTIONS, "-not offered"),
    ("The correct answer is thoracotomy. A chest tube alone would not do.", ACTIONS, "-not offered"),
    ('{"final": "b"}', KIDNEYS, "B"),
    ('{"answer": {"option": "d"}}', KIDNEYS, "D"),
    ("```\nanswer: b\n```", KIDNEYS, "B"),
    ("<final_answer>d</final_answer>", KIDNEYS, "D"),
    ("[x] B\n[ ] A\n[ ] C\n[ ] D", KIDNEYS, "B"),
    ("A ✗ B ✓ C ✗ D ✗", KIDNEYS, "B"),
    ("🟢 B\n🔴 A\n🔴 C", KIDNEYS, "B"),
    ("A 5 %, B 85 %, C 5 %, D 5 %", KIDNEYS, "B"),
    ("From most to least likely: B, A, D, C", KIDNEYS, "B"),
    ("D < C < A < B", KIDNEYS, "B"),
    ("Probability: A=0.1, B=0.8, C=0.05, D=0.05", KIDNEYS, "B"),
    ('{"choice": 2}', KIDNEYS, "B#"),
    ('{"reason": "...", "answer": "IgA nephropathy"}', KIDNEYS, "B"),
    ("| A | B | C | D |\n|---|---|---|---|\n| no | yes | no | no |", KIDNEYS, "-several"),
    ("- A: unlikely\n- **B: chosen**\n- C: unlikely\n- D: unlikely", KIDNEYS, "B"),
    ("The answers are A. Nephrotic syndrome, and C. Lupus nephritis.", KIDNEYS, "-several"),
    ("Answer: B) IgA nephropathy; D) Alport syndrome", KIDNEYS, "-several"),
    ("It's either B or D.", KIDNEYS, "-several"),
    ("B) IgA nephropathy and/or C) Lupus nephritis", KIDNEYS, "-several"),
    ("B or D", KIDNEYS, "-several"),
    ("The answer could be B but D is equally plausible.", KIDNEYS, "-several"),
    ("Both IgA nephropathy and Alport syndrome explain the hematuria.", KIDNEYS, "-several"),
    ("Options B and D are both correct.", KIDNEYS, "-several"),
    ("I'd accept B or D.", KIDNEYS, "-none"),
    ("The answer is B, possibly D.", KIDNEYS, "-several"),
    ("De juiste optie is B; A en C vallen af.", KIDNEYS, "B"),
    ("Oikea vaihtoehto on B.", KIDNEYS, "B"),
    ("Riktig svar er B.", KIDNEYS, "B"),
    ("Správně je B.", KIDNEYS, "B"),
    ("Wybieram odpowiedź C, ponieważ jest wysypka.", KIDNEYS, "C"),
    ("Jawaban: B. Nefropati IgA", KIDNEYS, "B"),
    ("Chọn B.", KIDNEYS, "B"),
    ("Câu trả lời là C.", KIDNEYS, "C"),
    ("A resposta certa é a alternativa C; as demais estão erradas.", KIDNEYS, "C"),
    ("Înclin spre varianta B.", KIDNEYS, "B"),
    ("Η απάντηση είναι η Γ.", KIDNEYS, "C"),
    ("الجواب: ب", KIDNEYS, "B"),
    ("उत्तर: B", KIDNEYS, "B"),
    ("답: B", KIDNEYS, "B"),
    ("答えは B。理由：血尿。", KIDNEYS, "B"),
    ("選擇C，因為有皮疹。", KIDNEYS, "C"),
    ("Everything except B is excluded by the biopsy.", KIDNEYS, "B"),
    ("The biopsy leaves no option but B.", KIDNEYS, "B"),
    ("E. faecalis", SPECIES, "B"),
    ("Answer: E. C. albicans", SPECIES, "E"),
    ("The organism is T. denticola.", SPECIES, "C"),
    ("It is S. aureus, not C. albicans.", SPECIES, "A"),
]
