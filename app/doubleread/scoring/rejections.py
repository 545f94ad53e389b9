"""Words that turn an option down ("not X", "rather than X", "X is less likely"), and words that refuse to answer."""

from __future__ import annotations

import re

from doubleread.scoring.option_text import Mention

_BEFORE = re.compile(
    r"\b(?:not|no|never|nor|neither|rather than|instead of|unlike|ruled? out|ruling out|excluding|"
    r"excludes?|except|without|over|versus|vs|against|than|than in|cannot be|isn't|aren't|wasn't|although|though|while|"
    r"whereas|despite|besides|consider(?:ed|ing)?|before|prior to|followed by|after|"
    r"nicht|kein|keine|non|não|statt|gegen|anstelle von|obwohl|pas|plut[oô]t que|contre|bien que|no es|en vez de|"
    r"aunque|non è|piuttosto che|sebbene|não é|em vez de|embora)\b[ \t]*(?:[\w'-]+[ \t]+){0,3}[(\"'\[]*[ \t]*$"
    r"|(?:不是|而非|而不是|排除|虽然|ではなく|除外)[ \t(\"']*$",
    re.I,
)
_AFTER = re.compile(
    r"[\s)\]\"',.:;-]*(?:\([A-Z]\)[\s:,-]*)?(?:[\w'-]+[ \t]+){0,5}?"
    r"(?:(?:not(?!\s+(?:option\s+)?\(?(?-i:[A-Z])\b)|isn't|aren't|wasn't|doesn't|don't|cannot|can't|"
    r"incorrect|wrong|unlikely|less|ruled out|false|inappropriate|contraindicated|"
    r"unnecessary|distractor|rejected|excluded|was considered|were considered|is considered|"
    r"might be considered|could be considered|may be|might|could|premature|secondary|delayed|"
    r"falsch|nicht|unwahrscheinlich|weniger|ausgeschlossen|scheidet|faux|fausse|incorrecte|n'est pas|moins|exclue?|"
    r"peu probable|incorrect[ao]|menos|descartad[ao]|no es|sbagliat[ao]|errat[ao]|meno|esclus[ao]|non è|improbabile|"
    r"improvável|errad[ao]|não é)\b|是错|是錯|不|错误|排除|は誤|ではな|は除外|は違)",
    re.I,
)
_OTHERS = re.compile(r"\b(?:other|remaining) (?:options|choices|answers|interventions|tests)\b")
_PART_BEFORE = re.compile(r"[;:。]|,(?! (?:or|nor)\b)|\bbut\b|\bbecause\b|\bsondern\b|\bsino\b|\bmais\b|\bma\b|\bmas\b")
_PART_BEHIND = re.compile(
    r"[;.!?\n。]|\bbut\b|\brather\b|\bbecause\b|\band\b|\bover\b|\bnot only\b|,\s*not\b|,\s*(?:nicht|pas|non|no|não)\b"
    r"|\bund\b|\bet\b|\by\b"
)
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able|not qualified)|i (?:can(?:'t|not)|won't|must decline|will not|"
    r"do not feel able|am not in a position)|as an ai|as a (?:large )?language model|"
    r"cannot (?:provide|assist|help|answer)|unable to (?:provide|assist|help|answer)|"
    r"(?:beyond|outside) my (?:scope|abilities)|ich kann (?:diese|leider|hier|keine|ihnen)|"
    r"es tut mir leid|als ki\b|als sprachmodell|je ne (?:peux|suis) pas|je suis d[ée]sol[ée]+|en tant qu'ia|"
    r"no puedo (?:responder|ayudar|proporcionar|dar|ofrecer)|lo siento|como (?:una )?ia\b|"
    r"non posso|mi dispiace|n[ãa]o posso|desculpe|lamento)"
    r"|抱歉|对不起|我无法|我不能|作为(?:一个)?(?:ai|人工智能)|申し訳|お答えできません|回答できません",
    re.I,
)


def rejected(text: str, mention: Mention, start: int, end: int) -> bool:
    """Say whether the words around a mention turn it down: "not X", "rather than X", "X is less likely"."""
    before = _PART_BEFORE.split(text[max(start, mention.start - 60) : mention.start])[-1]
    if _BEFORE.search(before) or _OTHERS.search(text, max(start, mention.start - 90), mention.start):
        return True
    behind = _PART_BEHIND.split(text[mention.end : min(end, mention.end + 80)], maxsplit=1)[0]
    return _AFTER.match(behind) is not None


def is_refusal(plain: str) -> bool:
    """Say whether an answer without a choice refuses to make one, in its first 600 characters."""
    return bool(_REFUSAL.search(plain[:600]))
