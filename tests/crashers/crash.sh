#!/usr/bin/env bash
# Builds the crashing programs, and makes cores with them.
#
#   crash.sh can                         0 when the kernel writes cores into the current folder; else says why not
#   crash.sh build FOLDER VARIANT        makes FOLDER/VARIANT/crash and libcrashfolly.so beside it, once; prints
#                                        FOLDER/VARIANT
#   crash.sh core PROGRAM FILE MODE...   runs PROGRAM MODE..., which must die, and moves its core to FILE; prints the
#                                        signal's number
#
# A variant is words joined by +:
#
#   gcc clang                 which compiler
#   fp                        -fno-omit-frame-pointer
#   static                    one file, with libc in it
#   split                     -gsplit-dwarf       gz    compressed as by -gz       noaranges    no .debug_aranges
#   other                     the same program, linked in another order: another build-id, other addresses
#   debuglink                 stripped; the debug information in crash.debug beside it (.gnu_debuglink)
#   buildid                   stripped; the debug information in FOLDER/VARIANT/symbols/.build-id/xx/y.debug only
#   symtab                    strip -g            stripped    strip -s
#
# Everything else -g -O2 -std=c++17. CXX_GCC and CXX_CLANG name the compilers (g++, clang++).
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)

die() {
	echo "crash.sh: $*" >&2
	exit 1
}

# The kernel's pattern must name a plain file in the current folder, and the limit must allow one.
can() {
	local pattern
	pattern=$(cat /proc/sys/kernel/core_pattern 2>/dev/null) || pattern='(unreadable)'
	case $pattern in
	'|'*) echo "core_pattern is a pipe: $pattern" && return 1 ;;
	*/*) echo "core_pattern leads elsewhere: $pattern" && return 1 ;;
	core*) ;;
	*) echo "core_pattern is $pattern" && return 1 ;;
	esac
	[[ $(ulimit -H -c) != 0 ]] || { echo "the hard limit on the size of cores is 0" && return 1; }
	(echo >/proc/self/coredump_filter) 2>/dev/null || [[ -r /proc/self/syscall ]] ||
		{ echo "/proc/self/syscall cannot be read" && return 1; }
}

has() {
	[[ +$variant+ == *+$1+* ]]
}

# strip_file FILE: the parts of FILE as the variant has them
strip_file() {
	local file=$1 id
	if has debuglink || has buildid; then
		objcopy --only-keep-debug "$file" "$file.debug"
		strip -s "$file"
	fi
	if has debuglink; then
		(cd "$(dirname "$file")" && objcopy --add-gnu-debuglink="$(basename "$file").debug" "$(basename "$file")")
	elif has buildid; then
		id=$(LC_ALL=C readelf -n "$file" | sed -n 's/.*Build ID: *//p')
		mkdir -p "$folder/symbols/.build-id/${id:0:2}"
		mv "$file.debug" "$folder/symbols/.build-id/${id:0:2}/${id:2}.debug"
	elif has symtab; then
		strip -g "$file"
	elif has stripped; then
		strip -s "$file"
	fi
}

# once FOLDER: 1 when FOLDER was made since the last change of a source; others wait while one makes it
once() {
	mkdir -p "$1"
	exec 9>"$1/.lock"
	flock 9
	[[ ! -e $1/.done || -n $(find "$here" -newer "$1/.done" -type f -print -quit) ]]
}

# Objects are the same for many variants.
compile() {
	local objects=$1 file flags=(-std=c++17 -g -O2 -Wall -Wextra -Werror -pthread "-I$here" -c)
	shift
	once "$objects" || return 0
	for file in "$here"/*.cpp; do
		(cd "$objects" && "$compiler" "${flags[@]}" "$@" "$file" -o "$(basename "$file" .cpp).o")
	done
	(cd "$objects" && "$compiler" "${flags[@]}" "$@" -fPIC "$library" -o folly.lib)
	touch "$objects/.done"
}

build() {
	local root=$1 compiler=${CXX_GCC:-g++} name=gcc flags=() link=(-pthread -Wl,--build-id=sha1) parts file
	local library=$here/folly/executors/ThreadPoolExecutor.cpp
	mkdir -p "$root"
	root=$(cd "$root" && pwd)
	variant=$2 folder=$root/$2
	IFS=+ read -r -a parts <<<"$variant"
	for part in "${parts[@]}"; do
		case $part in
		gcc | debuglink | buildid | symtab | stripped | static | gz | other | noaranges) ;;
		clang) compiler=${CXX_CLANG:-clang++} name=clang ;;
		fp) flags+=(-fno-omit-frame-pointer) name+=-fp ;;
		split) flags+=(-gsplit-dwarf) name+=-split ;;
		*) die "no such variant: $part" ;;
		esac
	done
	compile "$root/objects-$name" ${flags[@]+"${flags[@]}"}
	if once "$folder"; then
		cd "$folder"
		rm -rf crash* libcrashfolly* symbols
		# The order of the objects is that of the addresses.
		set -- "$root/objects-$name"/{crash,deaths,hangs,retrieve}.o
		has other && set -- "$4" "$3" "$2" "$1"
		if has static; then
			"$compiler" "${link[@]}" -static -o crash "$@" -x none "$root/objects-$name/folly.lib"
		else
			"$compiler" "${link[@]}" -shared -o libcrashfolly.so "$root/objects-$name/folly.lib"
			"$compiler" "${link[@]}" -o crash "$@" -L. -lcrashfolly "-Wl,-rpath,$PWD"
		fi
		for file in crash libcrashfolly.so; do
			if [[ -e $file ]]; then
				if has gz; then objcopy --compress-debug-sections=zlib "$file"; fi
				if has noaranges; then objcopy --remove-section .debug_aranges "$file"; fi
				strip_file "$file"
			fi
		done
		touch .done
	fi
	echo "$root/$variant"
}

core() {
	local program=$1 file=$2 status=0 scratch
	shift 2
	program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
	file=$(cd "$(dirname "$file")" && pwd)/$(basename "$file")
	scratch=$(mktemp -d "$file.XXXXXX")
	# The new shell's own words about the death go nowhere.
	{
		(
			cd "$scratch"
			ulimit -S -c "$(ulimit -H -c)"
			exec "$program" "$@" >out 2>err
		) || status=$?
	} 2>/dev/null
	set -- "$scratch"/core*
	if [[ ! -f $1 ]]; then
		cat "$scratch/err" >&2
		rm -rf "$scratch"
		die "it left no core (status $status)"
	fi
	mv "$1" "$file"
	cp "$scratch/err" "$file.err"
	rm -rf "$scratch"
	echo $((status - 128))
}

case ${1:-} in
can) can ;;
build | core) "$@" ;;
*) die "can, build or core?" ;;
esac
