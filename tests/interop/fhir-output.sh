#!/usr/bin/env bash
# FHIR output against two tools of other people: the npm validator `fhir` and the Python client `fhirclient`.
# Needs node with npm, Python 3 with venv, and their registries. Installs into a temporary folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
chartgap=${CHARTGAP:-}
if [ -z "$chartgap" ]; then
  cargo build --quiet
  chartgap=target/debug/chartgap
fi

# One Bundle of all notes with one that cannot be read, and one Bundle a note with procedures and billed codes.
printf '{"id": "unreadable"}\n' | cat corpus/notes.jsonl - > "$work/notes.jsonl"
status=0
"$chartgap" check "$work/notes.jsonl" --format fhir --out "$work/all.json" 2>/dev/null || status=$?
[ "$status" -eq 2 ]
"$chartgap" check corpus/notes.jsonl --format fhir --cpt 64493 --cpt 99999 --code M53.86 --code M54.50 \
  --out "$work/each/" || [ $? -eq 1 ]

(cd "$work" && npm init -y >/dev/null && npm install --silent --save-exact fhir@4.12.0)
NODE_PATH="$work/node_modules" node "$here/fhir-output.js" "$work/all.json" "$work"/each/*.json

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fhirclient==4.4.0
"$work/venv/bin/python" "$here/fhir-output.py" "$work/all.json" "$work"/each/*.json
