#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of what the guest level holds to be true (tests/guest), on made-up results."""
import copy
import os
import sys
import unittest

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guest")
sys.path.insert(0, GUEST)
import hotplug  # noqa: E402
import truth  # noqa: E402

SECOND = 10**9


def core(cpus, idle=0.0, single=0.0, all_busy=0.0, unknown=0.0, start=0):
    window = idle + single + all_busy + unknown
    why = {"counters": "unsupported"}
    seconds = {"idle": idle, "single": single, "partial": None, "all_busy": all_busy, "unknown": unknown}
    busy = [idle, single, all_busy]
    if len(cpus) == 1:
        seconds["all_busy"] = None
        busy.pop()
    return {"id": cpus[0], "cpus": cpus, "start_ns": start, "end_ns": start + round(window * SECOND),
            "seconds": seconds, "busy_siblings": busy, "why": why}


def changed(cpus, window, start=0):
    result = core(cpus, unknown=window, start=start)
    for state in hotplug.STATES:
        result["seconds"][state] = None
        result["why"][f"seconds.{state}"] = "changed"
    result["busy_siblings"] = None
    return result


def stat(cores, variant="word", contended=0, switches=0, seconds=0.0, generation=1):
    window = (cores[0]["end_ns"] - cores[0]["start_ns"]) / SECOND
    lost = {"variant": variant, "switches": switches, "seconds": seconds, "contended": contended,
            "pairs_dropped": 0, "entities_dropped": 0}
    known = sum(k * s for c in cores for k, s in enumerate(c["busy_siblings"] or []))
    entity = {"id": 9, "cgroup": "/left", "oncpu_seconds": {"sibling_idle": known}}
    notes = [f"core {c['id']}: its CPUs changed in this window" for c in cores if c["busy_siblings"] is None]
    return {"cores": cores, "lost": lost, "window_seconds": window, "entities": [entity], "pairs": [], "notes": notes,
            "topology": {"generation": generation, "cpus": sum(len(c["cpus"]) for c in cores)}}


class Base(unittest.TestCase):
    def problems(self, check, variant="word"):
        checker = truth.Checker({"topology": "smt", "variant": variant}, "/nonexistent")
        check(checker)
        return checker.problems


class Unknown(Base):
    def unknown(self, span, **lost):
        one = core([0, 1], idle=5 - span, unknown=span)
        return self.problems(lambda c: c.core_sum("x", one, stat([one], **lost)), lost.get("variant", "word"))

    def test_hardly_any_is_allowed(self):
        self.assertEqual(self.unknown(0.0004), [])
        self.assertNotEqual(self.unknown(0.0017), [])

    def test_as_much_as_the_queue_gave_up(self):
        self.assertEqual(self.unknown(0.0017, variant="queue", contended=1, seconds=0.0017), [])
        self.assertNotEqual(self.unknown(0.0227, variant="queue", contended=1, seconds=0.0017), [])

    def test_only_where_updates_were_given_up(self):
        self.assertNotEqual(self.unknown(0.0017, variant="queue", contended=0, seconds=0.0017), [])
        self.assertNotEqual(self.unknown(0.0017, variant="word", contended=1, seconds=0.0017), [])

    def test_no_more_losses_than_updates_given_up(self):
        self.assertNotEqual(self.unknown(0.0017, variant="queue", contended=1, switches=2, seconds=0.0017), [])

    def test_one_per_cent_at_most(self):
        self.assertEqual(self.unknown(0.049, variant="queue", contended=1, seconds=0.5), [])
        self.assertNotEqual(self.unknown(0.051, variant="queue", contended=1, seconds=0.5), [])

    def test_the_states_sum_to_the_window(self):
        one = core([0, 1], idle=5)
        one["end_ns"] += 10_000
        self.assertNotEqual(self.problems(lambda c: c.core_sum("x", one, stat([one]))), [])


class Lost(Base):
    def lost(self, variant, **lost):
        return self.problems(lambda c: c.lost("x", stat([core([0, 1], idle=5)], variant=variant, **lost)), variant)

    def test_the_word_loses_nothing(self):
        self.assertEqual(self.lost("word"), [])
        self.assertNotEqual(self.lost("word", switches=1, contended=1), [])

    def test_the_queue_loses_what_it_gave_up(self):
        self.assertEqual(self.lost("queue", switches=1, contended=1), [])
        self.assertNotEqual(self.lost("queue", switches=2, contended=1), [])


class Layouts(Base):
    cores = [[0, 1], [2, 3]]

    def test_steps(self):
        self.assertEqual(hotplug.layouts(self.cores, ["off 1", "on 1", "smt off", "smt on"]),
                         [self.cores, [[0], [2, 3]], self.cores, [[0], [2]], self.cores])

    def explained(self, *seen):
        return hotplug.explained(self.cores, hotplug.layouts(self.cores, ["smt off", "smt on"]), list(seen))

    def test_one_by_one(self):
        off = [[0], [2]]
        self.assertTrue(self.explained(self.cores, off, off, self.cores))
        self.assertTrue(self.explained(self.cores, [[0], [2, 3]], off, [[0, 1], [2]], self.cores, self.cores))

    def test_missing_and_invented_steps(self):
        off = [[0], [2]]
        self.assertFalse(self.explained(self.cores, self.cores))
        self.assertFalse(self.explained(self.cores, off))
        self.assertFalse(self.explained(self.cores, [[0]], off, self.cores))
        self.assertFalse(self.explained(self.cores, [[0, 2], [1]], off, self.cores))
        self.assertFalse(self.explained(self.cores, off, self.cores, off))


class Follows(Base):
    """CPU 1 went offline between two objects of a machine with two cores."""

    def setUp(self):
        self.before = stat([core([0, 1], single=1), core([2, 3], idle=1)])
        self.after = stat([changed([0], 1, start=SECOND), core([2, 3], idle=1, start=SECOND)], generation=2)

    def found(self, change=lambda after: None):
        after = copy.deepcopy(self.after)
        change(after)
        return self.problems(lambda c: hotplug.follows(c, "x", self.before, after))

    def test_right(self):
        self.assertEqual(self.found(), [])

    def test_each_rule(self):
        def known(after):
            after["cores"][0] = core([0], single=1, start=SECOND)

        def unaffected_is_unknown(after):
            after["cores"][1] = changed([2, 3], 1, start=SECOND)
            after["notes"].append("core 2: its CPUs changed in this window")

        def gap(after):
            after["cores"][0]["start_ns"] += 1
            after["cores"][1]["start_ns"] += 1

        def same_generation(after):
            after["topology"]["generation"] = 1

        def ran_unseen(after):
            after["entities"][0]["oncpu_seconds"]["sibling_other"] = 0.5

        def no_note(after):
            after["notes"] = []

        for change in (known, unaffected_is_unknown, gap, same_generation, ran_unseen, no_note):
            self.assertNotEqual(self.found(change), [], change.__name__)

    def test_generation_stays_without_a_change(self):
        self.assertEqual(self.problems(lambda c: hotplug.follows(
            c, "x", self.before, stat([core([0, 1], single=1, start=SECOND), core([2, 3], idle=1, start=SECOND)]))), [])


if __name__ == "__main__":
    unittest.main()
