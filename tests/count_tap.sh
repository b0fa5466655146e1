#!/usr/bin/env bash
# Adds up what `make check` found and prints one plain line: N passed, N failed.
#
# Usage: tests/count_tap.sh BUILDDIR...
#
# Automake's TAP driver leaves a .trs file beside each .log, with one `:test-result:` line for each TAP line and one
# ERROR for what TAP cannot say itself: no plan, fewer tests than planned, a program that died. A skipped test is neither
# passed nor failed. That a program with a failing test also exits non-zero is one failure and not two. A .log without
# its .trs is a test that was cut off.
#
# Exit status 0 only when something passed and nothing failed.
set -u
export LC_ALL=C

# Files of the tests in the given build folders that end in $1.
list_files() {
	local suffix=$1 dir
	shift
	for dir in "$@"; do
		find "$dir/tests" -name "*$suffix" 2>/dev/null
	done
}

list_cut_off() {
	list_files .log "$@" | while read -r log; do
		[[ -f ${log%.log}.trs ]] || echo "$log"
	done
}

cut_off=$(list_cut_off "$@" | wc -l)
list_files .trs "$@" | tr '\n' '\0' | xargs -0 -r cat | awk -v cut_off="$cut_off" '
	# every file ends in a footer
	function close_file() { failed += fails ? fails : errors; fails = errors = 0 }
	/^:test-result: PASS/ || /^:test-result: XFAIL/ { passed++ }
	/^:test-result: FAIL/ || /^:test-result: XPASS/ { fails++ }
	/^:test-result: ERROR/ { errors++ }
	/^:copy-in-global-log:/ { close_file() }
	END {
		close_file()
		failed += cut_off
		printf "%d passed, %d failed\n", passed, failed
		exit failed > 0 || passed == 0
	}'
