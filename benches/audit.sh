#!/usr/bin/env bash
# Throughput and peak memory of `chartgap audit`: benches/audit.sh [NOTES] [corpus|short] [arguments of audit]
# The archive is corpus/notes.jsonl over and over with new ids, or notes of one to three sentences. Linux: memory is read
# from /proc. Needs about 2.5 kB (corpus) or 0.3 kB (short) of disk a note in the temporary directory.
set -euo pipefail
cd "$(dirname "$0")/.."

notes=${1:-100000}
kind=${2:-corpus}
shift $(($# < 2 ? $# : 2))
program=target/release/chartgap
[ -x "$program" ] || cargo build --release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $kind in
corpus) sed 's/, "mentions": \[.*/}/' corpus/notes.jsonl ;;
short)
  cat <<'END'
{"id": "", "text": "HPI: Low back pain for 3 months, worse with sitting. PT for 6 weeks with some relief.\nASSESSMENT: Lumbar facet syndrome."}
{"id": "", "text": "Sore throat for three days. No fever."}
{"id": "", "text": "Follow-up. MRI lumbar spine: mild facet arthropathy at L4-5, no stenosis. Pain is 4/10. Denies injury. Continue home exercise."}
{"id": "", "text": "ASSESSMENT: Chronic low back pain. Plan: NSAIDs, re-check in four weeks."}
{"id": "", "text": "Lumbar dorsal ramus syndrome, not facet mediated; no disc disease, no radiculopathy. Cannot stand for more than 10 minutes. ODI 38%."}
END
  ;;
*) echo "corpus or short" >&2; exit 2 ;;
esac >"$work/base"
awk -v notes="$notes" '
  { at = index($0, "\"id\": \"") + 7; rest[NR] = substr($0, at + index(substr($0, at), "\"") - 1); head[NR] = substr($0, 1, at - 1) }
  END { for (n = 0; n < notes; n++) { k = n % NR + 1; print head[k] "note-" n rest[k] } }
' "$work/base" >"$work/notes.jsonl"

started=$(date +%s.%N)
"$program" audit "$work/notes.jsonl" --out "$work/out" --quiet "$@" &
pid=$!
peak=0
while now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
  peak=$now
  sleep 0.2
done
status=0
wait "$pid" || status=$?
[ "$status" -le 1 ] || exit "$status"
awk -v notes="$notes" -v peak="$peak" -v from="$started" -v to="$(date +%s.%N)" \
  -v in_bytes="$(stat -c %s "$work/notes.jsonl")" -v out_kib="$(du -sk "$work/out" | cut -f1)" '
  BEGIN {
    printf "%d notes, %.0f MB: %.1f s, %.0f notes a second, peak memory %.0f MB, output %.0f MB\n",
      notes, in_bytes / 1e6, to - from, notes / (to - from), peak / 1024, out_kib / 1024
  }'
