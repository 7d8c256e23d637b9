"""From figures to a verdict; nothing here is written by hand.

A reading agrees where its figure is within the tolerance of the claim, |claimed / figure - 1|, or,
for a claim of more or less than a number, on the claimed side of it less the tolerance. The first
reading decides between `supported`, `off_by_factor` (a factor of two or more either way) and
`contradicted`; where it does not agree and another reading does, the verdict is `other_reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corridors.claims import units
from corridors.claims.files import Causal, Claim, Reading
from corridors.claims.measures import Figure, take
from corridors.claims.recorded import recorded_verdicts
from corridors.data import store
from corridors.errors import InputError, Problem

__all__ = ["FACTOR", "Finding", "Read", "agrees", "cause", "judge", "judge_all", "recorded"]

#: A claim this many times too large or too small is of the wrong size.
FACTOR = 2.0


@dataclass(frozen=True)
class Read:
    """A reading with its figure, in the unit of the claim."""

    reading: Reading
    figure: Figure
    value: float | None
    lower: float | None
    upper: float | None
    agrees: bool | None
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """A claim, its verdict, and what it rests on.

    `decided` is the reading behind the verdict; `factor` is claimed over measured where the claim
    is of the wrong size.
    """

    claim: Claim
    verdict: str
    reads: tuple[Read, ...] = ()
    decided: Read | None = None
    factor: float | None = None
    why: str = ""

    @property
    def computed(self) -> bool:
        """Whether a figure other than the release that the document quotes decided."""
        if self.verdict in ("not_checkable", "not_statistic"):
            return False
        return any(read.value is not None and not read.reading.repeats for read in self.reads)

    @property
    def differs(self) -> bool:
        """Whether the verdict is another than the recorded one."""
        known = recorded(self.claim)
        return known is not None and known != self.verdict

    def known(self, when: str) -> float | None:
        """The figure known when the document was written (`then`) or now, in the claim's unit."""
        for read in self.reads:
            if read.reading.known == when and read.value is not None:
                return read.value
        return None


def recorded(claim: Claim) -> str | None:
    """The verdict in the claim's file, or recorded with the package for a shipped claim.

    Raises
    ------
    SourceError
        The recorded verdicts of the package cannot be read.
    """
    return claim.verdict or (recorded_verdicts().get(claim.id) if _is_shipped(claim) else None)


def _is_shipped(claim: Claim) -> bool:
    from corridors.claims.files import shipped

    return any(claim is other for other in shipped())


def judge_all(
    claims: Sequence[Claim], *, folder: Path = store.REFERENCE, draws: int | None = None
) -> list[Finding]:
    """The finding of each claim, in order.

    Raises
    ------
    InputError
        The problems of all claims, at once.
    SourceError, ModelError
        As `judge`.
    """
    findings: list[Finding] = []
    problems: list[Problem] = []
    for claim in claims:
        try:
            findings.append(judge(claim, folder=folder, draws=draws))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return findings


def judge(claim: Claim, *, folder: Path = store.REFERENCE, draws: int | None = None) -> Finding:
    """Measure every reading of a claim and say what follows.

    Parameters
    ----------
    folder : Path
        Of the reference tables.
    draws : int, optional
        Of studies and journeys.

    Raises
    ------
    InputError
        A measure cannot be asked.
    SourceError, ModelError
        As the measure raises.
    """
    if claim.not_statistic:
        return Finding(claim, "not_statistic", why=claim.not_statistic)
    reads = tuple(
        _read(claim, reading, take(reading.measure, claim, folder=folder, draws=draws))
        for reading in claim.readings
    )
    known = [read for read in reads if read.value is not None]
    if not known:
        return Finding(claim, "not_checkable", reads, why=_why(claim, reads))
    return _weighed(claim, reads, known)


def _weighed(claim: Claim, reads: tuple[Read, ...], known: list[Read]) -> Finding:
    first = known[0]
    if first.agrees and first is reads[0]:
        return Finding(claim, "supported", reads, first)
    for read in known:
        if read.agrees:
            return Finding(claim, "other_reading", reads, read)
    if first.agrees is None:
        assumed = "rests on an assumption, and its bracket holds what is claimed"
        spans = "has an interval on both sides of what is claimed"
        why = f"the figure {assumed if claim.relation == 'about' else spans}"
        return Finding(claim, "not_checkable", reads, first, why=why)
    factor = _factor(claim, first)
    verdict = "contradicted" if factor is None else "off_by_factor"
    return Finding(claim, verdict, reads, first, factor)


def _why(claim: Claim, reads: tuple[Read, ...]) -> str:
    if claim.why:
        return claim.why
    return "the tables hold no figure for it" if reads else "no table measures it"


def _read(claim: Claim, reading: Reading, figure: Figure) -> Read:
    """The figure in the claim's unit, and whether it agrees."""
    if figure.value is None or claim.value is None:
        return Read(reading, figure, None, None, None, None, figure.note)
    note = figure.note
    if figure.unit:
        per = units.scale(claim.unit) / units.scale(figure.unit)
        value = figure.value / per
    else:
        value, word = units.where_nearer(figure.value, claim.value, claim.unit)
        per = figure.value / value if value else units.scale(claim.unit)
        note = "; ".join(part for part in (note, word) if part)
    lower, upper = (None if end is None else end / per for end in (figure.lower, figure.upper))
    holds = agrees(claim, value, lower, upper)
    inside = lower is not None and upper is not None and lower < claim.value < upper
    if claim.relation == "about" and figure.kind == "assumed" and inside:
        holds = None  # it was put in by hand: nothing follows from where in the bracket
    return Read(reading, figure, value, lower, upper, holds, note)


def agrees(
    claim: Claim, value: float, lower: float | None = None, upper: float | None = None
) -> bool | None:
    """Whether a figure bears the claim out, by the rule at the head of the module.

    Parameters
    ----------
    claim : Claim
        Value in its unit, relation, and tolerance as a share.
    value : float, in the unit of the claim
    lower, upper : float, optional
        Ends of the figure's interval.

    Returns
    -------
    bool or None
        None where the interval cannot tell one side of a claim of more or less.
    """
    claimed = claim.value
    assert claimed is not None
    if claim.relation == "about":
        return abs(claimed - value) <= claim.tolerance * abs(value) + 1e-12 * abs(claimed)
    slack = 0.0 if claim.ours else claim.tolerance * abs(claimed)
    more = claim.relation == "more than"
    holds = value >= claimed - slack if more else value <= claimed + slack
    if claim.ours and value == claimed:
        holds = False
    if lower is not None and upper is not None and lower < claimed < upper:
        return None
    return holds


def _factor(claim: Claim, read: Read) -> float | None:
    """Claimed over measured, where a number was claimed and it is off by `FACTOR` or more.

    A claim that must be met exactly, a rank, is of no size.
    """
    if (
        claim.ours
        or not claim.tolerance
        or not claim.value
        or not read.value
        or claim.value * read.value < 0
    ):
        return None
    factor = claim.value / read.value
    return factor if max(factor, 1.0 / factor) >= FACTOR else None


def cause(
    claim: Claim, causal: Causal, *, folder: Path = store.REFERENCE, draws: int | None = None
) -> Figure:
    """The figure of a causal question of a claim.

    Parameters
    ----------
    claim : Claim
    causal : Causal
    folder : Path
        Of the reference tables.
    draws : int, optional
        Of studies and journeys.

    Returns
    -------
    Figure
        Value and ends of its interval in its `unit`, with kind and source.

    Raises
    ------
    InputError, SourceError, ModelError
        As `judge`.
    """
    return take(causal.measure, claim, folder=folder, draws=draws)
