"""The words with which answers commit themselves, in English, German, French, Spanish, Italian, Portuguese, Chinese and
Japanese (and the answer's own noun in a few more). All are matched on folded text: lower case, Latin letters bare.
"""

from __future__ import annotations

import re

ANSWER_STEMS = (
    *("answer", "ans", "antwort", "losung", "loesung", "reponse", "respuesta", "risposta", "resposta", "gabarito"),
    *("antwoord", "odpowiedz", "svar"),
)
ANSWER_STEMS_WIDE = ("答案", "答え", "回答", "正解", "正答", "정답", "ответ")
OPTION_STEMS = (
    *("option", "choice", "selection", "pick", "solution", "alternativ", "diagnos", "guess", "opcion", "opzione"),
    *("opcao", "wahl", "choix", "scelta", "eleccion", "richtig", "proposition"),
)
OPTION_STEMS_WIDE = ("选项", "選項", "選択肢", "选择")
CLINICAL_STEMS = (
    *(
        "diagnos",
        "step",
        "action",
        "manage",
        "treatm",
        "therap",
        "course",
        "approach",
        "interv",
        "test",
        "explan",
        "cause",
    ),
    *(
        "etiolo",
        "mechan",
        "drug",
        "finding",
        "priority",
        "measure",
        "agent",
        "medica",
        "invest",
        "study",
        "strateg",
        "plan",
    ),
    *("decis", "recomm", "thing", "disord", "condi", "conclu", "massna", "maßna", "behand", "ursach", "schritt"),
    *(
        "untersu",
        "traitem",
        "etape",
        "exam",
        "conduc",
        "tratam",
        "causa",
        "paso",
        "prueba",
        "trattam",
        "passo",
        "terap",
    ),
    *("esame", "conduta"),
)
CLINICAL_STEMS_WIDE = ("诊断", "診断", "治疗", "治療", "处理", "処置", "原因", "检查", "検査", "步骤")
CLINICAL = re.compile(
    r"(?:diagnos(?:is|e|tic|tico|i)|steps?|action|management|treatment|therapy|course|approach|intervention|test|"
    r"explanation|cause|etiology|mechanism|drug|finding|priority|measure|agent|medication|investigation|study|strategy|"
    r"plan|decision|recommendation|thing|disorder|condition|conclusion|therapie|massnahme|maßnahme|behandlung|ursache|"
    r"schritt|untersuchung|traitement|etape|examen|conduite|tratamiento|causa|paso|conducta|prueba|trattamento|passo|"
    r"terapia|esame|tratamento|conduta|exame|诊断|診断|治疗|治療|处理|処置|原因|检查|検査|步骤)(?![a-z])"
)
NOUN_END = re.compile(r"(?:s|e|en|es|a|as|is|e[rn]?|tic|tico|i)?(?![a-z])")
SUPERLATIVE = re.compile(
    r"\b(?:most|best|correct|right|first|next|initial|final|immediate|likely|leading|preferred|recommended|appropriate|"
    r"definitive|underlying|probable|only|chosen|selected|my|optimal|ideal|working|"
    r"wahrscheinlichste[rn]?|beste|richtige|korrekte|nachste[rn]?|meine|plus|correcte|bonne|juste|meilleure?|mas|"
    r"correcta|mejor|adecuad[ao]|piu|corrett[ao]|migliore|giusta|mais|corret[ao]|cert[ao]|melhor|adequad[ao])\b"
    r"|正确|正確|最佳|最可能|最合适|正しい|最も|適切|首选"
)
VERB = re.compile(
    r"(?:[ \t]+(?!(?:is|are|was|would|should|will|must|remains|seems|appears|has|ist|est)\b)[^\s.:;?!。]{1,24}){0,10}?"
    r"[ \t]*(?::|=|->|→|\b(?:isn't|ist nicht|n'est pas|no es|non e|nao e|is|are|was|"
    r"would(?: likely| therefore| most likely)? be|should(?: therefore)? be|will be|must be|has to be|"
    r"remains|seems to be|appears to be|ist(?: also| daher)?|lautet|"
    r"ware|est(?: donc)?|es(?: la| el)?|e|sarebbe|seria)(?![a-z])|应该是|应为|應為|应选|不是|是|为|為|は|은|는)"
)
DENYING = re.compile(r"(?:isn't|ist nicht|n'est pas|no es|non e|nao e|不是)$")
TURN = re.compile(r"\b(?:but|however|aber|mais|pero|mas)\b|;")
ASKING = re.compile(r"\b(?:if|whether|which|what|because|since)\b")
DIRECT = re.compile(r"[ \t]*[-–—]?[ \t]*[\[(\"']*[a-z](?=[\])\"'.,;]|[ \t]*$)", re.M)
AS_VERB = re.compile(r"\b(?:to|can|can't|cannot|could|i|we|you|will|must|should|please|help|not)\s+$")
HEADING = re.compile(r"[ \t]*[:.]?[ \t]*(?=\n)")
STRUCTURED = re.compile(
    r"boxed\s*\{[\s{]*(?:(?:text|mathbf|mathrm|textbf)\s*\{)?|<(?:final[_ -]?)?(?:answer|choice|option)>|"
    r"[\"'](?:final[_ ]?|correct[_ ]?|selected[_ ]?)?(?:answer|answer_?(?:choice|letter|idx)|choice|option|prediction|"
    r"letter|antwort|reponse|respuesta|risposta|resposta|答案)[\"']\s*:\s*\[?"
)
STRUCTURED_SIGNS = ("boxed", "<", '":', "':", '" :', "' :")
STRUCTURED_END = re.compile(r"[}<\n]|$")

CHOOSING_STEMS = (
    *("choose", "chose", "select", "pick", "with", "opt ", "opted", "vote for", "conclude", "choosing", "recommend"),
    *("lean", "settle on", "settling on", "go for", "going for", "say ", "favor", "favour", "bet on"),
)
CHOOSER = re.compile(
    r"\b(?:i|we)(?:'d|'ll|'m| am| would| will| should| am| must| have to| can)?(?:[ \t]+(?:therefore|thus|also|"
    r"strongly|then|most likely|go|going|stick|sticking|went|have|to|would|inclined|need))*[ \t]+$"
)
CHOICE_MADE = re.compile(
    r"(?:choose|chose|select(?:ed)?|pick(?:ed)?|with|opt(?:ed)? for|vote for|conclude(?: that)?|choosing|recommend|"
    r"lean(?:ing)? toward?s?|settle on|settling on|go(?:ing)? for|say|favou?r|bet on)(?![a-z])(?![ \t]+against)"
)
CHOICE_ABROAD = re.compile(
    r"(?:(?:ich (?:wahle|entscheide mich fur|nehme|tippe auf)|je (?:choisis|choisirais|selectionne|retiens|dirais)|"
    r"(?:elijo|elegiria|escojo|selecciono|optaria por|me quedo con)|(?:scelgo|sceglierei|opto per)|"
    r"(?:escolho|escolheria|opto por|fico com|marco)|richtig (?:ist|ware)|"
    r"am (?:wahrscheinlichsten|ehesten) (?:ist|trifft)|c'est (?:donc )?(?:la )?(?=\(?[a-j]\b))(?![a-z]))"
)
CHOICE_ABROAD_STEMS = (
    *("ich ", "je ", "elijo", "elegiria", "escojo", "selecciono", "optaria", "me quedo", "scelgo", "scegli", "opto "),
    *("escolh", "fico com", "marco ", "richtig ", "am wahrscheinlichsten", "am ehesten", "c'est "),
)
CHOICE_WIDE = re.compile(
    r"(?<![不未没可供備备])(?:[应應故]?[选選](?:择|擇)?(?![项項択])|"
    r"[选選](?:择|擇)?[项項](?=[ \t]*[(\"]?[a-j][)\"]?[ \t]*(?:。|$)))"
)
LEAVES = re.compile(r"(?:this|that|which)[ \t]+leaves(?:[ \t]+us)?(?:[ \t]+with)?(?:[ \t]+only)?(?![a-z])")

VERDICT = re.compile(
    r"[ \t]+(?:is|are|would be|should be|seems|appears|appears to be|seems to be|remains|represents|must be|has to be|"
    r"ist|ware|est|es|esta|e|sarebbe)[ \t]+"
    r"(?:(?:therefore|thus|hence|clearly|likely|indeed|probably|generally|considered|also|still|daher|somit|donc|"
    r"therefore,|thus,)[ \t]+){0,2}"
    r"(?:(?:the|a|an|my|our|die|der|das|la|le|el|il|l')[ \t]*)?(?:(?:single|only|overall|final|most|mas|plus|piu|mais|"
    r"respuesta|reponse|risposta|resposta|bonne|opcion|opcao|opzione)[ \t]+)?"
    r"(best|correct|right|most appropriate|most likely|appropriate|likely|answer|true|preferred|optimal|reasonable|"
    r"suitable|fitting|choice|richtige?|korrekte?|zutreffend|wahrscheinlichste|beste|correcte|juste|reponse|exacte|"
    r"correcta|corretta|giusta|esatta|correta|certa|probable|probabile|provavel|adecuada|adequada)(?![a-z])"
)
VERDICT_WIDE = re.compile(r"(?:是|为|為)(?:最佳|正确|正確|对的|最合适|最可能)|(?:が|は)(?:最も?|正しい|正解|正答|適切)")
STRONG_VERDICT = re.compile(
    r"\b(?:answer|option|choice|correct|right|true|richtig|richtige|korrekt|correcte|juste|correcta|corretta|giusta|"
    r"esatta|correta|certa|reponse|respuesta|risposta|resposta)\b|正确|正確|正しい|正解|正答"
)
VERDICT_ASKED = re.compile(r"\b(?:which|what|whether)\b|\b(?:not|n't)\b[^,;]*$|不$")

IF = re.compile(r"\b(?:if|unless|had|were|suppose|assuming|in case|otherwise|wenn|falls|hatte|si|se)\b|如果|若|もし")
FORCED = re.compile(r"\bif (?:i|we) (?:had|have|were|am|must)\b")
WOULD = re.compile(
    r"\b(?:would|might|could|ware|wurde|serait|seria|sarebbe|fuera|fosse|etait)\b|会是|會是|だったら|なら"
)
HEDGE = re.compile(
    r"\b(?:perhaps|maybe|alternatively|might|could|possibly|what if|let's say|one might|tempt(?:ed|ing)|vielleicht|"
    r"peut-etre|quizas|forse|talvez)\b"
)
RETRACTION_SIGNS = (
    *("wait", "hold on", "hmm", "moment", "halt", "attend", "esper", "aspetta", "actually", "sorry", "no, ", "no wait"),
    *(
        "correct",
        "second thought",
        "reflection",
        "scratch",
        "strike",
        "mistak",
        "wrong",
        "let me",
        "take that",
        "take it",
    ),
    *(
        "change my",
        "change the",
        "revis",
        "changing",
        "updated",
        "korr",
        "falsch",
        "corrig",
        "en fait",
        "rectif",
        "corrij",
    ),
    *("correggo", "anzi", "alias", "no that", "等等", "更正", "不对", "いや", "訂正", "待って"),
)
RETRACTION = re.compile(
    r"(?:^|(?<=[.!?。\n—–-])|(?<=[.!?—–-] )|(?<=\n\n))\s{0,3}(?:wait|hold on|hmm+|no wait|moment|halt|attendez|attends|"
    r"espera|aspetta|espere)\b[ \t]*[,.!:…—–-]|"
    r"\b(?:actually|no|sorry),? (?:wait|no|that(?:'s| is) (?:wrong|not right|incorrect))\b|"
    r"\b(?:correction|on second thoughts?|on reflection|scratch that|strike that|i (?:was|am) (?:wrong|mistaken)|"
    r"i made (?:a|an) (?:mistake|error)|let me (?:reconsider|correct|revise|rethink)|"
    r"i (?:must |have to )?take (?:that|it) back|i (?:would |will |have to |must )?change (?:my|the) (?:mind|answer)|"
    r"i (?:must |have to )?revise|"
    r"(?:revising|revised|changing) (?:my|the) answer|"
    r"(?:my|the) (?:revised|corrected|updated) answer|korrektur|ich korrigiere|falsch gedacht|je me corrige|en fait,|"
    r"rectifico|me corrijo|mi correggo|anzi,|corrijo|alias)\b|等等|更正|不对,|いや,|訂正|待って",
    re.M,
)
