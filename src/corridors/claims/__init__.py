"""Claims: a quantitative sentence, how it is measured, and the verdict that follows."""

from corridors.claims.files import Claim, Measure, Reading, read, shipped
from corridors.claims.verdicts import Finding, judge, judge_all, recorded

__all__ = [
    "Claim",
    "Finding",
    "Measure",
    "Reading",
    "judge",
    "judge_all",
    "read",
    "recorded",
    "shipped",
]
