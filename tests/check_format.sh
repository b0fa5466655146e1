#!/usr/bin/env bash
# .clang-format is kept: one line of TAP for each file that clang-format 14 would change, as a complaint.
set -u
cd "${QN_SRCDIR:-.}" || exit 1

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

clang_format=
for candidate in "${QN_CLANG_FORMAT:-}" clang-format-14 clang-format; do
	[[ -n $candidate ]] && command -v "$candidate" >/dev/null &&
		"$candidate" --version | grep -q 'version 14\.' && clang_format=$candidate && break
done
# Other versions lay code out in other ways.
[[ -n $clang_format ]] || skip "clang-format 14 is missing"
[[ -f .clang-format ]] || skip "no .clang-format here"

mapfile -t files < <(find src tests -name '*.[ch]' | LC_ALL=C sort)
wrong=()
for file in "${files[@]}"; do
	"$clang_format" --dry-run --Werror "$file" >/dev/null 2>&1 || wrong+=("$file")
done
echo "1..1"
if [[ ${#wrong[@]} -eq 0 ]]; then
	echo "ok 1 - ${#files[@]} files are laid out as .clang-format says"
else
	echo "not ok 1 - every file is laid out as .clang-format says"
	printf '# %s: run make format\n' "${wrong[@]}"
	exit 1
fi
