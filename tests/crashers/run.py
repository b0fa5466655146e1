"""The cases, as TAP. Started by tests/crashers.sh; needs $QN_BUILDDIR.

Arguments are regular expressions: only cases whose names match one of them run.
"""
import concurrent.futures
import copy
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

import cores
import expect
import judge
import understood

NUMBERS = itertools.count(1)  # cases run beside each other
SCRATCH = tempfile.mkdtemp(prefix="qntriage-crashers-", dir=os.environ.get("TMPDIR", "/tmp"))


def path_of(*words):
    return os.path.join(SCRATCH, ".".join([str(next(NUMBERS)), *words]))


class Case:
    """One core of a way to die, and what gdb says of it."""

    def __init__(self, variant, mode, *arguments):
        self.folder = cores.build(variant)
        self.program = os.path.join(self.folder, "crash")
        self.core = path_of(variant, mode, *arguments)
        self.symbols = [os.path.join(self.folder, "symbols")] if "buildid" in variant else []
        self.signal = cores.make(self.program, self.core, mode, *arguments)
        self.gdb = cores.ask_gdb(self.program, self.core, *self.symbols)
        self.tids = [thread["tid"] for thread in self.gdb["threads"]]

    def options(self):
        return [word for folder in self.symbols for word in ("--symbols", folder)]

    def remove(self):
        for suffix in ("", ".err"):
            if os.path.exists(self.core + suffix):
                os.unlink(self.core + suffix)


def frames_agree(variant, mode):
    case = Case(variant, mode)
    ours = cores.ask_core_frames(case.core, *case.symbols)
    complaints = judge.compare_core(case.gdb, ours)
    wanted = expect.WAYS[mode]
    if variant.startswith("clang") and mode == "noexcept":
        # phase 2 of the unwinding ran before the process died: who threw is gone, by gdb's word too
        wanted = {**wanted, "key": "load_schema"}
    if case.signal != wanted["signal"] or case.gdb["signal"] != wanted["signal"]:
        complaints.append("it died of signal %d" % case.signal)
    # Who crashed is known from the source; without names of functions from gdb's word on the whole program.
    if "symtab" not in variant and "stripped" not in variant:
        crashed = judge.thread_with(case.gdb, wanted["crashed"]) if wanted["crashed"] else None
        if wanted["crashed"] and not crashed:
            complaints.append("gdb finds no single thread in %s" % wanted["crashed"])
        told = cores.ask_qntriage(case.core, *case.options())
        complaints += understood.compare(told, wanted, crashed, case.tids)
    case.remove()
    return complaints


def texts_agree(mode):
    """gdb's and eu-stack's own texts give the same groups, states, pools and verdicts as the core."""
    case, complaints = Case("gcc", mode), []
    told = understood.meaning(cores.ask_qntriage(case.core))
    for name, dump in (("gdb", cores.dump_of_gdb), ("eu-stack", cores.dump_of_eu_stack)):
        text = path_of(name, mode, "txt")
        with open(text, "w") as file:
            file.write(dump(case.program, case.core))
        answer = cores.ask_qntriage(text)
        complaints += [name + ": " + c for c in understood.compare(answer, expect.WAYS[mode], None, case.tids, True)]
        for key, value in understood.meaning(answer).items():
            if value != told[key]:
                complaints.append("%s: %s: of the text %s, of the core %s" % (name, key, value, told[key]))
    case.remove()
    return complaints


def lives(mode):
    """What a task throws does not get out of the pool, in Folly as here."""
    program = os.path.join(cores.build("gcc"), "crash")
    done = subprocess.run([program, mode], stderr=subprocess.PIPE, cwd=SCRATCH)
    return [] if done.returncode == 0 and b"alive" in done.stderr else ["it died: %d" % done.returncode]


def wrong_binary():
    """Another build at the program's path: its file is not used, and a note names both ids."""
    folder = path_of("wrong")
    shutil.copytree(cores.build("gcc"), folder)
    program, core = os.path.join(folder, "crash"), path_of("wrong-core")
    cores.make(program, core, "retrieve")
    whole = cores.ask_core_frames(core)
    path = os.path.realpath(program)
    module = [m for m in whole["modules"] if os.path.realpath(m["path"]) == path][0]
    # "      558b36b2e000-558b36b32000 00000000 16384       /path/of/crash"
    lines = [line.split() for line in cores.run(["eu-readelf", "-n", core]).splitlines()]
    ranges = [[int(word, 16) for word in line[0].split("-")] for line in lines if len(line) == 4 and line[3] == path]
    shutil.copy(os.path.join(cores.build("gcc+other"), "crash"), program)
    other = re.search(r"Build ID: (\w+)", cores.run(["readelf", "-n", program]))[1]
    blind = cores.ask_core_frames(core)
    complaints = [] if ranges else ["no addresses of the program in NT_FILE"]
    for tid, thread in whole["threads"].items():
        complaints += judge.is_prefix(thread["frames"], blind["threads"][tid]["frames"], ranges)
    module_now = [m for m in blind["modules"] if os.path.realpath(m["path"]) == path][0]
    if module_now["found"]:
        complaints.append("the other build is used: %s" % module_now)
    issues = " ".join(issue["text"] for issue in cores.ask_qntriage(core)["issues"])
    for what in (module["build_id"], other, path):
        if not what or what not in issues:
            complaints.append("no issue names %s: %s" % (what, issues[:500]))
    return complaints


def segments(core):
    """(address, end, offset, bytes in the file) of every PT_LOAD, by readelf's word."""
    found = []
    for line in cores.run(["readelf", "-lW", core]).splitlines():
        fields = line.split()
        if fields[:1] == ["LOAD"]:
            offset, address, _, in_file = (int(field, 16) for field in fields[1:5])
            found.append((address, address + in_file, offset))
    return found


def truncated():
    """Cut at 10, 50 and 99 %: who is told is told as in the whole core, and whose stack is there is told whole."""
    case, complaints = Case("gcc", "parked", "200"), []
    whole = cores.ask_core_frames(case.core)
    complaints += judge.compare_core(case.gdb, whole)
    size = os.path.getsize(case.core)
    loads = segments(case.core)
    for percent in (99, 50, 10):
        with open(case.core, "r+b") as file:
            file.truncate(size * percent // 100)
        cut, entire = cores.ask_core_frames(case.core), 0
        if cut["signal"] != whole["signal"] or set(cut["threads"]) != set(whole["threads"]):
            complaints.append("%d %%: signal or threads are lost" % percent)
        for thread in case.gdb["threads"]:
            now, before = cut["threads"][thread["tid"]], whole["threads"][thread["tid"]]
            complaints += ["%d %%: %s" % (percent, c) for c in judge.is_prefix(before["frames"], now["frames"])]
            first, last = thread["frames"][0]["sp"], thread["frames"][-1]["sp"]
            is_there = any(start <= first and last < end and offset + last - start + 16 <= size * percent // 100
                           for start, end, offset in loads)
            entire += is_there
            if is_there and now["frames"] != before["frames"]:
                complaints.append("%d %%: thread %d is in the file and not told whole (%s)" % (percent, thread["tid"],
                                                                                             now["end"]))
        if percent >= 50 and entire < 20:
            complaints.append("%d %%: the stacks of %d threads only are in the file" % (percent, entire))
        if not any("truncated" in note or "cut" in note for note in cut["notes"]):
            complaints.append("%d %%: no note says so: %s" % (percent, cut["notes"]))
    case.remove()
    return complaints


PACKERS = {"zst": ["zstd", "-q", "-c"], "gz": ["gzip", "-c"], "xz": ["xz", "-0", "-c"], "lz4": ["lz4", "-q", "-c"]}


def packed(kind):
    case = Case("gcc", "noexcept")
    plain = cores.ask_qntriage(case.core)
    with open(case.core + "." + kind, "wb") as file:
        subprocess.run(PACKERS[kind] + [case.core], stdout=file, check=True)
    answer = cores.ask_qntriage(case.core + "." + kind)
    case.remove()
    return ["%s: packed %s, plain %s" % (key, str(answer.get(key))[:300], str(value)[:300])
            for key, value in plain.items() if key not in ("core",) and answer.get(key) != value]


def many(threads):
    """All workers but one stand alike: one group of them."""
    case = Case("gcc", "parked", str(threads))
    complaints = judge.compare_core(case.gdb, cores.ask_core_frames(case.core))
    told = cores.ask_qntriage(case.core)
    crashed = judge.thread_with(case.gdb, "bulk_subscript")
    complaints += understood.compare(told, {**expect.WAYS["parked"], "pools": (threads - 1, 1, 0)}, crashed, case.tids)
    if max(group["count"] for group in told["groups"]) != threads - 1:
        complaints.append("groups of %s" % [group["count"] for group in told["groups"]])
    case.remove()
    return complaints


def judge_is_no_rubber_stamp():
    """What is planted into what we tell is found."""
    case, missed = Case("gcc", "retrieve"), []
    ours = cores.ask_core_frames(case.core)
    busy = judge.thread_with(case.gdb, "bulk_subscript")
    frames = ours["threads"][busy]["frames"]

    def plant(what, change):
        wrong = copy.deepcopy(ours)
        change(wrong, wrong["threads"][busy]["frames"])
        if not judge.compare_core(case.gdb, wrong):
            missed.append("not found: " + what)

    plant("another signal", lambda told, _: told.update(signal=6))
    plant("a lost thread", lambda told, _: told["threads"].pop(busy))
    plant("a lost frame", lambda _, f: f.pop(3))
    plant("a frame twice", lambda _, f: f.insert(3, f[3]))
    plant("the outermost frame lost", lambda _, f: f.pop())
    for index in range(len(frames)):
        plant("a line of frame %d" % index, lambda _, f: f[index].update(line=f[index]["line"] + 1))
        plant("a file of frame %d" % index, lambda _, f: f[index].update(file="other.h"))
        plant("an inline of frame %d" % index, lambda _, f: f[index].update(inlined=not f[index]["inlined"]))
        plant("a name of frame %d" % index, lambda _, f: f[index].update(raw="_ZN5other4nameEv", name="other::name()"))
        plant("a pc of frame %d" % index, lambda _, f: f[index].update(pc=f[index]["pc"] + 1))
    case.remove()
    return missed


def all_cases():
    for mode in expect.WAYS:
        yield "gcc, %s: frames as gdb has them, and what follows" % mode, frames_agree, ("gcc", mode)
    for mode in expect.CLANG:
        yield "clang, %s: frames as gdb has them, and what follows" % mode, frames_agree, ("clang", mode)
    for variant in expect.VARIANTS:
        for mode in expect.SAMPLE:
            yield "%s, %s: frames as gdb has them" % (variant, mode), frames_agree, (variant, mode)
    for mode in expect.TEXTS:
        yield "%s: text dumps tell what the core tells" % mode, texts_agree, (mode,)
    for mode in expect.LIVES:
        yield "%s: the process lives" % mode, lives, (mode,)
    for kind in PACKERS:
        yield "a core packed as %s tells the same" % kind, packed, (kind,)
    yield "another build at the program's path is not used", wrong_binary, ()
    yield "a core cut at 99, 50 and 10 % tells nothing false", truncated, ()
    yield "200 parked workers", many, (200,)
    yield "2,000 parked workers", many, (2000,)
    yield "the judge finds planted faults", judge_is_no_rubber_stamp, ()


def attempt(function, arguments):
    try:
        return function(*arguments)
    except (cores.Failed, OSError, KeyError, IndexError, ValueError, subprocess.SubprocessError) as error:
        return ["%s: %s" % (type(error).__name__, error)]


def main(patterns):
    cases = [case for case in all_cases() if not patterns or any(re.search(p, case[0]) for p in patterns)]
    failed = 0
    print("1..%d" % len(cases), flush=True)
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        answers = [pool.submit(attempt, function, arguments) for _, function, arguments in cases]
        for number, ((name, _, _), answer) in enumerate(zip(cases, answers), 1):
            complaints = answer.result()
            failed += bool(complaints)
            print("%sok %d - %s" % ("not " if complaints else "", number, name), flush=True)
            for complaint in complaints[:8]:
                print("# " + complaint[:600].replace("\n", " "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)
