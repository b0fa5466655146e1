#!/usr/bin/env bash
# Cores of many threads: `qntriage core` beside gdb (`thread apply all bt`) and `eu-stack -i`, in one run. `make bench-core`
# calls it in the build folder.
#
#   QN_BENCH_RUNS=3            medians of so many runs (eu-stack, which is quadratic, runs once from 2,000 threads on)
#   QN_BENCH_CORE_THREADS="200 2000 4000"
#   QN_BENCH_UNITS=150         of the big binary; 0 leaves it out        TMPDIR   where the cores go (about 2 GB)
#
# Warm is with the core in the page cache, cold with the core thrown out of it (dd's nocache) before each run. Peak memory is
# of the largest process, the child that reads the core included.
set -eu
export LC_ALL=C DEBUGINFOD_URLS=
here=$(cd "$(dirname "$0")" && pwd)
crash=$here/../crashers/crash.sh
runs=${QN_BENCH_RUNS:-3}
units=${QN_BENCH_UNITS:-150}
build=$PWD

"$BASH" "$crash" can || { echo "bench-core: no cores can be made here"; exit 1; }
for tool in gdb eu-stack g++; do
	command -v $tool >/dev/null || { echo "bench-core: $tool is missing"; exit 1; }
done
grep -q '^CFLAGS = .*-O[123]' "$build/Makefile" || echo "this build is not optimised (configure CFLAGS=-O2): its times mean little"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/qntriage-bench-core.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
ulimit -c unlimited

# measure RUNS COLD CORE COMMAND...: "SECONDS KIB", the median run and the peak of all
measure() {
	local count=$1 cold=$2 core=$3 run
	shift 3
	rm -f "$scratch/times"
	for ((run = 0; run < count; run++)); do
		if [[ $cold == cold ]]; then
			sync "$core"
			dd if="$core" iflag=nocache count=0 status=none
		else
			cat "$core" >/dev/null
		fi
		# what gdb and eu-stack say of damaged or strange cores is not measured here
		HOME=$scratch "$build/qn-measure" "$@" 3>>"$scratch/times" >"$scratch/out" 2>"$scratch/err" || :
	done
	sort -n "$scratch/times" | awk '{ t[NR] = $1; if ($2 > peak) peak = $2 } END { print t[int((NR + 1) / 2)], peak }'
}

# side_by_side NAME PROGRAM CORE EU_RUNS
side_by_side() {
	local name=$1 program=$2 core=$3 eu_runs=$4 cold ours gdb eu
	for cold in warm cold; do
		ours=$(measure "$runs" $cold "$core" "$build/qntriage" core "$core")
		gdb=$(measure "$runs" $cold "$core" gdb -nx -batch -ex 'thread apply all bt' "$program" "$core")
		eu='0 0'
		[[ $eu_runs -gt 0 && $cold == warm ]] &&
			eu=$(measure "$eu_runs" $cold "$core" eu-stack -n 0 -i --core="$core" -e "$program")
		awk -v name="$name, $cold" -v q="$ours" -v g="$gdb" -v e="$eu" 'BEGIN {
			split(q, a, " "); split(g, b, " "); split(e, c, " ")
			printf "%-26s %8.3f %8.3f %8s %8.1f %8s %8.1f %8.1f\n", name, a[1], b[1], c[1] ? sprintf("%.3f", c[1]) : "-",
				b[1] / a[1], c[1] ? sprintf("%.1f", c[1] / a[1]) : "-", a[2] / 1024, b[2] / 1024
		}'
		echo "$name $cold $ours $gdb $eu" >>"$scratch/results"
	done
}

printf '%-26s %8s %8s %8s %8s %8s %8s %8s\n' "$(nproc) processors, $runs runs" qntriage gdb 'eu-stack' 'x gdb' 'x eu' 'MiB' 'gdb MiB'
"$BASH" "$crash" build "$scratch" gcc >/dev/null
program=$scratch/gcc/crash
for threads in ${QN_BENCH_CORE_THREADS:-200 2000 4000}; do
	"$BASH" "$crash" core "$program" "$scratch/core" parked "$threads" >/dev/null
	side_by_side "$threads threads" "$program" "$scratch/core" "$([[ $threads -lt 2000 ]] && echo "$runs" || echo 1)"
done

# 200 threads that all wait, and 20,000 mappings of one file
cat >"$scratch/mapped.cpp" <<'END'
#include <condition_variable>
#include <cstdlib>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>
std::mutex lock;
std::condition_variable never;
void wait_for_ever()
{
	std::unique_lock<std::mutex> held(lock);
	never.wait(held, [] { return false; });
}
int main(int, char **argv)
{
	int file = open(argv[0], O_RDONLY);
	for (int i = 0; i < 20000; i++)
		mmap(nullptr, 4096, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE, file, i % 2 * 4096);
	std::vector<std::thread> threads;
	for (int i = 0; i < 200; i++)
		threads.emplace_back(wait_for_ever);
	abort();
}
END
g++ -g -O2 -std=c++17 -pthread "$scratch/mapped.cpp" -o "$scratch/mapped"
"$BASH" "$crash" core "$scratch/mapped" "$scratch/core" >/dev/null
side_by_side '200 threads, 20,000 maps' "$scratch/mapped" "$scratch/core" 1

# a binary whose debug information is hundreds of MB
if [[ $units -gt 0 ]]; then
	for ((i = 0; i < units; i++)); do
		cat >"$scratch/unit$i.cpp" <<END
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <unordered_map>
#include <vector>
namespace unit$i {
template <int N> struct table {
	std::map<std::string, std::vector<std::function<int(int)>>> rows;
	std::unordered_map<int, std::map<int, std::string>> names;
	int find(const std::string &key) { std::regex r(key); rows[key].push_back([](int x) { return x + N; }); names[N][1] = key;
		return std::regex_match(key, r) ? rows[key].back()(N) : table<N - 1>().find(key); }
};
template <> struct table<0> { int find(const std::string &) { return 0; } };
int run(const std::string &key) { return table<12>().find(key); }
}
END
		echo "namespace unit$i { int run(const std::string &); }"
	done >"$scratch/units.h"
	{
		echo '#include <cstdlib>'
		echo '#include <string>'
		cat "$scratch/units.h"
		sed -n '/^#include/p; /^std::mutex/,/^}/p' "$scratch/mapped.cpp" | grep -v '^int main'
		echo 'int main() { int sum = 0;'
		for ((i = 0; i < units; i++)); do echo "sum += unit$i::run(\"x\");"; done
		echo 'std::vector<std::thread> threads; for (int i = 0; i < 200; i++) threads.emplace_back(wait_for_ever);'
		echo 'abort(); return sum; }'
	} >"$scratch/main.cpp"
	seq 0 $((units - 1)) | xargs -P "$(nproc)" -I{} g++ -g -O1 -std=c++17 -c "$scratch/unit{}.cpp" -o "$scratch/unit{}.o"
	g++ -g -O1 -std=c++17 -pthread "$scratch/main.cpp" "$scratch"/unit*.o -o "$scratch/big"
	"$BASH" "$crash" core "$scratch/big" "$scratch/core" >/dev/null
	side_by_side "200 threads, $(($(stat -c %s "$scratch/big") >> 20)) MB binary" "$scratch/big" "$scratch/core" 1
fi

echo
awk '
	function met(ok) { return ok ? "met" : "MISSED" }
	{ cold = $(NF - 6); q = $(NF - 5); qm = $(NF - 4); g = $(NF - 3); gm = $(NF - 2); e = $(NF - 1) }
	NF == 9 && $2 == "threads" && cold == "warm" {
		if ($1 == 2000) printf "2,000 threads: %.1f times as fast as gdb (asked 15): %s; %.1f times eu-stack -i (asked 100): %s\n", g / q, met(g / q >= 15), e / q, met(e / q >= 100)
		if ($1 == 200) printf "200 threads: %.1f times as fast as gdb (asked 4): %s\n", g / q, met(g / q >= 4)
		time[$1] = q
	}
	qm >= gm { worse++ }
	END {
		if (time[2000] && time[4000])
			printf "4,000 threads take %.2f times as long as 2,000 (linear: at most 2.2): %s\n", time[4000] / time[2000], met(time[4000] <= 2.2 * time[2000])
		printf "peak memory below gdb'\''s in all rows: %s\n", met(!worse)
	}' "$scratch/results"
