"""Fills phrases with the letters and texts of one case's options."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from answer_grammar.answer import END, START, marked
from answer_grammar.cases import OptionCase, capital
from answer_grammar.phrases import Part, Phrases

_LETTER = {
    "development": ("{L}", "{L}", "{L}", "{L}", "({L})", '"{L}"', "[{L}]", "“{L}”"),
    "held-out": ("{L}", "{L}", "'{L}'", "«{L}»", "({L})"),
}
_LETTER_MARKDOWN = {
    "development": ("**{L}**", "**({L})**", "`{L}`", "__{L}__", "***{L}***", "*{L}*", "**{L}**"),
    "held-out": ("_{L}_", "**[{L}]**", "<b>{L}</b>", "**'{L}'**"),
}
_BOTH = {
    "development": (
        *("{L}. {T}", "{L}) {T}", "({L}) {T}", "{L}: {T}", "{t} ({L})", "{L} ({T})", "{L} - {T}"),
        *("[{L}] {T}", "{L} – {T}", "{L}, {t}", "{L} = {T}", "({L}): {T}", "“{L}. {T}”"),
    ),
    "held-out": ("{L} — {T}", "'{L}' {T}", "{L} ({t})", "[{L}]: {T}", "{t} [{L}]", "{L} / {T}"),
}
_BOTH_MARKDOWN = {
    "development": (
        *("**{L}. {T}**", "**{L}) {T}**", "**{L}**: {T}", "**({L}) {T}**", "**{t}** ({L})"),
        *("**{L}.** {T}", "**{L}** – **{T}**", "*{L}. {T}*", "__{L}) {T}__", "**{t} ({L})**"),
    ),
    "held-out": ("**{L} — {T}**", "_{L}. {T}_", "**[{L}] {T}**", "<b>{L}. {T}</b>", "**{L}** — {T}"),
}
_UNMISTAKABLE = ("{L}. {T}", "{L}) {T}", "({L}) {T}", "{L}: {T}")
_FULLWIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in "ABCDEFGHIJ"}
_CYRILLIC = str.maketrans("ABCE", "АВСЕ")
_CYRILLIC_ALONE = frozenset("ACE")


@dataclass(slots=True)
class Writer:
    """Writes phrases about one case. `letter` is the option that the answer commits to, if it does."""

    rng: Random
    say: Phrases
    part: Part
    case: OptionCase
    letter: str | None
    markdown: bool
    noise: list[str] = field(default_factory=list)
    _other: str = ""
    _second: str = ""

    def __post_init__(self) -> None:
        others = [letter for letter in self.case.options if letter != self.letter]
        self._other, self._second = sorted(self.rng.sample(others, 2)) if len(others) > 1 else (others[0], others[0])

    @property
    def others(self) -> list[str]:
        """The letters that the answer does not commit to."""
        return [letter for letter in self.case.options if letter != self.letter]

    @property
    def other(self) -> str:
        """One letter that the answer does not commit to; the phrases' X."""
        return self._other

    @property
    def second(self) -> str:
        """Another such letter; the phrases' Y."""
        return self._second

    @property
    def other_is_named(self) -> bool:
        """Whether the text of X is the name of something, and not "none of the above" or "yes"."""
        return "above" not in self.case.kind and self.case.kind != "yes or no"

    def phrase(self, slot: str, listed: list[str] | None = None) -> str:
        """Return a phrase for a slot, filled in. `listed` are the letters of its LIST."""
        return self.fill(self.say.one(self.rng, slot), listed)

    def fill(self, phrase: str, listed: list[str] | None = None) -> str:
        """Return a phrase with the letters and texts in its places."""
        made: dict[str, str] = {}
        for place in ("L", "LT", "t", "T"):
            if f"{{{place}}}" in phrase and self.letter:
                made[place] = {"L": self.bare, "LT": self.both, "t": self.text, "T": self.capital_text}[place](
                    self.letter, sure=True
                )
        made |= {
            "X": self._plain_letter(self.other),
            "Y": self._plain_letter(self.second),
            "x": self.case.inline[self.other],
            "X_T": capital(self.case.inline[self.other]),
            "LIST": self.listed(listed or self.others),
        }
        if "{XT}" in phrase:
            style = self._both_style()
            made["XT"] = self._styled(style, self.other, "", "")
            made["YT"] = self._styled(style, self.second, "", "")
        return phrase.format(**made)

    def listed(self, letters: list[str], word: str = "and") -> str:
        """Return letters as a list in the language: "A, B and D"."""
        comma = self.say.word("comma", ", ")
        joined = self.say.word(word)
        return joined.join([comma.join(letters[:-1]), letters[-1]]) if len(letters) > 1 else letters[0]

    def _plain_letter(self, letter: str) -> str:
        return f"**{letter}**" if self.markdown and self.rng.random() < 0.2 else letter

    def bare(self, letter: str, sure: bool = False) -> str:
        """Return a letter as an answer writes it: in brackets, in bold, from another script."""
        styles = _LETTER_MARKDOWN if self.markdown and self.rng.random() < 0.6 else _LETTER
        style = self.rng.choice(styles[self.part])
        written = self._script(letter, alone=True)
        return style.format(L=marked(written) if sure else written)

    def both(self, letter: str, sure: bool = False) -> str:
        """Return a letter with its option's text."""
        return self._styled(self._both_style(), letter, *(START, END) if sure else ("", ""))

    def text(self, letter: str, sure: bool = False) -> str:
        """Return an option's text as it is written in mid-sentence."""
        return self._bold(marked(self.case.inline[letter]) if sure else self.case.inline[letter])

    def capital_text(self, letter: str, sure: bool = False) -> str:
        """Return an option's text as it begins a sentence."""
        words = capital(self.case.inline[letter])
        return self._bold(marked(words) if sure else words)

    def named(self, letter: str, sure: bool = False) -> str:
        """Return an option's text as the list of options has it, or its short form."""
        return self._bold(marked(self._named(letter)) if sure else self._named(letter))

    def _named(self, letter: str) -> str:
        return capital(self.case.inline[letter]) if self.case.kind == "genus" else self.case.options[letter]

    def item(self, letter: str) -> str:
        """Return an option as it is listed: "B) Sarcoidosis"."""
        return f"{letter}) {self.case.options[letter]}"

    def _bold(self, words: str) -> str:
        return f"**{words}**" if self.markdown and self.rng.random() < 0.4 else words

    def _both_style(self) -> str:
        if self.case.kind == "letter":
            return self.rng.choice(_UNMISTAKABLE)
        styles = _BOTH_MARKDOWN if self.markdown and self.rng.random() < 0.6 else _BOTH
        return self.rng.choice(styles[self.part])

    def _styled(self, style: str, letter: str, start: str, end: str) -> str:
        return style.format(
            L=f"{start}{self._script(letter, alone=False)}{end}",
            T=f"{start}{self._named(letter)}{end}",
            t=f"{start}{self.case.inline[letter]}{end}",
        )

    def _script(self, letter: str, *, alone: bool) -> str:
        """Return a letter, in the languages where it happens sometimes in the form of another script."""
        if self.say.language in ("zh", "ja", "ko") and self.rng.random() < 0.15:
            self.noise.append("fullwidth letter")
            return letter.translate(_FULLWIDTH)
        may_be = letter in _CYRILLIC_ALONE if alone else letter in "ABCE"
        if self.say.language == "ru" and may_be and not self.case.only_by_letter and self.rng.random() < 0.3:
            self.noise.append("Cyrillic letter")
            return letter.translate(_CYRILLIC)
        return letter

    def sentences(self, *pieces: str) -> str:
        """Return sentences in one paragraph."""
        return self.say.word("space", " ").join(filter(None, pieces))

    def lines(self, *pieces: str) -> str:
        """Return paragraphs or lines, most often with an empty line between them."""
        return self.rng.choice(["\n\n", "\n\n", "\n"]).join(filter(None, pieces))

    def heading(self, words: str) -> str:
        """Return words as a heading."""
        if not self.markdown:
            return words
        return self.rng.choice(["### {}", "## {}", "**{}**", "#### **{}**"]).format(words.rstrip(":："))
