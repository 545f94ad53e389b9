"""Words that decide whether two names mean the same disease: opposites, and words that make another disease of a name.

All words are in the form of `diagnosis_words.normal_words`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from doubleread.scoring.diagnosis_words import word_set

# Words that exclude one another: a name with one of them is not the name with another.
CONTRASTS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split(","))
    for group in (
        "acute,chronic,subacute",
        "left,right,bilateral",
        "primary,secondary,tertiary",
        "small cell,nonsmall cell,squamous cell,basal cell,large cell,clear cell,transitional cell,merkel cell,"
        "mantle cell,hairy cell,spindle cell,plasma cell,giant cell",
        "b cell,t cell,nk cell",
        "papillary,medullary,follicular,anaplastic",
        "nephrotic,nephritic",
        "systolic,diastolic",
        "arterial,venous",
        "acidosis,alkalosis",
        "metabolic,respiratory",
        "hodgkin,nonhodgkin",
        "lymphoblastic,lymphocytic,myeloid,monocytic,promyelocytic",
        "bone,breast,vulva,penis,vulvar,extramammary",
        "benign,malignant",
        "bacterial,viral,fungal,nonbacterial,aseptic,tuberculosis,cryptococcal,parasitic",
        "alcoholic,autoimmune,nonalcoholic",
        "ischemic,hemorrhagic",
        "open angle,closed angle,angle closure",
        "central,peripheral,nephrogenic",
        "upper,lower",
        "anterior,posterior,inferior,lateral,medial,superior",
        "atrial,ventricular",
        "supraventricular,ventricular",
        "stable,unstable",
        "obstructive,restrictive",
        "mitral,aortic,tricuspid,pulmonic",
        "stenosis,regurgitation,insufficiency,prolapse",
        "inguinal,femoral,umbilical,hiatal,incisional,diaphragmatic,obturator",
        "direct,indirect",
        "epidural,subdural,subarachnoid,intraparenchymal",
        "conductive,sensorineural",
        "schizoid,schizotypal,paranoid",
        "deficiency,excess,toxicity",
        "dominant,recessive",
        "prerenal,postrenal,intrinsic",
        "intrinsic,extrinsic",
        "manic,depression",
        "bullous,vulgaris,foliaceus",
        "mellitus,insipidus",
        "macrocytic,microcytic,normocytic",
        "congenital,acquired",
        "wet,dry",
        "communicating,obstructive",
        "gastric,duodenal",
        "focal,generalized",
        "cutaneous,visceral,mucocutaneous",
        "pulmonary,spinal,miliary,cutaneous,intestinal",
        "corporis,versicolor,capitis,pedis,cruris,unguium,barbae",
        "migraine,cluster,tension",
        "infiltrating,in situ",
        "simple,complex",
        "wide,narrow",
        "proximal,distal",
        "internal,external",
        "superficial,deep",
        "early,late",
        "male,female",
        "vulgaris,inversa,rosacea,fulminans,conglobata,infantum",
        "plaque,pustular,guttate,erythrodermic",
        "essential hypertension,pulmonary hypertension,portal hypertension,intracranial hypertension,"
        "ocular hypertension,gestational hypertension,renovascular hypertension",
        "heat stroke,ischemic stroke",
    )
)

# Groups that also matter where the other name has none of them: chronic prostatitis is not just prostatitis.
_MATTERS_ALONE = ("small cell", "papillary", "nephrotic", "lymphoblastic", "schizoid", "b cell")
NARROWING = frozenset(
    {
        "chronic",
        "subacute",
        "nonhodgkin",
        "secondary",
        "tertiary",
        "fungal",
        "viral",
        "alcoholic",
        "insipidus",
        "recessive",
        "extramammary",
        "cryptococcal",
        "inversa",
        "rosacea",
        "fulminans",
        "conglobata",
        "pustular",
        "guttate",
        "erythrodermic",
        "pulmonary hypertension",
        "portal hypertension",
        "intracranial hypertension",
        "ocular hypertension",
        "gestational hypertension",
        "renovascular hypertension",
        "heat stroke",
    }
).union(*(group for group in CONTRASTS if group & set(_MATTERS_ALONE)))

OPPOSED_STARTS: tuple[tuple[str, str], ...] = (
    ("hyper", "hypo"),
    ("tachy", "brady"),
    ("macro", "micro"),
    ("mono", "poly"),
    ("intra", "extra"),
    ("supra", "infra"),
    ("endo", "exo"),
    ("ante", "anti"),
    ("pre", "post"),
    ("inter", "intra"),
    ("thrombocytop", "thrombocyth"),
    ("leukopen", "leukocyt"),
)
_ENDINGS = re.compile(
    r"(itis|osis|oma|emia|uria|algia|pathy|penia|plasia|trophy|cytosis|ectasis|ectasia|asthenia|plegia|"
    r"paresis|rrhea|megaly|sclerosis|stenosis|oid|eal|ic)$"
)

# Words in front of a name that make another disease of it.
CHANGING = word_set(
    """german pseudo false atypical silent congenital neonatal gestational juvenile familial hereditary secondary
    tertiary extramammary paraneoplastic impending resolved suspected possible partial mimicking pre early
    localized ocular neuro cerebral cutaneous paranoid abdominal aborted alcoholic autoimmune viral fungal"""
)

# Names that differ only by a word which is left out of count elsewhere.
_PAIRS_APART = (
    ("cushing disease", "cushing syndrome"),
    ("parkinson disease", "parkinsonism"),
    ("raynaud disease", "raynaud syndrome"),
)
APART = frozenset(name for pair in _PAIRS_APART for name in pair)


def contradicts(words: Sequence[str], around: Sequence[str]) -> bool:
    """Say whether a word around a name makes another disease of it.

    `words` are the name's own, `around` those that stand where it was found, the name among them. A word of a contrast
    that the name lacks counts where the name has another of the group, or where the word narrows a disease by itself.
    """
    own, theirs = f" {' '.join(words)} ", f" {' '.join(around)} "
    for group in CONTRASTS:
        other = {member for member in group if f" {member} " in theirs}
        if not other:
            continue
        mine = {member for member in group if f" {member} " in own}
        other = {member for member in other - mine if not any(member in wider for wider in mine)}
        if other & (other if mine else NARROWING):
            return True
    kinds = {word for word in words if ":" in word}
    if {word for word in around if ":" in word} - kinds:
        return True
    return any(
        (f" {one} " in own and f" {two} " in theirs) or (f" {two} " in own and f" {one} " in theirs)
        for one, two in _PAIRS_APART
    )


def opposed(word: str, other: str) -> bool:
    """Say whether two words alike in letters mean different things: hyper- and hypo-, -itis and -osis."""
    for one, two in OPPOSED_STARTS:
        if (word.startswith(one) and other.startswith(two)) or (word.startswith(two) and other.startswith(one)):
            return True
    mine, theirs = _ENDINGS.search(word), _ENDINGS.search(other)
    return bool(mine and theirs and mine[0] != theirs[0])


# Words one or two letters apart that are both right.
LOOK_ALIKE = word_set(
    """dysphagia dysphasia dysplasia dystocia dystonia dystrophy hyperkalemia hypercalcemia hypokalemia hypocalcemia
    hypernatremia hyponatremia ileus ileum ilium ileitis peroneal perineal peritoneal nephrotic nephritic necrotic
    myelitis myositis meningitis mastitis mastoiditis gastritis gastric arthritis arteritis cystitis colitis
    cholecystitis cholangitis myeloma myoma melanoma mesothelioma lymphoma lipoma glaucoma glioma gliosis fibroma
    keratitis keratosis sclerosus sclerosis stenosis cirrhosis psoriasis pityriasis papillary capillary pemphigus
    pemphigoid tinea varicella varicocele vaccinia carpal tarsal typhus typhoid measles hydrocele hydrocephalus
    aphasia aphakia ataxia apraxia anemia uremia leukemia alkalosis acidosis adenoma angioma hemangioma hematoma
    hamartoma osteoma osteosarcoma chondroma chondrosarcoma liposarcoma leiomyoma rhabdomyoma embolism botulism
    schizoid schizophrenia scleritis episcleritis uveitis urethritis ureteritis vaginitis vaginosis vasculitis
    bronchitis bronchiolitis bronchiectasis pancreatitis parotitis pericarditis endocarditis myocarditis
    diverticulitis diverticulosis thrombocytosis thrombocytopenia leukocytosis leukopenia polymyositis polymyalgia
    hemophilia hematuria hemoglobinuria myoglobinuria amebiasis leishmaniasis giardiasis filariasis ascariasis
    candidiasis aspergillosis histoplasmosis blastomycosis coccidioidomycosis cryptococcosis toxoplasmosis
    hypertension hypotension tachycardia bradycardia tachypnea bradypnea hyperthermia hypothermia tendinitis
    tendonitis bursitis epicondylitis esophagitis laryngitis pharyngitis rhinitis sinusitis conjunctivitis
    blepharitis dacryocystitis chalazion hordeolum cataract strabismus nystagmus amaurosis salpingitis
    chorioamnionitis endometritis endometriosis adenomyosis fibromyalgia"""
)
