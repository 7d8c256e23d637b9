#!/usr/bin/env bash
# python-calamine 0.9.1 gives an empty text for the error cells of a workbook (#N/A, #DIV/0!), the
# same as for a cell that was never filled; and a column of codes comes as 4.0 and '004' side by
# side. A reader cannot tell "the formula failed" from "not reported", and must fold the codes.
# Seen: ['', '', '', 4.0, '004'] for #N/A, #DIV/0!, an empty cell, the number 4, the text 004.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet python-calamine==0.9.1 xlsxwriter==3.2.9
"$folder/venv/bin/python" - "$folder/errors.xlsx" <<'PYTHON'
import sys
from importlib.metadata import version

import xlsxwriter
from python_calamine import CalamineWorkbook

file = sys.argv[1]
with xlsxwriter.Workbook(file) as book:
    sheet = book.add_worksheet("Table 1")
    sheet.write_formula(0, 0, "=NA()", None, "#N/A")
    sheet.write_formula(0, 1, "=1/0", None, "#DIV/0!")
    sheet.write_number(0, 3, 4)
    sheet.write_string(0, 4, "004")
cells = CalamineWorkbook.from_path(file).get_sheet_by_name("Table 1").to_python()[0]
print("python-calamine", version("python-calamine"), cells)
if cells != ["", "", "", 4.0, "004"]:
    raise SystemExit("the behaviour has changed")
PYTHON
