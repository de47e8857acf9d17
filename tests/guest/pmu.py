# SPDX-License-Identifier: Apache-2.0
"""The guest whose instructions are all counted (rows of variant `pmu`): what our programs measured in it, and stat."""

import json
from pathlib import Path

# Measurements that each program makes, by topology: fewer are not all of them.
MEASUREMENTS = {"pmu": {"smp1": 32, "smt": 13}, "session": {"smp1": 9, "smt": 10}}


class Checker:
    """As truth.Checker: check() returns what is wrong; `said` is what was measured."""

    def __init__(self, row, folder, _program=None):
        self.row, self.folder, self.said, self.disturbances = row, Path(folder), [], []

    def check(self):
        problems = []
        for program in MEASUREMENTS:
            problems += self.measurements(program)
        for name in ("doctor", "stat"):
            problems += self.output(name)
        return problems

    def measurements(self, program):
        """What a program of ours printed: one line a measurement."""
        lines = self.text(f"{program}.txt").splitlines()
        status = self.text(f"{program}.status").strip()
        expected = MEASUREMENTS[program][self.row["topology"]]
        self.said += [line.removeprefix("ok").strip() for line in lines]
        problems = [f"{program}_guest: {line}" for line in lines if not line.startswith("ok ")]
        if len(lines) < expected:
            problems.append(f"{program}_guest: {len(lines)} measurements, expected {expected}")
        if status != "0" and not problems:
            problems.append(f"{program}_guest ended with {status}")
        return problems

    def output(self, name):
        """What smtscope printed must at least be whole."""
        status, errors = self.text(f"{name}.status").strip(), self.text(f"{name}.err").strip()
        if status != "0":
            return [f"{name}: ended with {status or 'nothing'}: {errors}"]
        try:
            said = json.loads(self.text(f"{name}.json"))
        except ValueError as error:
            return [f"{name}: {error}"]
        return self.state(said) if name == "doctor" else self.counters(said)

    @staticmethod
    def state(doctor):
        states = {check["name"]: check["state"] for check in doctor["checks"]}
        return [] if states.get("counters") == "active" else [f"doctor: counters are {states.get('counters')}"]

    def counters(self, stat):
        """Cores and the load are counted; what the emulator does not count is null with its reason, and never 0. With
        two CPUs its counter is that of the whole machine: beside a busy CPU the self-test must not believe it."""
        problems = []
        alone = self.row["topology"] == "smp1"
        for core in stat["cores"]:
            instructions = (core["counters"] or {}).get("instructions")
            refused = core["why"].get("counters.instructions") == "implausible"
            if not instructions and (alone or instructions == 0 or not refused):
                problems.append(f"stat: core {core['id']} has no instructions: {core.get('why')}")
            stalls = (core["topdown"] or {}).get("frontend_bound")
            if stalls is not None:
                problems.append(f"stat: the emulator counts no stalls, and frontend_bound is {stalls}")
        for entity in stat["entities"]:
            if alone and entity["name"] == "/left" and not (entity["counters"] or {}).get("instructions"):
                problems.append(f"stat: /left has no instructions: {entity.get('why')}")
        return problems

    def text(self, name):
        path = self.folder / name
        return path.read_text(errors="replace") if path.is_file() else ""
