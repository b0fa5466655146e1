# Runs inside gdb: writes what gdb says of the core that it was given, as JSON, to the file in $QN_ASK_GDB.
#
#   gdb -nx -batch -ex 'set ...' -x ask_gdb.py PROGRAM CORE
#
# {"threads": [{"tid", "current": bool, "frames": [{"pc", "sp", "name", "linkage", "file", "line", "inlined", "signal"}]}],
#  "signal": number or null}
#
# gdb's own objects and not its text: a text has no address at a frame whose pc begins a line, cuts long names and
# mixes warnings in.
import json
import os

import gdb


def tell_frame(frame):
    function = frame.function()
    sal = frame.find_sal()
    symtab = sal.symtab if sal.is_valid() else None
    return {
        "pc": frame.pc(),
        "sp": int(frame.read_register("sp")),
        "name": frame.name(),
        "linkage": function.linkage_name if function else None,
        "file": symtab.filename if symtab else None,
        "line": sal.line if symtab else 0,
        "inlined": frame.type() == gdb.INLINE_FRAME,
        "signal": frame.type() == gdb.SIGTRAMP_FRAME,
    }


def tell_thread(thread, current):
    thread.switch()
    frames = []
    tail_calls = set()
    why = None
    try:
        frame = gdb.newest_frame()
        while frame is not None:
            frames.append(tell_frame(frame))
            if frame.type() == gdb.TAILCALL_FRAME:
                tail_calls.add(frame.pc())
            why = frame.unwind_stop_reason()
            frame = frame.older()
    except gdb.error as error:
        why = str(error)
    # A function that ended in a jump to the next one is not on the stack: gdb deduces from the call sites in DWARF that it
    # must have been there. Nobody else tells such frames, and neither do we.
    frames = [frame for frame in frames if frame["pc"] not in tail_calls]
    return {"tid": thread.ptid[1] or thread.ptid[0], "current": current, "frames": frames, "stopped": str(why)}


def signal_number():
    try:
        return int(gdb.parse_and_eval("$_siginfo.si_signo"))
    except gdb.error:
        return None


current = gdb.selected_thread()
told = {"signal": signal_number()}
told["threads"] = [tell_thread(t, current is not None and t.num == current.num)
                   for t in gdb.selected_inferior().threads()]
with open(os.environ["QN_ASK_GDB"], "w") as out:
    json.dump(told, out)
