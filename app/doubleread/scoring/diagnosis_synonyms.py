"""Names of one and the same disease, written by us from everyday clinical usage; a case's own `accept` adds to them.

Each line is one disease. Only full synonyms stand here: no subtypes, no causes, no stages.
"""

from __future__ import annotations

SYNONYMS: tuple[tuple[str, ...], ...] = tuple(
    tuple(name.strip() for name in line.split("|"))
    for line in """
myocardial infarction | heart attack
cerebrovascular accident | stroke
shingles | herpes zoster
chickenpox | varicella
oral thrush | oral candidiasis | oropharyngeal candidiasis
androgenetic alopecia | female pattern hair loss | male pattern baldness | pattern hair loss
conversion disorder | functional neurological disorder | functional neurologic symptom disorder
dissociative amnesia | psychogenic amnesia
digital mucous cyst | digital myxoid cyst | digital mucoid cyst
hidradenitis suppurativa | acne inversa
psoriasis vulgaris | plaque psoriasis | psoriasis
whooping cough | pertussis
German measles | rubella
glandular fever | infectious mononucleosis
granulomatosis with polyangiitis | Wegener granulomatosis | Wegener's granulomatosis
eosinophilic granulomatosis with polyangiitis | Churg-Strauss syndrome
giant cell arteritis | temporal arteritis
Graves disease | Graves' disease
Hashimoto thyroiditis | Hashimoto's thyroiditis | chronic lymphocytic thyroiditis
primary biliary cholangitis | primary biliary cirrhosis
motor neurone disease | amyotrophic lateral sclerosis | Lou Gehrig disease
celiac disease | celiac sprue | gluten-sensitive enteropathy
giant urticaria | angioedema
atopic dermatitis | atopic eczema
infantile spasms | West syndrome
hepatolenticular degeneration | Wilson disease | Wilson's disease
tension pneumothorax | pneumothorax under tension
pulmonary embolism | lung embolism | pulmonary thromboembolism
deep vein thrombosis | deep venous thrombosis
renal cell carcinoma | hypernephroma
Guillain-Barre syndrome | acute inflammatory demyelinating polyneuropathy
stress cardiomyopathy | takotsubo cardiomyopathy | broken heart syndrome
nephrolithiasis | kidney stones | renal calculi
cholelithiasis | gallstones
osteitis deformans | Paget's disease of bone | Paget disease of bone
Bell's palsy | Bell palsy | idiopathic facial palsy
hypovolemic shock | shock from hypovolemia
""".strip().splitlines()
)
