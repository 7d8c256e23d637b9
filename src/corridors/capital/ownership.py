"""Who owns the capital that works somewhere, and what nations live on.

With O_ij the share of j's capital that i owns (columns sum to 1), a the share of capital in output:

    GNI_i = Y_i - a_i Y_i + sum_j O_ij a_j Y_j,   GNDI_i = GNI_i + received_i - sent_i           (26)
    sum GNI = sum GDP,   sum GNDI = sum GDP - fees

A move takes phi K_A x (its owners' part) out of column A and adds it, with the same owners, to the
column it goes to: flight is of residents, an end of foreign investment of foreigners. Axes: owner
i, place j.
"""  # noqa: E501

from __future__ import annotations

import numpy as np

from corridors.errors import InputError, Problem
from corridors.labels import Array

__all__ = ["moved", "national_income"]


def moved(ownership: Array, capital: Array, leaving: Array, arriving: Array) -> Array:
    """Ownership after a move of capital with its owners, at unchanged labour.

    Parameters
    ----------
    ownership : (i, j) O today, columns sum to 1
    capital : (j,) K today
    leaving, arriving : (i, j) capital of owner i that leaves, and comes to, j; same unit as K

    Returns
    -------
    (i, j) O after, shares of the stocks after the move

    Raises
    ------
    InputError
        An owner has less in a place than is to leave it, or owners do not keep what they own.
    """
    owned = ownership * capital
    problems = []
    if (leaving > owned * (1.0 + 1e-12) + 1e-12).any():
        owner, place = np.argwhere(leaving > owned * (1.0 + 1e-12) + 1e-12)[0]
        what = f"owner {owner} has {owned[owner, place]:g} in place {place}, less than is to leave"
        problems.append(Problem("capital moved", what, "Move less, or name other owners"))
    if not np.allclose(leaving.sum(axis=1), arriving.sum(axis=1), rtol=1e-10):
        what = "some owners lose what leaves without having it elsewhere"
        problems.append(Problem("capital moved", what, "Give every move a place to go"))
    if problems:
        raise InputError(problems)
    after = owned - leaving + arriving
    total = after.sum(axis=0)
    return np.where(total > 0.0, after / np.where(total > 0.0, total, 1.0), ownership)


def national_income(output: Array, alpha: Array, ownership: Array) -> Array:
    """GNI of equation (26), (i,), in the unit of output (i,)."""
    earned = alpha * output
    return output - earned + ownership @ earned
