"""Answers as models write them in Markdown, made from a seed."""

from __future__ import annotations

import random

PHRASES = (
    "acute pericarditis",
    "ST elevation in II, III and aVF",
    "a troponin of 0.9 ng/mL (normal <0.04)",
    "IgA nephropathy",
    "hypokalaemia, K+ 2.9 mmol/L",
    "no rash or arthralgia",
    "HLA-B*27 positive",
    "500 mg every 8 h",
    "the patient's history",
    "μ-opioid agonists",
    "a 2–3 cm lesion",
    "blood pressure of 142/91 mmHg",
    "likely, but not certain,",
    "CHA2DS2-VASc of 4",
)
FOREIGN = (
    "患者は発熱と咳嗽を訴えた。",
    "المريض يعاني من حمى شديدة",
    "발열과 기침이 있습니다",
    "👩\u200d⚕\ufe0f ordered tests 🩺",
    "naïve, façade, µg, ≥ 38.5 °C",
    "ผู้ป่วยมีไข้สูง",
    "e\u0301 and a\u0308 as combining marks",
)
UNTIDY = (
    "an **unclosed bold",
    "a *lonely asterisk",
    "`unclosed code",
    "<div class='x'>HTML</div> and <br> too",
    "[not a link](see below)",
    "p<0.05*, p<0.01**",
    "snake_case_name and 2*3*4",
    "a | pipe",
    "___ (blank)",
    "5 &lt; 6 &amp; 7",
    "~5 mg ~~twice",
    "\\(x_1\\) and \\[y\\]",
    "***bold and italic*** end**",
    "\u202e reversed \u202c",
)


class Writer:
    """Writes answers. Tidy ones have nothing that Markdown readers disagree about."""

    def __init__(self, seed: int, *, tidy: bool = False) -> None:
        self._rng = random.Random(seed)
        self._tidy = tidy

    def answer(self) -> str:
        """Return one answer of several blocks."""
        blocks = [self._block() for _ in range(self._rng.randint(3, 9))]
        return "\n\n".join(blocks) + self._rng.choice(("", "\n", "\n\n"))

    def _block(self) -> str:
        makers = [self._paragraph, self._heading, self._bullets, self._numbers, self._table, self._quote, self._code]
        if not self._tidy:
            makers += [self._paragraph, self._bullets, lambda: "---", self._bold_lines]
        return self._rng.choice(makers)()

    def _words(self) -> str:
        tidy = [words for words in PHRASES if "*" not in words]
        pool = tidy if self._tidy else (*PHRASES * 3, *FOREIGN, *UNTIDY)
        words = self._rng.choice(pool)
        dress = self._rng.randrange(10)
        if "*" in words or "_" in words or "`" in words or dress > 3:
            return words
        return (f"**{words}**", f"*{words}*", f"`{words}`", f"[{words}](https://example.org/{dress})")[dress]

    def _sentence(self) -> str:
        words = " ".join(f"{self._rng.choice(('shows', 'suggests', 'is', 'has'))} {self._words()}" for _ in range(3))
        return f"This {words}."

    def _paragraph(self) -> str:
        joint = " " if self._tidy else self._rng.choice((" ", "\n", "  \n"))
        return joint.join(self._sentence() for _ in range(self._rng.randint(1, 4)))

    def _heading(self) -> str:
        return f"{'#' * self._rng.randint(1, 4)} {self._words()}"

    def _bold_lines(self) -> str:
        return "\n".join(f"**{self._rng.choice(PHRASES).replace('*', '')}:** {self._words()}" for _ in range(3))

    def _bullets(self) -> str:
        mark = self._rng.choice("-*")
        lines: list[str] = []
        for _ in range(self._rng.randint(2, 5)):
            lines.append(f"{mark} {self._words()}: {self._sentence()}")
            lines += [f"  {mark} {self._words()}" for _ in range(self._rng.choice((0, 0, 2)))]
            if self._rng.random() < 0.2:
                lines.append(f"    {mark} [{self._rng.choice('x ')}] {self._words()}")
        return "\n".join(lines)

    def _numbers(self) -> str:
        lines: list[str] = []
        for number in range(1, self._rng.randint(3, 6)):
            lines.append(f"{number}. {self._words()}")
            lines += [f"   - {self._sentence()}" for _ in range(self._rng.choice((0, 1, 2)))]
        return "\n".join(lines)

    def _table(self) -> str:
        columns = self._rng.randint(2, 5)
        rows = [[self._words().replace("|", "or") for _ in range(columns)] for _ in range(self._rng.randint(2, 5))]
        rule = [self._rng.choice((":---", "---", ":-:", "--:")) for _ in range(columns)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))

    def _quote(self) -> str:
        return "\n".join(f"> {self._sentence()}" for _ in range(2))

    def _code(self) -> str:
        language = self._rng.choice(("", "python", "text"))
        return f"```{language}\ndose = 5 * weight\nif x < 3:\n    **not bold**\n```"
