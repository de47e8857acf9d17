#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what ctest planned (--show-only=json-v1) with what it ran (--output-junit).

Every planned test gives one result: not running is failing, and so is skipping without an entry in the list of
skips. The output of failed tests goes to stderr."""
import argparse
import json
import sys
import xml.etree.ElementTree as ElementTree

from results import Result, Skips, line

LEVELS = {"unit", "replay", "live", "guest", "servers", "fuzz", "bench"}
SHOWN_LINES = 60


def labels(test):
    for field in test.get("properties", []):
        if field["name"] == "LABELS":
            return set(field["value"])
    return set()


def planned(plan):
    """Names in the plan; a test that belongs to no level would never run and is an error of its own."""
    tests = plan.get("tests", [])
    return [t["name"] for t in tests], [t["name"] for t in tests if not labels(t) & LEVELS]


def ran(junit):
    """name -> (status, what was said), with status passed, failed or skipped."""
    if junit is None:
        return {}
    outcome = {}
    for case in junit.iter("testcase"):
        status = case.get("status")
        failure, skip, output = case.find("failure"), case.find("skipped"), case.find("system-out")
        said = (output.text or "") if output is not None else ""
        if failure is not None or status == "fail":
            reason = failure.get("message") if failure is not None else ""
            outcome[case.get("name")] = ("failed", reason or "failed", said)
        elif skip is not None or status in ("notrun", "disabled"):
            message = skip.get("message") if skip is not None else ""
            outcome[case.get("name")] = ("skipped", message or status or "no reason given", said)
        elif status == "run":
            outcome[case.get("name")] = ("passed", "", said)
    return outcome


def account(level, prefix, plan, junit, skips):
    """One Result for each planned test; and the output of those that failed."""
    results, outputs = [], []
    names, homeless = planned(plan)
    outcome = ran(junit)
    for name in names:
        status, reason, said = outcome.get(name, ("failed", "did not run", ""))
        if status == "skipped":
            result = skips.judge(level, name, reason)._replace(name=prefix + name)
        else:
            result = Result(level, status, prefix + name, reason)
        results.append(result)
        if result.status == "failed":
            outputs.append((result, said))
    results += [Result(level, "failed", prefix + name, "has no label that is a level") for name in homeless]
    if not names:
        results.append(Result(level, "failed", f"{prefix}{level}", "no test in this level was built"))
    return results, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level")
    parser.add_argument("plan", help="output of ctest --show-only=json-v1")
    parser.add_argument("junit", help="output of ctest --output-junit; may be missing")
    parser.add_argument("--skips", required=True)
    parser.add_argument("--results", required=True, help="is appended to")
    parser.add_argument("--prefix", default="", help="put before the names, to tell builds apart")
    args = parser.parse_args()
    with open(args.plan, encoding="utf-8") as file:
        plan = json.load(file)
    try:
        junit = ElementTree.parse(args.junit)
    except (OSError, ElementTree.ParseError) as problem:
        print(f"ctest left no readable results: {problem}", file=sys.stderr)
        junit = None
    results, outputs = account(args.level, args.prefix, plan, junit, Skips(args.skips))
    with open(args.results, "a", encoding="utf-8") as file:
        file.writelines(line(result) for result in results)
    for result, said in outputs:
        print(f"FAILED {result.name}: {result.detail}", file=sys.stderr)
        for text in said.splitlines()[-SHOWN_LINES:]:
            print(f"    {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
