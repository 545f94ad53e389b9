"""The sentences into which findings are put. Many and plain, so that the models follow other sentences too."""

from __future__ import annotations

DURATIONS = (
    "two hours", "six hours", "one day", "two days", "three days", "five days", "one week", "two weeks", "three weeks",
    "a month", "two months", "several months", "half a year",
)  # fmt: skip

OPENINGS = (
    "{who} presents with {findings}.",
    "{who} comes to the emergency department with {findings}.",
    "{who} is brought to hospital with {findings}.",
    "{who} reports {findings}.",
    "{who} complains of {findings}.",
    "{who} is seen in clinic because of {findings}.",
    "{who} is referred by the family doctor because of {findings}.",
    "{who} consults because of {findings}.",
    "{who} describes {findings}, present for {duration}.",
    "{who} has had {findings} for {duration}.",
    "For {duration} now, {who} has noticed {findings}.",
    "{who} is admitted with {findings}.",
    "Over the past {duration}, {who} has developed {findings}.",
    "{who} is assessed for {findings}, which began {duration} ago.",
    "{who} attends with {findings} and feels unwell.",
    "{who} was well until {duration} ago, when {findings} began.",
)

PLAIN_OPENINGS = (
    "{who} is referred for assessment.",
    "{who} is seen in the outpatient clinic.",
    "{who} attends the emergency department.",
    "{who} has felt unwell for {duration}.".replace("{duration}", "some time"),
    "{who} is admitted to the ward.",
    "{who} comes for review.",
)

SENTENCES = {
    "symptom": (
        "{she} also describes {findings}.",
        "There is also {findings}.",
        "{she} mentions {findings} as well.",
        "On questioning, {she} admits to {findings}.".replace("{she}", "the patient"),
        "This is accompanied by {findings}.",
        "{she} has noticed {findings}.",
        "Since then there has been {findings}.",
        "The patient or family also report {findings}.",
        "{she} adds that there is {findings}, too.",
    ),
    "history": (
        "The history includes {findings}.",
        "Of note is {findings}.",
        "The past history is notable for {findings}.",
        "{she} mentions {findings}.",
        "The notes record {findings}.",
        "{her} history reveals {findings}.",
        "Relevant in the history is {findings}.",
        "Before this there was {findings}.",
        "There is a background of {findings}.",
        "Asked about the past, {she} recalls {findings}.".replace("{she}", "the patient"),
    ),
    "sign": (
        "On examination there is {findings}.",
        "Examination shows {findings}.",
        "Physical examination reveals {findings}.",
        "The physician finds {findings}.",
        "{she} has {findings} on examination.",
        "Clinically, {findings} can be found.",
        "The examination is notable for {findings}.",
        "You find {findings}.",
        "The doctor on call notes {findings}.",
        "At the bedside there is {findings}.",
        "Inspection and palpation reveal {findings}.",
    ),
    "test": (
        "Investigations show {findings}.",
        "Tests reveal {findings}.",
        "Further tests show {findings}.",
        "The results show {findings}.",
        "Work-up demonstrates {findings}.",
        "There is {findings}.",
        "Later results include {findings}.",
        "The report describes {findings}.",
        "Initial investigations reveal {findings}.",
        "The laboratory and imaging show {findings}.",
        "The next step shows {findings}.",
    ),
}

FILLERS = (
    "{she} takes no regular medicines.",
    "{she} has no known allergies.",
    "{she} works as a teacher.",
    "{she} works in an office.",
    "{she} lives with family.",
    "{she} lives alone and is independent.",
    "{she} has two healthy children.",
    "{her} previous health has been good.",
    "There is no relevant surgical history.",
    "{her} pulse is {pulse} per minute.",
    "{her} blood pressure is {systolic}/{diastolic} mm Hg.",
    "The pulse is {pulse} per minute and the blood pressure is {systolic}/{diastolic} mm Hg.",
    "Vital signs are stable.",
    "The symptoms began {duration} ago.",
    "This has lasted for {duration}.",
    "It started {duration} ago and has not improved since.",
    "{she} has not taken anything for it.",
    "Paracetamol did not help.",
    "Rest brought little relief.",
    "{she} looks tired.",
    "{she} appears unwell but is fully alert.",
    "{she} is in some discomfort.",
    "The remainder of the examination is unremarkable.",
    "The rest of the examination is normal.",
    "Nothing else is found.",
    "Other results are within normal limits.",
    "Routine blood tests are otherwise normal.",
    "{she} is worried about a serious illness.",
    "A first visit elsewhere brought no diagnosis.",
    "Nobody else in the household is ill.",
    "{she} drinks little coffee.",
    "{she} exercises twice a week.",
    "{she} returned to work yesterday.",
    "{she} slept badly last night.",
    "A similar problem has never occurred before.",
)

QUESTIONS_CHOICE = (
    "What is the most likely diagnosis?",
    "Which diagnosis is most likely?",
    "Which of the following is the most likely diagnosis?",
    "Which condition best explains the findings?",
    "What is the best explanation?",
)
QUESTIONS_DIAGNOSIS = (
    "What is the most likely diagnosis?",
    "Which diagnosis is most likely?",
    "What is the diagnosis?",
    "Which condition best explains the findings?",
)

# An answer's sentences. Which of them is used hangs on the diagnosis named, never on the model.
FIRST = (
    "{name}{letter} is the most likely diagnosis.",
    "{name}{letter} best explains this presentation.",
    "{name}{letter} is the diagnosis that fits best.",
    "{name}{letter} is the most likely explanation.",
    "{name}{letter} accounts best for this picture.",
)
SECOND = (
    "The patient has {one} and {two}, which fit this diagnosis well.",
    "It is supported by {one} and {two}.",
    "The key findings here are {one} and {two}.",
    "This is suggested by {one} together with {two}.",
)
THIRD = (
    "A further point in its favour is {three}.",
    "The patient also has {three}, which is typical.",
    "Further support comes from {three}.",
)
LESS_LIKELY = (
    "{name}{letter} is less likely, with no {bare} in this patient.",
    "{name}{letter} is less likely in the absence of {absent}.",
)
POSSIBLE = "{name}{letter} was considered because of {decoy}, but it fits less well."
