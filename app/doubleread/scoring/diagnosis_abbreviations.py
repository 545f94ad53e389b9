"""Abbreviations of diagnoses, written by us from everyday clinical usage (CC0); no foreign list was copied.

`ABBREVIATIONS` have one meaning among diagnoses. `AMBIGUOUS` have several: each meaning stands with words that speak
for it, and is taken only where the other side of the comparison names just that meaning and no word around speaks for
another. What stands in `ALSO_WORDS` is read as an abbreviation only where it is written in capitals.
"""

from __future__ import annotations

from doubleread.scoring.diagnosis_words import word_set


def _read(lines: str) -> dict[str, str]:
    return {short: long for short, _, long in (line.partition(" = ") for line in lines.strip().splitlines())}


ABBREVIATIONS: dict[str, str] = _read(
    """
aaa = abdominal aortic aneurysm
acs = acute coronary syndrome
adhd = attention deficit hyperactivity disorder
adpkd = autosomal dominant polycystic kidney disease
arpkd = autosomal recessive polycystic kidney disease
af = atrial fibrillation
afib = atrial fibrillation
afl = atrial flutter
aih = autoimmune hepatitis
ain = acute interstitial nephritis
aki = acute kidney injury
all = acute lymphoblastic leukemia
als = amyotrophic lateral sclerosis
ami = acute myocardial infarction
amd = age related macular degeneration
aml = acute myeloid leukemia
apl = acute promyelocytic leukemia
aps = antiphospholipid syndrome
ards = acute respiratory distress syndrome
arf = acute renal failure
asd = atrial septal defect
atn = acute tubular necrosis
avnrt = atrioventricular nodal reentrant tachycardia
avrt = atrioventricular reentrant tachycardia
bcc = basal cell carcinoma
bph = benign prostatic hyperplasia
bppv = benign paroxysmal positional vertigo
bv = bacterial vaginosis
cad = coronary artery disease
cah = congenital adrenal hyperplasia
cap = community acquired pneumonia
cgd = chronic granulomatous disease
cidp = chronic inflammatory demyelinating polyneuropathy
cjd = creutzfeldt jakob disease
ckd = chronic kidney disease
cll = chronic lymphocytic leukemia
cml = chronic myeloid leukemia
cmml = chronic myelomonocytic leukemia
copd = chronic obstructive pulmonary disease
cppd = calcium pyrophosphate deposition disease
crao = central retinal artery occlusion
crvo = central retinal vein occlusion
crps = complex regional pain syndrome
cte = chronic traumatic encephalopathy
cts = carpal tunnel syndrome
cva = cerebrovascular accident
cvid = common variable immunodeficiency
cvst = cerebral venous sinus thrombosis
dcis = ductal carcinoma in situ
dcm = dilated cardiomyopathy
dfsp = dermatofibrosarcoma protuberans
dic = disseminated intravascular coagulation
dka = diabetic ketoacidosis
dlbcl = diffuse large b cell lymphoma
dlb = dementia with lewy bodies
dmd = duchenne muscular dystrophy
dvt = deep vein thrombosis
egpa = eosinophilic granulomatosis with polyangiitis
eoe = eosinophilic esophagitis
esrd = end stage renal disease
et = essential thrombocythemia
fap = familial adenomatous polyposis
fmf = familial mediterranean fever
fsgs = focal segmental glomerulosclerosis
ftd = frontotemporal dementia
gad = generalized anxiety disorder
gbm = glioblastoma
gbs = guillain barre syndrome
gca = giant cell arteritis
gerd = gastroesophageal reflux disease
gord = gastroesophageal reflux disease
gist = gastrointestinal stromal tumor
gpa = granulomatosis with polyangiitis
gvhd = graft versus host disease
hap = hospital acquired pneumonia
hcc = hepatocellular carcinoma
hcm = hypertrophic cardiomyopathy
hocm = hypertrophic obstructive cardiomyopathy
hfmd = hand foot and mouth disease
hfpef = heart failure with preserved ejection fraction
hfref = heart failure with reduced ejection fraction
hht = hereditary hemorrhagic telangiectasia
hhs = hyperosmolar hyperglycemic state
hit = heparin induced thrombocytopenia
hlh = hemophagocytic lymphohistiocytosis
hnpcc = hereditary nonpolyposis colorectal cancer
hsp = henoch schonlein purpura
htn = hypertension
hus = hemolytic uremic syndrome
ibs = irritable bowel syndrome
ibd = inflammatory bowel disease
ida = iron deficiency anemia
iih = idiopathic intracranial hypertension
ipf = idiopathic pulmonary fibrosis
itp = immune thrombocytopenic purpura
jia = juvenile idiopathic arthritis
jra = juvenile rheumatoid arthritis
lam = lymphangioleiomyomatosis
lems = lambert eaton myasthenic syndrome
lbbb = left bundle branch block
rbbb = right bundle branch block
mcd = minimal change disease
mctd = mixed connective tissue disease
mds = myelodysplastic syndrome
mdd = major depressive disorder
men1 = multiple endocrine neoplasia type 1
men2 = multiple endocrine neoplasia type 2
mgus = monoclonal gammopathy of undetermined significance
misc = multisystem inflammatory syndrome in children
mpa = microscopic polyangiitis
mvp = mitral valve prolapse
nafld = nonalcoholic fatty liver disease
nash = nonalcoholic steatohepatitis
nf1 = neurofibromatosis type 1
nf2 = neurofibromatosis type 2
nhl = non hodgkin lymphoma
nmo = neuromyelitis optica
nms = neuroleptic malignant syndrome
nph = normal pressure hydrocephalus
nsclc = non small cell lung cancer
nstemi = non st elevation myocardial infarction
oa = osteoarthritis
ocd = obsessive compulsive disorder
osa = obstructive sleep apnea
pan = polyarteritis nodosa
pac = premature atrial contraction
pvc = premature ventricular contraction
pbc = primary biliary cholangitis
pcos = polycystic ovary syndrome
pda = patent ductus arteriosus
pid = pelvic inflammatory disease
pjp = pneumocystis jirovecii pneumonia
pku = phenylketonuria
pml = progressive multifocal leukoencephalopathy
pmr = polymyalgia rheumatica
pnh = paroxysmal nocturnal hemoglobinuria
pres = posterior reversible encephalopathy syndrome
psc = primary sclerosing cholangitis
psgn = poststreptococcal glomerulonephritis
psp = progressive supranuclear palsy
ptsd = post traumatic stress disorder
pud = peptic ulcer disease
rcc = renal cell carcinoma
rls = restless legs syndrome
sah = subarachnoid hemorrhage
sbo = small bowel obstruction
sbp = spontaneous bacterial peritonitis
scc = squamous cell carcinoma
scd = sickle cell disease
scid = severe combined immunodeficiency
sclc = small cell lung cancer
sdh = subdural hematoma
siadh = syndrome of inappropriate antidiuretic hormone secretion
sjs = stevens johnson syndrome
sle = systemic lupus erythematosus
stemi = st elevation myocardial infarction
svt = supraventricular tachycardia
t1dm = type 1 diabetes mellitus
t2dm = type 2 diabetes mellitus
tb = tuberculosis
tbi = traumatic brain injury
ten = toxic epidermal necrolysis
tga = transposition of the great arteries
tia = transient ischemic attack
tof = tetralogy of fallot
ttp = thrombotic thrombocytopenic purpura
uc = ulcerative colitis
uri = upper respiratory infection
uti = urinary tract infection
vap = ventilator associated pneumonia
vsd = ventricular septal defect
vt = ventricular tachycardia
vte = venous thromboembolism
vwd = von willebrand disease
wpw = wolff parkinson white
svc = superior vena cava
ivc = inferior vena cava
hiv = human immunodeficiency virus
hsv = herpes simplex virus
ebv = epstein barr virus
cmv = cytomegalovirus
vzv = varicella zoster virus
hbv = hepatitis b
hcv = hepatitis c
hav = hepatitis a
hev = hepatitis e
rsv = respiratory syncytial virus
mrsa = methicillin resistant staphylococcus aureus
g6pd = glucose 6 phosphate dehydrogenase
gi = gastrointestinal
mca = middle cerebral artery
pca = posterior cerebral artery
"""
)

# A meaning, then the words (their beginnings) that speak for it.
AMBIGUOUS: dict[str, dict[str, tuple[str, ...]]] = {
    "ms": {
        "multiple sclerosis": ("relaps", "remit", "optic", "demyelin", "progressive", "plaque", "oligoclonal", "neuro"),
        "mitral stenosis": ("rheumatic", "valv", "murmur", "opening", "snap", "atri", "diastolic", "commissur"),
    },
    "pe": {
        "pulmonary embolism": ("saddle", "massive", "dvt", "thrombo", "ct", "anticoag", "dimer", "embol", "submassive"),
        "pleural effusion": ("exudat", "transudat", "parapneumonic", "effusion", "thoracentesis", "fluid"),
        "preeclampsia": ("pregnan", "proteinuri", "gestation", "eclamp", "gravid"),
        "pericardial effusion": ("pericard", "tamponade"),
    },
    "mi": {
        "myocardial infarction": ("st", "stemi", "nstemi", "acute", "wall", "inferior", "anterior", "tropon", "corona"),
        "mitral insufficiency": ("valv", "murmur", "regurg", "systolic", "prolaps"),
        "mesenteric ischemia": ("mesenter", "bowel", "gut"),
    },
    "ra": {
        "rheumatoid arthritis": ("seroposit", "seronegat", "rheumatoid", "joint", "arthr", "hand", "wrist", "erosi"),
        "refractory anemia": ("myelodysplas", "blast", "sideroblast", "anemi", "marrow"),
    },
    "chf": {
        "congestive heart failure": ("decompens", "heart", "eject", "systolic", "diastolic", "cardi", "lvef", "edema"),
        "congenital hepatic fibrosis": ("hepat", "liver", "portal", "cholang", "fibros"),
    },
    "pd": {
        "parkinson disease": ("parkinson", "levodopa", "tremor", "rigid", "dopamin", "bradykin"),
        "panic disorder": ("panic", "anxi", "agoraphob"),
        "peyronie disease": ("penil", "penis", "curvature"),
        "personality disorder": ("personality", "borderline", "narciss"),
    },
    "as": {
        "aortic stenosis": ("valv", "murmur", "calcif", "systolic", "bicuspid", "syncope"),
        "ankylosing spondylitis": ("hla", "sacroili", "spin", "back", "spondyl"),
        "angelman syndrome": ("angelman", "ube"),
    },
    "ar": {
        "aortic regurgitation": ("valv", "murmur", "diastolic", "root"),
        "allergic rhinitis": ("allerg", "nas", "rhin", "pollen"),
    },
    "mr": {
        "mitral regurgitation": ("valv", "murmur", "systolic", "papillary", "prolaps"),
        "mental retardation": ("intellect", "development"),
    },
    "mg": {"myasthenia gravis": ("ptosis", "thymom", "acetylcholine", "weakness")},
    "mm": {
        "multiple myeloma": ("plasma", "lytic", "protein", "light", "bence"),
        "malignant melanoma": ("skin", "nevus", "mole", "breslow", "cutaneous"),
    },
    "di": {"diabetes insipidus": ("central", "nephrogenic", "polyuri", "desmopressin")},
    "dm": {
        "diabetes mellitus": ("insulin", "gluc", "type", "ketoacid", "hba"),
        "dermatomyositis": ("gottron", "heliotrope", "muscle", "myosit"),
        "myotonic dystrophy": ("myoton", "dystroph", "ctg"),
    },
    "bd": {
        "bipolar disorder": ("mani", "mood", "bipolar", "lithium"),
        "behcet disease": ("oral", "genital", "uveit", "pathergy", "behcet"),
    },
    "bp": {"bullous pemphigoid": ("bull", "blister"), "bipolar disorder": ("mani", "mood")},
    "cd": {
        "crohn disease": ("ile", "fistul", "bowel", "granulom", "perianal", "skip"),
        "celiac disease": ("gluten", "transglutamin", "villous"),
        "conduct disorder": ("conduct", "behavi", "aggress"),
    },
    "cf": {"cystic fibrosis": ("sweat", "cftr", "pseudomonas", "pancrea")},
    "hd": {
        "huntington disease": ("chorea", "caudate", "cag", "huntington"),
        "hodgkin disease": ("reed", "lymph", "hodgkin"),
        "hirschsprung disease": ("megacolon", "meconium", "aganglion"),
    },
    "ad": {
        "alzheimer disease": ("dement", "memory", "amyloid", "cognit"),
        "atopic dermatitis": ("eczem", "flexur", "skin", "itch"),
        "aortic dissection": ("aort", "dissect", "chest", "stanford"),
    },
    "ie": {"infective endocarditis": ("vegetation", "valv", "staphyl", "strept", "murmur")},
    "ic": {"interstitial cystitis": ("bladder", "cyst"), "ischemic colitis": ("colon", "colit", "bowel")},
    "lp": {"lichen planus": ("oral", "wickham", "papul")},
    "nec": {"necrotizing enterocolitis": ("preterm", "premature", "newborn", "bowel", "pneumatosis")},
    "pad": {"peripheral arterial disease": ("claudic", "leg", "limb", "ankle")},
    "pcp": {
        "pneumocystis jirovecii pneumonia": ("pneum", "hiv", "aids", "cd4", "lung"),
        "phencyclidine intoxication": ("intoxic", "nystagm", "aggress", "drug"),
    },
    "pv": {
        "polycythemia vera": ("jak2", "erythrocyt", "hematocrit", "polycyth", "myeloproliferat"),
        "pemphigus vulgaris": ("blister", "bull", "desmoglein", "acanthol", "oral"),
    },
    "ss": {
        "sjogren syndrome": ("dry", "sicca", "ro", "sjogren"),
        "systemic sclerosis": ("skin", "raynaud", "sclero", "centromere"),
        "serotonin syndrome": ("ssri", "clonus", "serotonin", "hyperreflex"),
    },
    "ssc": {"systemic sclerosis": ("skin", "raynaud", "sclero")},
    "ta": {"takayasu arteritis": ("pulseless", "aort"), "temporal arteritis": ("temporal", "headache", "jaw")},
    "tn": {"trigeminal neuralgia": ("facial", "face", "pain")},
    "ts": {
        "turner syndrome": ("45", "monosomy", "web", "short"),
        "tuberous sclerosis": ("ash", "tuber", "angiofibrom", "seizure"),
        "tourette syndrome": ("tic", "vocal"),
    },
    "ai": {"aortic insufficiency": ("valv", "murmur"), "adrenal insufficiency": ("adren", "cortisol", "crisis")},
    "cp": {
        "cerebral palsy": ("spastic", "birth", "motor"),
        "chronic pancreatitis": ("pancrea", "alcohol"),
        "constrictive pericarditis": ("pericard", "knock"),
    },
}

ALSO_WORDS = word_set(
    """
    acs ad af ai all aps ar arf as asd bd bp cap cd cf chf cp di dic dm et gad gi gist hap hd hit ic ie lam lp
    mca mg mi misc mm mr ms nash nec oa pac pad pan pca pcp pd pe pres pv ra scid ss ssc ta ten tn ts uc vt
    """
)
