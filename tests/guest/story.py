#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""story.py REPORT.json FIRST SECOND: whether a report tells the story of two hogs in cgroups FIRST and SECOND that sat
on the two siblings of one core while another core was idle, and then on two cores.

REPORT.json is what `smtscope report RECORDING --format json` printed. Prints what is wrong; exit status 0: nothing."""

import json
import sys
from pathlib import Path

# Of a phase, or of a hog's CPU time. An emulated guest has other things to do as well.
MOSTLY = 0.7
# Of the time together, in which the other core was surely idle.
OFTEN = 0.5
# Of both hogs' time: phases that are neither the one nor the other, such as the moment between.
BETWEEN = 0.15
LEAST_SECONDS = 5


def entity(phase, name):
    return next((e for e in phase["entities"] if (e["cgroup"] or e["name"]).strip("/") == name), None)


def class_share(who, column):
    seconds = {key: value or 0 for key, value in who["oncpu_seconds"].items()}
    busy = sum(seconds.values())
    return seconds[column] / busy if busy else 0


def pair_share(phase, first, second):
    """Share of the phase in which these two sat beside each other."""
    ids = sorted((first["id"], second["id"]))
    seconds = sum(p["seconds"] for p in phase["pairs"] if sorted((p["a"], p["b"])) == ids)
    return seconds / phase["seconds"]


def core_share(phase, state):
    """Of the core with the most of that state."""
    def share(core):
        seconds = {key: value or 0 for key, value in core["seconds"].items()}
        return seconds[state] / sum(seconds.values())
    return max(map(share, phase["cores"]), default=0)


def kind_of(phase, names):
    """together, apart or other."""
    both = [entity(phase, name) for name in names]
    if None in both:
        return "other"
    if pair_share(phase, *both) >= MOSTLY and core_share(phase, "all_busy") >= MOSTLY:
        return "together"
    return "apart" if all(class_share(who, "sibling_idle") >= MOSTLY for who in both) else "other"


def check(report, names):
    problems = []
    kinds = [kind_of(phase, names) for phase in report["phases"]]
    lengths = {kind: sum(p["seconds"] for p, k in zip(report["phases"], kinds) if k == kind)
               for kind in ("together", "apart", "other")}
    told = [kind for kind, before in zip(kinds, [None, *kinds]) if kind != before and kind != "other"]
    if told != ["together", "apart"]:
        problems.append(f"phases are {', '.join(kinds) or 'none'}, not first together, then apart")
    for kind in ("together", "apart"):
        if lengths[kind] < LEAST_SECONDS:
            problems.append(f"{lengths[kind]:.1f} s {kind}")
    if lengths["other"] > BETWEEN * report["measured_seconds"]:
        problems.append(f"{lengths['other']:.1f} s of {report['measured_seconds']:.1f} s are neither together nor apart")
    idle = {kind: sum(p["shared_while_idle_seconds"] for p, k in zip(report["phases"], kinds) if k == kind)
            for kind in lengths}
    if idle["together"] < OFTEN * lengths["together"]:
        problems.append(f"together for {lengths['together']:.1f} s, but only {idle['together']:.1f} s beside an idle core")
    if idle["apart"] > 0.1 * lengths["apart"]:
        problems.append(f"apart for {lengths['apart']:.1f} s, but {idle['apart']:.1f} s shared beside an idle core")
    headline = report["verdict"][0]
    if headline["rule"] != "shared_while_idle":
        problems.append(f"the headline is {headline['rule']}: {headline['text']}")
    for word in (*names, " beside ", "on one core while another core was idle", "Then they ran on different cores"):
        if word not in headline["text"]:
            problems.append(f"the headline does not say '{word}': {headline['text']}")
    # No more is claimed than was so.
    if report["shared_while_idle_seconds"] > lengths["together"] + lengths["other"] + 0.1 * lengths["apart"]:
        problems.append(f"{report['shared_while_idle_seconds']:.1f} s shared is more than there was")
    if any(line["rule"] in ("calm", "no_siblings") for line in report["verdict"]):
        problems.append("the verdict says that nothing was wrong")
    return problems


def main():
    if len(sys.argv) != 4:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    problems = check(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:])
    print("\n".join(problems) or "the report tells the story")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
