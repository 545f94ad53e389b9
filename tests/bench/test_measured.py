"""The arithmetic of the measurements."""

from __future__ import annotations

import pytest

from doubleread.bench.limits import ModelCost, decode_share, model_cost, prefill_share
from doubleread.bench.measured import AnswerTimes, Measured, Measurement, middle, ratio, unequal
from doubleread.engine.gguf.header import Header, Tensor


def run(way: str, *answers: tuple[float, float, float], tokens: int = 11, **more) -> Measured:
    made = tuple(AnswerTimes(asked, first, end, 100, tokens) for asked, first, end in answers)
    return Measured(way, max(answer.finished for answer in made), made, **more)


AT_ONCE = run("doubleread", (0, 1, 5), (0, 2, 6), phased=True, at_once=2)
IN_TURN = run("loop", (0, 2, 5), (5, 7, 10), phased=True)


def test_the_rate_counts_every_token_of_the_answers_over_the_whole_time():
    assert AT_ONCE.rate == pytest.approx(22 / 6)
    assert IN_TURN.rate == pytest.approx(22 / 10)


def test_the_first_token_is_counted_from_the_asking():
    assert AT_ONCE.first_token == 1.5
    assert IN_TURN.first_token == 2.0


def test_prompts_read_together_share_their_time_and_others_add_theirs():
    assert AT_ONCE.prefill_seconds == 2.0
    assert IN_TURN.prefill_seconds == 4.0
    assert AT_ONCE.prefill_rate == 100.0
    assert IN_TURN.prefill_rate == 50.0


def test_the_first_token_of_each_answer_belongs_to_its_prompt():
    assert AT_ONCE.decode_rate == pytest.approx(20 / 4)
    assert IN_TURN.decode_rate == pytest.approx(20 / 6)


def test_reused_tokens_were_not_read():
    made = Measured("x", 2.0, (AnswerTimes(0, 1, 2, 100, 11, reused=60),), phased=True)
    assert made.prefill_rate == 40.0


def test_without_phases_there_is_no_rate_of_either():
    mixed = run("server", (0, 1, 5), (0, 4, 9))
    assert mixed.prefill_rate is None
    assert mixed.decode_rate is None
    assert mixed.as_record()["prefill_tokens_per_second"] is None


def test_ratios_are_taken_within_a_round_and_their_median_counts():
    paces = ((1, 2), (2, 3), (1, 4))
    rounds = [
        {"doubleread": run("doubleread", (0, 0, fast)), "loop": run("loop", (0, 0, slow))} for fast, slow in paces
    ]
    found = ratio(rounds, "loop", "doubleread")
    assert (found.median, found.lowest, found.highest) == (2.0, 1.5, 4.0)
    assert ratio(rounds, "doubleread", "doubleread").highest == 1.0


def test_the_middling_run_is_one_that_took_place():
    rounds = [{"loop": run("loop", (0, 0, seconds))} for seconds in (3, 1, 2, 9)]
    assert middle(rounds, "loop").seconds == 3


def test_answers_of_different_length_are_noticed():
    same = {"a": run("a", (0, 1, 2)), "b": run("b", (0, 1, 3))}
    assert not unequal([same, same])
    assert unequal([same, {"a": run("a", (0, 1, 2)), "b": run("b", (0, 1, 3), tokens=10)}])


def test_a_goal_is_met_by_what_does_not_exceed_it():
    assert Measurement("x", 1.0, "ms", 1.0).met is True
    assert Measurement("x", 1.1, "ms", 1.0).met is False
    assert Measurement("x", 1.1, "ms").met is None


def header(*tensors: Tensor) -> Header:
    values = {
        "general.architecture": "llama",
        "llama.block_count": 2,
        "llama.embedding_length": 64,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
    }
    return Header(3, values, tensors=list(tensors))


EMBEDDING = Tensor("token_embd.weight", (64, 100), 0, 0)
OUTPUT = Tensor("output.weight", (64, 100), 1, 0)
NORM = Tensor("output_norm.weight", (64,), 0, 0)


def test_embeddings_beside_an_output_matrix_cost_nothing():
    cost = model_cost(header(EMBEDDING, NORM, OUTPUT))
    assert cost.step_bytes == 64 * 4 + 6400 * 2
    assert cost.token_flops == 2 * 6400


def test_tied_embeddings_are_read_and_multiplied():
    cost = model_cost(header(EMBEDDING, NORM))
    assert cost.step_bytes == 6400 * 4 + 64 * 4
    assert cost.token_flops == 2 * 6400


def test_what_is_remembered_is_keys_and_values_of_all_layers_in_16_bits():
    assert model_cost(header(EMBEDDING)).token_bytes == 2 * 2 * 2 * (2 * 16)


def test_the_proportion_of_what_memory_allows():
    made = Measured("x", 3.0, (AnswerTimes(0, 1, 3, 90, 21),) * 2, phased=True, at_once=2)
    cost = ModelCost(step_bytes=1000.0, token_bytes=1.0, token_flops=10.0)
    # 10 steps a second, each reading the weights and, for both answers, a prompt and half an answer.
    assert decode_share(made, cost, 100_000.0) == pytest.approx(10 * (1000 + 2 * 100.5) / 100_000)
    assert prefill_share(made, cost, 10_000.0) == pytest.approx(180 * 10 / 10_000)
    assert decode_share(run("x", (0, 1, 3), (0, 2, 4)), cost, 1.0) is None
