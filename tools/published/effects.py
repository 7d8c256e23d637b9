"""Each lever beside a published effect, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corridors import rules
from corridors.capital.supply import Closure
from corridors.parameters import declared
from corridors.world import World
from published.pages import change, table
from published.permits import fence, fewer
from published.worlds import (
    IRREGULAR,
    PERMANENT,
    TIED,
    ask,
    default,
    observed,
    place,
    rows,
    world,
)

__all__ = ["every_lever", "pay_by_status", "place_premium"]

NONE = "none found"
CURVE = "assumed: shown as a curve"
Effect = tuple[str, str, str]
BOTH: tuple[Closure, ...] = ("fixed", "mobile")


def pay_by_status() -> str:
    """Pay gaps by legal status of our baseline beside published ones."""
    before = world("mobile", statuses=True)
    lowest = world("mobile", statuses=True, markdown_tied=0.0, markdown_irregular=0.0,
                   irregular_efficiency=1.0, protected_efficiency=1.0)  # fmt: skip
    highest = world("mobile", statuses=True, markdown_tied=0.2, markdown_irregular=0.06,
                    irregular_efficiency=0.94, protected_efficiency=0.6)  # fmt: skip
    published = {
        "tied": "Canada 5.4 (gain of 5.7 % on release); H-1B men 7 to 8, women 0; H-2A farm work "
        "11 to 20 (full models 6 to 26)",
        "irregular": "USA 2012-16: 3 to 9, central 6, 4 in 2016; before 1986 14 to 24; farm work "
        "12 to 40; raw, without controls, over 35 %",
        "protected": "no figure for the world",
    }
    body = []
    for position, status in enumerate(before.rules.statuses[1:], start=1):
        gaps = [_gap(state, position) for state in (before, lowest, highest)]
        body.append(
            (
                status,
                f"{gaps[0]:.0f}",
                f"{gaps[1] + 0.0:.0f} to {gaps[2]:.0f}",
                f"{_raw_gap(position):.0f}" if status != "tied" else "no tied people told apart",
                published[status],
            )
        )
    head = ("Status", "Ours, same schooling", "Ends of the prior", "Ours, raw, USA", "Published")
    return table(head, body) + "\n"


def _gap(world: World, status: int) -> float:
    """Log points less than a permanent migrant of the same schooling."""
    markdown, efficiency = world.rules.markdown[0, 0], world.rules.efficiency[0, 0, 0, 0]
    return float(-100.0 * np.log((1.0 - markdown[status]) * efficiency[status]))


def _raw_gap(status: int) -> float:
    """Log points less than permanent migrants in the United States, schooling left in."""
    before, here = world("mobile", statuses=True), place("USA")
    people = before.state.migrants[0][:, :, here]
    income = before.state.migrant_income(before.structure, before.rules.markdown)[0]
    paid = people * np.broadcast_to(income, before.state.migrants[0].shape)[:, :, here]
    mean = paid.sum(axis=(0, 1)) / np.maximum(people.sum(axis=(0, 1)), 1.0)
    return float(-100.0 * np.log(mean[status] / mean[0]))


def place_premium() -> str:
    """Pay of the same schooling in two places beside published premiums for the same worker."""
    pay = world("mobile").state.wage_native[0]
    poorer = np.array(observed().income_group) != "High income"
    middle = np.median(pay[:, [place("USA")]] / pay[:, poorer], axis=1)
    published = (
        ("USA", "BOL", "2.7 (looked up)"),
        ("USA", "NGA", "8.4, the highest of 42 (looked up)"),
        ("USA", "IND", "6, programmers of one firm (looked up)"),
        ("NZL", "TON", "3.5, a lottery (looked up)"),
        ("ARE", "IND", "4, construction (looked up)"),
    )
    words, known = "USA over low and middle income, median", "2.7, median of 42 origins (looked up)"
    body = [(words, f"{middle[0]:.1f}", f"{middle[1]:.1f}", known)]
    for here, there, known in published:
        ratio = pay[:, place(here)] / pay[:, place(there)]
        body.append((f"{here} over {there}", f"{ratio[0]:.1f}", f"{ratio[1]:.1f}", known))
    return table(("Places", "Ours, without tertiary", "Ours, with", "Published"), body) + "\n"


def every_lever() -> str:
    """Every lever: published effect, ours, and what is left open."""
    made = EFFECTS
    wrong = sorted(set(made) ^ set(rules.levers()))
    if wrong:
        raise ValueError(f"levers missing here, or unknown: {', '.join(wrong)}")
    body = [(f"`{name}`", *made[name]()) for name in rules.levers()]
    return table(("Lever", "Published effect", "Ours", "What is open"), body) + "\n"


def _assumed(why: str) -> Callable[[], Effect]:
    return lambda: (NONE, CURVE, why)


def open_border() -> Effect:
    gain = ask(world("mobile"), "open_border", legal_share=0.15).output
    return (
        "EU accession lowered log wedges by 0.10 to 0.17 at theta 1.2 (our cross-section)",
        f"v = 0.15 everywhere: world output {change(gain)}",
        "whether one accession speaks for other borders",
    )


def close_again() -> Effect:
    europe: dict[str, Any] = {"birthplace": "EU 28", "residence": "EU 28", "legal_share": 0.15}
    gains = [ask(world(closure), "close_again", **europe).output for closure in BOTH]
    return (
        "EU accession lowered log wedges by 0.10 to 0.17 at theta 1.2 (our cross-section)",
        f"the EU of 28 closed at v = 0.15: world output {change(gains[0])} fixed, "
        f"{change(gains[1])} mobile capital",
        "nobody has closed a common area; those who live there may keep their right to",
    )


def ban() -> Effect:
    gains = [ask(world(closure), "ban").output for closure in BOTH]
    return (
        "no migration: income +3.5 % with it (Cha'ngom et al.), schooling included",
        f"no migration: world output {change(gains[0])} fixed, {change(gains[1])} mobile capital",
        "schooling does not respond here; see [the literature](literature.md)",
    )


def wall() -> Effect:
    said = []
    for words, deterred in (("default ", default("wall", "deterred")), ("", 0.27)):
        answer = fence(deterred)
        total = float(answer.now.migrants[0][:, place("MEX"), place("USA")].sum())
        said.append(
            f"{words}{deterred:g}: {change(answer.people('USA', IRREGULAR, 'MEX'))} without "
            f"papers, {change(fewer(answer) / total)} of Mexican-born"
        )
    return (
        "−27 % own municipality (Feigenberg); −0.6 % of the stock to 300,000 persons for the "
        "country (Allen, Dobbin, Morten)",
        "; ".join(said),
        "for a country 0.02 to 0.09 covers both versions; 0.27 is a local effect",
    )


def visa() -> Effect:
    fewer_come, fewer_go = (default("visa", field) for field in ("inflow_cut", "exit_cut"))
    return (
        "inflow and exits fall (Czaika, de Haas), no size read; visits −52 to −63 % (Neumayer)",
        f"inflow −{100 * fewer_come:g} %, exits −{100 * fewer_go:g} % by default; the counts above "
        "fall by more on one route",
        "counts at one border are an upper end: part of them goes round it",
    )


def quota() -> Effect:
    return (
        "H-2B lottery: native work does not fall (Clemens, Lewis; elasticity 0.06, −0.18 to 0.31, "
        "firms)",
        "cap holds exactly, multiplier by complementary slackness (known cases 10a, 10b)",
        "the effect on firms has no counterpart here",
    )


def guest_workers() -> Effect:
    return (
        "pay of the same worker 3.5 (Tonga to New Zealand), 4 times (India to the Emirates)",
        "see the table of place premiums",
        "how many would come is the parameter unmet; places are " + CURVE,
    )


def places() -> Effect:
    before = world("fixed", statuses=True)
    given = ask(before, "places", residence="CAN", status="permanent", more=0.005)
    return (
        "no estimate of how many would take a place that is offered",
        f"places for 0.5 % of Canada's adults: adults {change(given.people('CAN', PERMANENT))}",
        "how many would come is the parameter unmet, " + CURVE,
    )


def deportation() -> Effect:
    before = world("mobile", statuses=True)
    record = ask(before, "deportation", residence="USA")
    tenth = ask(before, "deportation", residence="USA", hazard=0.1)
    return (
        "E-Verify: pay of people without papers −4.5 log points (Borjas, Cassidy), −8 % (Orrenius, "
        "Zavodny)",
        f"2.1 % removed a year: pay {change(record.pay('USA', IRREGULAR))}, people "
        f"{change(record.people('USA', IRREGULAR))}; 10 %: {change(tenth.pay('USA', IRREGULAR))}, "
        f"{change(tenth.people('USA', IRREGULAR))}",
        "fear works through an assumed power of 0.5; E-Verify is no removal, so sign only",
    )


def regularisation() -> Effect:
    answer = ask(world("mobile", statuses=True), "regularisation", residence="USA")
    return (
        "pay +6 % (IRCA), +4 (DACA), +12 to +15 (farm work), +30 (spouses); output 3.0 to 3.6 % "
        "(Edwards, Ortega)",
        f"pay {change(answer.pay('USA', IRREGULAR, PERMANENT))}, US output "
        f"{change(answer.output_of('USA'))}",
        "gain of productivity 3 % here, 20 % in Edwards, Ortega",
    )


def asylum() -> Effect:
    answer = ask(world("mobile", statuses=True), "asylum", recognition=0.9, residence="EU 28")
    here = rows("EU 28")
    now, after = (
        side.migrants[0][:, :, here, IRREGULAR].sum() for side in (answer.now, answer.after)
    )
    return (
        "10 % more rejections: +3 % irregular migrants found (2 to 4; Czaika, Hobolth)",
        f"recognition in the EU 28 cut by 10 %: irregular {change(float(after / now) - 1.0)}",
        "no move from one status to another in the static model: the published effect is missed; "
        "`corridors.projection` moves people between statuses by rates",
    )


def tied_permit() -> Effect:
    answer = ask(world("mobile", statuses=True), "tied_permit", residence="CAN")
    return (
        "Canada: +5.7 % on release, so 5.4 % kept",
        f"default {default('tied_permit', 'kept'):g} on top of today's: pay of tied people "
        f"{change(answer.pay('CAN', TIED))}",
        "the field is the published figure; the prior of today's mark-down is 0 to 0.2",
    )


def portability() -> Effect:
    answer = ask(world("mobile", statuses=True), "portability", residence="ARE")
    return (
        "Emirates 2011: incumbents' pay and retention up, recruits' pay and number down; sizes "
        "not seen",
        f"pay of all tied {change(answer.pay('ARE', TIED))}, tied people "
        f"{change(answer.people('ARE', TIED))}",
        "the sign on recruits needs `wages.contracts`, see above",
    )


def collective_bargaining() -> Effect:
    answer = ask(world("mobile", statuses=True), "collective_bargaining", residence="CAN")
    return (
        NONE,
        f"half covered: pay of tied people in Canada {change(answer.pay('CAN', TIED))}",
        CURVE,
    )


def remittance_cost() -> Effect:
    row = declared()["remittance_semi_elasticity"]
    prior = row.prior or {}
    gained = {}
    for semi in (-5.953, row.value, -1.5):
        answer = ask(
            world("mobile", remittance_semi_elasticity=semi), "remittance_cost", cost_share=0.03
        )
        gained[semi] = float(answer.after.received.sum() - answer.now.received.sum()) / 1e9
    listed = ", ".join(f"+${more:.0f} bn at {semi:g}" for semi, more in gained.items())
    return (
        "fees at 3 %: +$32 bn received (Kpodar, Imam), our reading −1.3 to −1.7 per unit of fee; "
        "−5.953 (Mimi-FUND)",
        f"fees at 3 %: {listed}".replace("-", "−"),
        f"all are long-run and above it; the value is {row.value:g} of a prior from "
        f"{prior['lower']:g} to {prior['upper']:g}".replace("-", "−"),
    )


def remittance_tax() -> Effect:
    before = world("mobile")
    answer = ask(before, "remittance_tax", rate=0.01)
    weight = before.state.sent[0]
    dearer = float((weight * (answer.rules.fee - before.rules.fee)[0]).sum() / weight.sum())
    response = float(np.log(answer.after.sent.sum() / weight.sum())) / dearer
    return (
        "d ln sent per unit of cost −5.953 (looked up), −1.5 to −6 in all",
        f"{response:.2f} after all has settled".replace("-", "−"),
        "the elasticity is the parameter; people and pay move it little",
    )


def aid() -> Effect:
    answer = ask(world("mobile"), "aid", share=0.05, areas="low income")
    poor = np.array(observed().income_group) == "Low income"
    now, after = (side.migrants[0][:, poor].sum() for side in (answer.now, answer.after))
    return (
        "aid doubled: emigration −15 % (Lanati, Thiele); earlier work has the other sign",
        f"+5 % of output to low-income areas: people abroad {change(float(after / now) - 1.0)}",
        "aid to stayers only as income, all of it reaching them; means to leave off by default",
    )


def fdi_stop() -> Effect:
    return (
        "Central America 2009-10: inflow −27 to −33 % (own computation)",
        "the default cut is that fall",
        "what part of capital it built is assumed; no effect on jobs is agreed on",
    )


EFFECTS: dict[str, Callable[[], Effect]] = {
    "displacement": _assumed("0.62 child apprehensions per homicide (Clemens) is another unit"),
    "diaspora_help": _assumed("network elasticity 0.50 to 0.73 is the channel's, not a policy's"),
    "open_border": open_border,
    "close_again": close_again,
    "ban": ban,
    "wall": wall,
    "visa": visa,
    "quota": quota,
    "points_system": _assumed("no estimate of what points do to two tiers"),
    "guest_workers": guest_workers,
    "places": places,
    "deportation": deportation,
    "regularisation": regularisation,
    "asylum": asylum,
    "registration": _assumed("no estimate of what papers of a place are worth in pay"),
    "tied_permit": tied_permit,
    "portability": portability,
    "collective_bargaining": collective_bargaining,
    "remittance_cost": remittance_cost,
    "remittance_tax": remittance_tax,
    "aid": aid,
    "capital_flight": _assumed("no table of flight by country may be passed on"),
    "fdi_stop": fdi_stop,
    "interest_shock": _assumed("held by the closure: (R / R')^(1/(1-alpha)), known case 07b"),
}
