#!/usr/bin/env bash
# Speed and peak memory of `qntriage analyze` on generated zap lines, beside `wc -l` and `rg` with 100 literals.
# `make bench` calls it in the build folder.
#
#   QN_BENCH_SIZE=1G   how much      QN_BENCH_RUNS=3   the best of so many runs      TMPDIR   where the log goes
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
size=${QN_BENCH_SIZE:-1G}
runs=${QN_BENCH_RUNS:-3}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/qntriage-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
log=$scratch/querynode.log
build=$PWD

"$build/qn-generate" "$size" >"$log"
bytes=$(wc -c <"$log")
echo "$bytes bytes, $(wc -l <"$log") lines of zap text; $(nproc) processors; best of $runs runs, file in the page cache"
echo
printf '%-28s %9s %9s %10s %8s\n' '' seconds MB/s 'peak MiB' 'x rg'

# measure COMMAND...: "SECONDS KIB" of the fastest run
measure() {
	local run
	for ((run = 0; run < runs; run++)); do
		HOME=$scratch "$build/qn-measure" "$@" 3>>"$scratch/times" >"$scratch/out" 2>"$scratch/err" || {
			echo "bench: this failed: $*" >&2
			head -n 5 "$scratch/err" >&2
			return 1
		}
	done
	sort -n "$scratch/times" | head -n 1
	rm -f "$scratch/times"
}

# row NAME "SECONDS KIB"
row() {
	awk -v name="$1" -v times="$2" -v bytes="$bytes" -v rg="${rg_seconds:-0}" 'BEGIN {
		split(times, t, " ")
		ratio = rg ? sprintf("%.2f", rg / t[1]) : "-"
		printf "%-28s %9.3f %9.0f %10.1f %8s\n", name, t[1], bytes / t[1] / 1e6, t[2] / 1024, ratio
	}'
}

rg_seconds=0
if command -v rg >/dev/null; then
	times=$(measure rg -c -F -f "$here/literals.txt" "$log")
	rg_seconds=${times% *}
	row 'rg -c -F, 100 literals' "$times"
else
	echo "rg is missing (Debian: ripgrep): no ratios"
fi
row 'wc -l' "$(measure wc -l "$log")"
row 'qntriage analyze --jobs 1' "$(measure "$build/qntriage" analyze --jobs 1 --no-progress "$log")"
row 'qntriage analyze' "$(measure "$build/qntriage" analyze --no-progress "$log")"
