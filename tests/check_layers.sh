#!/usr/bin/env bash
# The rules of the house that a machine can check, as TAP:
#
#   arrows   a file of src/ includes its own layer, layers to its left, and base
#   doors    each foreign header is included by one file only
#   banned   base/banned.h is the last include of every .c file
#   length   no file is longer than 500 lines
#   listed   every source and every test stands in Makefile.am
#
# Usage: tests/check_layers.sh [FOLDER]      the top of a source tree; default: $QN_SRCDIR, else the current folder
set -u
export LC_ALL=C
cd "${1:-${QN_SRCDIR:-.}}" || exit 1

lines_max=500

# What each layer may include, beside itself. `core` stands beside `record`.
declare -A allowed=(
	[base]=""
	[input]="base"
	[record]="base input"
	[core]="base input"
	[stack]="base input record core"
	[signature]="base input record core stack"
	[rule]="base input record core stack signature"
	[store]="base input record core stack signature rule"
	[triage]="base input record core stack signature rule store"
	[report]="base input record core stack signature rule store triage"
	[cli]="base input record core stack signature rule store triage report"
)

# A library, the headers that are its door, and the files that may include them (extended regular expressions).
doors='
sqlite          sqlite3\.h                                  src/store/[a-z_]+\.[ch]
pcre2           pcre2\.h                                    src/rule/pattern\.c
hyperscan       (hs/)?hs(_[a-z]+)?\.h                       src/rule/prefilter_hyperscan\.c
yaml            yaml\.h                                     src/base/yaml\.c
json-c          (json-c/.*|json(_[a-z]+)?\.h)               src/base/json\.c
xxhash          xxhash\.h                                   src/base/hash\.c
libarchive      archive(_entry)?\.h                         src/input/[a-z_]+\.[ch]
libdw           (elfutils/.*|dwarf\.h|libdw\.h|libelf\.h|gelf\.h)  src/core/[a-z_]+\.[ch]
libunwind       libunwind.*\.h                              src/core/[a-z_]+\.[ch]
libiberty       (libiberty/)?demangle\.h                    src/stack/demangle\.c
'

count=0
failed=0

# check NAME COMPLAINTS: one line of TAP; what is wrong follows as comments
check() {
	count=$((count + 1))
	if [[ -z $2 ]]; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
		sed 's/^/# /' <<<"$2"
	fi
}

# FILE:LINE:HEADER of every include of the given kind (quoted or angled)
quoted_includes() {
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src |
		sed -nE 's/^([^:]+):([0-9]+):[^"]*"([^"]+)".*/\1:\2:\3/p' | sort
}
angled_includes() {
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' src |
		sed -nE 's/^([^:]+):([0-9]+):[^<]*<([^>]+)>.*/\1:\2:\3/p' | sort
}

check_arrows() {
	local file line header from to
	while IFS=: read -r file line header; do
		[[ $header == config.h ]] && continue
		if [[ $header != */* ]]; then
			echo "$file:$line: \"$header\" must be included as \"layer/$header\""
			continue
		fi
		from=${file#src/}
		to=${header%%/*}
		# main.c stands outside the layers and uses any
		[[ $from == */* ]] || continue
		from=${from%%/*}
		if [[ -z ${allowed[$from]+set} ]]; then
			echo "$file:$line: src/$from is no layer"
		elif [[ -z ${allowed[$to]+set} ]]; then
			echo "$file:$line: \"$header\" is of no layer"
		elif [[ $to != "$from" && " ${allowed[$from]} " != *" $to "* ]]; then
			echo "$file:$line: $from must not include $to (\"$header\")"
		fi
	done < <(quoted_includes)
}

# check_door HEADERS FILES: includes outside the allowed files, and a second file that includes
check_door() {
	local headers=$1 files=$2 found file
	found=$({ angled_includes; quoted_includes; } | grep -E ":$headers\$" |
		cut -d: -f1 | sort -u)
	for file in $found; do
		[[ $file =~ ^$files$ ]] || echo "$file: includes ${headers//\\/}, whose door is elsewhere (${files//\\/})"
	done
	# shellcheck disable=SC2086 # names without blanks
	set -- $found
	if [[ $# -gt 1 ]]; then
		echo "included by $# files: $*"
	fi
}

check_banned() {
	local file
	while read -r file; do
		[[ $(grep -E '^[[:space:]]*#[[:space:]]*include' "$file" | tail -n 1) == '#include "base/banned.h"' ]] ||
			echo "$file: the last include must be \"base/banned.h\""
	done < <(find src -name '*.c' | sort)
}

check_length() {
	find src tests -name '*.[ch]' -exec wc -l {} + | sort -k2 |
		awk -v max="$lines_max" '$2 != "total" && $1 > max { print $2 ": " $1 " lines, more than " max }'
}

check_listed() {
	local file
	[[ -f Makefile.am ]] || return
	while read -r file; do
		grep -qE "^[[:space:]]*([a-zA-Z_]+ = )?${file//./\\.}( \\\\)?\$" Makefile.am || echo "$file: not in Makefile.am"
	done < <(find src -name '*.[ch]' | sort)
	while read -r file; do
		grep -qE "^[[:space:]]*${file%.c}( \\\\)?\$" Makefile.am || echo "$file: not in Makefile.am"
	done < <(find tests -maxdepth 1 -name 'test_*.c' | sort)
}

[[ -d src ]] || {
	echo "1..0 # SKIP no src/ here"
	exit 0
}

check "arrows point from left to right" "$(check_arrows)"
while read -r name headers files; do
	[[ -n $name ]] && check "one door: $name" "$(check_door "$headers" "$files")"
done <<<"$doors"
check "base/banned.h is included last" "$(check_banned)"
check "no file over $lines_max lines" "$(check_length)"
check "every file stands in Makefile.am" "$(check_listed)"
echo "1..$count"
[[ $failed -eq 0 ]]
