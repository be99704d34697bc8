#!/usr/bin/env bash
# portal_in_a_day.sh BIN: a country's portal from nothing to a filed report, by the commands of
# docs/operations/portal-in-a-day.md, timed. BIN is the folder of the programs.
# Prints seconds for each step; exits 1 if a step fails or the report is not filed.
set -eu
[ "${1:-}" = "" ] || [ "$1" = "--help" ] && { sed -n '2,4p' "$0"; exit 0; }
bin=$(realpath "$1"); dir=$(mktemp -d); port=${PORT:-9291}
trap 'kill $server 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
printf '[hotline]\ndir = "%s"\n[portal]\nport = %s\n[console]\nport = %s\n[feeds]\nport = %s\n' \
  "$dir/data" "$port" "$((port + 1))" "$((port + 2))" > "$dir/hotline.toml"
run() { "$bin/hotline" "$@" --config "$dir/hotline.toml"; }
step() { local begin=$(date +%s.%N) what=$1; shift; "$@"; printf '%-42s %.2f s\n' "$what" "$(echo "$(date +%s.%N) - $begin" | bc)"; }
waits() { for _ in $(seq 300); do "$@" && return 0; sleep 0.2; done; echo "never: $*"; exit 1; }
"$bin/hotline" serve --config "$dir/hotline.toml" > "$dir/serve.log" 2>&1 & server=$!
waits curl --noproxy "*" -sf -o "$dir/out" "http://127.0.0.1:$port/en/"
begin=$(date +%s.%N)
step "new" run portal new exampleland --country XX --languages fa,en
pack="$dir/data/packs/exampleland/portal.toml"
if run portal check exampleland > "$dir/problems"; then echo "an empty pack passed"; exit 1; fi
echo "  an empty pack lacks $(wc -l < "$dir/problems") things"
fill() {
  sed -i 's/^name = ""/name = "Signal Exampleland"/; 0,/^partner = ""/s//partner = "Example Trust"/; s/^emergency = ""/emergency = "112"/' "$pack"
  sed -i '/^\[law\]/,/^\[\[help/{s/^fa = ""/fa = "قانون."/;s/^en = ""/en = "The law."/}' "$pack"
  sed -i '/^\[\[help\]\]/,${s/^name = "Signal Exampleland"/name = "Line"/;s/^phone = ""/phone = "555 0111"/;s/^fa = ""/fa = "شب و روز"/;s/^en = ""/en = "Day and night"/}' "$pack"
}
step "fill in (by script)" fill
if run portal check exampleland > "$dir/problems"; then echo "an unsigned language passed"; exit 1; fi
grep -q "no native reviewer has signed fa" "$dir/problems"
step "sign" run i18n sign fa --by "A Native Reader"
step "check" run portal check exampleland
step "publish" run portal publish exampleland
step "answers under its path" waits curl --noproxy "*" -sf -o "$dir/out" "http://127.0.0.1:$port/p/exampleland/fa/"
grep -q 'dir="rtl"' "$dir/out"; grep -q "Signal Exampleland" "$dir/out"
report() {
  local at="http://127.0.0.1:$port/p/exampleland/en/quick" state
  state=$(curl --noproxy "*" -s "$at" | sed -n 's/.*name="state" value="\([^"]*\)".*/\1/p' | head -1)
  curl --noproxy "*" -sf -o "$dir/thanks" "$at" --data-urlencode "state=$state" \
    --data-urlencode "text=http://gallery.example/a" --data-urlencode answer=code
}
step "a report" report
counted() { run portal list | grep -q "^exampleland	XX	live	own	1	"; }
step "filed under its own tenant" waits counted
printf '%-42s %.2f s\n' "all of it" "$(echo "$(date +%s.%N) - $begin" | bc)"
run portal list
