"""Words that decide whether two names mean the same disease: opposites, words that change a disease, abbreviations.

Each group of `CONTRASTS` holds words that exclude one another; a name with one of them is not the name with another.
`CHANGING` words in front of a name make another disease of it. `ABBREVIATIONS` are those in everyday clinical use with
one meaning among diagnoses; ambiguous ones (MS, RA, PD) are left out on purpose. All words are in the form of
`diagnosis.normal_words`.
"""

from __future__ import annotations

CONTRASTS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split(","))
    for group in (
        "type 1,type 2,type 3,type i,type ii,type iii,type a,type b",
        "acute,chronic,subacute",
        "left,right,bilateral",
        "primary,secondary,tertiary",
        "hepatitis a,hepatitis b,hepatitis c,hepatitis d,hepatitis e",
        "hemophilia a,hemophilia b,hemophilia c",
        "influenza a,influenza b",
        "small cell,non small cell,squamous cell,basal cell,large cell,clear cell,transitional cell,merkel cell,"
        "mantle cell,hairy cell",
        "papillary,medullary,follicular,anaplastic",
        "nephrotic,nephritic",
        "systolic,diastolic",
        "arterial,venous,artery,vein",
        "acidosis,alkalosis",
        "metabolic,respiratory",
        "hodgkin,non hodgkin",
        "lymphoblastic,lymphocytic,myeloid,myelogenous",
        "bone,breast,vulva,penis",
        "benign,malignant",
        "bacterial,viral,fungal,nonbacterial,non bacterial,aseptic",
        "ischemic,hemorrhagic",
        "open angle,closed angle,angle closure",
        "central,peripheral,nephrogenic",
        "upper,lower",
        "anterior,posterior,inferior,lateral",
        "atrial,ventricular",
        "supraventricular,ventricular",
        "stable,unstable",
        "obstructive,restrictive",
        "mitral,aortic,tricuspid,pulmonic",
        "stenosis,regurgitation,insufficiency",
        "inguinal,femoral,umbilical,hiatal",
        "direct,indirect",
        "epidural,subdural,subarachnoid",
        "conductive,sensorineural",
        "schizoid,schizotypal,paranoid",
        "deficiency,excess,toxicity",
    )
)

# Members that also matter where the other name has none of the group: chronic prostatitis is not just prostatitis.
NARROWING = frozenset().union(
    *(
        group
        for group in CONTRASTS
        if group
        & {
            "type 1",
            "hepatitis a",
            "hemophilia a",
            "influenza a",
            "small cell",
            "papillary",
            "nephrotic",
            "lymphoblastic",
            "schizoid",
        }
    ),
    {"chronic", "subacute", "non hodgkin", "secondary", "fungal", "viral"},
)

OPPOSED_STARTS: tuple[tuple[str, str], ...] = (
    ("hyper", "hypo"),
    ("tachy", "brady"),
    ("macro", "micro"),
    ("mono", "poly"),
    ("thrombocytop", "thrombocyth"),
    ("leukopen", "leukocyt"),
)

CHANGING = frozenset(
    [
        "german",
        "pseudo",
        "non",
        "anti",
        "para",
        "secondary",
        "atypical",
        "false",
        "silent",
        "congenital",
        "neonatal",
        "gestational",
    ]
)

ABBREVIATIONS: dict[str, str] = {
    "mi": "myocardial infarction",
    "ami": "acute myocardial infarction",
    "stemi": "st elevation myocardial infarction",
    "nstemi": "non st elevation myocardial infarction",
    "pe": "pulmonary embolism",
    "dvt": "deep vein thrombosis",
    "copd": "chronic obstructive pulmonary disease",
    "chf": "congestive heart failure",
    "gerd": "gastroesophageal reflux disease",
    "uti": "urinary tract infection",
    "tia": "transient ischemic attack",
    "sle": "systemic lupus erythematosus",
    "t1dm": "type 1 diabetes mellitus",
    "t2dm": "type 2 diabetes mellitus",
    "dka": "diabetic ketoacidosis",
    "ckd": "chronic kidney disease",
    "aki": "acute kidney injury",
    "ards": "acute respiratory distress syndrome",
    "itp": "immune thrombocytopenic purpura",
    "ttp": "thrombotic thrombocytopenic purpura",
    "hus": "hemolytic uremic syndrome",
    "als": "amyotrophic lateral sclerosis",
    "bph": "benign prostatic hyperplasia",
    "bppv": "benign paroxysmal positional vertigo",
    "pcos": "polycystic ovary syndrome",
    "ibs": "irritable bowel syndrome",
    "gpa": "granulomatosis with polyangiitis",
    "egpa": "eosinophilic granulomatosis with polyangiitis",
    "siadh": "syndrome of inappropriate antidiuretic hormone secretion",
    "ptsd": "post traumatic stress disorder",
    "ocd": "obsessive compulsive disorder",
    "adhd": "attention deficit hyperactivity disorder",
    "vwd": "von willebrand disease",
}

_SPELLING = (
    ("oedema", "edema"),
    ("oesoph", "esoph"),
    ("haem", "hem"),
    ("aemia", "emia"),
    ("aemic", "emic"),
    ("anaem", "anem"),
    ("caecal", "cecal"),
    ("paed", "ped"),
    ("diarrhoea", "diarrhea"),
    ("tumour", "tumor"),
    ("coeliac", "celiac"),
    ("foetal", "fetal"),
    ("leucoc", "leukoc"),
    ("orthopaed", "orthoped"),
    ("gynaec", "gynec"),
    ("faec", "fec"),
    ("aetiolog", "etiolog"),
    ("oestrog", "estrog"),
    ("praecox", "precox"),
)


def american(word: str) -> str:
    """Return a word of lower case in American spelling."""
    for british, us in _SPELLING:
        if british in word:
            word = word.replace(british, us)
    return word


def singular(word: str) -> str:
    """Return a word without a plain English plural; Latin endings in -is, -us, -ss stay."""
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "is", "us", "as", "os", "ics", "itis")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 6 else word[:-1]
    return word
