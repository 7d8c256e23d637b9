#!/usr/bin/env bash
# Flee 3.1 (agents who flee along roads; the counts its runs are scored against). A place may have
# several files of counts, which DataTable adds up: the sum ends where the shortest file ends, so
# what the others count later is gone and the place stands still for the rest of the run. And before
# its first count a place holds that count from day 0 on, as if a camp that was first counted on day
# 60 had been full at the start; in the daily number of people who set out, a sum over camps, they
# all come on day 0.
# Seen: 50 and 100 beside 0, 50 and 250 (day 40) end at 150, in either order, not at 350; a camp
# first counted on day 60 with 5,000 people has 5,000 on day 0, when 5,050 people set out, and none
# sets out on day 60.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-deps flee==3.1 numpy==2.2.6
mkdir "$folder/counts"
cd "$folder/counts"
printf '2024-01-01,50\n2024-01-11,100\n' > registered.csv
printf '2024-01-01,0\n2024-01-11,50\n2024-02-10,250\n' > waiting.csv
printf '2024-03-01,5000\n2024-03-31,5000\n' > late.csv
printf 'total,registered.csv\nA,waiting.csv,registered.csv\n' > one_order.csv
printf 'total,registered.csv\nA,registered.csv,waiting.csv\n' > other_order.csv
printf 'total,registered.csv\nA,registered.csv\nLate,late.csv\n' > late_camp.csv
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from flee.datamanager.DataTable import DataTable


def table(layout: str) -> DataTable:
    return DataTable(data_directory=".", data_layout=layout, start_date="2024-01-01")


ends = [table(layout).get_field("A", 40) for layout in ("one_order.csv", "other_order.csv")]
late = table("late_camp.csv")
first = (late.get_field("Late", 0), late.get_daily_difference(0), late.get_daily_difference(60))
print("flee", version("flee"), "day 40:", ends, "first day of a late camp:", first)
if ends != [150, 150] or first != (5000, 5050, 0):
    raise SystemExit("the behaviour has changed")
PYTHON
