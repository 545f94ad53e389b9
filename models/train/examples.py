"""From vignettes to training rows: the program's own prompt in the chat template, and a weight for every token."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from answers import Answer, Teacher, teach
from doubleread.domain.case import Case
from doubleread.domain.prompts import PromptTemplate
from knowledge import Knowledge
from vignettes import Combination, Vignette, short_vignettes, vignettes

SPECIALS = ("<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{{ '\\n' }}{% endif %}"
)
NO_SYSTEM = 0.1
PROMPT, ANSWER, FIRST_SENTENCE, LETTER = 0.1, 1.0, 3.0, 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """One training row. `weights[i]` is the weight of the loss on `ids[i]`."""

    ids: list[int]
    weights: list[float]


def render(case: Case) -> tuple[str, str]:
    """Return the prompt of a case in the chat template, cut into what is the same in all cases and the rest."""
    parts = [f"<|{message.role}|>\n{message.content}<|end|>\n" for message in PromptTemplate().messages(case)]
    return "".join(parts[:-1]), parts[-1] + "<|assistant|>\n"


def train_tokenizer(knowledge: Knowledge, size: int, seed: str, path: Path) -> Tokenizer:
    """Learn a byte-level BPE from training vignettes and answers, and write it to `path`.

    The names of the diagnoses become tokens of their own: a name is then one thing to look up among the options.
    """
    texts = []
    rng = random.Random(seed)
    for kind in ("choice", "diagnosis"):
        for vignette in islice(vignettes(f"{seed}-bpe", kind, knowledge, held_out=False), 3000):
            texts += ["".join(render(vignette.case)), teach(vignette, "faithful", knowledge, rng).text]
    apart = re.compile("|".join([r"<\|\w+\|>", *map(re.escape, knowledge.diagnoses)]))
    texts = [apart.sub("", text) for text in texts]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(knowledge.diagnoses),
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in knowledge.diagnoses])
    if tokenizer.get_vocab_size() != size:
        raise ValueError(f"the tokenizer has {tokenizer.get_vocab_size()} tokens instead of {size}")
    tokenizer.save(str(path))
    return tokenizer


def row(vignette: Vignette, answer: Answer, short: bool, tokenizer: Tokenizer) -> Row:
    """Encode a prompt and its answer. A short row stops after the first sentence, without the end token."""
    system, user = render(vignette.case)
    head, prompt = tokenizer.encode(system).ids, tokenizer.encode(user).ids
    text = answer.first if short else answer.text
    encoded = tokenizer.encode(text)
    letters = {match.start(1) for match in re.finditer(r"\(([A-Z])\)", text)}
    ids = head + prompt + encoded.ids
    weights = [0.0] * len(head) + [PROMPT] * len(prompt)
    for start, _ in encoded.offsets:
        first = FIRST_SENTENCE if start < len(answer.first) else ANSWER
        weights.append(LETTER if start in letters else first)
    if not short:
        ids.append(tokenizer.token_to_id("<|end|>"))
        weights.append(ANSWER)
    return Row(ids, weights)


class RowSource:
    """Endless training rows of one teacher; another `run` gives other rows. `short_share` may be changed."""

    def __init__(
        self,
        teacher: Teacher,
        knowledge: Knowledge,
        tokenizer: Tokenizer,
        excluded: Collection[Combination],
        run: str = "",
    ) -> None:
        self.teacher, self.knowledge, self.tokenizer = teacher, knowledge, tokenizer
        self.user = tokenizer.token_to_id("<|user|>")
        self.short_share = 0.0
        self.rng = random.Random(f"rows/{teacher}{run}")
        seed = f"train-{teacher}{run}"
        self.choice = vignettes(seed, "choice", knowledge, held_out=False, excluded=excluded)
        self.diagnosis = vignettes(seed, "diagnosis", knowledge, held_out=False, excluded=excluded)
        self.short = short_vignettes(seed, knowledge, excluded)

    def rows(self, count: int) -> Iterator[Row]:
        """Yield the next rows: short ones by their share, of the others four in five with options.

        A few rows go without the system prompt, so that the model does not depend on it.
        """
        for _ in range(count):
            if self.rng.random() < self.short_share:
                vignette, short = next(self.short), True
            else:
                source = self.choice if self.rng.random() < 0.8 else self.diagnosis
                vignette, short = next(source), False
            answer = teach(vignette, self.teacher, self.knowledge, self.rng)
            made = row(vignette, answer, short, self.tokenizer)
            if self.rng.random() < NO_SYSTEM:
                start = made.ids.index(self.user)
                made = Row(made.ids[start:], made.weights[start:])
            yield made
