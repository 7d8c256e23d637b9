"""Published figures this package has no comparable one for, and why."""

from __future__ import annotations

__all__ = ["ELSEWHERE"]

#: Model, what it published, how that is known, why nothing here can be put beside it.
ELSEWHERE = (
    (
        "Delogu, Docquier, Machado 2018",
        "+12 % in the short run, +52 % after a century",
        "looked up",
        "fertility and schooling answer to migration there, over generations; here neither does",
    ),
    (
        "Desmet, Nagy, Rossi-Hansberg 2018",
        "welfare about threefold",
        "looked up",
        "one-degree grid, innovation and trade over 600 years; not nested",
    ),
    (
        "Burzynski, Deuster, Docquier 2020",
        "access to schooling and sectors matter, migration little; no figure seen",
        "looked up",
        "two sectors and schooling to 2100; not nested",
    ),
    (
        "Bryan, Morten 2019",
        "Indonesia: +22 % without barriers, +7.1 % at US mobility",
        "looked up",
        "moves within one country; the option `ability` is theirs, the data are not here",
    ),
    (
        "Caliendo, Dvorkin, Parro 2019",
        "a method: dynamics in changes",
        "looked up",
        "`projection.foresight` solves it, a known case holds it; no figure for world migration",
    ),
    (
        "Weyl 2018",
        "the OECD at two migrants per citizen cuts global inequality by a quarter",
        "looked up",
        "an accounting exercise with chosen pay; no configuration of an equilibrium",
    ),
    (
        "Clemens 2011, other barriers",
        "trade 0.5 to 4 %, capital 0.1 to 1.7 % of world output",
        "quoted",
        "no trade in this model, and no lever that makes returns to capital equal",
    ),
    (
        "Dustmann, Preston 2019",
        "theory of the gains; text not opened",
        "from memory",
        "no figure known",
    ),
)
