"""Write docs/forecasts.md: how the forecasts are made and how they score.

    python tools/forecast_page.py [--shared ../shared] [--scores FILE.csv ...]

Scores every published task (`corridors forecast score --data ../shared/data`), or reads what that
command and `tools/forecast_rivals.py` printed, and puts the figures into the page.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import forecast_rivals
import pandas as pd

from corridors.forecast import scores

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "forecasts.md"
TEXT = Path(__file__).parent / "reference" / "forecasts.md"
TASKS = ("A stocks", "A stocks alone", "B flows", "C UNHCR flows", "C asylum applications")
NET = "D net migration"
_SIGNED = {"skillMAE", "R2chg", "CPC"}


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figure(value: float, digits: int = 3) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}f}".replace("-", "−")


def persons(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:,.0f}".replace(",", " ")


def wide(rows: pd.DataFrame, task: str, forecast: str, part: str = "all") -> pd.DataFrame:
    """Splits of a task by figure."""
    chosen = rows[(rows.task == task) & (rows.forecast == forecast) & (rows.part == part)]
    return chosen.pivot_table(index="split", columns="figure", values="value", sort=False)


def splits(rows: pd.DataFrame, task: str) -> str:
    """The average beside persistence, split by split, then the mean of the splits."""
    ours, still = wide(rows, task, "average"), wide(rows, task, "persistence")
    header = ["split", "MAE", "of persistence", "skill", "R2chg", "CPC", "of persistence", "CRPS"]
    header += ["of persistence", "80 %", "95 %", "80 %, large", "95 %, large"]
    lines = []
    for split, row in ours.iterrows():
        other = still.loc[split]
        line = [str(split), persons(row.get("MAE")), persons(other.get("MAE"))]
        line += [figure(row.get(name, float("nan"))) for name in ("skillMAE", "R2chg", "CPC")]
        line += [figure(other.get("CPC", float("nan")))]
        line += [persons(each.get("CRPS", float("nan"))) for each in (row, other)]
        ends = ("cov80", "cov95", "cov80_big", "cov95_big")
        lines.append(line + [figure(row.get(name, float("nan"))) for name in ends])
    each = ours.drop("pooled", errors="ignore")
    gain = 1 - each["CRPS"].mean() / still.drop("pooled", errors="ignore")["CRPS"].mean()
    skill, change = each["skillMAE"].mean(), each["R2chg"].mean()
    words = f"Mean of the splits: skill {figure(skill)}, R2chg {figure(change)}"
    return f"{table(header, lines)}\n\n{words}; CRPS {figure(100 * gain, 1)} % below persistence."


def pooled_net(rows: pd.DataFrame) -> str:
    ours, still = wide(rows, NET, "average"), wide(rows, NET, "persistence")
    header = ["split", "MAE", "of persistence", "skill", "CRPS", "of persistence", "80 %", "95 %"]
    lines = []
    for split, row in ours.iterrows():
        other = still.loc[split] if split in still.index else {}
        line = [str(split), persons(row.get("MAE", float("nan")))]
        line += [persons(other.get("MAE", float("nan"))), figure(row.get("skillMAE", float("nan")))]
        line += [persons(each.get("CRPS", float("nan"))) for each in (row, other)]
        lines.append(line + [figure(row[name]) for name in ("cov80", "cov95")])
    gain = 1 - ours["CRPS"].mean() / still["CRPS"].mean()
    words = f"Mean of the origins: skill {figure(ours['skillMAE'].mean())}"
    return f"{table(header, lines)}\n\n{words}; CRPS {figure(100 * gain, 1)} % below persistence."


def variants(rows: pd.DataFrame, task: str) -> str:
    """Skill of every expert of the average, and its weight, by split."""
    chosen = rows[(rows.task == task) & (rows.part == "all")]
    skill = chosen[chosen.figure == "skillMAE"]
    skill = skill.pivot_table(index="forecast", columns="split", values="value", sort=False)
    skill = skill.drop(columns="pooled", errors="ignore")
    share = chosen[chosen.forecast == "weights"]
    share = share.pivot_table(index="figure", columns="split", values="value", sort=False)
    lines = []
    for name, row in skill.iterrows():
        cells = []
        for split, value in row.items():
            known = name in share.index and not pd.isna(share.loc[name, split])
            weight = f" ({share.loc[name, split]:.2f})" if known and name != "average" else ""
            cells.append(figure(value) + weight)
        lines.append([str(name).replace("_", " "), *cells])
    return table(["forecast (weight)", *map(str, skill.columns)], lines)


def parts(rows: pd.DataFrame, task: str, kind: str) -> str:
    """Skill by size or region, or errors of margins beside persistence."""
    chosen = rows[(rows.task == task) & rows.part.str.startswith(kind)]
    if kind == "margin":
        chosen = chosen[chosen.figure == "MAE"].assign(value=lambda r: r.value)
        both = chosen.pivot_table(index="split", columns=["part", "forecast"], values="value",
                                  sort=False)  # fmt: skip
        names = list(both.columns.get_level_values(0).unique())
        header = ["split", *(f"{n.removeprefix('margin ')}, of persistence" for n in names)]
        lines = [
            [str(split), *(f"{persons(row[n]['average'])}, {persons(row[n]['persistence'])}"
                           for n in names)]
            for split, row in both.iterrows()
        ]  # fmt: skip
        return table(header, lines)
    chosen = chosen[chosen.figure == "skillMAE"]
    skill = chosen.pivot_table(index="split", columns="part", values="value", sort=False)
    header = ["split", *(str(name).removeprefix(f"{kind} ") for name in skill.columns)]
    return table(header, [[str(i), *map(figure, row)] for i, row in skill.iterrows()])


def hindsight(rows: pd.DataFrame) -> str:
    lines = []
    for task in ("A stocks", NET):
        for years in (0, 1, 2):
            name = task + ("" if not years else _delayed(task, years))
            scored = wide(rows, name, "average").drop("pooled", errors="ignore")
            if scored.empty:
                continue
            line = [task, f"{years} years", figure(scored["skillMAE"].mean())]
            line += [figure(scored["skillMAE"].min()), figure(scored["R2chg"].mean())]
            lines.append([*line, *_beside_as_late(rows, name, scored)])
    header = ["task", "latest years left out", "mean skill", "worst split", "R2chg"]
    return table([*header, "persistence as late", "skill against it"], lines)


def _beside_as_late(rows: pd.DataFrame, task: str, scored: pd.DataFrame) -> list[str]:
    """Skill of persistence that lacks the same years, and ours against it."""
    late = wide(rows, task, "persistence known as late")
    if late.empty:
        return ["–", "–"]
    against = (1 - scored["MAE"] / late["MAE"]).mean()
    return [figure(late["skillMAE"].mean()), figure(against)]


def _delayed(task: str, years: int) -> str:
    return (
        f"{'' if task == NET else ', net migration'}{',' * (task == NET)} known {years} years later"
    )


def rivals(rows: pd.DataFrame) -> str:
    """Other models of flows: skill and CPC by split."""
    lines = []
    for model in rows["forecast"].unique():
        scored = wide(rows, forecast_rivals.TASK, model)
        each = [f"{figure(row['skillMAE'])}, {figure(row['CPC'])}" for _, row in scored.iterrows()]
        lines.append([model, *each])
    return table(["model", *rows["split"].unique()], lines)


def world(rows: pd.DataFrame) -> str:
    chosen = rows[rows.task == "world"]
    made = []
    for split in chosen["split"].unique():
        scored = chosen[chosen["split"] == split]
        scored = scored.pivot_table(index="part", columns="figure", values="value", sort=False)
        header = ["", "known", "mean", "80 %", "95 %", "came"]
        lines = [
            [str(part), persons(row["last"]), persons(row["mean"]),
             f"{persons(row['lower_80'])} – {persons(row['upper_80'])}",
             f"{persons(row['lower_95'])} – {persons(row['upper_95'])}",
             persons(row.get("came", float("nan")))]
            for part, row in scored.iterrows()
        ]  # fmt: skip
        made.append(f"### {split}\n\n{table(header, lines)}")
    return "\n\n".join(made)


def page(rows: pd.DataFrame) -> str:
    text = TEXT.read_text(encoding="utf-8")
    others = rows[rows.task == forecast_rivals.TASK]
    filled = {
        "RIVALS": rivals(others),
        "NET": pooled_net(rows),
        "HINDSIGHT": hindsight(rows),
        "WORLD": world(rows),
    }
    for task in TASKS:
        mark = task.upper().replace(" ", "_")
        if (rows.task == task).any():
            filled[mark] = splits(rows, task)
            filled[f"{mark}_VARIANTS"] = variants(rows, task)
            for kind in ("size", "region", "margin"):
                filled[f"{mark}_{kind.upper()}"] = parts(rows, task, kind)
    for mark in sorted(filled, key=len, reverse=True):
        text = text.replace(f"@{mark}@", filled[mark])
    if "@" in text:
        raise SystemExit(f"no figures for {text[text.index('@') :][:40]}")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--scores", type=Path, nargs="*", default=[])
    chosen = parser.parse_args()
    if chosen.scores:
        rows = pd.concat([pd.read_csv(file) for file in chosen.scores], ignore_index=True)
    else:
        rows = scores.score(chosen.shared / "data", progress=print)
        others = pd.DataFrame(forecast_rivals.rows(chosen.shared), columns=list(scores.COLUMNS))
        rows = pd.concat([rows, others], ignore_index=True)
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
