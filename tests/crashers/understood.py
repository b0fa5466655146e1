"""Compares the object of `qntriage core --format json` with expect.py."""
import re

NUMBERS = {"SIGILL": 4, "SIGTRAP": 5, "SIGABRT": 6, "SIGBUS": 7, "SIGFPE": 8, "SIGSEGV": 11}


def pools_sum(told):
    sums = [0, 0, 0]
    for pool in told["pools"]:
        threads = pool["threads"]
        sums[0] += threads["idle"]
        sums[1] += threads["running"] + threads["between"]
        sums[2] += threads["blocked"]
    return tuple(sums)


def crashed_threads(told):
    return [tid for group in told["groups"] if group["crashed"] for tid in group["threads"]]


def compare(told, wanted, crashed, tids, from_text=False):
    """crashed: the tid that crashed, by gdb's word; tids: all. Of a text what only memory tells is not asked."""
    complaints = []

    def expect(what, condition, *keys):
        if not condition:
            complaints.append("%s: wanted is %r" % (what, {key: wanted.get(key) for key in keys} if keys else None))

    everybody = [tid for group in told["groups"] for tid in group["threads"]]
    if sorted(everybody) != sorted(tids):
        complaints.append("groups hold threads %s, there are %s" % (sorted(everybody), sorted(tids)))
    for group in told["groups"]:
        if group["count"] != len(group["threads"]):
            complaints.append("a group counts %d and names %d" % (group["count"], len(group["threads"])))
    if not from_text:
        expect("signal %s" % told["signal"], NUMBERS.get(told["signal"]) == wanted["signal"], "signal")
        expect("crashed thread %s, by gdb's word %s" % (crashed_threads(told), crashed),
               crashed_threads(told) == ([crashed] if crashed else []))
        expect("crashed group is not the first", not crashed or told["groups"][0]["crashed"])
        if "fault" in wanted:
            expect("reason %r" % told["reason"], re.search(wanted["fault"], told["reason"] or ""),
                   "fault")
        if "message" in wanted:
            expect("message %r, reason %r" % (told["message"], told["reason"]),
                   wanted["message"] in (told["message"] or "") + (told["reason"] or ""), "message")
        if "exception" in wanted:
            expect("exception %r" % told["exception"], told["exception"] == wanted["exception"], "exception")
        if "key" in wanted:
            expect("title %r" % told["title"], wanted["key"] in (told["title"] or ""), "key")
        cycles = [len(cycle) for cycle in told["locks"]["cycles"]]
        expect("cycles %s" % cycles, cycles == ([wanted["cycle"]] if wanted["cycle"] else []), "cycle")
    if wanted.get("pools"):
        expect("workers %s" % (pools_sum(told),), pools_sum(told) == wanted["pools"], "pools")
    verdicts = [pool["verdict"] for pool in told["pools"]]
    if wanted.get("verdict"):
        expect("verdicts %s" % verdicts, wanted["verdict"] in verdicts, "verdict")
        expect("verdicts %s" % verdicts, set(verdicts) <= {wanted["verdict"], "ok", "unknown"}, "verdict")
    if "task" in wanted:
        expect("tasks", any(wanted["task"] in ((group["executor"] or {}).get("task") or "")
                            for group in told["groups"]), "task")
    return complaints


def meaning(told):
    """What a core and the text dumps of it must have in common."""
    groups = sorted((group["count"], sorted(group["threads"]), group["state"],
                     (group["executor"] or {}).get("kind")) for group in told["groups"])
    # several pools of a kind are one where only memory tells them apart
    return {"groups": groups, "pools": pools_sum(told),
            "verdicts": sorted({p["verdict"] for p in told["pools"]})}
