#!/usr/bin/env bash
# What `analyze --format json` prints is what docs/report.schema.json says, and the schema is no rubber stamp.
set -u

srcdir=${QN_SRCDIR:-.}
builddir=${QN_BUILDDIR:-.}
schema=$srcdir/docs/report.schema.json
core_schema=$srcdir/docs/core.schema.json
program=$builddir/qntriage

if ! python3 -c 'import jsonschema' 2>/dev/null; then
	echo '1..0 # SKIP python3 with jsonschema is missing (Debian: python3-jsonschema)'
	exit 0
fi

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
number=0

# result NAME STATUS
result() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
	fi
}

# validate FILE [SCHEMA]: 0 when the report in FILE is as the schema says; messages go where TAP does not see them
validate() {
	python3 - "${2:-$schema}" "$1" <<'PYTHON' >&2
import json, sys, warnings
warnings.simplefilter("ignore")
import jsonschema
schema = json.load(open(sys.argv[1]))
report = json.load(open(sys.argv[2]))
validator = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
errors = [error for error in validator(schema).iter_errors(report)]
for error in errors[:5]:
    print("#", "/".join(map(str, error.absolute_path)), error.message[:200])
sys.exit(1 if errors else 0)
PYTHON
}

# analyze NAME ARGUMENT...: the report is in $scratch/NAME.json; returns how it validates
analyze() {
	local name=$1
	shift
	"$program" analyze --format json "$@" >"$scratch/$name.json" 2>"$scratch/$name.err" || {
		sed 's/^/# /' "$scratch/$name.err" >&2
		return 1
	}
	validate "$scratch/$name.json"
}

# plant NAME PYTHON: changes the incident's report with PYTHON (it is `r`); 0 when the schema refuses the result
plant() {
	python3 - "$scratch/incident.json" "$scratch/$1.json" "$2" <<'PYTHON' || return 1
import json, sys
r = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(r, open(sys.argv[2], "w"))
PYTHON
	! validate "$scratch/$1.json" 2>/dev/null
}

# core NAME FILE: what is told of FILE is in $scratch/NAME.json; returns how it validates
core() {
	"$program" core --format json "$2" >"$scratch/$1.json" 2>"$scratch/$1.err" || {
		sed 's/^/# /' "$scratch/$1.err" >&2
		return 1
	}
	validate "$scratch/$1.json" "$core_schema"
}

# plant_core NAME PYTHON: changes what is told of the dump with PYTHON (it is `c`); 0 when the schema refuses it
plant_core() {
	python3 - "$scratch/dump.json" "$scratch/$1.json" "$2" <<'PYTHON' || return 1
import json, sys
c = json.load(open(sys.argv[1]))
exec(sys.argv[3])
json.dump(c, open(sys.argv[2], "w"))
PYTHON
	! validate "$scratch/$1.json" "$core_schema" 2>/dev/null
}

mkdir "$scratch/empty"
printf '%s\n' \
	'Thread 2 (Thread 0x7f0000002000 (LWP 12)):' \
	'#0  0x00007f0000003000 in __futex_abstimed_wait_common64 () from /lib/x86_64-linux-gnu/libc.so.6' \
	'#1  0x00007f0000003100 in pthread_cond_wait () from /lib/x86_64-linux-gnu/libc.so.6' \
	'#2  0x00005600000010a0 in milvus::wait (this=0x0) at /src/wait.cpp:7' '' \
	'Thread 1 (Thread 0x7f0000001000 (LWP 11)):' \
	'#0  milvus::ColumnVector::GetRawData (this=0x0) at /src/Vector.h:120' \
	'#1  0x0000560000001200 in main () at /src/main.cpp:9' >"$scratch/dump.txt"
: >"$scratch/nothing.log"
printf '\000\001\002\377binary\000' >"$scratch/binary.log"
printf '%s\n' \
	'[2025/02/27 10:09:12.301 +00:00] [INFO] [segments/segment.go:10] ["search"] [collectionID=1]' \
	'SIGNAL CATCH BY NON-GO SIGNAL HANDLER' \
	'SIGNO: 11; SIGNAME: Segmentation fault; SI_CODE: 1; SI_ADDR: 0x30' \
	'BACKTRACE:' \
	'_ZN6milvus12ColumnVector10GetRawDataEv' \
	'	/workspace/source/internal/core/src/common/Vector.h:120 pc=0x7f0000001000' \
	'' '' \
	'[2025/02/27 10:09:12.302 +00:00] [ERROR] [a/b.go:7] ["it failed"] [error="x"]' >"$scratch/crash.log"

echo '1..24'
analyze incident "$srcdir/testdata/incidents/pod-kill"
result 'the report of the sample incident is valid' $?
analyze empty "$scratch/empty"
result 'the report of an empty folder is valid' $?
analyze nothing "$scratch/nothing.log"
result 'the report of an empty file is valid' $?
analyze binary "$scratch/binary.log"
result 'the report of binary data is valid' $?
analyze crash "$scratch/crash.log"
result 'the report of a crash is valid' $?
python3 -c 'import json, sys; sys.exit(len(json.load(open(sys.argv[1]))["signatures"]) < 3)' "$scratch/incident.json"
result 'the incident has failures to look at' $?
# As logs: every crash text there is, each kind of damage, kubectl's output.
analyze golden "$srcdir/testdata/golden"
result 'the report of all golden inputs is valid' $?
plant key 'r["signatures"][0]["colour"] = "red"'
result 'a key that the schema does not have is refused' $?
plant missing 'del r["totals"]["bytes_not_understood"]'
result 'a missing key is refused' $?
plant word 'r["signatures"][0]["verdict"]["state"] = "perhaps"'
result 'a verdict that does not exist is refused' $?
plant time 'r["generated_at"] = "yesterday"'
result 'a time that is none is refused' $?
plant identity 'r["signatures"][0]["occurrences"][0]["id"] = "17"'
result 'an id of another shape is refused' $?
plant unproven 'r["signatures"][0]["verdict"].update(state="known", rule=None)'
result 'a known issue without its rule is refused' $?
plant fixed 'r["signatures"][0]["verdict"].update(state="regressed", fix="open")'
result 'a regression of what was never fixed is refused' $?
plant alive 'r["processes"][0].update(end="running", ended_at="2025-03-04T07:02:10Z")'
result 'an end of what still runs is refused' $?

# The two schemas say the same of a core; of what `core` prints and of what a report holds.
python3 - "$schema" "$core_schema" <<'PYTHON'
import json, sys
report, core = (json.load(open(path))["$defs"] for path in sys.argv[1:])
sys.exit(any(report.get(name) != definition for name, definition in core.items()))
PYTHON
result 'both schemas have the same definitions of a core' $?
core dump "$scratch/dump.txt"
result 'what is told of a dump of all threads is valid' $?
python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["threads"] != 2)' "$scratch/dump.json"
result 'the dump has threads to look at' $?
plant_core core-key 'c["groups"][0]["colour"] = "red"'
result 'a key of a group that the schema does not have is refused' $?
plant_core core-missing 'del c["locks"]["cycles"]'
result 'a missing list of cycles is refused' $?
plant_core core-state 'c["groups"][0]["state"] = "dreaming"'
result 'a state that does not exist is refused' $?
plant_core core-number 'c["fault_address"] = 32'
result 'an address that is a number is refused' $?
analyze cores --symbols "$srcdir/testdata/cores" "$srcdir/testdata/cores"
result 'the report of a folder of cores is valid' $?
python3 -c 'import json, sys; sys.exit(len(json.load(open(sys.argv[1]))["cores"]) < 8)' "$scratch/cores.json"
result 'the report has all the cores' $?
