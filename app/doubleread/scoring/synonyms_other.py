"""Names of one and the same disease: nerves, mind, bones, skin, infections, eye, pregnancy, injury.

`diagnosis_synonyms` reads them.
"""

from __future__ import annotations

OTHER = """
# Brain, nerves, muscle
cerebrovascular accident | stroke | apoplexy | brain attack
transient ischemic attack | mini-stroke
amyotrophic lateral sclerosis | motor neuron disease | Lou Gehrig disease
Guillain-Barre syndrome | acute inflammatory demyelinating polyneuropathy
  | acute inflammatory demyelinating polyradiculoneuropathy | Landry paralysis
Parkinson disease | idiopathic parkinsonism | paralysis agitans
Huntington disease | Huntington chorea
Alzheimer disease | Alzheimer dementia | senile dementia of Alzheimer type | dementia of the Alzheimer type
frontotemporal dementia | Pick disease | frontotemporal lobar degeneration
dementia with Lewy bodies | Lewy body dementia | diffuse Lewy body disease
Bell palsy | idiopathic facial palsy | idiopathic facial nerve palsy | idiopathic facial paralysis
herpes zoster oticus | Ramsay Hunt syndrome
trigeminal neuralgia | tic douloureux
infantile spasms | West syndrome
absence epilepsy | petit mal | petit mal epilepsy
generalized tonic-clonic seizure | grand mal seizure | grand mal
Lambert-Eaton myasthenic syndrome | Lambert-Eaton syndrome
idiopathic intracranial hypertension | pseudotumor cerebri | benign intracranial hypertension
normal pressure hydrocephalus | Hakim syndrome
hydrocephalus | water on the brain
neuromyelitis optica | Devic disease | neuromyelitis optica spectrum disorder
Charcot-Marie-Tooth disease | hereditary motor and sensory neuropathy | peroneal muscular atrophy
Sydenham chorea | St Vitus dance
restless legs syndrome | Willis-Ekbom disease
complex regional pain syndrome | reflex sympathetic dystrophy | Sudeck atrophy | causalgia
meralgia paresthetica | Bernhardt-Roth syndrome | lateral femoral cutaneous nerve entrapment
Wernicke encephalopathy | Wernicke disease
subacute combined degeneration | subacute combined degeneration of the spinal cord | funicular myelosis
central pontine myelinolysis | osmotic demyelination syndrome
subacute sclerosing panencephalitis | Dawson disease
Creutzfeldt-Jakob disease | subacute spongiform encephalopathy
glioblastoma | glioblastoma multiforme
vestibular schwannoma | acoustic neuroma | acoustic schwannoma | vestibular neurilemmoma
neurofibromatosis type 1 | von Recklinghausen disease | peripheral neurofibromatosis
neurofibromatosis type 2 | bilateral acoustic neurofibromatosis | central neurofibromatosis
tuberous sclerosis | Bourneville disease | tuberous sclerosis complex
Sturge-Weber syndrome | encephalotrigeminal angiomatosis
von Hippel-Lindau disease | von Hippel-Lindau syndrome
benign paroxysmal positional vertigo | benign positional vertigo
Meniere disease | endolymphatic hydrops | idiopathic endolymphatic hydrops
Tourette syndrome | Gilles de la Tourette syndrome | Tourette disorder
migraine with aura | classic migraine
lateral medullary syndrome | Wallenberg syndrome
cerebral palsy | Little disease
Friedreich ataxia | hereditary spinal ataxia
myotonic dystrophy | Steinert disease | myotonia dystrophica
spinal muscular atrophy type 1 | Werdnig-Hoffmann disease
spina bifida cystica | myelomeningocele
subarachnoid hemorrhage | subarachnoid bleed
subdural hematoma | subdural hemorrhage
epidural hematoma | extradural hematoma | extradural hemorrhage
poliomyelitis | infantile paralysis | polio
tetanus | lockjaw
# Mind
conversion disorder | functional neurological disorder | functional neurologic symptom disorder
  | hysterical conversion
dissociative amnesia | psychogenic amnesia
dissociative identity disorder | multiple personality disorder
bipolar disorder | bipolar affective disorder | manic depression | manic-depressive illness
  | manic-depressive disorder
major depressive disorder | major depression | clinical depression | unipolar depression
factitious disorder imposed on self | Munchausen syndrome
factitious disorder imposed on another | Munchausen syndrome by proxy
illness anxiety disorder | hypochondriasis
social anxiety disorder | social phobia
antisocial personality disorder | dissocial personality disorder
dysthymia | persistent depressive disorder | dysthymic disorder
intellectual disability | mental retardation
attention deficit hyperactivity disorder | hyperkinetic disorder
trichotillomania | hair-pulling disorder
delirium tremens | alcohol withdrawal delirium
Korsakoff syndrome | Korsakoff psychosis
# Joints, bones, connective tissue
ankylosing spondylitis | Bechterew disease | Marie-Strumpell disease
reactive arthritis | Reiter syndrome
adult-onset Still disease | adult Still disease | Still disease of the adult
juvenile idiopathic arthritis | juvenile rheumatoid arthritis | juvenile chronic arthritis
systemic sclerosis | scleroderma
Sjogren syndrome | sicca syndrome
Behcet disease | Behcet syndrome
osteoarthritis | degenerative joint disease | osteoarthrosis
osteitis deformans | Paget disease of bone
Paget disease of the breast | mammary Paget disease
osteogenesis imperfecta | brittle bone disease
osteopetrosis | marble bone disease | Albers-Schonberg disease
adhesive capsulitis | frozen shoulder
lateral epicondylitis | tennis elbow
medial epicondylitis | golfer's elbow
stenosing tenosynovitis | trigger finger
Dupuytren contracture | palmar fibromatosis
Legg-Calve-Perthes disease | Perthes disease
Osgood-Schlatter disease | tibial tubercle apophysitis
talipes equinovarus | clubfoot | club foot
hallux valgus | bunion
avascular necrosis | osteonecrosis | aseptic necrosis
neuropathic arthropathy | Charcot arthropathy | Charcot joint
diabetic arthropathy | diabetic Charcot arthropathy
developmental dysplasia of the hip | congenital hip dislocation | congenital dislocation of the hip
diffuse idiopathic skeletal hyperostosis | Forestier disease
spinal tuberculosis | Pott disease | tuberculous spondylitis | tuberculosis of the spine
herniated disk | slipped disk | disk herniation | disk prolapse
nursemaid's elbow | radial head subluxation | pulled elbow
popliteal cyst | Baker cyst
plantar fasciitis | heel spur syndrome
achondroplasia | achondroplastic dwarfism
pyogenic arthritis | septic arthritis | infectious arthritis
fibromyalgia | fibrositis | fibromyalgia syndrome
fat embolism syndrome | fat embolism
# Skin
shingles | herpes zoster | zoster
chickenpox | varicella
oral thrush | oral candidiasis | oropharyngeal candidiasis | oral moniliasis
herpes labialis | cold sore | fever blister
androgenetic alopecia | female pattern hair loss | male pattern baldness | pattern hair loss | androgenic alopecia
digital mucous cyst | digital myxoid cyst | digital mucoid cyst
hidradenitis suppurativa | acne inversa | Verneuil disease
psoriasis vulgaris | plaque psoriasis | psoriasis
acne vulgaris | acne
giant urticaria | angioedema | Quincke edema | angioneurotic edema
urticaria | hives | nettle rash
atopic dermatitis | atopic eczema | neurodermatitis
contact dermatitis | contact eczema
seborrheic keratosis | seborrheic wart | senile wart
actinic keratosis | solar keratosis | senile keratosis
basal cell carcinoma | basalioma | rodent ulcer | basal cell epithelioma
squamous cell carcinoma in situ | Bowen disease
toxic epidermal necrolysis | Lyell syndrome
acute febrile neutrophilic dermatosis | Sweet syndrome
dermatitis herpetiformis | Duhring disease
tinea pedis | athlete's foot
tinea capitis | ringworm of the scalp | scalp ringworm
tinea cruris | jock itch
tinea corporis | ringworm of the body
tinea versicolor | pityriasis versicolor
tinea unguium | onychomycosis
pediculosis capitis | head lice
pediculosis pubis | pubic lice
scabies | sarcoptic mange
verruca vulgaris | common wart
verruca plantaris | plantar wart
condyloma acuminatum | genital warts | venereal warts | anogenital warts
lentigo maligna | Hutchinson melanotic freckle
nevus flammeus | port-wine stain
infantile hemangioma | strawberry hemangioma | strawberry nevus
cherry angioma | senile angioma | Campbell de Morgan spot
pressure ulcer | bedsore | decubitus ulcer | pressure sore | pressure injury
staphylococcal scalded skin syndrome | Ritter disease
epidermoid cyst | epidermal inclusion cyst | sebaceous cyst
erythema infectiosum | fifth disease | slapped cheek disease
roseola infantum | exanthem subitum | sixth disease
porphyria cutanea tarda | acquired hepatic porphyria
calciphylaxis | calcific uremic arteriolopathy
lipoma | fatty tumor
melanoma | malignant melanoma
lichen simplex chronicus | circumscribed neurodermatitis
miliaria | prickly heat | heat rash
diaper dermatitis | diaper rash | nappy rash
alopecia areata | spot baldness
papular acrodermatitis of childhood | Gianotti-Crosti syndrome
recurrent aphthous stomatitis | aphthous ulcers | canker sores | aphthous stomatitis
pityriasis rosea | Gibert disease
# Infections
leprosy | Hansen disease
Lyme disease | Lyme borreliosis
scarlet fever | scarlatina
rubella | German measles | three-day measles
measles | rubeola | morbilli
mumps | epidemic parotitis
smallpox | variola
inhalational anthrax | woolsorter disease
cutaneous anthrax | malignant pustule
brucellosis | undulant fever | Malta fever
tularemia | rabbit fever
psittacosis | ornithosis | parrot fever
leptospirosis | Weil disease
cat-scratch disease | cat scratch fever
typhoid fever | enteric fever
erysipelas | St Anthony's fire
necrotizing fasciitis | flesh-eating disease
gas gangrene | clostridial myonecrosis
visceral leishmaniasis | kala-azar
onchocerciasis | river blindness
schistosomiasis | bilharzia | bilharziasis
dracunculiasis | guinea worm disease
trichinosis | trichinellosis
American trypanosomiasis | Chagas disease
African trypanosomiasis | sleeping sickness
echinococcosis | hydatid disease
coccidioidomycosis | valley fever
dengue fever | breakbone fever
hepatitis A | hepatitis A virus infection | HAV infection
hepatitis B | hepatitis B virus infection | HBV infection
hepatitis C | hepatitis C virus infection | HCV infection
syphilis | lues
gonorrhea | gonococcal infection
chancroid | soft chancre
lymphogranuloma venereum | Durand-Nicolas-Favre disease
granuloma inguinale | donovanosis
herpangina | coxsackievirus pharyngitis
hand, foot and mouth disease | hand-foot-mouth disease
Vincent angina | trench mouth | acute necrotizing ulcerative gingivitis
streptococcal pharyngitis | strep throat | streptococcal sore throat
bacterial vaginosis | Gardnerella vaginitis | nonspecific vaginitis
vulvovaginal candidiasis | vaginal yeast infection | vaginal candidiasis | candidal vaginitis
acquired immunodeficiency syndrome | AIDS
# Eye, ear, nose, throat
conjunctivitis | pink eye | pinkeye
amblyopia | lazy eye
strabismus | crossed eyes
hyperopia | farsightedness | hypermetropia
myopia | nearsightedness | shortsightedness
hordeolum | stye
acute angle-closure glaucoma | acute closed-angle glaucoma | acute narrow-angle glaucoma
retinopathy of prematurity | retrolental fibroplasia
presbycusis | age-related hearing loss
otitis externa | swimmer's ear
otitis media | middle ear infection
peritonsillar abscess | quinsy
submandibular space infection | Ludwig angina
tonsillitis | inflammation of the tonsils
dental caries | tooth decay
temporomandibular joint disorder | temporomandibular disorder
# Pregnancy, women, children
preeclampsia | pre-eclampsia | toxemia of pregnancy | pregnancy toxemia
placental abruption | abruptio placentae | premature separation of the placenta
miscarriage | spontaneous abortion
ectopic pregnancy | extrauterine pregnancy
hydatidiform mole | molar pregnancy
uterine leiomyoma | uterine fibroids | leiomyoma of the uterus | uterine myoma | fibroid uterus
primary dysmenorrhea | menstrual cramps
intrahepatic cholestasis of pregnancy | obstetric cholestasis
mature cystic teratoma of the ovary | ovarian dermoid cyst
Down syndrome | trisomy 21 | mongolism
trisomy 18 | Edwards syndrome
trisomy 13 | Patau syndrome
Turner syndrome | monosomy X | 45,X syndrome | Ullrich-Turner syndrome
Klinefelter syndrome | XXY syndrome | 47,XXY syndrome
fragile X syndrome | Martin-Bell syndrome
DiGeorge syndrome | 22q11.2 deletion syndrome | velocardiofacial syndrome
cri du chat syndrome | 5p deletion syndrome | cat cry syndrome
sudden infant death syndrome | cot death | crib death
child abuse | battered child syndrome
X-linked agammaglobulinemia | Bruton agammaglobulinemia
# Injury, poisoning, other
carbon monoxide poisoning | carbon monoxide intoxication
organophosphate poisoning | organophosphate intoxication | organophosphate toxicity
lead poisoning | plumbism | saturnism
heat stroke | heatstroke | sunstroke
decompression sickness | the bends | caisson disease
acute mountain sickness | altitude sickness
vasovagal syncope | neurocardiogenic syncope
hypovolemic shock | shock from hypovolemia
malignant hyperthermia | malignant hyperpyrexia
Langerhans cell histiocytosis | histiocytosis X | eosinophilic granuloma
amyloid light-chain amyloidosis | AL amyloidosis | primary amyloidosis
aldosteronoma | aldosterone-producing adenoma | Conn adenoma
chronic fatigue syndrome | myalgic encephalomyelitis
"""
