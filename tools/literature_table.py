"""Our figures beside published ones: prints the page `docs/literature.md`.

    python tools/literature_table.py [--quick] [--write]

Every figure of ours is computed now. `--quick` leaves out what reads ../shared.
"""

from __future__ import annotations

from published.elsewhere import ELSEWHERE
from published.models import MODELS, Row
from published.oecd import OECD
from published.package_174 import PACKAGE
from published.pages import finish, options, table
from published.permits import PERMITS

HEAD = """# Beside the literature

Figures others published, and what this package finds when it is set up as they were. No parameter
is tuned to match. Regenerate with `python tools/literature_table.py --write`.

*Seen* says how the published figure is known: *looked up* in a text or source file, *quoted* by a
third text, or *from memory*, unverified. `v` is the share of the log wedge that is law.

"""
COLUMNS = ("Model", "Published", "Seen", "Ours", "Difference")


def main() -> None:
    parser = options(__doc__ or "")
    parser.add_argument("--quick", action="store_true", help="without what reads ../shared")
    asked = parser.parse_args()
    if asked.quick and asked.write:
        parser.error("--quick leaves rows out; write the page without it")
    # The package's rows stand first, as in the model's list of nested models.
    makers = (() if asked.quick else PACKAGE) + MODELS + OECD + PERMITS
    finish("literature.md", page([make() for make in makers]), asked.write)


def page(rows: list[Row]) -> str:
    figures = [(row.model, row.published, row.seen, row.ours, row.difference) for row in rows]
    reasons = [
        f"### {row.model}\n\n*Configuration:* {row.configuration}.\n\n"
        f"*Why they differ:* {row.why}\n"
        for row in rows
    ]
    return (
        HEAD
        + table(COLUMNS, figures)
        + "\n\n## Configurations, and why figures differ\n\n"
        + "\n".join(reasons)
        + "\n## No comparable figure\n\n"
        + table(("Model", "Published", "Seen", "Why not here"), ELSEWHERE)
        + "\n"
    )


if __name__ == "__main__":
    main()
