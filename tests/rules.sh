#!/usr/bin/env bash
# The shipped rules through the whole program, one line of TAP each. Of every folder rules/tests/RULE: test.log (and any
# further test-*.log) is that known issue and no other, test-fp.log is none. Then what must have come before a crash
# in a Folly task for it to be the known issue 40308, on cuttings of the sample incident.
#
# Usage: tests/rules.sh
set -u
export LC_ALL=C
srcdir=${QN_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
builddir=${QN_BUILDDIR:-$srcdir}
incident=$srcdir/testdata/incidents/pod-kill

if ! python3 -c 'import json' 2>/dev/null; then
	echo '1..0 # SKIP python3 is missing (it reads the reports)'
	exit 0
fi
[[ -x $builddir/qntriage ]] || {
	echo "Bail out! no qntriage in $builddir: run make first"
	exit 1
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/qntriage-rules.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0
failed=0

# same NAME EXPECTED ACTUAL
same() {
	number=$((number + 1))
	if [[ $2 == "$3" ]]; then
		echo "ok $number - $1"
	else
		failed=$((failed + 1))
		echo "not ok $number - $1"
		printf '# expected: %s\n# actual:   %s\n' "$2" "$3"
	fi
}

# judge WHAT PATH...: what the report on PATH says, on one line. WHAT:
#	rules	the rules of verdicts and of hits, each once and in order: "verdicts: A B; hits: A B"
#	crashes	state and fix of each crash
#	hits	of each hit the rule, its severity and how many lines prove it
judge() {
	local what=$1
	shift
	env -u QNTRIAGE_DB -u QNTRIAGE_DATADIR HOME="$scratch" XDG_STATE_HOME="$scratch" \
		"$builddir/qntriage" analyze --format json "$@" 2>&1 | python3 -c '
import json, sys
report = json.load(sys.stdin)
signatures, hits = report["signatures"], report["hits"]
def joined(names):
    return " ".join(sorted(set(filter(None, names)))) or "none"
if sys.argv[1] == "rules":
    print("verdicts: %s; hits: %s" % (joined(s["verdict"]["rule"] for s in signatures), joined(h["rule"] for h in hits)))
elif sys.argv[1] == "crashes":
    print(", ".join("%s %s" % (s["verdict"]["state"], s["verdict"]["fix"]) for s in signatures if s["kind"] in ("crash", "abort")))
else:
    print(", ".join("%s severity %d: %d lines" % (h["rule"], h["severity"], len(h["evidence"])) for h in hits))
' "$what"
}

# --- Every rule's own logs -------------------------------------------------------------------------------------------

for folder in "$srcdir"/rules/tests/*/; do
	rule=$(basename "$folder")
	same "$rule: its log is that issue and no other" "verdicts: $rule; hits: $rule" "$(judge rules "$folder/test.log")"
	same "$rule: the negative is none" "verdicts: none; hits: none" "$(judge rules "$folder/test-fp.log")"
	for variant in "$folder"/test-*.log; do
		[[ $variant == */test-fp.log || ! -f $variant ]] && continue
		same "$rule: $(basename "$variant") is that issue and no other" \
			"verdicts: $rule; hits: $rule" "$(judge rules "$variant")"
	done
done

rules=$(cd "$srcdir/rules/tests" && echo *)
listed=$(cd "$srcdir/rules/milvus" && sed -n 's/^ *id: *//p' ./*.yaml | sort | xargs)
same "every rule has logs" "$listed" "$rules"

for path in "$srcdir"/rules/tests/*/test.log; do
	printf '%s %s\n' "$(basename "$(dirname "$path")")" "$(judge hits "$path")"
done >"$scratch/hits"
same "every log is hit once, with the severity of the rule" "$(
	for rule in $rules; do
		severity=$(grep -h -A1 "id: $rule\$" "$srcdir"/rules/milvus/*.yaml | sed -n 's/^ *severity: *//p')
		[[ $rule == QNTRIAGE-40308 ]] && lines=2 || lines=1
		echo "$rule $rule severity $severity: $lines lines"
	done
)" "$(cat "$scratch/hits")"

# --- The known issue 40308: what came before --------------------------------------------------------------------------

pod=pulsar-pod-kill-77701-milvus-querynode-7c9f6d84b5
build=2.5-20250218-fd15d2a9-amd64

# life POD N: the Nth life in the log of POD
life() {
	awk -v wanted="$2" '/ maxprocs: / { life++ } life == wanted' "$incident/$pod-$1.log"
}

# a kill, then the crash
lives_2_and_3() {
	life k7x2p 2 && life k7x2p 3
}

# later HOURS: a life's times, so many hours on
later() {
	sed -E "s#^\[2025/03/04 0([78]):#[2025/03/04 $1\1:#; s#^(.)20250304 0([78]):#\120250304 $1\2:#; s#^2025/03/04 0([78]):#2025/03/04 $1\1:#"
}

# seed NAME EXPECTED: the crashes of a folder that holds the log of k7x2p, as it comes on standard input, and what was put
# there before
seed() {
	mkdir -p "$scratch/case"
	cat >"$scratch/case/$pod-k7x2p.log"
	same "40308: $1" "$2" "$(judge crashes "$scratch/case")"
	rm -rf "$scratch/case"
}

# pods COUNT: kubectl get pods with so many restarts of k7x2p
pods() {
	mkdir -p "$scratch/case"
	sed -E "s#(k7x2p +1/1 +Running +)3 #\1$1 #" "$incident/kubectl-get-pods.txt" >"$scratch/case/pods.txt"
}

seed 'a crash that nothing came before' 'new unknown' < <(life k7x2p 3)
seed 'a crash in a life that followed a kill' 'known upgrade' < <(lives_2_and_3)
mkdir -p "$scratch/case" && cp "$incident/$pod"-t9n6d*.log "$scratch/case"
seed 'a kill in another pod' 'new unknown' < <(life k7x2p 3 && life k7x2p 4)
seed 'a kill behind the crash' 'new unknown' < <(life k7x2p 3 && { life k7x2p 2 && life k7x2p 4; } | later 1)
seed 'a crash that only the same crash came before' 'new unknown' \
	< <(life k7x2p 3 && { life k7x2p 3 && life k7x2p 4; } | later 1)
seed 'crash after crash behind a kill' 'known upgrade' < <(lives_2_and_3 && life k7x2p 3 | later 1)
pods 1
seed 'one restart, which the crash itself explains' 'new unknown' < <(life k7x2p 3)
pods 3
seed 'three restarts that only the pod list tells' 'known unknown' < <(life k7x2p 3 | sed 1,/lock.pid/d)
seed 'another task' 'new unknown' < <(lives_2_and_3 | sed 's/AsyncRetrieve(/AsyncRetrieveByOffsets(/g')
seed 'a frame that names another failure' 'new unknown' < <(lives_2_and_3 | sed '/^BACKTRACE/a\
_ZN6milvus7segcore24ChunkedSegmentSealedImpl14bulk_subscriptENS_7FieldIdEPKll\
\t/workspace/source/internal/core/src/segcore/ChunkedSegmentSealedImpl.cpp:2212 pc=0x7f6d2a41c9e3')
while read -r version expected; do
	seed "build $version" "$expected" < <(lives_2_and_3 | sed "s/$build/$version/")
done <<'BUILDS'
2.5-20250305-0a1b2c3d-amd64 known upgrade
2.5-20250306-89bc9459-amd64 regressed present
2.5-20250306-0a1b2c3d-amd64 known unknown
2.5-20250307-0a1b2c3d-amd64 regressed present
2.4-20250401-0a1b2c3d-amd64 known unknown
master-20250705-951c312e known unknown
v2.5.6 known unknown
v2.6.0 known unknown
unknown known unknown
BUILDS
mkdir -p "$scratch/case" && life m4wqz 2 >"$scratch/case/$pod-m4wqz.log"
seed 'only the build of a pod that was killed counts' 'regressed present' \
	< <(lives_2_and_3 | sed "s/$build/2.5-20250307-0a1b2c3d-amd64/")

echo "1..$number"
[[ $failed -eq 0 ]]
