#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ends a run of scripts/test: failures, skips, minutes by level, and the sum as the last line.

Exit status 0 only if nothing failed. A level that takes more than one and a half times its share of the minutes
on two cores is a failure."""
import argparse
import sys

from results import Result, read

# Minutes on two cores with nothing cached; together less than 60. Builds and live tests have some of what the servers
# level does not need yet.
SHARES = {"lint": 4, "builds": 22, "unit + replay": 4, "live": 8, "guest": 13, "servers": 4, "fuzz": 2, "bench": 2}
PART_OF = {"unit": "unit + replay", "replay": "unit + replay", "threads": "unit + replay"}
OVER = 1.5


def minutes(times):
    """(level, seconds) -> minutes by share, in the order of their first mention."""
    total = {}
    for level, seconds in times:
        share = PART_OF.get(level, level)
        total[share] = total.get(share, 0) + seconds / 60
    return total


def over_share(total, unlimited=()):
    return [Result(share, "failed", f"minutes.{share}", f"took {spent:.1f} min, its share is {SHARES[share]} min")
            for share, spent in total.items()
            if share in SHARES and share not in unlimited and spent > OVER * SHARES[share]]


def read_times(path):
    with open(path, encoding="utf-8") as file:
        return [(level, float(seconds)) for level, seconds in (text.split("\t") for text in file)]


def count(results):
    return [sum(result.status == status for result in results) for status in ("passed", "failed", "skipped")]


def print_table(total, results):
    print(f"\n{'level':14} {'minutes':>8} {'share':>6} {'passed':>8} {'failed':>7} {'skipped':>8}")
    shares = list(total) + sorted({PART_OF.get(r.level, r.level) for r in results} - set(total))
    for share in shares:
        passed, failed, skipped = count([r for r in results if PART_OF.get(r.level, r.level) == share])
        print(f"{share:14} {total.get(share, 0):8.1f} {SHARES.get(share, '-'):>6} {passed:8} {failed:7} {skipped:8}")
    print(f"{'all':14} {sum(total.values()):8.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results")
    parser.add_argument("times")
    parser.add_argument("--unlimited", action="append", default=[], help="a level whose minutes are not judged")
    args = parser.parse_args()
    results = read(args.results)
    total = minutes(read_times(args.times))
    unlimited = list(total) if "all" in args.unlimited else args.unlimited
    results += over_share(total, unlimited)
    for status in ("skipped", "failed"):
        for result in results:
            if result.status == status:
                print(f"{status} {result.level}: {result.name}: {result.detail}")
    print_table(total, results)
    passed, failed, skipped = count(results)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
