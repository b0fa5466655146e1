#!/usr/bin/env bash
# Line coverage of src/ by `make check`: builds an instrumented copy in coverage/, runs every test there, prints a line a
# file and the sum, and fails under 85 %. Needs gcc and its gcov, nothing else. `make coverage` calls it.
set -eu
export LC_ALL=C
srcdir=$(cd "$(dirname "$0")/.." && pwd)
minimum=${QN_COVERAGE_MINIMUM:-85}
folder=${QN_COVERAGE_DIR:-$PWD/coverage}

command -v gcov >/dev/null || {
	echo "coverage: gcov is missing (it comes with gcc)" >&2
	exit 1
}
rm -rf "$folder/tree" "$folder/build"
mkdir -p "$folder/tree" "$folder/build"
# A copy, because a tree that is configured cannot be built from another folder.
(cd "$srcdir" && tar -c --exclude=./.git --exclude=./coverage --exclude='*.o' --exclude='*.a' --exclude=./config.status \
	--exclude=./Makefile --exclude=./config.h .) | tar -x -C "$folder/tree"
cd "$folder/build"
(cd ../tree && autoreconf -fi)
../tree/configure --quiet CC=gcc CFLAGS='-O0 -g' --enable-coverage
make -j"$(nproc)" all
status=0
make -j"$(nproc)" check || status=$?
[[ $status -eq 0 ]] || echo "coverage: make check failed; the lines it ran are counted all the same" >&2

# The objects of the library and of the program; what the tests themselves ran does not count. A file that no test
# touched has notes (.gcno) and no counts: gcov says 0 %.
find src -name '*.gcno' | while read -r notes; do
	gcov -n -o "$(dirname "$notes")" "$notes" 2>/dev/null
done | awk -v minimum="$minimum" '
	# File "../tree/src/base/text.c"  /  Lines executed:93.33% of 30
	/^File / { file = $2; gsub(/\x27/, "", file); sub(/.*tree\//, "", file) }
	/^Lines executed:/ && file ~ /^src\/.*\.c$/ {
		split($0, part, /[:% ]+/)
		printf "%6.1f %%  %5d  %s\n", part[3], part[5], file | "sort -k4"
		lines += part[5]
		run += part[3] * part[5] / 100
		file = ""
	}
	END {
		close("sort -k4")
		if (!lines) { print "coverage: no line was counted"; exit 1 }
		printf "coverage: %.1f %% of %d lines of src/\n", 100 * run / lines, lines
		exit 100 * run / lines < minimum
	}' || {
	echo "coverage: under $minimum %" >&2
	status=1
}
exit $status
