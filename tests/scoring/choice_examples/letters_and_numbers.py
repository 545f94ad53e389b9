"""Options that are letters or numbers, names that begin with a letter, letters of other alphabets."""

from __future__ import annotations

from scoring.choice_examples.options import CHEST, DOSES, LONG, NUMBERS, Example

SHIFTED = {"A": "B", "B": "C", "C": "D", "D": "A"}
BLOOD = {"A": "O", "B": "A", "C": "B", "D": "AB"}
SMALL = {"A": "b", "B": "a", "C": "ab", "D": "none"}
GERMS = {
    "A": "Staphylococcus aureus",
    "B": "Escherichia coli",
    "C": "Clostridioides difficile",
    "D": "Candida albicans",
}
SHORT_GERMS = {"A": "E. coli", "B": "C. difficile", "C": "S. aureus", "D": "B. fragilis"}
AMOUNTS = {"A": "25 mg", "B": "125 mg", "C": "1.25 mg", "D": "250 mg"}
VOLUMES = {"A": "100 mL", "B": "1000 mL", "C": "10,000 mL", "D": "10 mL"}
SIGNS = {"A": "5 mmol/L", "B": "-5 mmol/L", "C": "15 mmol/L", "D": "1.5 mmol/L"}
PROPORTIONS = {"A": "5%", "B": "15%", "C": "50%", "D": "95%"}

LETTERS_AS_TEXTS: list[Example] = [
    ("C", SHIFTED, "C"),
    ("Answer: B", SHIFTED, "B"),
    ("The answer is (D).", SHIFTED, "D"),
    ("A) B", SHIFTED, "A"),
    ("**C. D**", SHIFTED, "C"),
    ("The correct option is A (B).", SHIFTED, "A"),
    ("B", BLOOD, "B"),
    ("AB", BLOOD, "D"),
    ("The answer is C: B", BLOOD, "C"),
    ("The answer is B.", BLOOD, "B"),
    ("\\boxed{C}", BLOOD, "C"),
    ("C", SMALL, "C"),
    ("b", SMALL, "-none"),
]

GENERA: list[Example] = [
    ("The answer is C. difficile.", GERMS, "C"),
    ("The answer is E. coli.", GERMS, "B"),
    ("E. coli", GERMS, "B"),
    ("Answer: C, C. difficile.", GERMS, "C"),
    ("Answer: B, E. coli", GERMS, "B"),
    ("The most likely organism is C. albicans.", GERMS, "D"),
    ("E. coli is the most likely cause.", SHORT_GERMS, "A"),
    ("The answer is B. fragilis.", SHORT_GERMS, "D"),
    ("Answer: B. C. difficile", SHORT_GERMS, "B"),
    ("The answer is C. difficile colitis.", CHEST, "-none"),
    ("E. coli and B. fragilis grew. The answer is A.", CHEST, "A"),
    ("A. fumigatus was cultured.", CHEST, "-none"),
]

NUMBERS_AS_WHOLES: list[Example] = [
    ("The dose is 125 mg.", AMOUNTS, "B"),
    ("Answer: 25 mg", AMOUNTS, "A"),
    ("Answer: 1.25 mg", AMOUNTS, "C"),
    ("The answer is 12.5 mg.", AMOUNTS, "-not offered"),
    ("The right dose is 1,000 mL.", VOLUMES, "B"),
    ("1 000 mL", VOLUMES, "B"),
    ("Answer: 10000 mL", VOLUMES, "C"),
    ("The answer is 100 mL.", VOLUMES, "A"),
    ("The answer is -5 mmol/L.", SIGNS, "B"),
    ("The answer is −5 mmol/L.", SIGNS, "B"),
    ("The answer is 5 mmol/L.", SIGNS, "A"),
    ("The answer is 1.5 mmol/L, not 15 mmol/L.", SIGNS, "D"),
    ("15%", PROPORTIONS, "B"),
    ("The answer is 95%.", PROPORTIONS, "D"),
    ("About 5 %", PROPORTIONS, "A"),
    ("The dose lies between 5-10 mg.", DOSES, "-none"),
    ("0.50", NUMBERS, "-none"),
    ("Give 50 mg/kg.", DOSES, "-none"),
]

OTHER_ALPHABETS: list[Example] = [
    ("Ответ: А", CHEST, "A"),
    ("Правильный ответ — С.", CHEST, "C"),
    ("Вариант А неверен. Верный ответ: Е.", CHEST, "E"),
    ("Ответ: Б", CHEST, "B"),
    ("Ответ: Г) Do not anticoagulate", CHEST, "D"),
    ("Η σωστή απάντηση είναι Β.", CHEST, "B"),
    ("Ａｎｓｗｅｒ： Ｃ", CHEST, "C"),
    ("Answer: 𝐁", CHEST, "B"),
    ("Answer: 🅱", CHEST, "B"),
    ("ⓒ", CHEST, "C"),
    ("👉 C", CHEST, "C"),
    ("✅ **B. Sarcoidosis**", CHEST, "B"),
    ("➡️ (C)", CHEST, "C"),
    ("🩺 Answer: D", LONG, "D"),
]

MORE_LANGUAGES: list[Example] = [
    ("Đáp án đúng là B.", CHEST, "B"),
    ("Správná odpověď je C.", CHEST, "C"),
    ("Răspunsul corect este B.", CHEST, "B"),
    ("सही उत्तर C है।", CHEST, "C"),
    ("Правильна відповідь: B.", CHEST, "B"),
    ("A helyes válasz: C", CHEST, "C"),
    ("Oikea vastaus on B.", CHEST, "B"),
    ("Det rigtige svar er C.", CHEST, "C"),
    ("الإجابة الصحيحة هي B.", CHEST, "B"),
    ("Doğru cevap C'dir.", CHEST, "C"),
    ("Jawabannya C, bukan B.", CHEST, "C"),
    ("정답은 B이고 A는 틀립니다.", CHEST, "B"),
    ("A é incorreta; a correta é a letra B.", CHEST, "B"),
    ("Je penche pour la proposition C.", CHEST, "C"),
    ("Ich tippe auf B, nicht auf A.", CHEST, "B"),
]
