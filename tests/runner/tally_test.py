#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of scripts/tally on made-up plans and results."""
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

TALLY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "tally")
sys.path.insert(0, TALLY)
import ctest  # noqa: E402
import rows  # noqa: E402
import summary  # noqa: E402
from results import Result, Skips, line  # noqa: E402


def plan(*names, label="unit"):
    properties = [{"name": "LABELS", "value": [label]}] if label else []
    return {"tests": [{"name": name, "properties": properties} for name in names]}


def junit(*cases):
    suite = ElementTree.Element("testsuite")
    for name, status, child in cases:
        case = ElementTree.SubElement(suite, "testcase", name=name, status=status)
        if child:
            ElementTree.SubElement(case, child, message="because")
    return ElementTree.ElementTree(suite)


class Base(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def file(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def skips(self, text=""):
        return Skips(self.file("skips.txt", text))


class Ctest(Base):
    def statuses(self, a_plan, a_junit, skips=""):
        results, _ = ctest.account("unit", "", a_plan, a_junit, self.skips(skips))
        return {result.name: result.status for result in results}

    def test_passes_and_failures_are_taken_over(self):
        got = self.statuses(plan("a", "b"), junit(("a", "run", None), ("b", "fail", "failure")))
        self.assertEqual(got, {"a": "passed", "b": "failed"})

    def test_planned_but_not_run_is_failed(self):
        self.assertEqual(self.statuses(plan("a", "b"), junit(("a", "run", None))), {"a": "passed", "b": "failed"})

    def test_no_results_at_all_fail_every_planned_test(self):
        self.assertEqual(self.statuses(plan("a", "b"), None), {"a": "failed", "b": "failed"})

    def test_nothing_planned_is_failed(self):
        self.assertEqual(self.statuses(plan(), junit()), {"unit": "failed"})

    def test_skip_without_entry_is_failed(self):
        for status in ("notrun", "disabled"):
            self.assertEqual(self.statuses(plan("a"), junit(("a", status, "skipped"))), {"a": "failed"})

    def test_skip_with_entry_is_skipped(self):
        got = self.statuses(plan("live.a"), junit(("live.a", "notrun", "skipped")), "live.*\tno SMT here\tguest 6.1\n")
        self.assertEqual(got, {"live.a": "skipped"})

    def test_entry_does_not_hide_a_failure(self):
        self.assertEqual(self.statuses(plan("a"), junit(("a", "fail", "failure")), "a\tr\tw\n"), {"a": "failed"})

    def test_unknown_status_is_not_a_pass(self):
        self.assertEqual(self.statuses(plan("a"), junit(("a", "", None))), {"a": "failed"})

    def test_test_without_a_level_is_failed(self):
        results, _ = ctest.account("unit", "", plan("a", label=None), junit(("a", "run", None)), self.skips())
        self.assertIn("failed", [result.status for result in results])

    def test_broken_skip_list_ends_the_run(self):
        for text in ("a\treason\n", "a\t\twhere\n", "a b c\n"):
            with self.assertRaises(SystemExit):
                self.skips(text)


class Rows(Base):
    def statuses(self, listed, log, status=0, skips=""):
        results = rows.account("guest", listed, log, status, self.skips(skips))
        return {result.name: result.status for result in results}

    def test_rows_are_taken_over(self):
        got = self.statuses(["a", "b"], ["PASS a (6.1) 9 s", "noise", "FAIL b", "  wrong", "1 passed, 1 failed, 0 skipped"], 1)
        self.assertEqual(got, {"guest.a": "passed", "guest.b": "failed"})

    def test_listed_but_not_run_is_failed(self):
        got = self.statuses(["a", "b"], ["PASS a", "1 passed, 0 failed, 0 skipped"])
        self.assertEqual(got, {"guest.a": "passed", "guest.b": "failed"})

    def test_a_runner_that_died_is_failed(self):
        self.assertEqual(self.statuses(["a"], ["PASS a"], 137)["guest.sum"], "failed")
        self.assertEqual(self.statuses(["a"], [], 137)["guest.a"], "failed")
        self.assertEqual(self.statuses([], [], 2)["guest.list"], "failed")

    def test_a_bad_status_is_failed(self):
        got = self.statuses(["a"], ["PASS a", "1 passed, 0 failed, 0 skipped"], 1)
        self.assertEqual(got["guest.status"], "failed")

    def test_a_sum_that_is_not_that_of_the_rows_is_failed(self):
        got = self.statuses(["a"], ["PASS a", "2 passed, 0 failed, 0 skipped"])
        self.assertEqual(got["guest.sum"], "failed")

    def test_skips_need_an_entry(self):
        log = ["SKIP a: kernel 6.1 is not to be had", "0 passed, 0 failed, 1 skipped"]
        self.assertEqual(self.statuses(["a"], log, 1), {"guest.a": "failed"})
        self.assertEqual(self.statuses(["a"], log, 0, "guest.a\tno mirror\tCI\n"), {"guest.a": "skipped"})


class Summary(Base):
    def run_summary(self, results, times, *options):
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(TALLY, "summary.py"),
             self.file("results", "".join(map(line, results))), self.file("times", times), *options],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()

    def test_last_line_and_status(self):
        status, text = self.run_summary([Result("unit", "passed", "a"), Result("live", "skipped", "b", "why")], "unit\t3\n")
        self.assertEqual((status, text[-1]), (0, "1 passed, 0 failed, 1 skipped"))

    def test_a_failure_fails_the_run(self):
        status, text = self.run_summary([Result("unit", "failed", "a", "x\ty")], "unit\t3\n")
        self.assertEqual((status, text[-1]), (1, "0 passed, 1 failed, 0 skipped"))

    def test_over_share_by_half_fails(self):
        status, text = self.run_summary([Result("bench", "passed", "a")], "bench\t181\n")
        self.assertEqual((status, text[-1]), (1, "1 passed, 1 failed, 0 skipped"))
        self.assertEqual(self.run_summary([Result("bench", "passed", "a")], "bench\t179\n")[0], 0)

    def test_unit_and_replay_share_their_minutes(self):
        self.assertEqual(summary.minutes([("unit", 240), ("replay", 180)]), {"unit + replay": 7})
        self.assertEqual(self.run_summary([], "unit\t240\nreplay\t180\n")[0], 1)

    def test_unlimited_levels_may_take_their_time(self):
        self.assertEqual(self.run_summary([], "guest\t9000\n", "--unlimited", "guest")[0], 0)
        self.assertEqual(self.run_summary([], "guest\t9000\nlive\t9000\n", "--unlimited", "guest")[0], 1)
        self.assertEqual(self.run_summary([], "guest\t9000\nlive\t9000\n", "--unlimited", "all")[0], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
