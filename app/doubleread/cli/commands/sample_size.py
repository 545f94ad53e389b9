"""The command `sample-size`: how many cases a comparison of two arms needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from doubleread.cli.exit_codes import WrongUseError
from doubleread.cli.options import AsJson
from doubleread.console import say, say_json
from doubleread.domain.wording import plural


def sample_size(
    difference: Annotated[
        float,
        typer.Option("--difference", help="The difference in proportions correct that is to be detected, such as 0.1."),
    ],
    discordant: Annotated[
        float | None,
        typer.Option("--discordant", help="The proportion of cases on which the arms differ, from a pilot."),
    ] = None,
    first: Annotated[
        float | None,
        typer.Option("--first", help="Instead of --discordant: one arm's proportion of correct answers."),
    ] = None,
    power: Annotated[
        float, typer.Option("--power", help="The power: the probability of detecting the difference.")
    ] = 0.8,
    alpha: Annotated[float, typer.Option("--alpha", help="The two-sided significance level.")] = 0.05,
    as_json: AsJson = False,
) -> None:
    """Calculate how many cases a comparison needs.

    Both arms answer the same cases, so the proportion of cases on which they differ matters. With --first, the
    second arm's proportion is that plus the difference, and the arms are assumed independent, which is cautious.
    """
    from doubleread.domain.formatting import percent
    from doubleread.statistics import cases_needed, discordant_proportion

    if (discordant is None) == (first is None):
        raise WrongUseError(
            "Wrong use",
            "exactly one of --discordant and --first is needed",
            "give --discordant, such as 0.3 from a pilot, or --first, one arm's proportion of correct answers",
        )
    try:
        proportion = discordant if first is None else discordant_proportion(first, first + difference)
        assert proportion is not None
        found = cases_needed(difference, proportion, power, alpha)
    except ValueError as error:
        raise WrongUseError("Impossible study", str(error), "use proportions such as 0.1 and 0.3") from None
    if as_json:
        say_json({**asdict(found), "assumption": found.assumption})
        return
    say(plural(found.cases, "case"))
    say(f"Assumption: {found.assumption}.")
    say(f"Method: {found.method}, with a normal approximation; the power shown is exact.")
    if first is not None:
        rates = f"{percent(first)} and {percent(first + difference)}"
        say(f"The proportion of cases on which the arms differ, {percent(proportion)}, follows from {rates}.")
