"""The world as the model holds it: what is given, and one state of it.

`Structure` and `State` are plain NumPy for the kernels, axes ending in s skill, b birthplace,
i residence, k status; arrays that depend on drawn parameters carry a leading draw axis d (length 1
when nothing is drawn). Persons are adults (15 and over), pay and output are PPP dollars a year,
remittances US dollars. `World` puts labels, kinds and sources on them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corridors import labels
from corridors.capital.supply import Closure, require_closure
from corridors.data import results
from corridors.errors import DoesNotClose, InputError, Problem, nearest
from corridors.labels import Array
from corridors.money import family, remittances
from corridors.people.choice import by_residence
from corridors.people.occupied import Occupied
from corridors.people.poverty import Poverty
from corridors.rules import Rules
from corridors.wages.spillovers import Spillovers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["Result", "State", "Structure", "World", "close", "gaps", "load", "people", "taken"]

D = TypeVar("D")


@dataclass(frozen=True)
class Structure:
    """Tastes, technology shares and everything else a change of rules leaves alone.

    Parameters
    ----------
    natives : (s, b) persons born in b with skill s, wherever they live; N
    theta : (d, s) elasticity of location choice
    nest : (d,) lambda of the nest of all places abroad; 1 is a plain logit
    ability : (d,) 1/vt of ability selection (Roy); 0 is none
    network : (d,) nu, elasticity of people to the diaspora already there
    poverty : Poverty
    inverse_skill, inverse_native : (d,) 1/sigma_S and 1/sigma_N
    alpha, gamma : (d, i) shares of capital and of land in output
    closure : how capital is supplied, see `corridors.capital.supply`
    kappa : (d,) elasticity of the capital stock to its return, read by closure `elastic`
    spillovers : Spillovers
    wage_curve : bool, whether unemployment answers to pay
    eta, psi : (d,) of the wage curve, see `corridors.wages.unemployment`
    participation : (i,) share of adults who work or look for work
    remittance_weight : (d, b, i, k) beta of equation (6); i and k may have length 1
    remittance_elasticity : (d, b) e of equation (6)
    tax : (i,) t on labour income
    price_level : (i,) US dollars that buy what one PPP dollar buys; remittances are in US$
    other_income : (d, b) PPP dollars of stayers from neither work nor remittances, in total
    remittance_response : Response, how the share sent answers to income; None is not at all
    family : Family, what those who send leave behind; None is the warm glow of (6) alone
    following : (d, b) receipts that migrants' income cannot explain, over those that it does: they
        follow them in proportion
    status_nest : (d,) n of the nest of the statuses of one residence, (23); 1 is a plain logit
    """

    UNDRAWN: ClassVar = ("natives", "participation", "tax", "price_level")

    natives: Array
    theta: Array
    nest: Array
    ability: Array
    network: Array
    poverty: Poverty
    inverse_skill: Array
    inverse_native: Array
    alpha: Array
    gamma: Array
    closure: Closure
    kappa: Array
    spillovers: Spillovers
    wage_curve: bool
    eta: Array
    psi: Array
    participation: Array
    remittance_weight: Array
    remittance_elasticity: Array
    tax: Array
    price_level: Array
    other_income: Array
    remittance_response: remittances.Response | None = None
    family: family.Family | None = None
    status_nest: Array = field(default_factory=lambda: np.ones(1))
    following: Array = field(default_factory=lambda: np.zeros((1, 1)))

    def __post_init__(self) -> None:
        require_closure(self.closure)

    @property
    def power(self) -> Array:
        """Elasticity of a cell's odds to X / tau in (1), theta / (lam n): (d, s, 1, 1, 1).

        With the nests under (5) and in (23).
        """
        nests = self.nest * self.status_nest
        return self.theta[..., None, None, None] / nests[:, None, None, None, None]

    @property
    def labour_share(self) -> Array:
        """1 - alpha - gamma, share of output (d, i), of (8)."""
        return 1.0 - self.alpha - self.gamma

    def share_sent(self, fee: Array) -> Array:
        """rho of equation (6): (d, b, i, k) share of income.

        `fee` (d, b, i) is a share of what is sent.
        """
        e = self.remittance_elasticity[..., None, None]
        return remittances.share_sent(self.remittance_weight, e, fee[..., None])

    def value_of_sending(self, fee: Array) -> Array:
        """B of equation (6): (d, b, i, k) ratio.

        `fee` (d, b, i) is a share of what is sent.
        """
        e = self.remittance_elasticity[..., None, None]
        return remittances.value_of_sending(self.remittance_weight, e, fee[..., None])


@dataclass(frozen=True)
class State:
    """One state of the world, observed or computed.

    Parameters
    ----------
    home : (d, s, b) persons living in their country of birth
    migrants : (d, s, b, i, k) persons born in b living in i
    home_quality : (d, s, b) efficiency units per native at home, against today's
    quality : (d, s, b, i, k) efficiency units per migrant; axes may have length 1
    unemployment : (d, s, i) u
    wage_native, wage_migrant : (d, s, i) PPP dollars per efficiency unit, before mark-down
    output, capital, tfp : (d, i) PPP dollars, PPP dollars, A
    sent : (d, b, i) US dollars remitted to b from i
    received : (d, b) US dollars arriving in b, after the fee
    aid : (d, b) PPP dollars of transfers from abroad to stayers beyond the baseline's
    tax : (d, i) t on labour income
    home_consumption : (d, s, b) X_home per stayer
    log_welfare : (d, s, b) ln W; 0 means "as in the baseline" for a state reached by changes
    multiplier : (d, c) l of every cap of the rules, equation (16); -ln of the chance by lottery
    """

    home: Array
    migrants: Array
    home_quality: Array
    quality: Array
    unemployment: Array
    wage_native: Array
    wage_migrant: Array
    output: Array
    capital: Array
    tfp: Array
    sent: Array
    received: Array
    aid: Array
    tax: Array
    home_consumption: Array
    log_welfare: Array
    multiplier: Array = field(default_factory=lambda: np.zeros((1, 0)))

    def rows(self, draws: int) -> Self:
        """The same state with a full draw axis."""
        shapes = {each.name: getattr(self, each.name) for each in fields(self)}
        full = {k: np.broadcast_to(v, (draws, *v.shape[1:])) for k, v in shapes.items()}
        return replace(self, **full)

    def at_work(self, structure: Structure) -> Array:
        """Share of adults at work, (d, s, i): 1 - u of (3) times participation."""
        return structure.participation * (1.0 - self.unemployment)

    def native_labour(self, structure: Structure) -> Array:
        """LN of equation (9): (d, s, i) efficiency units of natives at work."""
        return self.home * self.home_quality * self.at_work(structure)

    def migrant_labour(self, structure: Structure) -> Array:
        """LM of equation (9): (d, s, i) efficiency units of migrants at work."""
        units = by_residence(self.migrants, self.quality)
        return units * self.at_work(structure)

    def residents(self) -> Array:
        """Adults, natives and migrants, (d, s, i): H and M of (2)."""
        return self.home + by_residence(self.migrants)

    def migrant_income(self, structure: Structure, markdown: Array) -> Array:
        """Income y of equation (4): (d, s, b, i, k) PPP dollars per migrant."""
        kept = self.at_work(structure) * (1.0 - self.tax)[..., None, :]
        pay = (self.wage_migrant * kept)[..., None, :, None]
        return pay * self.quality * (1.0 - markdown[..., None, None, :, :])

    def rents(self, structure: Structure, markdown: Array) -> Array:
        """What employers keep of migrants' product, PPP dollars a year (d, i, k): the mu of (4)."""
        units = np.sum(self.migrants * self.quality, axis=-3)
        paid = units * (self.wage_migrant * self.at_work(structure))[..., None]
        return paid.sum(axis=-3) * markdown

    def remitted(self, structure: Structure, markdown: Array, fee: Array) -> tuple[Array, Array]:
        """Sent (d, b, i) and received (d, b), US dollars, at these people and pay; (7)."""
        income = self.migrant_income(structure, markdown)
        share = structure.share_sent(fee)[:, None]
        if structure.family is not None:
            relative = self.relative_family(structure, income)
            share = family.share_to_family(
                structure.family.weight, relative, fee[:, None, ..., None]
            )
        if structure.remittance_response is not None:
            per_head = self.output / self.residents().sum(axis=-2)
            share = share * structure.remittance_response.factor(per_head)[:, None, ..., None]
        cells = Occupied.inhabited(self.migrants)
        paid = cells.of(self.migrants) * cells.of(income) * cells.of(share)
        sent = cells.pairs(paid).sum(axis=-3) * structure.price_level
        return sent, np.sum(sent * (1.0 - fee), axis=-1)

    def earned(self, structure: Structure) -> Array:
        """What work at home pays a unit of ability, (d, s, b) PPP dollars; first term of (3)."""
        return self.wage_native * self.at_work(structure) * (1.0 - self.tax)[:, None]

    def relative_family(self, structure: Structure, income: Array) -> Array:
        """f / y of equation (30) at `income` (d, s, b, i, k), in one currency."""
        price = structure.price_level
        earned = self.earned(structure)[..., None, None]
        return earned / income * (price[:, None] / price)[:, :, None]

    def counted_at_home(self, structure: Structure) -> Array:
        """What a stayer of unit ability counts in choosing: (d, s, b) PPP dollars a year.

        X_home of (3), less the share of T that comes from the own family: below (30).
        """
        counted = self.transfers(structure) / self.home.sum(axis=1)
        if structure.family is not None:
            counted = counted * (1.0 - structure.family.share[:, None])
        return self.earned(structure) + counted[:, None]

    def log_value_of_sending(self, structure: Structure, income: Array, fee: Array) -> Array:
        """ln of what the option to send multiplies income by: (d, s, b, i, k) log points.

        (6) or (30); `income` (d, s, b, i, k) is in PPP dollars a year, `fee` (d, b, i) a share of
        what is sent.
        """
        if structure.family is None:
            return np.log(structure.value_of_sending(fee))[:, None]
        relative = self.relative_family(structure, income)
        weight = structure.family.weight
        return family.log_value_of_family(weight, relative, fee[:, None, ..., None])

    def transfers(self, structure: Structure) -> Array:
        """Remittances, aid and other income of stayers, (d, b) PPP dollars; equation (11)."""
        received = self.received * (1.0 + structure.following)
        return received / structure.price_level + structure.other_income + self.aid


@dataclass(frozen=True)
class World:
    """A calibrated world: labels, structure, observed state, rules, and where figures come from.

    Parameters
    ----------
    structure, state, rules : Structure, State, Rules
        One row per draw of the parameters; row 0 alone when nothing is drawn.
    parameters : dict of str to (d,) array
        The values behind the rows.
    figures : DataFrame
        area, quantity, value, unit, year, kind, source: every figure the world is built from.
    coverage : dict of str to float
        What share of the real world this one holds, see `corridors.baseline`.
    notes : tuple of str
        What was done to the figures that a reader should know.
    """

    structure: Structure
    state: State
    rules: Rules
    parameters: dict[str, Array]
    figures: pd.DataFrame
    coverage: dict[str, float]
    notes: tuple[str, ...] = ()

    @property
    def areas(self) -> tuple[str, ...]:
        """Codes of the economies, the order of every b and i axis."""
        return self.rules.areas

    def with_closure(self, closure: Closure) -> World:
        """The same world with another supply of capital."""
        return replace(self, structure=replace(self.structure, closure=closure))

    def people(self) -> xr.DataArray:
        """Adults (birthplace, residence, skill, status), H and M of (2); `home` is the diagonal."""
        return people(self.rules, self.state)

    def imputed_share(self) -> pd.Series:
        """Share (area) of an area's figures that are `assumed`, or stale.

        Stale is far from the world's years; counted over the figures' own kind, year and source.
        """
        figures = self.figures
        unsure = (figures["kind"] == "assumed") | figures["stale"].astype(bool)
        return unsure.groupby(figures["area"]).mean()

    def modelled_share(self) -> pd.Series:
        """Share (area) of an area's figures that their publishers modelled: most, everywhere."""
        return (self.figures["kind"] == "modelled").groupby(self.figures["area"]).mean()

    def dataset(self) -> xr.Dataset:
        """People, pay, output, prices, money sent and wedges as one labelled table (first draw).

        Returns
        -------
        Dataset
            `people` (birthplace, residence, skill, status), `pay` (skill, residence) of natives
            and `wedge` (skill, birthplace, residence, status), the factor by which consumption
            abroad is worth less than it buys; `output`, `price_level` (area);
            `remittances` (birthplace, residence), paid by residents to their birthplace, `fee`
            (birthplace, residence); `kind` (area, quantity) of the figures behind them. Units and
            sources are in the `attrs` of each.
        """
        return _dataset(self)

    def __repr__(self) -> str:
        persons = self.state.home[0].sum() + self.state.migrants[0].sum()
        abroad = self.state.migrants[0].sum()
        return (
            f"<World: {len(self.areas)} areas, {persons / 1e6:,.0f} million adults, "
            f"{abroad / 1e6:,.1f} million of them abroad, {len(self.state.migrants)} draw(s); "
            "`.dataset()` has the figures>"
        )


def taken(whole: D, rows: NDArray[np.intp]) -> D:
    """A dataclass of arrays with only some of the draws, d of (32); units stay as they are.

    Parameters
    ----------
    whole : dataclass
        Every array (d, ...) has a leading draw axis, but those its class names in `UNDRAWN`; an
        array it holds twice stays one array.
    rows : (draw,) places of the draws that are kept

    Returns
    -------
    The same class; what does not differ between draws is not copied
    """
    made: dict[int, Any] = {}

    def cut(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            if id(value) not in made:
                # One row, or one seen as many, stays one row: no copy of what does not differ.
                same = value.strides[0] == 0 or len(value) == 1
                one_row = np.broadcast_to(value[:1], (len(rows), *value.shape[1:]))
                made[id(value)] = one_row if same else value[rows]
            return made[id(value)]
        if is_dataclass(value) and not isinstance(value, type):
            kept = getattr(value, "UNDRAWN", ())
            names = [each.name for each in fields(value) if each.name not in kept]
            return replace(value, **{name: cut(getattr(value, name)) for name in names})
        return tuple(map(cut, value)) if isinstance(value, tuple) else value

    part: D = cut(whole)
    return part


def people(rules: Rules, state: State) -> xr.DataArray:
    """Adults of the first draw of a state, at home and abroad: H and M of (2).

    Parameters
    ----------
    rules : Rules
        Names of the axes.
    state : State
        Adults (d, s, b) and (d, s, b, i, k).

    Returns
    -------
    DataArray (birthplace, residence, skill, status) adults (15+)
        `home` is a status, on the diagonal only.
    """
    diagonal = np.eye(len(rules.areas))[:, :, None] * state.home[0].T[:, None, :]
    abroad = state.migrants[0].transpose(1, 2, 0, 3)
    coords = {
        "birthplace": rules.areas,
        "residence": rules.areas,
        "skill": rules.skills,
        "status": ("home", *rules.statuses),
    }
    values = np.concatenate([diagonal[..., None], abroad], axis=3)
    return labels.label(values, coords, units="adults (15+)", sources="the model")


def _dataset(world: World) -> xr.Dataset:
    """See `World.dataset`."""
    import xarray as xr

    structure, state, rules = world.structure, world.state, world.rules
    area, ends = ("area",), ("birthplace", "residence")
    first = {
        "pay": (("skill", "residence"), state.wage_native[0], "PPP dollars a year per worker"),
        "wedge": (("skill", *ends, "status"), np.exp(rules.log_wedge[0]), "factor on consumption"),
        "output": (area, state.output[0], "PPP dollars a year"),
        "price_level": (area, structure.price_level, "US dollars per PPP dollar"),
        "remittances": (ends, state.sent[0], "US dollars a year"),
        "fee": (ends, rules.fee[0], "share of the amount sent"),
    }
    coords = {
        "area": list(rules.areas),
        "birthplace": list(rules.areas),
        "residence": list(rules.areas),
        "skill": list(rules.skills),
        "status": list(rules.statuses),
    }
    sizes = {name: len(labels_of) for name, labels_of in coords.items()}
    tables = {
        name: xr.DataArray(
            np.broadcast_to(values, [sizes[dim] for dim in dims]),
            {dim: coords[dim] for dim in dims},
            dims,
            attrs={"units": units, "sources": "the model's calibration; see `figures`"},
        )
        for name, (dims, values, units) in first.items()
    }
    # Nobody is home abroad: the wedge has the statuses of migrants, people have `home` too.
    tables["wedge"] = tables["wedge"].reindex(status=["home", *rules.statuses])
    known = world.figures.drop_duplicates(["area", "quantity"])
    kinds = known.pivot(index="area", columns="quantity", values="kind")
    tables["kind"] = xr.DataArray(
        kinds.reindex(rules.areas).fillna("").to_numpy(str),
        {"area": coords["area"], "quantity": list(kinds.columns)},
        ("area", "quantity"),
    )
    return xr.Dataset({"people": world.people(), **tables})


def close(structure: Structure, state: State, fee: Array, tolerance: float = 1e-9) -> None:
    """Check the identities that end section 9 of docs/mathematics.md on a state.

    Parameters
    ----------
    structure, state : Structure and State
        Adults (d, s, b) and (d, s, b, i, k), PPP dollars a year.
    fee : (d, b, i) share of what is sent
    tolerance : float
        Largest gap, as a share of the total.

    Raises
    ------
    DoesNotClose
        People per (birthplace, skill), output against payments, or sent against received + cost.
    """
    for name, gap in gaps(structure, state, fee).items():
        if not gap <= tolerance:
            raise DoesNotClose(name, residual=gap)


def gaps(structure: Structure, state: State, fee: Array) -> dict[str, float]:
    """Largest relative gap of each identity that ends section 9 of docs/mathematics.md.

    Parameters
    ----------
    structure, state : Structure and State
        Adults (d, s, b) and (d, s, b, i, k), PPP dollars a year.
    fee : (d, b, i) share of what is sent

    Returns
    -------
    dict of str to float, shares
        People against natives, payments against output, (8) to (10), and sent against received and
        cost, (7).
    """
    persons = state.home + state.migrants.sum(axis=(-2, -1))
    native = state.wage_native * state.native_labour(structure)
    migrant = state.wage_migrant * state.migrant_labour(structure)
    payments = (native + migrant).sum(axis=-2) + state.output * (structure.alpha + structure.gamma)
    cost = np.sum(state.sent * fee, axis=-1)
    return {
        "people are conserved": _gap(persons, structure.natives),
        "output equals payments": _gap(payments, state.output),
        "sent equals received plus cost": _gap(state.sent.sum(axis=-1), state.received + cost),
    }


def _gap(left: Array, right: Array) -> float:
    scale = np.maximum(np.abs(right), np.abs(right).max() * 1e-6)
    return float((np.abs(left - right) / np.where(scale > 0.0, scale, 1.0)).max())


@dataclass(frozen=True)
class Result:
    """What a study found, as long tables, and how it was made.

    Parameters
    ----------
    tables : dict of str to DataFrame
        `headline` (policy, capital, measure with intervals), `corridors` and `areas` (adults and
        pay, now and after), `curve`, `contributions`, `sweep`, `ranking`, `draws`, `solver`,
        `figures`.
    manifest : dict
        The study, seed, draws, versions, editions of the figures, notes and digest.
    """

    tables: dict[str, pd.DataFrame]
    manifest: dict[str, Any]

    def __getitem__(self, table: str) -> pd.DataFrame:
        """A table by name.

        Raises
        ------
        InputError
            This result has none of that name; the nearest are offered.
        """
        if table in self.tables:
            return self.tables[table]
        close = ", ".join(nearest(table, self.tables))
        what = f"has no table '{table}'"
        raise InputError(Problem(f"result of {self.name}", what, f"Use {close}"))

    @property
    def name(self) -> str:
        """What was asked: the name of the study or of the journey."""
        return str(self.manifest.get("study", "a result made by hand"))

    @property
    def headline(self) -> pd.DataFrame:
        """Measures by policy and capital closure, with intervals of the paired changes (32).

        Returns
        -------
        DataFrame (policy, capital, measure, unit, now, value, ...), each row in its unit
        """
        return self["headline"]

    def __repr__(self) -> str:
        digest = str(self.manifest.get("digest", ""))[:12]
        return f"<Result of {self.name}: {', '.join(self.tables)}; digest {digest or 'none'}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer in sentences, the picture, the names of the tables."""
        from corridors.show import notebook

        return notebook.html(self)

    def plot(self, theme: str = "light") -> Figure:
        """The picture of the answer: a flow map, curves by year, or people by day.

        Parameters
        ----------
        theme : `light` or `dark`

        Raises
        ------
        InputError
            A result made by hand holds nothing that is drawn.
        """
        from corridors.show import notebook

        return notebook.figure(self, theme)

    def report(self, path: str | Path) -> Path:
        """Write the report alone: one HTML file that opens anywhere.

        Raises
        ------
        InputError
            No study asked for this result, or somebody else's file is there.
        SourceError
            The file cannot be written.
        """
        from corridors.show.report import compose, page

        report = compose(self)
        if report is None:
            what, fix = "no study asked for it, so it has no report", "Use `.save(folder)`"
            raise InputError(Problem(f"result of {self.name}", what, fix))
        return page.write(path, report)

    def latex(self, table: str = "headline", path: str | Path | None = None) -> str:
        """A table for a paper: LaTeX with booktabs, and its sources as BibTeX beside it.

        Parameters
        ----------
        table : str
            Name of one of the tables.
        path : str or Path, optional
            `FILE.tex` is written, and `FILE.bib` with an entry for each source.

        Returns
        -------
        str
            The LaTeX.
        """
        from corridors.show import latex

        text = latex.table(self, table)
        if path is not None:
            results.put(Path(path), text)
            results.put(Path(path).with_suffix(".bib"), latex.bibliography(self))
        return text

    def save(
        self, folder: str | Path, pages: Callable[[], Mapping[str, str]] | None = None
    ) -> Path:
        """Write tables, manifest and report.html to `folder`, whole or not at all.

        A result that no study asked for, made by hand, has no report.

        Parameters
        ----------
        pages : function of nothing, optional
            Gives the report where another process draws it; asked when the tables are written.

        Raises
        ------
        InputError, SourceError
            As `corridors.data.results.publish`.
        """
        from corridors.show.report import pages as draw

        with results.publish(folder) as fresh:
            drawn = pages or functools.partial(draw, self)
            results.write(fresh, self.tables, self.manifest, drawn)
        return Path(folder)


def load(folder: str | Path) -> Result:
    """The result a run wrote to `folder`, verified.

    Raises
    ------
    SourceError
        There is none, or it is not as it was written; see `corridors.data.results.read`.
    """
    return Result(*results.read(folder))
