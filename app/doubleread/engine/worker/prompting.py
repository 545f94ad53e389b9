"""From a request to the tokens that a model continues: for answers, and for showing prompts without any weights."""

from __future__ import annotations

from doubleread.engine.client.protocol import Generate, Sampling
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.fitting import Fitted, fitted
from doubleread.engine.worker.llama import Model
from doubleread.engine.worker.prompt import Prompt, PromptWriter
from doubleread.engine.worker.reasoning import SpecialToken, known_markers, reasoning_format, spellings
from doubleread.engine.worker.reasoning_budget import Plan, ReasoningForm, plan_reasoning


def prompt_writer(model: Model, load: LoadSettings) -> tuple[PromptWriter, ReasoningForm]:
    """Return what writes a model's prompts, and how the model reasons. Raises TemplateError."""
    writer = PromptWriter(model, load.chat_template)
    tokens = {spelling: token for spelling in spellings(load.reasoning) if (token := model.token(spelling)) is not None}
    vocabulary = {spelling: SpecialToken(token, bool(model.piece(token))) for spelling, token in tokens.items()}
    reasoning = ReasoningForm(reasoning_format(writer.template, vocabulary), writer.tokens_of, load.reasoning)
    markers = known_markers(reasoning.known)
    writer.find_turn_ends({text for text in writer.control_spellings if any(text in marker for marker in markers)})
    return writer, reasoning


def context_length(model: Model, load: LoadSettings) -> int:
    """Return how many tokens prompt and answer can have together."""
    # llama.cpp returns a length beyond 2**31 as a negative number.
    return min(load.n_ctx, model.n_ctx_train) if model.n_ctx_train > 0 else load.n_ctx


def fitted_prompt(request: Generate, n_ctx: int, writer: PromptWriter, reasoning: ReasoningForm) -> Fitted[Prompt]:
    """Return the prompt of a request, without the documents for which the context has no room.

    Raises TooLongError, TemplateError, or ValueError for what cannot be tokenised.
    """
    reasons = reasoning.known is not None and not request.sampling.grammar
    return fitted(request, n_ctx, request.sampling.max_reasoning_tokens if reasons else 0, writer.write)


def answer_prompt(
    prompt: Prompt, sampling: Sampling, n_ctx: int, writer: PromptWriter, reasoning: ReasoningForm
) -> tuple[Prompt, Plan | None]:
    """Return the prompt of an answer as the model gets it, and the room for reasoning and answer.

    Where no reasoning is allowed, the prompt ends it. There is no plan if a grammar leaves no room for reasoning.
    """
    if sampling.grammar and reasoning.known is None:
        return prompt, None
    most = 0 if sampling.grammar else sampling.max_reasoning_tokens
    plan = plan_reasoning(reasoning, prompt.end, len(prompt.tokens), n_ctx, most, sampling.max_tokens)
    return (writer.continued(prompt, plan.ending) if plan.ending else prompt), plan
