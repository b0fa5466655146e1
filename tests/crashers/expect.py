"""What must be understood of each way to die, reasoned from the program's source (deaths.cpp, hangs.cpp, retrieve.cpp) and
from signal(7), never copied from an output.

  signal      that the process died of
  crashed     name of a function that stands on the crashed thread's stack and on no other one; None: nobody crashed, the
              process was put an end to from outside
  key         a word that the failure's title must hold
  fault       regular expression that the reason must match
  message     text that the message or the reason must hold; exception: its type
  pools       sorted (idle, running, blocked) of all pools' workers together, the pools of one kind being one where
              nothing tells them apart: their sum is compared
  verdict     that one of the pools must have; verdicts that none may have are the others but ok and unknown
  cycle       how many threads wait for each other in a ring; 0: no ring may be told
"""

SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV = 6, 7, 8, 4, 11

# In one pool of two and another one of three a single task dies: four idle workers.
TASK = {"pools": (4, 1, 0), "verdict": "ok", "cycle": 0}


def task(signal, crashed, **more):
    return {"signal": signal, "crashed": crashed, **TASK, **more}


def hang(pools, verdict, cycle=0, **more):
    return {"signal": SIGABRT, "crashed": None, "pools": pools, "verdict": verdict, "cycle": cycle, **more}


WAYS = {
    "null": task(SIGSEGV, "read_null_column", key="read_null_column", fault=r"null \+ 0x20"),
    "free": task(SIGSEGV, "read_freed_chunk", key="read_freed_chunk", fault=r"not mapped"),
    "noexcept": task(SIGABRT, "load_schema", key="throw_bad_schema", message="field not found: vector",
                     exception="std::runtime_error"),
    "uncaught": {"signal": SIGABRT, "crashed": "throw_bad_schema", "key": "throw_bad_schema", "cycle": 0,
                 "message": "field not found: uncaught", "exception": "std::runtime_error"},
    "rethrown": task(SIGABRT, "give_up", message="field not found: rethrown", exception="std::runtime_error"),
    "pure": task(SIGABRT, "build_index", key="prepare", fault=r"pure virtual|SIGABRT"),
    "twice": task(SIGABRT, "free_twice", key="free_twice", message="double free detected"),
    "overflow": task(SIGSEGV, "visit_plan", key="visit_plan", fault=r"stack overflow"),
    "overflow-mutual": task(SIGSEGV, "visit_and", key="visit_", fault=r"stack overflow"),
    "bus": task(SIGBUS, "read_truncated_mapping", key="read_truncated_mapping", fault=r"truncated"),
    "assert": task(SIGABRT, "check_rows", key="check_rows", message="rows must be positive"),
    "divide": task(SIGFPE, "divide_rows", key="divide_rows", fault=r"division by zero"),
    "trap": task(SIGILL, "reach_unreachable", key="reach_unreachable", fault=r"trap|ud2|[Ii]llegal"),
    "non-canonical": task(SIGSEGV, "read_non_canonical", key="read_non_canonical", fault=r"non-canonical"),
    "call-null": task(SIGSEGV, "call_function", key="call_function", fault=r"null"),
    "nowhere": task(SIGSEGV, "call_function", key="call_function", fault=r"not mapped"),
    "no-exec": task(SIGSEGV, "call_function", key="call_function", fault=r"execut"),
    "write-constant": task(SIGSEGV, "write_constant", key="write_constant", fault=r"write to read-only"),
    # The handler raised the signal again; that it was there for the first time is on the stack.
    "altstack": task(SIGSEGV, "read_null_column", key="read_null_column"),
    "altstack-overflow": task(SIGSEGV, "visit_plan", key="visit_plan"),
    # The handler sent it to the process, and the kernel gave it to the first thread: the one that crashed is another.
    "glog": task(SIGSEGV, "read_null_column", key="read_null_column"),
    "handler": task(SIGSEGV, "broken_signal_handler", key="read_null_column", fault=r"null \+ 0x20"),
    "main-null": {"signal": SIGSEGV, "crashed": "main_null", "key": "read_null_column", "pools": (4, 0, 0),
                  "verdict": "ok", "cycle": 0, "fault": r"null \+ 0x20"},
    "main-abort": {"signal": SIGABRT, "crashed": "main_abort", "key": "main_abort", "cycle": 0},
    "abort-at-exit": {"signal": SIGABRT, "crashed": "__run_exit_handlers", "key": "Watch", "cycle": 0},
    "retrieve": {"signal": SIGSEGV, "crashed": "bulk_subscript", "key": "bulk_subscript", "pools": (1, 1, 0),
                 "verdict": "ok", "cycle": 0, "fault": r"null \+ 0x20", "task": "AsyncRetrieve"},
    "parked": {"signal": SIGSEGV, "crashed": "bulk_subscript", "key": "bulk_subscript", "pools": (3, 1, 0),
               "verdict": "ok", "cycle": 0, "fault": r"null \+ 0x20"},
    "two-locks": hang((1, 0, 2), "ok", 2),
    "three-locks": hang((1, 0, 3), "ok", 3),
    "recursive": hang((1, 0, 2), "ok", 2),
    # Its word names no owner, and DWARF-less stacks no holder: that two wait is all that memory tells.
    "shared-mutex": hang((1, 0, 2), "ok"),
    # One holds the lock and waits for something else: that makes no ring.
    "rwlock": hang((0, 0, 3), "exhausted"),
    "self-lock": hang((0, 0, 1), None, 1),
    "starved": hang((0, 0, 4), "starved"),
    "exhausted": hang((0, 0, 3), "exhausted"),
    "self-join": hang((0, 0, 1), "shutting-down"),
    "destroyed": hang((0, 0, 1), "shutting-down"),
    "exit": hang((0, 0, 1), "shutting-down"),
    # main waits for the end of a thread that waits for a lock of main's.
    "join": hang(None, None, 2),
}
# The program lives on after it: no core.
LIVES = ["escaped"]

# What clang's code makes look different: tail calls, merged lines, no thrower left on the stack.
CLANG = ["null", "noexcept", "uncaught", "rethrown", "pure", "twice", "overflow", "overflow-mutual", "assert", "call-null",
         "glog", "handler", "retrieve", "two-locks", "shared-mutex", "starved", "destroyed", "exit"]
# Variants other than the plain ones are tried with these: an abort with an exception, a long chain of inlines, a
# ring of locks.
SAMPLE = ["noexcept", "retrieve", "two-locks"]
VARIANTS = ["gcc+fp", "gcc+split", "gcc+gz", "gcc+noaranges", "gcc+static", "gcc+debuglink", "gcc+buildid", "gcc+symtab",
            "gcc+stripped", "clang+buildid", "clang+symtab", "clang+stripped"]
# Of these gdb's and eu-stack's texts are read as well.
TEXTS = ["noexcept", "retrieve", "two-locks", "shared-mutex", "starved", "exhausted", "self-join", "destroyed", "exit"]
