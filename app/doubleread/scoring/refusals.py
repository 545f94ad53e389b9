"""Words that refuse to answer."""

from __future__ import annotations

import re

_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry,? (?:but )?(?:i|as)\b|unable to|not qualified|"
    r"not able to (?:answer|choose|provide|help|give|diagnose|determine))|"
    r"i (?:can(?:'t|not)|won't|will not) (?:\w+ly )?(?:answer|help|assist|provide|give|offer|diagnose|determine|make|"
    r"say|choose|select|recommend|comment|comply|discuss|advise|engage|fulfil|do that|do this)|"
    r"i (?:must decline|do not feel able|am not in a position)|as an ai|"
    r"as a (?:large )?language model|(?:i|we) (?:cannot|can't) (?:provide|assist|help|answer)|"
    r"(?:beyond|outside) my (?:scope|abilities)|ich kann (?:diese|leider|hier|keine|ihnen)|"
    r"es tut mir leid|als ki\b|als sprachmodell|je ne (?:peux|suis) pas|je suis d[ée]sol[ée]+|en tant qu'ia|"
    r"no puedo (?:responder|ayudar|proporcionar|dar|ofrecer)|lo siento|como (?:una )?ia\b|"
    r"non posso\b|mi dispiace|n[ãa]o posso\b|desculpe|lamento|het spijt me|ik kan (?:deze|geen|helaas)|"
    r"jag (?:är ledsen|kan inte (?:svara|ge))|nie mog[ęe] (?:odpowiedzie|udziel)|üzgünüm|yanıtlayamam|"
    r"saya tidak (?:dapat|bisa) (?:menjawab|memberikan)|извините|я не могу (?:ответить|давать|дать))"
    r"|抱歉|对不起|我无法|我不能|作为(?:一个)?(?:ai|人工智能)|申し訳|お答えできません|回答できません|죄송하지만|"
    r"답변할 수 없|لا يمكنني|لا أستطيع الإجابة|عذر",
    re.I,
)


def is_refusal(plain: str) -> bool:
    """Return whether an answer without a choice refuses to make one, in its first 600 characters."""
    return bool(_REFUSAL.search(plain[:600]))
