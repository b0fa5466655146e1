#!/usr/bin/env python3
"""Makes a core of a tiny program smaller, and one that qemu-user wrote like one of the kernel.

    trim.py PROGRAM CORE NEW [SIGNAL CODE ADDRESS]

Left out: the contents of the vDSO, of [vvar] and of the vsyscall page (they name the kernel's builder), vector
registers ("LINUX" notes), and of the main thread's stack what is neither above its stack pointer nor within a page of it.
With SIGNAL, CODE and ADDRESS the notes that qemu-user does not write are added: NT_SIGINFO and NT_FILE, and the
program's first page, which the kernel dumps of every mapped ELF file. An ADDRESS below 0 is that far below the stack
pointer; of a CODE that says that the signal was sent there is the process's id instead.
"""
import struct
import sys

NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_FILE = 1, 3, 0x53494749, 0x46494C45
PF_W = 2


def notes_of(data):
    at = 0
    while at + 12 <= len(data):
        namesz, size, kind = struct.unpack_from("<III", data, at)
        at += 12
        name = data[at:at + namesz].rstrip(b"\0")
        at += (namesz + 3) & ~3
        yield name, kind, data[at:at + size]
        at += (size + 3) & ~3


def note(kind, data):
    return struct.pack("<III", 5, len(data), kind) + b"CORE\0\0\0\0" + data + b"\0" * (-len(data) % 4)


def loads_of(elf):
    phoff, = struct.unpack_from("<Q", elf, 32)
    count, = struct.unpack_from("<H", elf, 56)
    for i in range(count):
        yield struct.unpack_from("<IIQQQQQQ", elf, phoff + 56 * i)


def main():
    program_path, core_path, new_path = sys.argv[1:4]
    program, core = open(program_path, "rb").read(), open(core_path, "rb").read()
    is_arm = struct.unpack_from("<H", core, 18)[0] == 183
    own = [p for p in loads_of(program) if p[0] == 1]
    low = min(p[3] for p in own) & ~4095
    high = max(p[3] + p[6] for p in own) + 4095 & ~4095
    notes, loads, pointers = [], [], []
    for kind, flags, offset, address, _, size, memory, _ in loads_of(core):
        data = core[offset:offset + size]
        if kind == 4:
            notes = [n for n in notes_of(data) if n[0] == b"CORE"]
            pointers = [struct.unpack_from("<Q", n[2], 112 + 8 * (31 if is_arm else 19))[0]
                        for n in notes if n[1] == NT_PRSTATUS]
            continue
        if kind != 1:
            continue
        if low <= address < high:
            if not data and flags & 4 and address == low:
                data = program[:4096].ljust(4096, b"\0")
        elif flags & PF_W and any(address <= p < address + memory for p in pointers):
            start = (min(p for p in pointers if address <= p < address + memory) & ~4095) - address
            address, memory, data = address + start, memory - start, data[start:]
        else:
            data = b""
        loads.append([flags, address, memory, data])
    notes = [(kind, data) for _, kind, data in notes]
    if len(sys.argv) > 4:
        signal, code, fault = int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6], 0)
        if fault < 0:  # below the stack pointer
            fault += pointers[0]
        if code <= 0:  # it was sent, by the process itself
            fault = struct.unpack_from("<I", next(d for k, d in notes if k == NT_PRPSINFO), 24)[0]
        path = "/tmp/x/" + program_path.split("/")[-1]
        mapped = [(a, a + m) for f, a, m, d in loads if low <= a < high]
        extra = [(NT_SIGINFO, struct.pack("<iii4xQ", signal, 0, code, fault).ljust(128, b"\0"))]
        table = struct.pack("<QQ", 1, 4096) + struct.pack("<QQQ", mapped[0][0], mapped[0][1], 0)
        extra.append((NT_FILE, table + path.encode() + b"\0"))
        at = next(i for i, n in enumerate(notes) if n[0] != NT_PRSTATUS) + 1
        notes[at:at] = extra
    body = b"".join(note(k, d) for k, d in notes)
    count = 1 + len(loads)
    at = 64 + 56 * count
    headers = struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(body), 0, 4)
    at += len(body)
    at += -at % 8
    memory_bytes = b""
    for flags, address, memory, data in loads:
        headers += struct.pack("<IIQQQQQQ", 1, flags, at + len(memory_bytes), address, 0, len(data), memory, 4096)
        memory_bytes += data
    header = bytearray(core[:64])
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<Q", header, 40, 0)
    struct.pack_into("<HHH", header, 56, count, 0, 0)
    new = bytes(header) + headers + body
    new += b"\0" * (-len(new) % 8) + memory_bytes
    open(new_path, "wb").write(new)


main()
