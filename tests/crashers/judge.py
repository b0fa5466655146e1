"""Compares what is told of a core with gdb's word, thread by thread and frame by frame. Every function returns a list of
complaints; an empty one means that both agree."""
from names import same_frame, show, skeleton




def compare_frames(tid, gdb, ours):
    """gdb: its frames; ours: a thread of ask_core_frames()."""
    frames, complaints = ours["frames"], []
    inner = ours["elided_at"] if ours["elided"] else len(frames)
    outer = len(frames) - inner
    if not ours["elided"] and len(gdb) != len(frames):
        complaints.append("thread %d: gdb has %d frames, we have %d (%s)" % (tid, len(gdb), len(frames), ours["end"]))
    if ours["elided"]:
        left_out = sum(not f["inlined"] for f in gdb[inner:len(gdb) - outer])
        if left_out != ours["elided"]:
            complaints.append("thread %d: %d frames are left out, said are %d" % (tid, left_out, ours["elided"]))
    pairs = list(zip(gdb[:inner], frames[:inner]))
    if outer:
        pairs += list(zip(gdb[-outer:], frames[-outer:]))
    for number, (theirs, own) in enumerate(pairs):
        if not same_frame(theirs, own):
            complaints.append("thread %d frame %d: gdb %s, we %s" % (tid, number, show(theirs), show(own)))
    return complaints


def compare_core(gdb, ours):
    complaints = []
    if gdb["signal"] != ours["signal"]:
        complaints.append("signal: gdb %s, we %s" % (gdb["signal"], ours["signal"]))
    theirs = {thread["tid"]: thread for thread in gdb["threads"]}
    if set(theirs) != set(ours["threads"]):
        complaints.append("threads: gdb %s, we %s" % (sorted(theirs), sorted(ours["threads"])))
    for tid in sorted(set(theirs) & set(ours["threads"])):
        complaints += compare_frames(tid, theirs[tid]["frames"], ours["threads"][tid])
    return complaints


def thread_with(gdb, function):
    """The only thread on whose stack, by gdb's word, the function stands; None: none, or several."""
    found = [thread["tid"] for thread in gdb["threads"]
             if any(skeleton(frame["name"] or "?")[-1:] == [function] for frame in thread["frames"])]
    return found[0] if len(found) == 1 else None


def is_prefix(whole, part, unnamed=()):
    """Whether nothing in part (frames) is said otherwise than in whole. Of modules in `unnamed` (ranges of addresses)
    no name may be told at all, so that inlined frames are missing there."""
    complaints = []
    whole = [f for f in whole if not (f["inlined"] and any(start <= f["pc"] < end for start, end in unnamed))]
    if len(part) > len(whole):
        complaints.append("%d frames where there are %d" % (len(part), len(whole)))
    for full, cut in zip(whole, part):
        blind = any(start <= cut["pc"] < end for start, end in unnamed)
        if cut["pc"] != full["pc"]:
            complaints.append("other pc: %s, not %s" % (show(cut), show(full)))
        elif blind and (cut["raw"] or cut["line"]):
            complaints.append("named out of a file that is another build: " + show(cut))
        elif not blind and cut != full:
            complaints.append("%s, not %s" % (show(cut), show(full)))
    return complaints
