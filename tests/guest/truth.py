# SPDX-License-Identifier: Apache-2.0
"""Which loads a guest of a topology gets, and what smtscope has to say about them."""

import json
from pathlib import Path

import hotplug
import numa
import recorded

# CPUs of each core, as QEMU lays them out (boot.sh).
TOPOLOGIES = {
    "smp1": [[0]],
    "nosmt": [[0], [1]],
    "smt": [[0, 1]],
    "smt4": [[0, 1], [2, 3]],
    "smt4x1": [[0, 1, 2, 3]],
    "numa": [[0, 1], [2, 3], [4, 5], [6, 7]],
}

SECONDS = 5
# Shares of the window. What is not a load (the kernel, init, stat itself) takes time from what is expected, and
# stat says how much: no other tolerance is needed. It must be small for the expectation to mean anything.
OTHERS_LIMIT = 0.15
SUM_TOLERANCE = 1e-6
ENTITY_TOLERANCE = 1e-5
UNKNOWN_LIMIT = 1e-4
# With updates given up, whatever they cost; of a window of SECONDS, for each two siblings that can be in each other's
# way.
GIVEN_UP_LIMIT = 1e-2
# The counters of what was lost are read so long after the window was cut.
SKEW_SECONDS = 0.02
AUDIT_LIMIT = 2e-2


def unknown_allowed(stat, window):
    """Seconds of `window` that may be unknown. The queue variant gives an update up when the holder of a core's state
    is a stalled CPU, which an emulated one can be, and books what it no longer knows: as much as it says, and only
    if it says so."""
    lost, allowed = stat["lost"], UNKNOWN_LIMIT * window
    if lost["variant"] != "queue" or not lost["contended"] or lost["switches"] > lost["contended"]:
        return allowed
    return min(allowed + lost["seconds"] + SKEW_SECONDS, most_given_up(stat, window))


def most_given_up(stat, window):
    return GIVEN_UP_LIMIT * sibling_pairs([core["cpus"] for core in stat["cores"]]) * max(window, SECONDS)


def sibling_pairs(cores):
    siblings = max(map(len, cores))
    return max(1, siblings * (siblings - 1) // 2)


def seconds_of(entity, but=()):
    return sum(value or 0 for key, value in entity["oncpu_seconds"].items() if key not in but)


def in_cgroup(entity, names):
    return (entity["cgroup"] or "").removeprefix("/") in names


def phases(topology):
    """name -> list of (cgroup, load arguments, CPUs kept busy)."""
    cores = TOPOLOGIES[topology]
    result = {"none": [("left", "none", [])], "one": [("left", "hogs 0", [0])]}
    if len(cores[0]) > 1:
        result["one_core"] = [("left", "hogs 0", [0]), ("right", "hogs 1", [1])]
        result["one_core_same"] = [("left", "hogs 0,1", [0, 1])]
    if len(cores) > 1:
        a, b = cores[0][0], cores[1][0]
        result["two_cores"] = [("left", f"hogs {a}", [a]), ("right", f"hogs {b}", [b])]
    cpus = [cpu for core in cores for cpu in core][:2]
    result["pingpong"] = [("left", f"pingpong {','.join(map(str, cpus))}", cpus)]
    result["mixed"] = [("left", "mixed", None), ("right", "mixed", None)]
    return result


def plan(topology):
    """The lines that payload/run.sh reads: phases, the load of the audit, and the CPU to take offline while stat
    measures."""
    lines = [";".join([name] + [f"{cgroup} {load}" for cgroup, load, _ in loads])
             for name, loads in phases(topology).items()]
    lines.append("audit;left mixed")
    cpus = sorted(cpu for core in TOPOLOGIES[topology] for cpu in core)
    if len(cpus) > 1:
        lines.append(f"hotplug {cpus[1]};" + " ".join(hotplug.LOAD[:2]))
    if topology == "numa":
        lines += numa.plan()
    if topology == "smt4":
        lines.append(f"story {recorded.SECONDS}")
    return "".join(line + "\n" for line in lines)


class Checker:
    """Collects what is wrong with the output of one row."""

    def __init__(self, row, folder, program=None):
        self.row, self.folder, self.problems = row, Path(folder), []
        self.program = program  # smtscope of this machine, which may be of another architecture than the guest
        self.disturbances = []  # those problems that say that something else than the loads ran
        self.cores = TOPOLOGIES[row["topology"]]

    def fail(self, where, text):
        self.problems.append(f"{where}: {text}")

    def expect(self, good, where, text):
        if not good:
            self.fail(where, text)
        return good

    def read(self, name, statuses=("0",)):
        """The one JSON object that a command printed; None after a complaint."""
        lines = self.read_lines(name, statuses)
        if lines is None or not self.expect(len(lines) == 1, name, f"{len(lines)} objects, expected one"):
            return None
        return lines[0]

    def read_lines(self, name, statuses=("0",)):
        try:
            status = (self.folder / f"{name}.status").read_text().strip()
            errors = (self.folder / f"{name}.err").read_text(errors="replace").strip()
            text = (self.folder / f"{name}.json").read_text()
        except OSError as error:
            self.fail(name, f"not run: {error.strerror}")
            return None
        if status not in statuses:
            self.fail(name, f"exit status {status}: {' | '.join(errors.splitlines()[-3:])}")
            return None
        try:
            return [json.loads(line) for line in text.splitlines()]
        except ValueError as error:
            self.fail(name, f"not JSON: {error}")
            return None

    def check(self):
        doctor = self.read("doctor")
        if doctor is not None:
            self.doctor(doctor)
        for name, loads in phases(self.row["topology"]).items():
            stat = self.read(name)
            if stat is not None:
                self.by_contract(name, self.stat, name, loads, stat)
        audit = self.read("audit", ("0", "1"))
        if audit is not None:
            self.by_contract("audit", self.audit, audit)
        if sum(map(len, self.cores)) > 1:
            self.by_contract("hotplug", hotplug.check, self)
        if self.row["topology"] == "numa":
            self.by_contract("numa", numa.check, self)
        if self.row["topology"] == "smt4" and self.program:
            self.by_contract("story", recorded.check, self)
        return self.problems

    def by_contract(self, where, check, *arguments):
        try:
            check(*arguments)
        except (KeyError, TypeError, IndexError) as error:
            self.fail(where, f"not as in the contract: {type(error).__name__} {error}")

    def doctor(self, doctor):
        self.expect(doctor.get("main_job") is True, "doctor", "main_job is not true")
        states = {check["name"]: check for check in doctor.get("checks", [])}
        for wanted in filter(None, self.row["doctor"].strip("-").split(",")):
            name, state = wanted.split("=")
            got = states.get(name)
            if self.expect(got is not None, "doctor", f"no check {name}"):
                self.expect(got["state"] == state, "doctor",
                            f"{name} is {got['state']} ({got.get('reason')}), expected {state}")

    def audit(self, audit):
        """Agrees, or nearly: an emulated CPU may be stopped between the two programs' readings of the clock."""
        self.expect(audit["verdict"] in ("agrees", "differs") and not audit["inconsistencies"], "audit",
                    f"{audit['verdict']}: {audit.get('reason')} {audit['inconsistencies']}")
        self.expect(not audit["log"]["full"] and not audit["log"]["dropped"], "audit", f"log {audit['log']}")
        # What an update that was given up hides is unknown only from the own next switch on.
        share = AUDIT_LIMIT * (sibling_pairs(self.cores) if audit["online"]["contended"] else 1)
        for what in ("states", "pairs", "entities"):
            for number in audit[what]:
                # An entity's numbers are those of all CPUs.
                cpus = 1 if what == "states" else audit["topology"]["cpus"]
                limit = share * audit["window_seconds"] * cpus + number["allowed"]
                self.expect(abs(number["difference"]) <= limit, "audit", f"{what}: {number}")
        self.expect(len(audit["states"]) >= 2 * len(self.cores), "audit", f"states {audit['states']}")

    def stat(self, name, loads, stat):
        self.expect(stat["window_seconds"] >= SECONDS * 0.999, name, f"window of {stat['window_seconds']} s")
        self.lasted(name, loads, stat["start_ns"], stat["end_ns"])
        self.truth(name, loads, stat, self.cores, OTHERS_LIMIT)

    def truth(self, name, loads, stat, expected_cores, others_limit):
        """One result, with the loads in effect all the time."""
        cores = sorted(stat["cores"], key=lambda core: core["cpus"][0])
        got = [sorted(core["cpus"]) for core in cores]
        if not self.expect(got == expected_cores, name, f"cores {got}, expected {expected_cores}"):
            return
        others = self.others(name, loads, stat, others_limit)
        busy_total = all_busy_total = 0
        for core in cores:
            window = self.core_sum(name, core, stat)
            busy_total += sum(k * s for k, s in enumerate(core["busy_siblings"]))
            all_busy_total += core["seconds"]["all_busy"] or 0
            if loads[0][2] is not None:
                self.core_truth(name, core, stat, window, others, {cpu for _, _, cpus in loads for cpu in cpus})
        self.lost(name, stat)
        self.entities(name, loads, stat, busy_total, others)
        if all(len(core) <= 2 for core in got):
            pairs = sum(pair["seconds"] for pair in stat["pairs"])
            self.expect(abs(pairs - all_busy_total) <= SUM_TOLERANCE * stat["window_seconds"], name,
                        f"pairs sum to {pairs:.9f} s, all_busy to {all_busy_total:.9f} s")

    def lasted(self, name, loads, start_ns, end_ns):
        """The loads were in effect from start to end, by their own clock readings."""
        for number in range(1, len(loads) + 1):
            try:
                load = json.loads((self.folder / f"{name}.{number}.json").read_text())
            except (OSError, ValueError):
                self.fail(name, f"load {number} did not run: " +
                          (self.folder / f"{name}.{number}.err").read_text(errors="replace").strip())
                continue
            self.expect(load["start_ns"] <= start_ns and end_ns <= load["end_ns"], name,
                        f"load {number} did not last through the window")

    def core_sum(self, name, core, stat):
        window = (core["end_ns"] - core["start_ns"]) / 1e9
        total = sum(value or 0 for value in core["seconds"].values())
        self.expect(abs(total - window) <= SUM_TOLERANCE * window, name,
                    f"core {core['id']}: states sum to {total:.9f} s, window {window:.9f} s")
        allowed, unknown = unknown_allowed(stat, window), core["seconds"]["unknown"]
        if not self.expect(unknown <= allowed, name,
                           f"core {core['id']}: unknown for {unknown:.6f} s, allowed {allowed:.6f} s: {stat['lost']}") \
                and allowed == most_given_up(stat, window):
            self.disturbances.append(self.problems[-1])
        return window

    def others(self, name, loads, stat, share):
        """Seconds in which anything but the loads ran."""
        cgroups = {cgroup for cgroup, _, _ in loads}
        others = sum(seconds_of(entity) for entity in stat["entities"] if not in_cgroup(entity, cgroups))
        limit = share * stat["window_seconds"] * stat["topology"]["cpus"]
        if not self.expect(others <= limit, name, f"others than the loads ran for {others:.3f} s of {limit:.3f} s"):
            self.disturbances.append(self.problems[-1])
        return others

    def core_truth(self, name, core, stat, window, others, busy_cpus):
        seconds, where, allowed = core["seconds"], f"core {core['id']}", unknown_allowed(stat, window)
        siblings, busy = len(core["cpus"]), len(busy_cpus & set(core["cpus"]))
        for null in (["all_busy"] if siblings == 1 else []) + (["partial"] if siblings <= 2 else []):
            self.expect(seconds[null] is None, name, f"{where}: {null} is not null")
        state = {0: "idle", 1: "single", siblings: "single" if siblings == 1 else "all_busy"}.get(busy, "partial")
        least = window - allowed - (0 if busy == siblings else others)
        self.expect((seconds[state] or 0) >= least, name,
                    f"{where}: {state} for {seconds[state]} s, expected {least:.6f} s or more: {seconds}")
        # A CPU with a hog is never idle, whatever else runs.
        free = core["busy_siblings"][:busy]
        self.expect(sum(free) <= allowed, name, f"{where}: fewer than {busy} busy for {sum(free):.6f} s")

    def lost(self, name, stat):
        lost = stat["lost"]
        self.expect(lost["variant"] == self.row["variant"], name,
                    f"variant {lost['variant']}, expected {self.row['variant']}")
        # The queue gives an update up when its holder is stalled, which an emulated CPU can be.
        limit = (lost["contended"] or 0) if lost["variant"] == "queue" else 0
        self.expect(lost["switches"] is not None and lost["switches"] <= limit, name, f"lost {lost}")
        self.expect(not lost["pairs_dropped"] and not lost["entities_dropped"], name, f"dropped {lost}")

    def entities(self, name, loads, stat, busy_total, others):
        """Each entity once; their time is the siblings' busy time; each load shows with its own time."""
        by_id = {entity["id"]: entity for entity in stat["entities"]}
        self.expect(len(by_id) == len(stat["entities"]), name, "an entity is listed twice")
        for pair in stat["pairs"]:
            if not self.expect(pair["a"] in by_id and pair["b"] in by_id, name, f"pair of unlisted entities {pair}"):
                return
        known = sum(seconds_of(entity, but=["sibling_unknown"]) for entity in stat["entities"])
        tolerance = ENTITY_TOLERANCE * stat["window_seconds"]
        # Of three siblings and more, two may be known to have run beside each other while the core's state is not.
        beside = sum((len(core["cpus"]) - 1) * core["seconds"]["unknown"] for core in stat["cores"]
                     if len(core["cpus"]) > 2)
        self.expect(-tolerance <= known - busy_total <= tolerance + beside, name,
                    f"entities ran for {known:.9f} s, siblings were busy for {busy_total:.9f} s")
        if loads[0][2] is None:
            return
        for cgroup, _, cpus in loads:
            ran = sum(seconds_of(entity) for entity in stat["entities"] if in_cgroup(entity, {cgroup}))
            least = len(cpus) * (stat["window_seconds"] - unknown_allowed(stat, stat["window_seconds"])) - others
            self.expect(ran >= least, name, f"cgroup {cgroup} ran for {ran:.6f} s, expected {least:.6f} s or more")
        self.pair_of_loads(name, loads, stat, by_id, others)

    def pair_of_loads(self, name, loads, stat, by_id, others):
        """Two loads on siblings of one core, or two tasks of one load, ran beside each other all the time."""
        cpus = sorted(cpu for _, _, cpus in loads for cpu in cpus)
        if len(cpus) != 2 or not any(set(cpus) <= set(core["cpus"]) for core in stat["cores"]):
            return
        first, second = ([cgroup for cgroup, _, _ in loads] * 2)[:2]
        beside = sum(pair["seconds"] for pair in stat["pairs"]
                     for a, b in [(by_id[pair["a"]], by_id[pair["b"]])]
                     if in_cgroup(a, {first}) and in_cgroup(b, {second})
                     or in_cgroup(a, {second}) and in_cgroup(b, {first}))
        least = stat["window_seconds"] - unknown_allowed(stat, stat["window_seconds"]) - others
        self.expect(beside >= least, name,
                    f"{first} and {second} ran beside each other for {beside:.6f} s, expected {least:.6f} s or more")
