"""Names of one and the same disease: heart, lungs, gut, kidney, hormones, blood. `diagnosis_synonyms` reads them."""

from __future__ import annotations

INTERNAL = """
# Heart and vessels
myocardial infarction | heart attack
hypertension | high blood pressure | arterial hypertension | essential hypertension | elevated blood pressure
hypotension | low blood pressure
stress cardiomyopathy | takotsubo cardiomyopathy | takotsubo syndrome | broken heart syndrome
  | apical ballooning syndrome
variant angina | Prinzmetal angina | vasospastic angina | coronary vasospasm | coronary artery spasm
post-myocardial infarction syndrome | Dressler syndrome | postcardiac injury syndrome
Wolff-Parkinson-White syndrome | WPW syndrome | ventricular preexcitation syndrome
congestive heart failure | congestive cardiac failure
cor pulmonale | right heart failure due to lung disease | pulmonary heart disease
premature atrial contraction | atrial premature beat | atrial premature complex | atrial extrasystole
premature ventricular contraction | ventricular premature beat | ventricular premature complex
  | ventricular extrasystole
third-degree heart block | complete heart block | complete atrioventricular block
deep vein thrombosis | deep venous thrombosis
pulmonary embolism | lung embolism | pulmonary thromboembolism | pulmonary artery embolism
  | embolism of the pulmonary artery
giant cell arteritis | temporal arteritis | cranial arteritis | Horton disease
Takayasu arteritis | pulseless disease | aortic arch syndrome
Kawasaki disease | mucocutaneous lymph node syndrome
thromboangiitis obliterans | Buerger disease
IgA vasculitis | Henoch-Schönlein purpura | anaphylactoid purpura
granulomatosis with polyangiitis | Wegener granulomatosis
eosinophilic granulomatosis with polyangiitis | Churg-Strauss syndrome | allergic granulomatosis
polyarteritis nodosa | periarteritis nodosa | panarteritis nodosa
hereditary hemorrhagic telangiectasia | Osler-Weber-Rendu syndrome | Rendu-Osler-Weber disease
Raynaud phenomenon | Raynaud syndrome
peripheral arterial disease | peripheral artery disease | peripheral vascular disease
varicose veins | varicosis
superior vena cava syndrome | superior vena cava obstruction
hemorrhoids | piles | hemorrhoidal disease
mitral regurgitation | mitral insufficiency | mitral incompetence
aortic regurgitation | aortic insufficiency | aortic incompetence
mitral valve prolapse | floppy mitral valve | click-murmur syndrome | Barlow syndrome
nonbacterial thrombotic endocarditis | marantic endocarditis
verrucous endocarditis | Libman-Sacks endocarditis
patent ductus arteriosus | persistent ductus arteriosus
atrioventricular canal defect | endocardial cushion defect | atrioventricular septal defect
hypertrophic obstructive cardiomyopathy | idiopathic hypertrophic subaortic stenosis
cardiac tamponade | pericardial tamponade
aortic dissection | dissecting aortic aneurysm | dissection of the aorta
transposition of the great arteries | transposition of the great vessels
# Lungs
pneumothorax | collapsed lung
tension pneumothorax | pneumothorax under tension
idiopathic pulmonary fibrosis | cryptogenic fibrosing alveolitis
hypersensitivity pneumonitis | extrinsic allergic alveolitis
cryptogenic organizing pneumonia | bronchiolitis obliterans organizing pneumonia
farmer's lung | farmer lung
pneumoconiosis of coal workers | coal worker's pneumoconiosis | black lung disease | anthracosis
laryngotracheobronchitis | croup
whooping cough | pertussis
Legionnaires disease | legionellosis | Legionella pneumonia
Pneumocystis pneumonia | Pneumocystis jirovecii pneumonia | Pneumocystis carinii pneumonia | pneumocystosis
acute respiratory distress syndrome | adult respiratory distress syndrome | shock lung
neonatal respiratory distress syndrome | hyaline membrane disease | infant respiratory distress syndrome
cystic fibrosis | mucoviscidosis
Kartagener syndrome | Kartagener triad
primary ciliary dyskinesia | immotile cilia syndrome
obstructive sleep apnea | obstructive sleep apnea syndrome | obstructive sleep apnea-hypopnea syndrome
sarcoidosis | Boeck disease | Besnier-Boeck-Schaumann disease | Boeck sarcoid
Pancoast tumor | superior sulcus tumor
adult-onset asthma | late-onset asthma
allergic rhinitis | hay fever
common cold | acute viral nasopharyngitis | acute viral rhinitis
nosebleed | epistaxis
# Gut and liver
celiac disease | celiac sprue | gluten-sensitive enteropathy | nontropical sprue | gluten enteropathy
Crohn disease | regional enteritis | regional ileitis
gastroesophageal reflux disease | acid reflux disease | reflux esophagitis
hypertrophic pyloric stenosis | pyloric stenosis | infantile hypertrophic pyloric stenosis
  | congenital pyloric stenosis
Hirschsprung disease | congenital aganglionic megacolon | congenital megacolon
cholelithiasis | gallstones | gallbladder stones
choledocholithiasis | common bile duct stone | bile duct stones
ascending cholangitis | acute cholangitis | acute suppurative cholangitis
primary biliary cholangitis | primary biliary cirrhosis
hepatolenticular degeneration | Wilson disease
hemochromatosis | bronze diabetes | iron overload disease
hepatocellular carcinoma | hepatoma | primary liver cell carcinoma
Budd-Chiari syndrome | hepatic vein thrombosis | hepatic venous outflow obstruction
gastrinoma | Zollinger-Ellison syndrome
Mallory-Weiss syndrome | Mallory-Weiss tear
esophageal rupture | Boerhaave syndrome | spontaneous esophageal rupture
pharyngeal pouch | Zenker diverticulum | pharyngoesophageal diverticulum | hypopharyngeal diverticulum
Plummer-Vinson syndrome | Paterson-Kelly syndrome | Paterson-Brown-Kelly syndrome | sideropenic dysphagia
hypertrophic gastropathy | Menetrier disease | giant hypertrophic gastritis
Peutz-Jeghers syndrome | hereditary intestinal polyposis syndrome
Lynch syndrome | hereditary nonpolyposis colorectal cancer
colorectal cancer | bowel cancer | colorectal carcinoma
Whipple disease | intestinal lipodystrophy
pseudomembranous colitis | Clostridium difficile colitis | Clostridioides difficile colitis
  | Clostridioides difficile infection | Clostridium difficile infection | antibiotic-associated colitis
irritable bowel syndrome | spastic colon | irritable colon
appendicitis | inflammation of the appendix
acute mesenteric ischemia | mesenteric infarction
Ogilvie syndrome | acute colonic pseudo-obstruction
sialolithiasis | salivary stones
hiatal hernia | hiatus hernia
Gilbert syndrome | constitutional hyperbilirubinemia
amebic liver abscess | hepatic amebiasis | liver abscess caused by Entamoeba histolytica
shigellosis | bacillary dysentery
enterobiasis | pinworm infection | threadworm infection | oxyuriasis
# Kidney and bladder
nephrolithiasis | kidney stones | renal calculi | renal stones | urolithiasis
acute kidney injury | acute renal failure | acute kidney failure
chronic kidney disease | chronic renal failure | chronic renal insufficiency | chronic kidney failure
renal cell carcinoma | hypernephroma | Grawitz tumor | renal adenocarcinoma
Wilms tumor | nephroblastoma
IgA nephropathy | Berger disease
anti-glomerular basement membrane disease | Goodpasture syndrome | Goodpasture disease | anti-GBM disease
  | anti-GBM glomerulonephritis
minimal change disease | lipoid nephrosis | nil disease | minimal change nephropathy
  | minimal change nephrotic syndrome
membranous nephropathy | membranous glomerulonephritis
membranoproliferative glomerulonephritis | mesangiocapillary glomerulonephritis
poststreptococcal glomerulonephritis | acute poststreptococcal glomerulonephritis
rapidly progressive glomerulonephritis | crescentic glomerulonephritis
diabetic nephropathy | diabetic kidney disease | diabetic nodular glomerulosclerosis | Kimmelstiel-Wilson disease
hereditary nephritis | Alport syndrome
acute interstitial nephritis | acute tubulointerstitial nephritis
interstitial cystitis | bladder pain syndrome | painful bladder syndrome
urinary tract infection | urine infection
cystitis | bladder infection
benign prostatic hyperplasia | benign prostatic hypertrophy | enlarged prostate | benign prostatic enlargement
chronic prostatitis/chronic pelvic pain syndrome | chronic nonbacterial prostatitis | chronic abacterial prostatitis
Peyronie disease | induratio penis plastica
undescended testis | cryptorchidism | undescended testicle
testicular torsion | torsion of the testis | torsion of the spermatic cord
bedwetting | nocturnal enuresis
vesicoureteral reflux | vesicoureteric reflux
# Hormones and metabolism
Graves disease | Basedow disease | toxic diffuse goiter | diffuse toxic goiter
Hashimoto thyroiditis | chronic lymphocytic thyroiditis | Hashimoto disease | chronic autoimmune thyroiditis
subacute thyroiditis | de Quervain thyroiditis | subacute granulomatous thyroiditis
Riedel thyroiditis | Riedel struma
hypothyroidism | underactive thyroid
hyperthyroidism | overactive thyroid
cretinism | congenital hypothyroidism
primary adrenal insufficiency | Addison disease | primary adrenocortical insufficiency | primary hypoadrenalism
  | primary hypocortisolism
addisonian crisis | adrenal crisis | acute adrenal insufficiency
primary hyperaldosteronism | Conn syndrome | primary aldosteronism
Cushing syndrome | hypercortisolism
pheochromocytoma | adrenal chromaffin tumor
hypopituitarism | pituitary insufficiency
postpartum hypopituitarism | Sheehan syndrome | postpartum pituitary necrosis
prolactinoma | prolactin-secreting pituitary adenoma | lactotroph adenoma
type 1 diabetes mellitus | type 1 diabetes | insulin-dependent diabetes mellitus | juvenile-onset diabetes
type 2 diabetes mellitus | type 2 diabetes | non-insulin-dependent diabetes mellitus | adult-onset diabetes
diabetes mellitus | sugar diabetes
nephrogenic diabetes insipidus | arginine vasopressin resistance
central diabetes insipidus | arginine vasopressin deficiency | neurogenic diabetes insipidus
hyperosmolar hyperglycemic state | hyperosmolar nonketotic coma | hyperglycemic hyperosmolar syndrome
hypoglycemia | low blood sugar | low blood glucose
hyperglycemia | high blood sugar
hypokalemia | low potassium
hyperkalemia | high potassium
hyponatremia | low sodium
hypernatremia | high sodium
hypercalcemia | high calcium
hypocalcemia | low calcium
hypercholesterolemia | high cholesterol
scurvy | vitamin C deficiency | ascorbic acid deficiency
beriberi | thiamine deficiency | vitamin B1 deficiency
wet beriberi | cardiac beriberi
pellagra | niacin deficiency | vitamin B3 deficiency | nicotinic acid deficiency
vitamin B12 deficiency | cobalamin deficiency
pernicious anemia | Biermer disease | Addison-Biermer anemia
gout | gouty arthritis | podagra | uric acid arthropathy
pseudogout | calcium pyrophosphate deposition disease | chondrocalcinosis | calcium pyrophosphate arthritis
  | calcium pyrophosphate crystal arthritis
acute intermittent porphyria | Swedish porphyria
Gaucher disease | glucocerebrosidase deficiency
Pompe disease | glycogen storage disease type II | acid maltase deficiency
von Gierke disease | glycogen storage disease type I
McArdle disease | glycogen storage disease type V
Tay-Sachs disease | hexosaminidase A deficiency
Fabry disease | alpha-galactosidase A deficiency | Anderson-Fabry disease
Hurler syndrome | mucopolysaccharidosis type I
Hunter syndrome | mucopolysaccharidosis type II
alkaptonuria | ochronosis | homogentisic acid oxidase deficiency
multiple endocrine neoplasia type 1 | Wermer syndrome
multiple endocrine neoplasia type 2A | Sipple syndrome
polycystic ovary syndrome | Stein-Leventhal syndrome | polycystic ovarian syndrome
gynecomastia | male breast enlargement
# Blood and lymph
immune thrombocytopenic purpura | immune thrombocytopenia | idiopathic thrombocytopenic purpura
  | autoimmune thrombocytopenic purpura | Werlhof disease
thrombotic thrombocytopenic purpura | Moschcowitz disease
iron deficiency anemia | sideropenic anemia
sickle cell anemia | sickle cell disease
beta thalassemia major | Cooley anemia
hemophilia A | factor VIII deficiency | classic hemophilia
hemophilia B | factor IX deficiency | Christmas disease
acute myeloid leukemia | acute myeloblastic leukemia | acute nonlymphocytic leukemia
acute lymphoblastic leukemia | acute lymphocytic leukemia | acute lymphoid leukemia
chronic lymphocytic leukemia | chronic lymphatic leukemia
chronic myeloid leukemia | chronic granulocytic leukemia
Hodgkin lymphoma | Hodgkin disease
multiple myeloma | plasma cell myeloma | Kahler disease
Waldenstrom macroglobulinemia | lymphoplasmacytic lymphoma
polycythemia vera | Vaquez disease | Osler-Vaquez disease
essential thrombocythemia | primary thrombocythemia | essential thrombocytosis
myelofibrosis | myeloid metaplasia with myelofibrosis | agnogenic myeloid metaplasia
infectious mononucleosis | glandular fever | kissing disease | Pfeiffer disease
disseminated intravascular coagulation | consumption coagulopathy | consumptive coagulopathy | defibrination syndrome
heparin-induced thrombocytopenia | heparin-associated thrombocytopenia
hemophagocytic lymphohistiocytosis | hemophagocytic syndrome
paroxysmal nocturnal hemoglobinuria | Marchiafava-Micheli syndrome
hemolytic disease of the newborn | erythroblastosis fetalis
antiphospholipid syndrome | Hughes syndrome | antiphospholipid antibody syndrome
glucose-6-phosphate dehydrogenase deficiency | G6PD deficiency
hemolytic uremic syndrome | Gasser syndrome
sepsis | blood poisoning | septicemia
"""
