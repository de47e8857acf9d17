# SPDX-License-Identifier: Apache-2.0
"""A recording made in the guest, of two hogs on one core, then on two, then a CPU gone and back: replayed there and on
this machine, which may be of another architecture, it gives the bytes that the live run wrote, and its report tells that
story."""
import gzip
import json
import subprocess

import story

SECONDS = 20  # of each half of the story


def check(checker):
    folder = checker.folder
    try:
        status = (folder / "story.status").read_text().strip()
        replayed = (folder / "story.replay").read_text()
        offline = (folder / "story.offline").read_text().strip()
        live = gzip.decompress((folder / "story.live.jsonl.gz").read_bytes())
    except (OSError, EOFError) as error:
        checker.fail("story", f"not run: {error}")
        return
    checker.expect(status == "0", "story", f"record ended with {status}")
    checker.expect(replayed.splitlines()[-1:] == ["same"], "story", f"replayed in the guest: {replayed.strip()}")
    here = subprocess.run([checker.program, "replay", folder / "story.smtscope"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    checker.expect(here.returncode == 0, "story", f"replay here: {here.stderr.decode(errors='replace').strip()}")
    checker.expect(here.stdout == live, "story", "replayed here it is not what the guest wrote")
    report = subprocess.run([checker.program, "report", folder / "story.smtscope", "--to", offline, "--format", "json"],
                            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if checker.expect(report.returncode == 0, "story", f"report: {report.stderr.decode(errors='replace').strip()}"):
        for problem in story.check(json.loads(report.stdout), ["left", "right"]):
            checker.fail("story", problem)
    points = [json.loads(line) for line in live.splitlines()]
    changed(checker, points)


def changed(checker, points):
    """The core that lost its sibling is unknown while it changed, and only then; the totals never fall."""
    totals, unknown = {}, {}
    for point in points:
        name = point["metric"]
        if name != "smtscope.core.time":
            continue
        core, state = point["attributes"]["smtscope.core.id"], point["attributes"]["smtscope.core.state"]
        key = (core, state)
        checker.expect(point["total"] >= totals.get(key, 0), "story", f"total of {key} fell to {point['total']}")
        totals[key] = point["total"]
        if state == "unknown" and point["delta"] and point["delta"] > 0.5:
            unknown[core] = unknown.get(core, 0) + 1
    last = checker.cores[-1][0]
    checker.expect(set(unknown) == {last}, "story", f"cores unknown for an interval: {unknown}, expected {last}")
