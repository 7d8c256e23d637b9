#!/usr/bin/env bash
# pyreadr 0.5.6 gives an R matrix as a data frame and loses the names of its dimnames: nothing says
# any more that rows are origins ("orig") and columns destinations ("dest"). A flow matrix read that
# way has to be turned by guesswork. The file is an R matrix of 2 x 2 written here byte by byte.
# Seen: index name None or the default, no "orig" and no "dest" anywhere in the table.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyreadr==0.5.6
"$folder/venv/bin/python" - "$folder/flows.RData" <<'PYTHON'
import struct
import sys
from importlib.metadata import version

import pyreadr


def integer(*values):
    return struct.pack(f">{len(values)}i", *values)


def characters(word):
    return integer(0x00040009, len(word)) + word.encode()


def symbol(word):
    return integer(1) + characters(word)


def strings(*words):
    return integer(16, len(words)) + b"".join(map(characters, words))


def pairs(*entries):
    """A pair list of attributes."""
    return b"".join(integer(0x402) + symbol(n) + v for n, v in entries) + integer(254)


# Serialisation of R, version 2, XDR: dim = c(2, 2), dimnames = list(orig = , dest = ).
names = pairs(("names", strings("orig", "dest")))
dimnames = integer(0x213, 2) + strings("MEX", "IND") + strings("USA", "ARE") + names
attributes = pairs(("dim", integer(13, 2, 2, 2)), ("dimnames", dimnames))
matrix = integer(0x20E, 4) + struct.pack(">4d", 1, 2, 3, 4) + attributes
content = b"RDX2\nX\n" + integer(2, 0x30600, 0x20300)
content += integer(0x402) + symbol("flows") + matrix + integer(254)
with open(sys.argv[1], "wb") as file:
    file.write(content)

table = pyreadr.read_r(sys.argv[1])["flows"]
said = [*table.columns, *table.index, table.columns.name, table.index.name]
print("pyreadr", version("pyreadr"), said)
print(table)
if "orig" in said or "dest" in said:
    raise SystemExit("the behaviour has changed")
PYTHON
