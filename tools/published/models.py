"""Published models beside ours, each asked as near to its configuration as this model comes.

Nothing is tuned to match: parameters are the published ones, or ours at their values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridors.capital.supply import Closure
from corridors.equilibrium.closed_forms import free_mobility, gain_from_leaving, share_staying
from published.pages import change, persons
from published.worlds import (
    Answer,
    ask,
    no_migration,
    observed,
    place,
    rows,
    weighted,
    world,
)

__all__ = ["MODELS", "READ", "RECALLED", "Row", "agreeing", "apart"]

#: How a published figure is known.
READ, QUOTED, RECALLED = "looked up", "quoted", "from memory"
CLASSES = ("Low income", "Lower middle income", "Upper middle income", "High income")
#: Income classes of the published package, shorter.
SHORT = ("low", "lower middle", "upper middle", "high")
BOTH: tuple[Closure, ...] = ("fixed", "mobile")


@dataclass(frozen=True)
class Row:
    """One published figure beside ours.

    `seen` says how the published one is known; `why` what explains the difference.
    """

    model: str
    published: str
    seen: str
    ours: str
    difference: str
    configuration: str
    why: str


def agreeing(*pairs: tuple[int, float]) -> str:
    """How many figures have the sign they should have."""
    right = sum(1 for sign, figure in pairs if sign * figure > 0.0)
    return f"{right} of {len(pairs)} signs agree"


def apart(ours: float, low: float, high: float) -> str:
    """Distance of a share from a published range, in points."""
    if low <= ours <= high:
        return "inside"
    return f"{100 * (ours - (low if ours < low else high)):+.1f} points".replace("-", "−")


def selective_emigration() -> Row:
    before = world(
        "mobile", channels=("human_capital", "variety"), land=False, theta=0.7,
        inverse_native_substitution=0.0, human_capital_spillover=0.1, variety=0.1,
    )  # fmt: skip
    answer = ask(before, "ban")
    response = 1.0 / (1.0 + answer.income) - 1.0
    adults = answer.after.home[0].sum(axis=0)
    group = np.array(observed().income_group)
    means = [weighted(response, adults, group == income) for income in CLASSES]
    total = weighted(response, adults, np.ones(len(group), dtype=bool))
    listed = ", ".join(f"{name} {change(mean)}" for name, mean in zip(SHORT, means, strict=True))
    return Row(
        "Cha'ngom, Deuster, Docquier, Machado 2025, on our data",
        "income with migration over income without: world +3.5 %, low +6.7 %, lower middle +6.5 %, "
        "upper middle +1.5 %, high +2.4 %",
        READ,
        f"world {change(total)}, {listed}",
        apart(total, 0.0354, 0.0354),
        "191 economies of 2020; every corridor closed; theta 0.7, sigma_S 2, natives and migrants "
        "perfect substitutes, no land, output in proportion to labour, human-capital spillover "
        "0.1, variety 0.1; remittances counted in income",
        "their gain is mostly schooling that the hope of leaving causes, which this model leaves "
        "out, and what a diaspora and taxpayers add. Without these, losing graduates costs poor "
        "countries about what remittances bring them.",
    )


def two_regions() -> Row:
    labour = np.array([600.0, 2700.0])
    gains = [
        float(free_mobility(labour, np.array([ratio, 1.0]), 0.3).output_gain)
        for ratio in (2.0, 4.0, 6.0)
    ]
    own = _region_gain(0.3)
    return Row(
        "Borjas 2014, two regions",
        "wage ratio 2: +13.4 %; 4: $40 tn of 70, almost 60 %; 6: $62 tn of 70",
        f"{QUOTED}; labour of 600 m and 2,700 m and the elasticity 0.3 {RECALLED}",
        "; ".join(
            f"{ratio}: {change(gain)} (${70 * gain:.0f} tn)"
            for ratio, gain in zip((2, 4, 6), gains, strict=True)
        )
        + f". OECD against the rest, our data: {change(own)}",
        "none at the rounding of the quotation",
        "one skill, land share 0.3, no capital, no cost of moving (theta to infinity): "
        "`closed_forms.free_mobility`; the last figure with labour and pay of 2020",
        "the same closed form. With our own labour and pay the two regions stand near his middle "
        "case; with a finite theta and wedges that are not all law the gain is a small part of it.",
    )


def _region_gain(land_share: float) -> float:
    """World output gained when OECD and the rest are one labour market."""
    labour, pay = _workers(), _pay_per_worker()
    inside = rows("OECD")
    parts = [inside, ~inside]
    persons_at_work = np.array([labour[part].sum() for part in parts])
    bill = np.array([(labour * pay)[part].sum() for part in parts])
    return float(free_mobility(persons_at_work, bill / persons_at_work, land_share).output_gain)


def _workers() -> np.ndarray:
    """Adults at work (i,)."""
    figures = observed()
    return np.asarray((figures.home + figures.migrants.sum(axis=1)).sum(axis=0) * figures.at_work)


def _pay_per_worker() -> np.ndarray:
    """PPP dollars a year (i,)."""
    figures = observed()
    return np.asarray(figures.labour_share * figures.output / _workers())


def institutions() -> Row:
    breaks_even = {closure: _break_even(closure) for closure in BOTH}
    listed = ", ".join(
        f"{weight:.2f} with {closure} capital" for closure, weight in breaks_even.items()
    )
    return Row(
        "Borjas 2015, the critique",
        "gains vanish if newcomers bring enough of their countries' productivity along; no size",
        QUOTED,
        f"an opening of v = 0.15 gains nothing at lamB = {listed}",
        "no size to compare",
        "channel `institutions`: output per worker of a place falls towards that of its "
        "newcomers' origins by lamB times their share (equation 13)",
        "lamB has no estimate and its prior runs from 0 to 1, so no data settle the sign of the "
        "world's gain. Above about 0.6 gains rise again: the rule works both ways, and small "
        "places with many foreigners are inverted to a productivity of their own so high that a "
        "few people more from rich countries multiply output. No result there should be used.",
    )


def _break_even(closure: Closure) -> float:
    """Smallest lamB at which an opening of v = 0.15 leaves world output as it is."""
    from scipy.optimize import brentq

    def gain(weight: float) -> float:
        before = world(closure, channels=("institutions",), institutions=weight)
        return ask(before, "open_border", legal_share=0.15).output

    return float(brentq(gain, 0.1, 0.4, xtol=0.005))


def home_attachment() -> Row:
    pay = world("fixed").state.wage_native[0]
    relative = np.minimum(pay / pay[:, [place("USA")]], 1.0)
    figures = observed()
    workers = (figures.home + figures.migrants.sum(axis=1)) * figures.at_work
    poorer = np.array(figures.income_group) != "High income"
    gained = gain_from_leaving(relative, 1.0) * pay[:, [place("USA")]]
    gain = float((workers * gained)[:, poorer].sum() / (workers * pay)[:, poorer].sum())
    moving = 1.0 - weighted(share_staying(relative, 1.0), workers, poorer)
    exact = float(gain_from_leaving(np.array(0.2343), 1.0)) / 0.2343
    return Row(
        "Kennan 2013",
        "+125 % per worker of 40 countries, +112 % of all; over 75 % of workers move",
        QUOTED,
        f"{change(gain)} per worker of low- and middle-income economies; {100 * moving:.0f} % "
        f"move. At one relative wage of 0.2343: {change(exact)}",
        apart(gain, 1.12, 1.25),
        "home attachment exponential in log income with zeta 1 (`closed_forms`), two schoolings, "
        "frontier the United States, pay of 2019 in PPP, as it stays when capital is mobile",
        "his relative pay is a place premium, of the same worker; pay per worker of a class of "
        "schooling differs more, because schooling does not measure all skill (see "
        "[place premiums](calibration.md)). The form is inferred from a quotation: one relative "
        "wage of 0.2343 gives his 125 % and 77 % moving.",
    )


def land_and_growth() -> Row:
    before = world("mobile")
    structure, output = before.structure, before.state.output[0]
    share = float(np.average((structure.gamma / (1.0 - structure.alpha))[0], weights=output))
    gains = {delta: _region_gain(delta) for delta in (0.05, share, 0.3)}
    listed = "; ".join(f"{delta:.2f}: {change(gain)}" for delta, gain in gains.items())
    return Row(
        "Klein, Ventura 2007/2009",
        "world output +94 to +172 % in the long run, OECD against the rest",
        QUOTED,
        f"by land's share over one less capital's: {listed}",
        apart(gains[share], 0.94, 1.72) + f" at our mean share of {share:.2f}",
        "two regions, one skill, capital mobile, no cost of moving: `closed_forms.free_mobility` "
        "with labour and pay of 2020",
        "land's share decides. No table gives it by country: ours is what labour and a capital "
        "share of at most 0.35 leave, oil included, and larger than a model of farmland takes. "
        "Saving does not respond here.",
    )


def visa_costs() -> Row:
    low, middle = _opened(0.15), _opened(0.3)
    names = ("human_capital", "congestion", "variety", "network")
    variants = {name: _opened(0.3, name).output for name in names}
    listed = ", ".join(
        f"{name.replace('_', ' ')} {change(variant)}" for name, variant in variants.items()
    )
    ordered = variants["human_capital"] < middle.output < variants["network"]
    return Row(
        "Docquier, Machado, Sekkat 2015",
        "world output +11.5 to +12.5 %; variants 7.0 (schooling externality) to 17.9 % (network); "
        "about 400 m want to move",
        READ,
        f"v = 0.15: {change(low.output)}, {persons(low.abroad)} abroad; v = 0.30: "
        f"{change(middle.output)}, {persons(middle.abroad)}; with a channel at 0.30: {listed}",
        f"v = 0.15: {apart(low.output, 0.115, 0.125)}; v = 0.30: "
        f"{apart(middle.output, 0.115, 0.125)}; the externality lowers and the network "
        f"raises the gain: {'yes, as theirs' if ordered else 'no'}",
        "two skills, theta 0.7, sigma_S 2, perfect substitutes, no land, output in proportion to "
        "labour, no remittances; wedges cut to tau^(1-v), size taken out",
        "their visa costs come from desired migration and are not available; v is our prior, mean "
        "0.15, and 0.30 its upper end. "
        f"We begin at {persons(float(middle.now.migrants.sum()))} adults abroad, they at about "
        "80 m: the same cut moves more people.",
    )


def _opened(legal_share: float, *channels: str) -> Answer:
    """An opening where output is in proportion to labour and nobody remits."""
    before = world(
        "mobile", channels=channels, land=False, remittances=False, theta=0.7,
        inverse_native_substitution=0.0,
    )  # fmt: skip
    return ask(before, "open_border", legal_share=legal_share)


def all_barriers() -> Row:
    gains = {
        f"{closure} capital": ask(world(closure), "open_border", legal_share=1.0).output
        for closure in BOTH
    }
    gains["output in proportion to labour"] = _opened(1.0).output
    one_market = free_mobility(_workers(), _pay_per_worker(), 0.3)
    gains["one labour market, land share 0.3"] = float(one_market.output_gain)
    listed = ", ".join(f"{name} {change(gain)}" for name, gain in gains.items())
    return Row(
        "Clemens 2011, survey",
        "all barriers removed: often 50 to 150 % of world output",
        QUOTED,
        listed,
        f"fixed: {apart(gains['fixed capital'], 0.5, 1.5)}, mobile: "
        f"{apart(gains['mobile capital'], 0.5, 1.5)}",
        "v = 1, outside the data: tau^0 with size taken out; the last as in Borjas, 191 economies",
        "the range holds models in which all of the pay gap belongs to the place and moving costs "
        "nothing but what law makes it cost. Here land stays, capital may, and distance, language "
        "and taste stay with those who decline to move.",
    )


def remittance_gains() -> Row:
    regions = {
        "Central America": ["BLZ", "CRI", "GTM", "HND", "MEX", "NIC", "PAN", "SLV"],
        "islands of the Pacific": ["Polynesia", "Micronesia region", "Melanesia"],
        "South-East Asia": ["South-eastern Asia"],
    }
    receipts = {share: _receipts_gained(share) for share in (0.05, 0.15)}
    natives, published = observed().home.sum(axis=0), (0.026, 0.024, 0.021)
    means = {
        share: [weighted(gain, natives, rows(members)) for members in regions.values()]
        for share, gain in receipts.items()
    }
    listed = "; ".join(
        f"v = {share:.2f}: "
        + ", ".join(f"{name} {change(gain)}" for name, gain in zip(regions, gains, strict=True))
        for share, gains in means.items()
    )
    times = "; ".join(
        f"v = {share:.2f}: "
        + ", ".join(f"{gain / theirs:.1f}" for gain, theirs in zip(gains, published, strict=True))
        for share, gains in means.items()
    )
    return Row(
        "Mimi-FUND migration (Benveniste, Oppenheimer, Fleurbaey 2020)",
        "open borders, through remittances: output per head up to +2.6 % Central America, +2.4 % "
        "small islands, +2.1 % South-East Asia",
        READ,
        listed,
        f"ours over theirs: {times}",
        "people and remittances move, pay does not (responses `people`, `remittances`); receipts "
        "gained per stayer over output per adult",
        "they scale yearly flows by a policy matrix; we compare long-run stocks, so more have left "
        "and send, and theirs is the most they find. Their share sent falls with income; ours is "
        "one propensity per origin, from its own receipts.",
    )


def _receipts_gained(legal_share: float) -> np.ndarray:
    """Receipts per stayer gained by an opening, over output per adult now (i,)."""
    answer = ask(
        world("fixed"), "open_border", responses=("people", "remittances"), legal_share=legal_share
    )
    now, after, price = answer.now, answer.after, answer.before.structure.price_level
    then, today = (side.received[0] / side.home[0].sum(axis=0) for side in (after, now))
    per_adult = now.output[0] / now.residents()[0].sum(axis=0)
    return np.asarray((then - today) / price / per_adult)


def receivers() -> np.ndarray:
    """High-income economies outside the Gulf, over 1 m adults, 15 % of them foreign-born (i,)."""
    figures = observed()
    foreign = figures.migrants.sum(axis=(0, 1))
    adults = figures.home.sum(axis=0) + foreign
    rich = np.array(figures.income_group) == "High income"
    return np.asarray(rich & ~rows("GCC") & (adults > 1e6) & (foreign >= 0.15 * adults))


def remitted_to() -> np.ndarray:
    """Economies over 1 m adults whose remittances reach a tenth of output in PPP (i,)."""
    figures = observed()
    adults = figures.home.sum(axis=0) + figures.migrants.sum(axis=(0, 1))
    return np.asarray(
        (adults > 1e6) & (figures.received / figures.price_level >= 0.1 * figures.output)
    )


def market_size() -> Row:
    long, short = no_migration("mobile", "variety"), no_migration("fixed")
    gains = {
        (name, which): float(np.median((1.0 / (1.0 + answer.income) - 1.0)[chosen]))
        for name, answer in (("long", long), ("short", short))
        for which, chosen in (("receivers", receivers()), ("remitted", remitted_to()))
    }
    return Row(
        "di Giovanni, Levchenko, Ortega 2015",
        "welfare with migration over without: main receivers +5 to +10 %, big receivers of "
        "remittances about +10 %; short run, receivers near 0",
        READ,
        f"real income per resident, medians: receivers {change(gains['long', 'receivers'])}, "
        f"remitted to {change(gains['long', 'remitted'])}; short run, receivers "
        f"{change(gains['short', 'receivers'])}",
        agreeing((1, gains["long", "receivers"]), (1, gains["long", "remitted"])),
        "every corridor closed; long run: capital mobile, love of variety 0.143; short run: "
        "capital fixed, no variety; output and receipts per resident adult",
        "signs only: trade and firms of unlike size are missing here, and with them most of the "
        "gain of receivers. In the short run ours lose, because capital and land do not grow with "
        "people.",
    )


OLD = ["AUT", "BEL", "DEU", "DNK", "ESP", "FIN", "FRA", "GBR", "GRC", "IRL", "ITA", "LUX", "NLD",
       "PRT", "SWE"]  # fmt: skip
NEW = ["POL", "CZE", "SVK", "HUN", "SVN", "EST", "LVA", "LTU"]


def enlargement() -> Row:
    answers = {}
    settings: tuple[tuple[str, Closure, tuple[str, ...]], ...] = (
        ("capital mobile, variety", "mobile", ("variety",)),
        ("capital mobile", "mobile", ()),
        ("capital fixed", "fixed", ()),
    )
    for words, closure, channels in settings:
        before = world(closure, channels=channels)
        answer = ask(before, "ban", birthplace=NEW, residence=OLD)
        gain = 1.0 / (1.0 + answer.consumption) - 1.0
        answers[words] = [weighted(gain, observed().home, rows(members)) for members in (NEW, OLD)]
    listed = "; ".join(
        f"{words}: new {change(new)}, old {change(old)}" for words, (new, old) in answers.items()
    )
    first, second, _ = answers.values()
    return Row(
        "Caliendo, Opromolla, Parro, Sforza 2021",
        "EU enlargement: new members gain most, EU-15 a little; without more trade the EU-15 lose",
        READ,
        listed,
        agreeing((1, first[0] - first[1]), (1, first[0]), (1, first[1]), (-1, second[1])),
        "the eight members of 2004 to the EU-15: corridors of 2020 against none; stayers' real "
        "consumption; no trade, love of variety (0.143) in its place; long run, not the forward-"
        "looking path",
        "signs only. Variety stands in for the larger market that trade brings; stayers of new "
        "members gain by scarcity and remittances, which their model does not have.",
    )


MODELS = (
    selective_emigration, visa_costs, two_regions, institutions, home_attachment, land_and_growth,
    all_barriers, market_size, remittance_gains, enlargement,
)  # fmt: skip
