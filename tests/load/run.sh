#!/usr/bin/env bash
# How fast the service is, over the loopback and next to its own load generator, and whether its memory stays flat.
# Needs Debian's wrk (installed here where apt and the rights to use it are there) and Python; the notes are those of corpus/.
#
#   tests/load/run.sh              a table, then five minutes of soak
#   SOAK=120 SECONDS_EACH=10 tests/load/run.sh
#   CHARTGAP=path/to/chartgap THREADS=2 MODEL=--no-model tests/load/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
each=${SECONDS_EACH:-20}
soak=${SOAK:-300}
threads=${THREADS:-2}
read -ra model <<<"${MODEL:-}" || true

command -v wrk >/dev/null || apt-get install -y -q wrk >/dev/null || { echo "wrk is not there: apt-get install wrk" >&2; exit 2; }
if [ -z "${CHARTGAP:-}" ]; then
  cargo build --release --quiet
  CHARTGAP=${CARGO_TARGET_DIR:-target}/release/chartgap
fi
work=$(mktemp -d)
service=
cleanup() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# The classifier remembers sentences, and a few hundred notes again and again would measure its memory. So each sentence
# ends in a mark, which becomes another word in every request (check.lua) and in every note that is measured in the process.
python3 - corpus/notes.jsonl "$work/bodies" "$work/notes.jsonl" <<'PYTHON'
import json, re, sys
letters = str.maketrans("0123456789", "ghjklmnpqr")
with open(sys.argv[2], "w") as bodies, open(sys.argv[3], "w") as notes:
    for number, line in enumerate(open(sys.argv[1])):
        note = json.loads(line)
        marked = re.sub(r"(?=[.;]?(\n|$))|(?=\. )", " @@", note["text"])
        bodies.write(json.dumps({"id": note["id"], "text": marked}) + "\n")
        word = "z" + f"{number:09}".translate(letters)
        notes.write(json.dumps({"id": note["id"], "text": marked.replace("@@", word)}) + "\n")
PYTHON

echo "load before: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
in_process() { # threads, and what starts the command
  local with=$1
  shift
  "$@" "$CHARTGAP" bench "${model[@]}" --threads "$with" --seconds "$each" --format json "$work/notes.jsonl" |
    python3 -c 'import json, sys; print(round(json.load(sys.stdin)["notes_per_second"]))'
}
before=$(in_process "$threads")

serve() { # threads, and what starts the command
  local with=$1
  shift
  "$@" "$CHARTGAP" serve "${model[@]}" --threads "$with" --quiet --listen 127.0.0.1:0 2>"$work/errors" &
  service=$!
  address=
  for _ in $(seq 100); do
    address=$(sed -n 's/^chartgap: listening on \(http:[^ ]*\) .*/\1/p' "$work/errors")
    [ -z "$address" ] || break
    sleep 0.1
  done
  [ -n "$address" ] || { cat "$work/errors" >&2; exit 1; }
}
serve "$threads"

memory() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$service/status"; }
load() { # connections, seconds, whether sentences are known
  local generators=$(($1 < 2 ? 1 : 2))
  KNOWN=${3:-} BODIES="$work/bodies" wrk -t "$generators" -c "$1" -d "$2s" --timeout 30s -s tests/load/check.lua "$address/v1/check"
}

load 16 5 >/dev/null
printf '%-12s %12s %11s %10s %10s %8s %8s\n' connections requests/s p50 p99 worst errors MiB
for connections in 1 16 64; do
  load "$connections" "$each" | awk -v c="$connections" -v m="$(memory)" '/^RESULT/ {
    printf "%-12s %12s %8s ms %7s ms %7s ms %8s %8s\n", c, $2, $3, $4, $5, $6, m }'
done
load 16 "$each" known >/dev/null
load 16 "$each" known | awk '/^RESULT/ { print "with sentences that are known, 16 connections: " $2 " requests/s, p50 " $3 " ms, p99 " $4 " ms" }'
echo "in process:  $before notes/s before, $(in_process "$threads") after, on $threads threads ($("$CHARTGAP" --version))"

# A generator on the same processors takes from them what it measures. So once with one processor each.
if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
  kill "$service" && wait "$service" || true
  alone=$(in_process 1 taskset -c 0)
  serve 1 taskset -c 0
  on_another() { BODIES="$work/bodies" taskset -c 1 wrk -t 1 -c 16 -d "$1s" --timeout 30s -s tests/load/check.lua "$address/v1/check"; }
  on_another 3 >/dev/null
  on_another "$each" | awk -v alone="$alone" '/^RESULT/ {
    printf "one processor, the generator on another, 16 connections: %d requests/s, %.0f %% of the %d notes/s in process\n", $2, $2 / alone * 100, alone }'
  kill "$service" && wait "$service" || true
  serve "$threads"
fi

if [ "$soak" -gt 0 ]; then
  echo "soak: $soak s at 16 connections"
  load 16 "$soak" >"$work/soak" &
  wrk=$!
  while kill -0 "$wrk" 2>/dev/null; do
    sleep 5
    memory >>"$work/memory"
  done
  grep '^RESULT' "$work/soak" | awk '{print "  " $2 " requests/s, p50 " $3 " ms, p99 " $4 " ms, errors " $6}'
  python3 - "$work/memory" <<'PYTHON'
import statistics, sys
sizes = [int(line) for line in open(sys.argv[1])]
eighths = [statistics.median(sizes[len(sizes) * n // 8:len(sizes) * (n + 1) // 8] or sizes) for n in range(8)]
# What the classifier remembers of sentences grows to its bound of 64 MiB first: give the soak time for that.
print("  memory in MiB, by eighths of the time: " + " ".join(f"{size:.0f}" for size in eighths) + f", most {max(sizes)}")
sys.exit(0 if eighths[7] <= eighths[5] * 1.05 + 5 else "memory grows")
PYTHON
fi
echo "load after: $(cut -d' ' -f1-3 /proc/loadavg)"
