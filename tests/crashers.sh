#!/usr/bin/env bash
# Programs that really die, with many compilers' options, and what is told of their cores beside gdb's word
# (tests/crashers/run.py). Arguments choose cases: tests/crashers.sh 'gcc, null'
set -u
srcdir=${QN_SRCDIR:-.}

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

# Only where the kernel gives no cores is this skipped; a tool that is missing is a failure.
fail() {
	echo "1..1"
	echo "not ok 1 - $1"
	exit 1
}

reason=$(bash "$srcdir/tests/crashers/crash.sh" can) || skip "$reason"
for tool in python3 gdb g++ clang++ eu-readelf eu-stack objcopy readelf zstd gzip xz lz4; do
	command -v "$tool" >/dev/null || fail "$tool is missing (quickstart check installs it)"
done
gdb -nx -batch -ex 'python print(1)' 2>/dev/null | grep -q '^1$' || fail "gdb has no Python"

PYTHONDONTWRITEBYTECODE=1 exec python3 "$srcdir/tests/crashers/run.py" "$@"
