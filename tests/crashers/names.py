"""Whether gdb and we name the same function at the same place.

What is made equal before names are compared, and why it hides no wrong function:

  linkage names     when both have one (_Z...), they are compared as they are, apart from
                    - clone suffixes (.isra.0, .constprop.1, .cold, .part.2, .lto_priv.0): DWARF gives the function's own
                      name, the symbol table that of the piece of it that gcc cut out;
                    - C1/C2/C4 and D0/D1/D2/D4, the variants of one constructor or destructor: DWARF names the abstract
                      one, the symbol table those that were emitted.
  readable names    when one has no linkage name (functions in an unnamed namespace and lambdas of gcc have none in
                    DWARF): arguments, template arguments, return types and qualifiers after the arguments are left
                    out, since gdb composes them from DWARF in a spelling of its own ("struct {...} &&", "int" for
                    "long int"). What is left, a path of names, must agree from its end on: gdb says `operator()` for a
                    lambda's call where we have `AsyncRetrieve::{lambda}::operator()`. File, line and pc are compared
                    as well, and they tell lambdas apart.
  names of libc     __GI_raise, raise, _IO_puts, puts, __libc_start_main_impl: aliases at one address, of which
                    DWARF and the symbol table know different ones. Leading underscores, GI_, _IO_, new_, _impl and
                    symbol versions are left out, and only of names in C.
  signal frames     gdb prints <signal handler called>; it is __restore_rt.
"""
import os
import re

CLONE = re.compile(r"\.(isra|constprop|part|cold|lto_priv|llvm|localalias)(\.\d+)*(?=\.|$)")
STRUCTOR = re.compile(r"([CD])[0-5](?=E|I)")
LIBC = re.compile(r"^(_*GI_+|_*IO_new_|_*IO_|__new_|_+)+")
SIGNAL_FRAMES = {"__restore_rt", "__kernel_rt_sigreturn", ""}


def skeleton(name):
    """A readable name's path: [name, name, ...]."""
    name = re.sub(r" ?\[(clone|abi:)[^]]*\]", "", name)
    name = re.sub(r" ?\(\.[a-z_.0-9]+\)$", "", name)
    name = name.replace("(anonymous namespace)", "anonymous").replace("{anonymous}", "anonymous")
    name = name.replace("operator()", "operator_call").replace("operator->", "operator_arrow")
    name = re.sub(r"operator(<<|<=|<|>>|>=|>)", lambda m: "operator_" + str([ord(c) for c in m[1]]), name)
    kept, depth, i = [], 0, 0
    while i < len(name):
        c = name[i]
        if depth == 0 and re.match(r"<lambda|\{lambda|\{unnamed|\$_\d|'lambda", name[i:]):
            kept.append("lambda")
            if c in "<{":
                depth += 1
            else:
                i += len(re.match(r"\$_\d+|'lambda\d*'", name[i:])[0]) - 1
        elif c in "<({[":
            depth += 1
        elif c in ">)}]":
            depth = max(0, depth - (not (c == ">" and name[i - 1:i] == "-")))
        elif depth == 0:
            kept.append(c)
        i += 1
    text = "".join(kept)
    text = re.sub(r"( const| volatile| noexcept| &&?|&&?|\*)+\s*$", "", text.strip())
    text = text.split(" ")[-1] if "operator" not in text else re.sub(r"^.* (?=\S*operator)", "", text)
    return [part for part in text.strip("*& ").split("::") if part]


def mangled(name):
    return STRUCTOR.sub(r"\1?", CLONE.sub("", name))


def c_name(name):
    name = CLONE.sub("", name.split("@")[0])
    name = re.sub(r"(_impl|_alias_\d)$", "", name)
    return LIBC.sub("", name) or name


def same_name(gdb, ours):
    """gdb: a frame of ask_gdb.py; ours: dict with raw and name."""
    if gdb["signal"]:
        return ours["raw"] in SIGNAL_FRAMES
    if gdb["name"] is None:
        return ours["raw"] == ""
    linkage = gdb["linkage"] or ""
    if linkage.startswith("_Z") and ours["raw"].startswith("_Z"):
        return mangled(linkage) == mangled(ours["raw"])
    a, b = skeleton(gdb["name"]), skeleton(ours["name"])
    if len(a) == 1 and len(b) == 1 and c_name(a[0]) == c_name(b[0]):
        return True
    a, b = ([part for part in path if part not in ("anonymous",)] for path in (a, b))
    shorter = min(len(a), len(b))
    return shorter > 0 and a[-shorter:] == b[-shorter:]


def same_place(gdb, ours):
    """The same file and line, the folder aside: compilers and we join it to the name each in an own way."""
    if gdb["signal"]:
        return True
    return (os.path.basename(gdb["file"] or "") == os.path.basename(ours["file"])
            and gdb["line"] == ours["line"])


def same_frame(gdb, ours):
    return (gdb["pc"] == ours["pc"] and gdb["inlined"] == ours["inlined"]
            and same_name(gdb, ours) and same_place(gdb, ours))


def show(frame):
    where = "%s:%s" % (os.path.basename(frame["file"] or "?"), frame["line"])
    return "%x %s %s%s" % (frame["pc"], (frame.get("raw") or frame["name"] or "??")[:150], where,
                           " inlined" if frame["inlined"] else "")
