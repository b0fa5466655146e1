#!/usr/bin/env bash
# Makes the cores in this folder anew: testdata/cores/make.sh. Needs gcc, gcc-aarch64-linux-gnu, qemu-user, python3, and a
# kernel that writes `core` into the current folder. It builds and runs in /tmp/x, so that no other path is in them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
flags="-std=gnu17 -g -O1 -fno-omit-frame-pointer -fno-stack-protector -fasynchronous-unwind-tables -static -nostdlib -no-pie
	-Wl,--build-id=sha1 -Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,max-page-size=4096 -fdebug-prefix-map=/tmp/x=."
rm -rf /tmp/x && mkdir -p /tmp/x && cd /tmp/x && cp "$here"/src/* .
ulimit -c unlimited

# one PROGRAM SIGNAL CODE: qemu-user does not say what the signal was, so for AArch64 that is told here
one() {
	# shellcheck disable=SC2086 # flags are many words
	gcc $flags -fcf-protection=none -o "$1.x86-64" "$1.c"
	# shellcheck disable=SC2086
	aarch64-linux-gnu-gcc $flags -mno-outline-atomics -o "$1.aarch64" "$1.c"
	rm -f core
	(timeout 20 env -i "./$1.x86-64") >/dev/null 2>&1 || true
	python3 "$here/trim.py" "$1.x86-64" core "$here/$1.x86-64.core"
	rm -f core qemu_*
	(timeout 20 env -i "$(command -v qemu-aarch64)" "./$1.aarch64") >/dev/null 2>&1 || true
	python3 "$here/trim.py" "$1.aarch64" qemu_*.core "$here/$1.aarch64.core" "$2" "$3" "$4"
	cp "$1.x86-64" "$1.aarch64" "$here"
}
one null 11 1 0x20
one abort 6 -6 0
one deadlock 6 -6 0
one overflow 11 2 -32 # stp x29, x30, [sp, #-32]!
