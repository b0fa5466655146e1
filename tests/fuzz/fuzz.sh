#!/usr/bin/env bash
# Fuzzes each reader and each dialect for a while: make fuzz [FUZZ_SECONDS=60] [DIALECTS="gdb java"]. Builds everything anew
# with clang in ./fuzz-build; what it finds (crash-*, timeout-*) and the grown corpora stay there.
set -eu
srcdir=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${FUZZ_SECONDS:-60}
flags="-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
mkdir -p fuzz-build && cd fuzz-build
[[ -f Makefile ]] || "$srcdir/configure" CC=clang CFLAGS="$flags" >configure.out
make -s libqntriage.a tests/test_fuzz_reader tests/fuzz/fuzz_record
# What `make` links a test with; the main() is the engine's, not that of replay.c.
libs=$(sed -n 's/^QN_LIBS = *//p; s/^\(PCRE2\|LIBDW\|LIBELF\|LIBUNWIND\|SQLITE\|LIBARCHIVE\|YAML\|JSON\|XXHASH\|HYPERSCAN\|LIBIBERTY\)_LIBS = *//p' Makefile |
	tr '\n' ' ' | sed 's/\$([A-Z0-9_]*)//g; s/\\//g')
for target in core_memory core_notes names miner reader record; do
	clang $flags -fsanitize=fuzzer -D_GNU_SOURCE -include config.h -I. -I"$srcdir/src" -I"$srcdir/tests" \
		"$srcdir/tests/fuzz/fuzz_$target.c" libqntriage.a $libs -lm -o "fuzz_$target"
done
dialects=${DIALECTS:-$(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' "$srcdir"/src/stack/dialect_*.c)}
run() {
	local name=$1 program=$2
	shift 2
	mkdir -p "corpus-$name"
	echo "fuzz: $name, $seconds s"
	# What is found goes into the first folder.
	"$program" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "corpus-$name" "$@" \
		>"fuzz-$name.out" 2>&1 || {
		tail -30 "fuzz-$name.out"
		exit 1
	}
	grep -E "stat::number_of_executed_units|stat::new_units_added" "fuzz-$name.out" || true
}
run core_memory ./fuzz_core_memory "$srcdir/testdata/fuzz/core_memory"
run core_notes ./fuzz_core_notes "$srcdir/testdata/fuzz/core_notes"
run miner ./fuzz_miner "$srcdir/testdata/fuzz/miner"
run names ./fuzz_names "$srcdir/testdata/fuzz/names"
run record ./fuzz_record "$srcdir/testdata/fuzz/record"
run reader ./fuzz_reader "$srcdir/testdata/fuzz/reader" "$srcdir/testdata/fuzz/dialect"
for dialect in $dialects; do
	QN_FUZZ_DIALECT=$dialect run "$dialect" ./fuzz_reader "$srcdir/testdata/fuzz/dialect"
done
