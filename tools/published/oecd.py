"""Published results for natives of the OECD and for a rise of migration, beside ours."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from corridors.capital.supply import Closure
from corridors.equilibrium import solve
from published.models import BOTH, READ, RECALLED, Row, agreeing, apart
from published.pages import change
from published.worlds import Answer, ask, no_migration, observed, rows, weighted, world

__all__ = ["OECD"]

#: The 20 of Battisti et al. and the members of before 2016, both from memory.
TWENTY = tuple(
    "AUS AUT BEL CAN CHE DEU DNK ESP FIN FRA GBR GRC IRL ITA LUX NLD NOR PRT SWE USA".split()
)
SINCE_2016 = ("LVA", "LTU", "COL", "CRI")
RICHEST = 22
#: Workers that World Bank 2006 adds to high-income countries, millions.
MORE = 14.2


def _thirty_four() -> np.ndarray:
    return np.asarray(rows("OECD") & ~rows(SINCE_2016))


def _richest() -> np.ndarray:
    """The 22 of the 34 with most output per adult, (i,)."""
    figures, club = observed(), _thirty_four()
    heads = figures.output / (figures.home.sum(axis=0) + figures.migrants.sum(axis=(0, 1)))
    least = np.sort(np.where(club, heads, -np.inf))[-RICHEST]
    return np.asarray(club & (heads >= least))


def gainers() -> Row:
    gain = 1.0 / (1.0 + no_migration("mobile", "variety").consumption) - 1.0
    fixed = 1.0 / (1.0 + no_migration("fixed").consumption) - 1.0
    natives, club = observed().home, _thirty_four()
    share, rich_share = (
        weighted((gain > 0.0) * 1.0, natives, members) for members in (club, _richest())
    )
    return Row(
        "Aubry, Burzynski, Docquier 2016",
        "recent migration benefits 69 % of natives of 34 OECD members, 83 % in the 22 richest; "
        "market size matters most",
        READ,
        f"{100 * share:.0f} % of natives of the 34, {100 * rich_share:.0f} % in the 22 with most "
        f"output per adult; without variety and with capital fixed "
        f"{100 * weighted((fixed > 0.0) * 1.0, natives, club):.0f} %",
        f"{apart(share, 0.69, 0.69)}, {apart(rich_share, 0.83, 0.83)}",
        "real consumption of natives by schooling, all migration against none; capital mobile, "
        "love of variety 0.143; no taxes, no trade; members of before 2016",
        "they take away recent flows, with taxes and trade; we take away everybody. Market size "
        "decides in both.",
    )


def natives_of_the_oecd() -> Row:
    gains = {
        closure: [
            weighted(1.0 / (1.0 + without.consumption[skill]) - 1.0, natives, rows(TWENTY))
            for skill, natives in enumerate(observed().home)
        ]
        for closure, without in ((closure, no_migration(closure)) for closure in BOTH)
    }
    listed = "; ".join(
        f"{closure} capital: {change(high)} with, {change(low)} without"
        for closure, (low, high) in gains.items()
    )
    low, high = gains["mobile"]
    return Row(
        "Battisti, Felbermayr, Peri, Poutvaara 2018",
        "natives of 20 OECD countries: +1.25 % with, +1.00 % without tertiary schooling",
        READ,
        listed,
        f"mobile capital: {apart(high, 0.0125, 0.0125)} with, {apart(low, 0.01, 0.01)} without",
        "not nested: no search, bargaining or redistribution here; natives' consumption, all "
        f"migration against none, no variety; the 20 ({', '.join(TWENTY)}) are from memory",
        "theirs is a market of search and bargaining. Ours works by scarcity alone: who is scarcer "
        "than migrants gains, and the sign depends on capital.",
    )


def natives_pay() -> Row:
    """Immigration to the OECD, and emigration from it, on pay of who stays."""
    natives, club = observed().home, _thirty_four()
    members = [code for code, inside in zip(observed().areas, club, strict=True) if inside]
    figures = {}
    for end, closure in (("residence", "mobile"), ("birthplace", "mobile"), ("residence", "fixed")):
        answer = ask(world(closure), "ban", **{end: members})  # type: ignore[arg-type]
        pay = answer.after.wage_native[0] / answer.now.wage_native[0]
        gain = 1.0 / pay - 1.0
        figures[end, closure] = (
            *(weighted(gain[skill], natives[skill], club) for skill in (0, 1)),
            weighted(gain, natives, club),
        )
    low, high, mean = figures["residence", "mobile"]
    left, educated, _ = figures["birthplace", "mobile"]
    fixed_low, fixed_high, _ = figures["residence", "fixed"]
    return Row(
        "Docquier, Ozden, Peri 2014",
        "immigration to the OECD in the 1990s: pay of natives with less schooling up, mean pay up "
        "or unchanged; emigration: pay of natives with less schooling down, more inequality",
        f"{RECALLED} (abstract)",
        f"immigration, mobile capital: {change(low)} without, {change(high)} with tertiary "
        f"schooling, mean {change(mean)}; fixed capital {change(fixed_low)}, {change(fixed_high)}; "
        f"emigration, mobile: {change(left)} without, {change(educated)} with",
        agreeing((1, low), (1, mean), (-1, left), (1, educated - left)) + ", mobile capital",
        "natives' pay in the 34 members, everybody who lives there against none, and everybody who "
        "left against none; no spillover of schooling",
        "they count the flows of ten years, of whom more had tertiary schooling, and a spillover "
        "of schooling; we count all stocks. With fixed capital everybody's pay falls here.",
    )


def more_workers() -> Row:
    from scipy.optimize import brentq

    rich = np.array(observed().income_group) == "High income"
    names = np.array(observed().areas)
    ends = {"birthplace": names[~rich].tolist(), "residence": names[rich].tolist()}

    def opened(share: float, closure: Closure) -> Answer:
        return ask(world(closure), "open_border", legal_share=float(share), **ends)

    def more(answer: Answer) -> float:
        change_of = answer.after.migrants - answer.now.migrants
        return float(change_of[0][:, ~rich][:, :, rich].sum()) / 1e6

    answers = {}
    for closure in BOTH:
        share = brentq(lambda tried, of=closure: more(opened(tried, of)) - MORE, 0.001, 0.1,
                       xtol=2e-4)  # fmt: skip
        answers[closure] = share, opened(share, closure)
    listed = "; ".join(
        f"{closure} capital: {change(answer.output)} (v = {share:.3f})"
        for closure, (share, answer) in answers.items()
    )
    gains = [answer.output for _, answer in answers.values()]
    return Row(
        "World Bank 2006 (Global Economic Prospects)",
        "14.2 m more workers from developing in high-income countries by 2025: world income +0.6 %",
        RECALLED,
        listed,
        ", ".join(apart(gain, 0.006, 0.006) for gain in gains),
        "every corridor from other to high-income economies opened alike until 14.2 m more adults "
        "live there; PPP dollars; 2020",
        "theirs are workers, ours adults of whom some work; theirs earn what migrants of their "
        "schooling earn, in a world that has grown to 2025, with trade.",
    )


def skill_bias() -> Row:
    """Every corridor keeps its number and has the schooling of those at home."""
    neutral = {closure: _neutral(closure) for closure in BOTH}
    natives = observed().home + observed().migrants.sum(axis=2)
    rate = observed().migrants.sum(axis=(1, 2)) / natives.sum(axis=1)
    club = _thirty_four()
    parts = {}
    for closure, answer in neutral.items():
        gain = 1.0 / (1.0 + answer.income) - 1.0
        adults = answer.now.home[0].sum(axis=0)
        parts[closure] = weighted(gain, adults, club), weighted(gain, adults, ~club)
    listed = "; ".join(
        f"{closure} capital: OECD {change(inside)}, others {change(outside)}"
        for closure, (inside, outside) in parts.items()
    )
    inside, outside = parts["mobile"]
    return Row(
        "Biavaschi, Burzynski, Elsner, Machado 2020",
        "people with tertiary schooling four times as likely to migrate; their bias benefits most "
        "receivers; on average positive in the OECD and outside with remittances and externalities",
        f"{RECALLED} (abstract)",
        f"{rate[1] / rate[0]:.1f} times as likely; income per resident with the bias over without "
        f"it: {listed}",
        agreeing((1, inside), (1, outside)) + ", mobile capital",
        "every corridor's number kept at today's pay and its people given the schooling of natives "
        "of their birthplace, by wedges; income per resident, receipts in it; no externality",
        "without their externalities of schooling and of diasporas, what origins lose in graduates "
        "only remittances bring back.",
    )


@functools.cache
def _neutral(closure: Closure) -> Answer:
    before = world(closure)
    people, home = before.state.migrants, before.state.home
    natives = home + people.sum(axis=(-2, -1))
    share = natives / natives.sum(axis=1, keepdims=True)
    wanted = people.sum(axis=1, keepdims=True) * share[..., None, None]
    left = natives - wanted.sum(axis=(-2, -1))
    some = people > 0.0
    odds = (
        np.where(some, wanted, 1.0) / np.where(some, people, 1.0) * (home / left)[..., None, None]
    )
    theta = before.rules.theta[..., None, None, None]
    rules = replace(before.rules, log_wedge=before.rules.log_wedge - np.log(odds) / theta)
    settled = solve.settle(before.structure, before.state, before.rules, rules)
    return Answer(before, rules, solve.require(settled).state)


OECD = (gainers, natives_of_the_oecd, natives_pay, more_workers, skill_bias)
