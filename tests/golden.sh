#!/usr/bin/env bash
# Runs the command line cases of testdata/golden, one line of TAP each. A case is a folder:
#
#   command           a line (or more) of shell; `qntriage` is the program that was built
#   expected          its standard output
#   expected.stderr   its standard error (not compared when the file is missing)
#   expected.status   its exit status (0 when the file is missing)
#   ...               input
#
# The command runs in a scratch copy of the folder, with folders of its own for $HOME and $XDG_STATE_HOME. It may use files
# of the source tree through $QN_SRCDIR. Where the output names these folders it reads HOME/... and SRCDIR. QN_UPDATE=1 writes what came out as what is expected.
#
# Usage: tests/golden.sh [CASE...]
set -u
export LC_ALL=C
srcdir=${QN_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
builddir=${QN_BUILDDIR:-$srcdir}
cases=$srcdir/testdata/golden

[[ -x $builddir/qntriage ]] || {
	echo "Bail out! no qntriage in $builddir: run make first"
	exit 1
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/qntriage-golden.XXXXXX") || exit 1
trap 'chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT

if [[ $# -gt 0 ]]; then
	names=("$@")
else
	mapfile -t names < <(cd "$cases" 2>/dev/null && find . -mindepth 2 -maxdepth 2 -name command | sed 's:^\./::; s:/command$::' | sort)
fi
[[ ${#names[@]} -gt 0 ]] || {
	echo "1..0 # SKIP no cases in testdata/golden"
	exit 0
}

# Runs case $1; leaves stdout, stderr and status in $scratch/$1.out/
run_case() {
	local work=$scratch/$1 out=$scratch/$1.out
	mkdir -p "$out/home" "$out/state"
	cp -R "$cases/$1" "$work" && chmod -R u+w "$work" || return 1
	(
		cd "$work" || exit 125
		env -u NO_COLOR -u QNTRIAGE_DB -u QNTRIAGE_DATADIR -u XDG_DATA_HOME -u XDG_CONFIG_HOME \
			PATH="$builddir:$PATH" HOME="$out/home" XDG_STATE_HOME="$out/state" QN_SRCDIR="$srcdir" \
			SOURCE_DATE_EPOCH=0 TZ=UTC LC_ALL=C COLUMNS=100 \
			"$BASH" ./command </dev/null >"$out/stdout.raw" 2>"$out/stderr.raw"
		echo $? >"$out/status"
	)
	# These have other names on every machine.
	local stream
	for stream in stdout stderr; do
		QN_HOME=$out QN_BUILDDIR=$builddir QN_SRCDIR=$srcdir perl -pe \
			's/\Q$ENV{QN_HOME}\E/HOME/g; s/\Q$ENV{QN_BUILDDIR}\E/SRCDIR/g; s/\Q$ENV{QN_SRCDIR}\E/SRCDIR/g' \
			"$out/$stream.raw" >"$out/$stream"
	done
}

update_case() {
	local case=$cases/$1 out=$scratch/$1.out
	cp "$out/stdout" "$case/expected"
	if [[ -f $case/expected.stderr || -s $out/stderr ]]; then
		cp "$out/stderr" "$case/expected.stderr"
	fi
	if [[ $(<"$out/status") != 0 ]]; then
		cp "$out/status" "$case/expected.status"
	else
		rm -f "$case/expected.status"
	fi
}

# Prints what differs; nothing when the case holds.
compare_case() {
	local case=$cases/$1 out=$scratch/$1.out status=0
	[[ -f $case/expected.status ]] && status=$(<"$case/expected.status")
	if [[ $(<"$out/status") != "$status" ]]; then
		echo "exit status $(<"$out/status"), expected $status"
		[[ -f $case/expected.stderr ]] || head -n 20 "$out/stderr"
	fi
	if [[ -f $case/expected ]]; then
		diff -u --label expected --label actual "$case/expected" "$out/stdout"
	else
		echo "no file 'expected' (QN_UPDATE=1 tests/golden.sh $1 writes it)"
	fi
	if [[ -f $case/expected.stderr ]]; then
		diff -u --label expected.stderr --label actual.stderr "$case/expected.stderr" "$out/stderr"
	fi
}

failed=0
echo "1..${#names[@]}"
for index in "${!names[@]}"; do
	name=${names[index]}
	if [[ ! -f $cases/$name/command ]]; then
		difference="no such case: $name"
	elif ! run_case "$name"; then
		difference="could not set up the case"
	else
		[[ ${QN_UPDATE:-0} == 1 ]] && update_case "$name"
		difference=$(compare_case "$name" 2>&1)
	fi
	if [[ -z $difference ]]; then
		echo "ok $((index + 1)) - $name"
	else
		failed=$((failed + 1))
		echo "not ok $((index + 1)) - $name"
		head -n 200 <<<"$difference" | sed 's/^/# /'
	fi
done
[[ $failed -eq 0 ]]
