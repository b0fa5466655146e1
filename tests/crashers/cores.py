"""Makes cores, and asks gdb, core_frames and qntriage about them."""
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("QN_BUILDDIR", "."))
PROGRAMS = os.path.join(BUILD, "tests", "crashers.built")
QNTRIAGE = os.path.join(BUILD, "qntriage")
CORE_FRAMES = os.path.join(BUILD, "tests", "core_frames")
SCRIPT = os.path.join(HERE, "crash.sh")
# Nobody asks the network.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "DEBUGINFOD_URLS"}


class Failed(Exception):
    pass


def run(arguments, **more):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**ENVIRONMENT, **more},
                          timeout=300)
    if done.returncode:
        raise Failed("%s: status %d: %s" % (" ".join(arguments)[:300], done.returncode,
                                            done.stderr.decode(errors="replace")[-2000:]))
    return done.stdout.decode(errors="replace")


def build(variant):
    """The folder of a variant's program."""
    return run(["bash", SCRIPT, "build", PROGRAMS, variant]).splitlines()[-1]


def make(program, path, mode, *arguments):
    """A new core at path; the number of the signal."""
    return int(run(["bash", SCRIPT, "core", program, path, mode, *arguments]))


def ask_gdb(program, core, debug_folder=None):
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        settings = ["set debuginfod enabled off", "set backtrace past-main on", "set backtrace limit unlimited",
                    "set print thread-events off"]
        if debug_folder:
            settings.append("set debug-file-directory %s:/usr/lib/debug" % debug_folder)
        command = ["gdb", "-nx", "-batch"]
        for setting in settings:
            command += ["-iex", setting]
        run(command + ["-x", os.path.join(HERE, "ask_gdb.py"), program, core], QN_ASK_GDB=answer.name)
        with open(answer.name) as file:
            return json.load(file)


def ask_core_frames(core, *symbols, unwinder=None):
    """What struct qn_core holds, as the comment in core_frames.c says."""
    options = ["--" + unwinder] if unwinder else []
    told = {"threads": {}, "modules": [], "notes": []}
    frames = None
    for line in run([CORE_FRAMES, *options, core, *symbols]).splitlines():
        kind, *fields = line.split("\t")
        if kind == "thread":
            frames = []
            told["threads"][int(fields[0])] = {
                "unwinder": fields[1], "end": fields[2], "wait": fields[3], "address": int(fields[4], 16),
                "owner": int(fields[5]), "pool": fields[6], "frames": frames, "elided_at": None, "elided": 0}
        elif kind == "frame":
            frames.append({"pc": int(fields[0], 16), "inlined": fields[1] == "inlined", "line": int(fields[2]),
                           "file": fields[3], "raw": fields[4], "name": fields[5]})
        elif kind == "elided":
            thread = told["threads"][list(told["threads"])[-1]]
            thread["elided_at"], thread["elided"] = len(frames), int(fields[0])
        elif kind == "signal":
            told["signal"], told["code"] = int(fields[0]), int(fields[1])
            told["address"] = int(fields[3], 16) if fields[2] == "1" else None
        elif kind == "crashed":
            told["crashed"] = int(fields[0]) or None
        elif kind == "module":
            told["modules"].append(dict(zip(("path", "build_id", "found", "debug"), fields)))
        elif kind == "note":
            told["notes"].append(fields[0])
        else:
            told[kind] = fields[0]
    return told


def ask_qntriage(path, *options):
    """The object that `qntriage core --format json` prints."""
    return json.loads(run([QNTRIAGE, "core", "--format", "json", *options, path]))


def dump_of_gdb(program, core):
    """The text that people paste: all threads, without arguments' values."""
    return run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "set width 0", "-ex",
                "thread apply all bt -frame-arguments none", program, core])


def dump_of_eu_stack(program, core):
    done = subprocess.run(["eu-stack", "-n", "0", "-i", "--core=" + core, "-e", program], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env=ENVIRONMENT, timeout=300)
    return done.stdout.decode(errors="replace")
