#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes over the results of a level with a runner of its own (tests/LEVEL/run).

The runner's `--list` names its rows, one a line; its log has one line `PASS|FAIL|SKIP NAME ...` a row, with what is
wrong on indented lines below, and ends with `N passed, N failed, N skipped`. A listed row without a line failed."""
import argparse
import re
import sys

from results import Result, Skips, line

ROW = re.compile(r"^(PASS|FAIL|SKIP) ([^\s:]+):? ?(.*)$")
SUM = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")


def read_log(lines):
    """name -> (word, what was said), and the sums of the last line or None."""
    rows, name = {}, None
    for text in lines:
        found = ROW.match(text)
        if found:
            name = found[2]
            rows[name] = (found[1], [found[3]] if found[3] else [])
        elif name and text.startswith("  "):
            rows[name][1].append(text.strip())
        else:
            name = None
    last = SUM.match(lines[-1]) if lines else None
    return {name: (word, "; ".join(said)) for name, (word, said) in rows.items()}, last and tuple(map(int, last.groups()))


def account(level, listed, lines, status, skips):
    rows, sums = read_log(lines)
    results = []
    for name in listed + sorted(set(rows) - set(listed)):
        test = f"{level}.{name}"
        word, said = rows.get(name, ("FAIL", "did not run"))
        if word == "SKIP":
            results.append(skips.judge(level, test, said))
        else:
            results.append(Result(level, "passed" if word == "PASS" else "failed", test, said))
    words = [word for word, _ in rows.values()]
    if sums != tuple(words.count(word) for word in ("PASS", "FAIL", "SKIP")):
        results.append(Result(level, "failed", f"{level}.sum", f"the runner's sum {sums} is not that of its rows"))
    if not listed:
        results.append(Result(level, "failed", f"{level}.list", "the runner lists no row"))
    if status != 0 and all(result.status == "passed" for result in results):
        results.append(Result(level, "failed", f"{level}.status", f"the runner ended with status {status}"))
    return results


def read_lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("level")
    parser.add_argument("listed", help="what the runner's --list printed")
    parser.add_argument("log", help="what the runner printed")
    parser.add_argument("status", type=int, help="the runner's exit status")
    parser.add_argument("--skips", required=True)
    parser.add_argument("--results", required=True, help="is appended to")
    args = parser.parse_args()
    results = account(args.level, read_lines(args.listed), read_lines(args.log), args.status, Skips(args.skips))
    with open(args.results, "a", encoding="utf-8") as file:
        file.writelines(line(result) for result in results)
    for result in results:
        if result.status == "failed":
            print(f"FAILED {result.name}: {result.detail}", file=sys.stderr)


if __name__ == "__main__":
    main()
