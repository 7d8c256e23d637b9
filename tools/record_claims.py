"""Record the verdicts on the shipped claims, the estimates of panels and the causes by the model.

    python tools/record_claims.py [--draws 200] [--check]

Writes `src/corridors/claims/recorded.toml` and the table of `docs/claims.md`. Run it last, after
every change of tables or of the model: a verdict that differs from the recorded one is a finding.
`--check` writes nothing and ends with 1 where a verdict would change.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import tomli_w

from corridors.claims import Finding, judge_all, shipped
from corridors.claims.panels import PANELS, estimate
from corridors.claims.recorded import RECORDED, recorded_verdicts
from corridors.claims.tables import rows
from corridors.claims.verdicts import cause
from corridors.show.report.claims import number_in_words, summary

DOCS = Path(__file__).resolve().parents[1] / "docs" / "claims.md"
BEGIN, END = "<!-- verdicts: tools/record_claims.py -->", "<!-- end of verdicts -->"


def estimates() -> dict[str, dict[str, Any]]:
    """Every panel, fitted; refuses to record what was only read back."""
    fitted = {}
    for name in PANELS:
        panel = estimate(name)
        if panel.note.startswith("as recorded"):
            raise SystemExit("pyfixest is not installed: nothing would be estimated")
        fitted[name] = {
            "value": float(f"{panel.value:.6g}"),
            "lower": float(f"{panel.lower:.6g}"),
            "upper": float(f"{panel.upper:.6g}"),
            "observations": panel.observations,
            "years": panel.years,
        }
    return fitted


def causes(draws: int) -> dict[str, list[dict[str, Any]]]:
    """Every question of cause, asked of the model."""
    answers: dict[str, list[dict[str, Any]]] = {}
    for claim in shipped():
        for causal in claim.causal:
            figure = cause(claim, causal, draws=draws)
            numbers = {"value": figure.value, "lower": figure.lower, "upper": figure.upper}
            told = {key: float(f"{n:.4g}") for key, n in numbers.items() if n is not None}
            about = {"question": causal.question, "command": figure.command, "draws": draws}
            answers.setdefault(claim.id, []).append(about | told)
    return answers


def table(findings: list[Finding]) -> str:
    """The table of the page: a line a claim."""
    lines = [f"{summary(findings)}.", "", "| | Claim | Claimed | Measured | Verdict | Source |"]
    lines.append("|---|---|---|---|---|---|")
    for row in rows(findings).to_dict("records"):
        unit = f" {row['unit']}" if row["unit"] else ""
        cells = [
            row["id"],
            row["claim"],
            f"{number_in_words(row['claimed'])}{unit}" if row["claimed"] == row["claimed"] else "",
            number_in_words(row["measured"]),
            row["verdict"].replace("_", " "),
            row["source"] or row["series"],
        ]
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args()
    findings = judge_all(shipped())
    before = recorded_verdicts()
    changed = [finding for finding in findings if before.get(finding.claim.id) != finding.verdict]
    for finding in changed:
        print(
            f"{finding.claim.id}: {before.get(finding.claim.id)} -> {finding.verdict}",
            file=sys.stderr,
        )
    if chosen.check:
        raise SystemExit(1 if changed else 0)
    content = {
        "verdict": {finding.claim.id: finding.verdict for finding in findings},
        "estimate": estimates(),
        "causal": causes(chosen.draws),
    }
    head = "# Written by tools/record_claims.py; do not edit.\n"
    RECORDED.write_text(head + tomli_w.dumps(content), encoding="utf-8")
    page = DOCS.read_text(encoding="utf-8")
    start, rest = page.split(BEGIN)[0], page.split(END)[1]
    DOCS.write_text(f"{start}{BEGIN}\n\n{table(findings)}\n\n{END}{rest}", encoding="utf-8")
    print(summary(findings), file=sys.stderr)


if __name__ == "__main__":
    main()
