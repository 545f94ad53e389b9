"""Texts that break formats and offsets, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

SNIPPETS = (
    "\r\n",
    "\n",
    "\r",
    "\t",
    "\x00",
    "\x1a",
    "\u2028",
    "\u2029",
    "\x85",
    "\ufeff",
    '"',
    "'",
    ",",
    ";",
    "\\",
    "\\n",
    "=1+1",
    "-1",
    "@a",
    "e\u0301",
    "\u0301",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f1e9\U0001f1ea",
    "المريض",
    "\u202e desrever \u202c",
    "\u2066 isolated \u2069",
    "患者は発熱",
    "38.5 \u00b0C",
    "fever",
    " ",
    "NA",
    "null",
    "true",
    "1e5",
    "007",
)
texts = st.lists(
    st.sampled_from(SNIPPETS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=9
).map("".join)
"""Short texts, some empty."""

filled_texts = texts.filter(bool)
