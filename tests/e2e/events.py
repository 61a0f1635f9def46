"""events.py FILE EXPRESSION: what a Python expression about an event stream comes to.

The expression may use `events`, all of them; `starts` and `ends`, those of programs; `denied`; `last`, the end of the
cage; `named(PROGRAM)`, the starts of programs whose path ends so; `end_of(START)`, its end; `args(EVENT)`, its
arguments as bytes; `said(FILE)`, whether FILE has what tests/data/trace/say.c printed of these very programs;
`broken()`, what is wrong with the stream as a whole.
"""

import base64
import json
import sys

with open(sys.argv[1], encoding="utf-8") as stream:
    events = [json.loads(line) for line in stream]
starts = [e for e in events if e["type"] == "start"]
ends = [e for e in events if e["type"] == "exec"]
denied = [e for e in events if e["type"] == "denied"]
last = events[-1]
SAME = ("pid", "parent", "program", "cwd")


def text(value):
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    return (value or "").encode()


def args(event):
    return [text(word) for word in event["argv"]]


def named(program):
    return [e for e in starts if text(e["program"]).endswith(program.encode())]


def end_of(start):
    same = [e for e in ends if e["n"] > start["n"] and e["start"] == start["t"]
            and all(e[key] == start[key] for key in SAME)]
    return same[0] if same else {}


def said(path):
    with open(path, encoding="utf-8") as lines:
        told = [f"{e['pid']} {e['program']} {e['argv'][1]}\n" for e in named("/p0") + named("/p1")]
        return sorted(lines) == sorted(told)


def broken():
    wrong = []
    if [e["n"] for e in events] != list(range(1, len(events) + 1)):
        wrong.append("numbers have gaps")
    if [e["t"] for e in events] != sorted(e["t"] for e in events):
        wrong.append("times go back")
    if last["type"] != "end" or last["execs"] != len(starts) or last["denied"] < len(denied):
        wrong.append("the end does not add up")
    running = {}
    for e in events:
        if e["type"] == "start":
            if e["pid"] in running:
                wrong.append(f"two programs in one process: {e}")
            running[e["pid"]] = e
        elif e["type"] == "exec":
            begun = running.pop(e["pid"], None)
            if not begun or any(begun[key] != e[key] for key in SAME) or begun["t"] != e["start"]:
                wrong.append(f"an end without its start: {e}")
            if len({"exit", "signal", "replaced"} & e.keys()) != 1:
                wrong.append(f"no one way to end: {e}")
    wrong += [f"no end: {e}" for e in running.values()]
    return wrong[:3]


value = eval(sys.argv[2])  # of a test's own
print(value if isinstance(value, str) else json.dumps(value))
