"""Inequality between people counted by where they were born and where they live.

    T = sum (n x / N xbar) ln(x / xbar) = between groups + within groups

over cells of n heads with income x each. It has no spread inside a cell, so its level is a lower
bound and only its change says something.
"""

from __future__ import annotations

import numpy as np

from corridors.labels import Array

__all__ = ["theil", "theil_between"]


def theil(heads: Array, income: Array) -> Array:
    """T of cells on the last axis, (...,); heads persons, income a head, any unit."""
    total = heads * income
    number, sum_of_income = heads.sum(axis=-1), total.sum(axis=-1)
    mean = sum_of_income / number
    some = total > 0.0
    relative = np.where(some, income, 1.0) / mean[..., None]
    part = np.where(some, total * np.log(np.where(some, relative, 1.0)), 0.0)
    return np.asarray(part.sum(axis=-1) / sum_of_income)


def theil_between(heads: Array, income: Array, group: Array, number: int) -> Array:
    """The part of T between groups: cells (..., c), their group (c,) of `number`; (...,)."""
    member = np.eye(number)[group]
    in_group = heads @ member
    paid = (heads * income) @ member
    return theil(in_group, paid / np.where(in_group > 0.0, in_group, 1.0))
