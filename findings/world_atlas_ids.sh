#!/usr/bin/env bash
# The npm package world-atlas 2.0.2 says its ids are ISO 3166-1 numeric codes. In countries-50m
# "036" stands twice, for Australia and for the Ashmore and Cartier Islands, so a join by id counts
# Australia's people twice; Kosovo and four others have no id at all, so they are lost in a join.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund world-atlas@2.0.2 > /dev/null

node - <<'JS'
const assert = require("node:assert");
const { version } = require("world-atlas/package.json");
const { geometries } = require("world-atlas/countries-50m.json").objects.countries;
const migrants = { "036": 7_654_000 }; // any figure of Australia
const total = geometries.reduce((sum, area) => sum + (migrants[area.id] ?? 0), 0);
const without = geometries.filter((area) => area.id === undefined).map((area) => area.properties.name);
console.log("world-atlas", version, "joined", total, "without id:", without.join(", "));
assert.strictEqual(total, 2 * migrants["036"]);
assert.deepStrictEqual(
  without,
  ["Somaliland", "Kosovo", "N. Cyprus", "Indian Ocean Ter.", "Siachen Glacier"],
);
JS
