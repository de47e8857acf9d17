# SPDX-License-Identifier: Apache-2.0
"""CPUs that go offline and come back while `smtscope stat --interval` measures: what its objects have to say."""

# cgroup, load, CPUs kept busy: on the core that loses a sibling.
LOAD = ("left", "hogs 0", [0])
# Taking CPUs on- and offline is work of the kernel, on any of them.
OTHERS_LIMIT = 1
UNSEEN_LIMIT = 0.1
STATES = ("idle", "single", "partial", "all_busy")


def without(cores, cpus):
    """The cores that are left, without these CPUs."""
    left = [[cpu for cpu in core if cpu not in cpus] for core in cores]
    return [core for core in left if core]


def layouts(cores, steps):
    """The cores at the start and after each step of the guest ("off 1", "on 1", "smt off", "smt on")."""
    result, second = [cores], {cpu for core in cores for cpu in core[1:]}
    for what, which in (step.split() for step in steps):
        if what == "smt":
            result.append(without(cores, second) if which == "off" else cores)
        else:
            result.append(without(cores, {int(which)}) if what == "off" else cores)
    return result


def layout(stat):
    return sorted(sorted(core["cpus"]) for core in stat["cores"])


def explained(cores, wanted, seen):
    """Whether the layouts seen, one after the other, are those wanted; CPUs may come and go one by one in between."""
    def cpus(one):
        return {cpu for core in one for cpu in core}
    at = 0
    for one in seen:
        if one == wanted[at]:
            continue
        if at + 1 == len(wanted):
            return False
        if one == wanted[at + 1]:
            at += 1
            continue
        here, there = cpus(wanted[at]), cpus(wanted[at + 1])
        if not (here & there <= cpus(one) <= here | there) or one != without(cores, cpus(cores) - cpus(one)):
            return False
    return at + 1 == len(wanted)


def check(checker):
    stats = checker.read_lines("hotplug")
    if stats is None:
        return
    steps = (checker.folder / "hotplug.steps").read_text().splitlines()
    expected = layouts(checker.cores, steps)
    got = [layout(stat) for stat in stats]
    if not checker.expect(explained(checker.cores, expected, got), "hotplug",
                          f"cores {got}, expected {expected} after {steps}"):
        return
    checker.expect(len(steps) >= 2, "hotplug", f"steps {steps}")
    checker.lasted("hotplug", [LOAD], stats[0]["start_ns"], stats[-1]["end_ns"])
    quiet = 0
    for number, stat in enumerate(stats):
        where, before = f"hotplug object {number}", stats[number - 1] if number else None
        if before is None or got[number] == got[number - 1]:
            quiet += 1
            checker.truth(where, [LOAD], with_losses_of(before, stat), got[number], OTHERS_LIMIT)
        else:
            checker.lost(where, stat)
        if before:
            follows(checker, where, before, stat)
    # The guest waits for two objects after each step; CPUs that come and go slowly change both.
    checker.expect(quiet > len(steps) / 2, "hotplug", f"{quiet} objects without a change for {len(steps)} steps")


def with_losses_of(before, stat):
    """What was given up at the end of one interval is unknown in the next."""
    if before is None:
        return stat
    lost = {**stat["lost"], "contended": stat["lost"]["contended"] + before["lost"]["contended"]}
    return {**stat, "lost": lost}


def follows(checker, where, before, stat):
    """One object after the other: only what changed is unknown."""
    generations = before["topology"]["generation"], stat["topology"]["generation"]
    changed = layout(before) != layout(stat)
    checker.expect(generations[0] < generations[1] if changed else generations[0] == generations[1], where,
                   f"generation {generations[1]} after {generations[0]}")
    old = {core["id"]: core for core in before["cores"]}
    if changed:
        entities(checker, where, stat)
    for core in stat["cores"]:
        name, was = f"{where}: core {core['id']}", old.get(core["id"])
        if was:
            checker.expect(core["start_ns"] == was["end_ns"], name, "does not begin where the one before ended")
        if was and was["cpus"] == core["cpus"]:
            checker.core_sum(where, core, with_losses_of(before, stat))
            checker.expect("changed" not in core["why"].values(), name, f"did not change: {core['why']}")
        else:
            changed_core(checker, name, core)
    notes = [note for note in stat["notes"] if "its CPUs changed" in note]
    ids = {core["id"] for core in stat["cores"] if "changed" in core["why"].values()} | (
        set(old) - {core["id"] for core in stat["cores"]})
    checker.expect(len(notes) == len(ids), where, f"notes {notes}, but the cores that changed are {sorted(ids)}")


def entities(checker, where, stat):
    """What ran on a core whose CPUs changed is as unknown as its states, but for the time after the change was seen."""
    ran = sum(value or 0 for entity in stat["entities"] for value in entity["oncpu_seconds"].values())
    known = sum(k * s for core in stat["cores"] for k, s in enumerate(core["busy_siblings"] or []))
    limit = UNSEEN_LIMIT * stat["window_seconds"] * stat["topology"]["cpus"]
    checker.expect(known - 1e-5 <= ran <= known + limit, where,
                   f"entities ran for {ran:.6f} s, cores that did not change were busy for {known:.6f} s")


def changed_core(checker, name, core):
    seconds, window = core["seconds"], (core["end_ns"] - core["start_ns"]) / 1e9
    for state in STATES:
        checker.expect(seconds[state] is None and core["why"].get(f"seconds.{state}") == "changed", name,
                       f"{state} is {seconds[state]} because {core['why'].get(f'seconds.{state}')}")
    checker.expect(core["busy_siblings"] is None, name, "busy_siblings is not null")
    checker.expect(abs(seconds["unknown"] - window) <= 1e-6 * window, name,
                   f"unknown for {seconds['unknown']} of {window} s")
