"""The assignment problem, as `scipy.optimize.linear_sum_assignment` solves it, without importing that.

`scipy.optimize` takes a quarter of a second and 24 MB to import. The problems here are small: the spans that two
readers marked in one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def cheapest_columns(costs: Sequence[Sequence[int]]) -> list[int]:
    """Return a column for each row, each column at most once, so that the sum of their costs is the least.

    There are no more rows than columns. Of several such ways, it is the one that scipy returns. Source: Crouse, IEEE
    Trans Aerosp Electron Syst 2016;52:1679-1696, which extends Jonker and Volgenant's shortest augmenting paths.
    """
    width = len(costs[0])
    # The dual variables.
    of_row, of_column = [0.0] * len(costs), [0.0] * width
    column_of, row_of = [-1] * len(costs), [-1] * width
    for start in range(len(costs)):
        shortest, came_from = [inf] * width, [-1] * width
        remaining = list(range(width - 1, -1, -1))
        rows: list[int] = []
        columns: list[int] = []
        reached, row = 0.0, start
        while row != -1:
            rows.append(row)
            for column in remaining:
                length = reached + costs[row][column] - of_row[row] - of_column[column]
                if length < shortest[column]:
                    shortest[column], came_from[column] = length, row
            # Among equals, the last free column is taken; without one, the first.
            reached = min(shortest[column] for column in remaining)
            nearest = [place for place, column in enumerate(remaining) if shortest[column] == reached]
            free = [place for place in nearest if row_of[remaining[place]] == -1]
            place = free[-1] if free else nearest[0]
            columns.append(remaining[place])
            remaining[place] = remaining[-1]
            remaining.pop()
            row = row_of[columns[-1]]
        of_row[start] += reached
        for row in rows[1:]:
            of_row[row] += reached - shortest[column_of[row]]
        for column in columns:
            of_column[column] -= reached - shortest[column]
        column = columns[-1]
        while True:
            row = came_from[column]
            row_of[column] = row
            column_of[row], column = column, column_of[row]
            if row == start:
                break
    return column_of
