"""Sets of options, and the shape of an example: the answer, the options, and what a person reads in it.

What is read: a letter, or "-reason" where there is no choice; "!" behind it where letter and text disagree, "~" where
the answer changed, "#" where a number stands for the letter.
"""

from __future__ import annotations

Options = dict[str, str]
Example = tuple[str, Options, str]

CHEST = {
    "A": "Tuberculosis",
    "B": "Sarcoidosis",
    "C": "Lymphoma",
    "D": "Do not anticoagulate",
    "E": "None of the above",
}
STROKE = {"A": "MRI brain", "B": "CT head without contrast", "C": "Lumbar puncture", "D": "Administer intravenous tPA"}
BLEEDING = {"A": "Hemophilia A", "B": "Von Willebrand disease", "C": "Protein C deficiency", "D": "Factor V Leiden"}
NUMBERS = {"A": "5", "B": "15", "C": "50", "D": "0.5"}
DOSES = {"A": "5 mg", "B": "50 mg", "C": "500 mg", "D": "5 g"}
YES_NO = {"A": "Yes", "B": "No", "C": "Maybe"}
VASCULITIS = {"A": "GPA", "B": "EGPA", "C": "Microscopic polyangiitis", "D": "Granulomatosis with polyangiitis"}
CARE = {
    "A": "Reassure the parents and send the child home",
    "B": "Begin intravenous fluids and antibiotics",
    "C": "Remove the foreign body under general anesthesia",
    "D": "Ask for a second blood sample from the other arm",
    "E": "None of these options are correct",
}
LONG = {
    "A": "Acute appendicitis",
    "B": "Acute pericarditis",
    "C": "Pulmonary embolism",
    "D": "Aortic dissection",
    "E": "Pneumothorax",
    "F": "Myocardial infarction",
    "G": "Esophageal rupture",
    "H": "Costochondritis",
    "I": "Panic attack",
    "J": "Herpes zoster",
}
HEPATITIS = {"A": "Hepatitis A", "B": "Hepatitis B", "C": "Hepatitis C", "D": "Alcoholic hepatitis"}
KIDNEY = {
    "A": "Minimal change disease",
    "B": "Focal segmental glomerulosclerosis (FSGS)",
    "C": "Membranous nephropathy",
    "D": "IgA nephropathy (Berger disease)",
}
ELECTROLYTES = {"A": "Hyperkalemia", "B": "Hypokalemia", "C": "Hypernatremia", "D": "Hyponatremia"}
BRUST = {
    "A": "Tuberkulose",
    "B": "Sarkoidose",
    "C": "Lymphom",
    "D": "Keine Therapie nötig",
}
POITRINE = {"A": "Tuberculose", "B": "Sarcoïdose", "C": "Lymphome", "D": "Pneumopathie à éosinophiles"}
TORAX = {"A": "Tuberculosis", "B": "Sarcoidosis", "C": "Linfoma", "D": "Neumonía atípica"}
TORACE = {"A": "Tubercolosi", "B": "Sarcoidosi", "C": "Linfoma", "D": "Polmonite atipica"}
PULMAO = {"A": "Tuberculose", "B": "Sarcoidose", "C": "Linfoma", "D": "Pneumonia atípica"}
XIONG = {"A": "肺结核", "B": "结节病", "C": "淋巴瘤", "D": "肺炎"}
MUNE = {"A": "結核", "B": "サルコイドーシス", "C": "悪性リンパ腫", "D": "肺炎"}
