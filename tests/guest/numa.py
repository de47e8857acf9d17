# SPDX-License-Identifier: Apache-2.0
"""Memory on the node of the CPU and on another one: what each source says of it, against what the load did."""

import json

MIB = 64
# NAME, kernel.numa_balancing, arguments of `load numa`; CPU 0 is of node 0.
PHASES = [
    ("numa_local", 0, f"0 0 {MIB}"),
    ("numa_remote", 0, f"0 1 {MIB}"),
    ("numa_hints", 1, f"0 1 {MIB} --migratable"),
]
# Others allocate too, and libraries of the load are where the first program that used them ran.
SHARE_LIMIT = 0.1


def plan():
    return [f"numa {name} {balancing} {load}" for name, balancing, load in PHASES]


def points(folder, name):
    """metric -> locality -> (number, source)."""
    found = {}
    for line in (folder / f"{name}.points").read_text().splitlines():
        point = json.loads(line)
        if ".numa." not in point["metric"]:
            continue
        at = point["metric"], point["attributes"].get("smtscope.entity.name")
        found.setdefault(at, {})[point["attributes"]["smtscope.numa.locality"]] = point
    return found


def check(checker):
    for name, balancing, _ in PHASES:
        stat = checker.read(name)
        if stat is not None:
            checker.by_contract(name, check_one, checker, name, balancing, stat)


def share(local, remote):
    return remote / (local + remote) if local + remote else 0


def check_one(checker, name, balancing, stat):
    left = [entity for entity in stat["entities"] if entity["name"].endswith("left")]
    if not checker.expect(len(left) == 1, name, f"{len(left)} entities are the load"):
        return
    found = points(checker.folder, name)
    print(f"  {name}: {measured(found)}", flush=True)
    if name != "numa_hints":  # there the kernel brings the memory over meanwhile
        allocations = found["smtscope.node.numa.allocations", None]
        near(checker, name, allocations, "delta", "sw_alloc")
        taken = json.loads((checker.folder / f"{name}.1.json").read_text())["rounds"]
        checker.expect(taken > 0, name, "the load took no pages")
    resident(checker, name, left[0], found)
    hints(checker, name, balancing, found, stat, left[0])


def measured(found):
    def number(point):
        return point.get("delta", point.get("value"))
    return "; ".join(f"{metric.removeprefix('smtscope.')} {entity or ''} {by['local']['source']} "
                     f"local {number(by['local']):.0f} remote {number(by['remote']):.0f}"
                     for (metric, entity), by in sorted(found.items(), key=str)
                     if entity is None or entity.endswith("left"))


def near(checker, name, by, field, source):
    """Local, or remote, is what the load did; the rest is little."""
    local, remote = by["local"][field], by["remote"][field]
    wrong = share(local, remote) if name == "numa_local" else share(remote, local)
    checker.expect(local + remote > 0 and wrong <= SHARE_LIMIT, name, f"{source}: local {local}, remote {remote}")
    checker.expect({by["local"]["source"], by["remote"]["source"]} == {source}, name, f"source of {by}")


def resident(checker, name, left, found):
    """What JSON and points say of the load's memory: the same, and on the node where it was put."""
    if checker.row["kernel"] == "5.10":  # memory.numa_stat of cgroup v2 came with 5.11
        checker.expect(left["numa"] is None and left["why"]["numa"] == "unsupported", name, f"numa {left['numa']}")
        return
    by = [by for (metric, entity), by in found.items() if metric.endswith("resident") and entity == left["name"]]
    if not checker.expect(len(by) == 1 and left["numa"], name, f"resident {by}, numa {left['numa']} {left.get('why')}"):
        return
    told = left["numa"][0]
    checker.expect((told["source"], told["unit"]) == ("sw_placement", "By"), name, f"numa {told}")
    checker.expect([told["local"], told["remote"]] == [by[0][at]["value"] for at in ("local", "remote")], name,
                   f"{told} and {by[0]} differ")
    # It gives its memory back and takes it anew, round after round.
    checker.expect(told["local"] + told["remote"] >= 0.5 * (MIB << 20), name, f"{MIB} MiB resident: {told}")
    if name != "numa_hints":
        near(checker, name, by[0], "value", "sw_placement")


def hints(checker, name, balancing, found, stat, left):
    """Only with balancing; without it there is nothing, and not 0."""
    by = found.get(("smtscope.node.numa.hint_faults", None))
    offered = not any("no kernel.numa_balancing" in item["reason"] for item in stat["not_measured"])
    if not balancing or not offered:
        checker.expect(by is None, name, f"hint faults with balancing off: {by}")
        said = [item for item in stat["not_measured"] if item["what"] == "NUMA hint faults"]
        checker.expect(len(said) == 1, name, f"not_measured does not say why: {stat['not_measured']}")
        return
    # The kernel scans in its own time, 1 to 60 s: none in this window is a count too. That it did scan shows where the
    # memory is: it was put on the other node, and is here now.
    checker.expect(by is not None, name, "no hint faults with balancing on")
    if checker.row["kernel"] != "5.10" and left["numa"]:
        told = left["numa"][0]
        checker.expect(told["local"] > told["remote"], name, f"balancing left the memory where it was: {told}")
