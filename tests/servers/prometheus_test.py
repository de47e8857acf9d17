# SPDX-License-Identifier: Apache-2.0
"""Prometheus' own judgement of our pages: promtool parses them and knows the rules for names, types and units."""
import subprocess
from functools import partial

from tools import ROOT

PAGES = sorted((ROOT / "tests/golden").glob("prometheus*.txt"))

# Each breaks one rule; a check that lets one of them through checks nothing.
BROKEN = {
    "no_total": "# HELP a_seconds Help.\n# TYPE a_seconds counter\na_seconds 1\n",
    "no_help": "# TYPE a_total counter\na_total 1\n",
    "twice": "# HELP a_total Help.\n# TYPE a_total counter\na_total 1\n# TYPE a_total counter\n",
    "quote": '# HELP a_total Help.\n# TYPE a_total counter\na_total{b="c"d"} 1\n',
    "utf8": b'# HELP a_total Help.\n# TYPE a_total counter\na_total{b="\xff"} 1\n',
    "empty_number": "# HELP a_total Help.\n# TYPE a_total counter\na_total \n",
}


def promtool_check(tools, page):
    """(exit status, what it said) of `promtool check metrics` for a page."""
    done = subprocess.run([tools.prometheus() / "promtool", "check", "metrics"], input=page, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout.decode(errors="replace").splitlines()


def accepts(path, tools):
    page = path.read_bytes()
    if not page.strip():
        return [f"{path.name} is empty"]
    status, said = promtool_check(tools, page)
    # It ends with 3 for advice, and says so on a page that is none the worse for it: no advice either.
    return [f"promtool check metrics ended with {status}", *said] if status or said else []


def refuses_broken_pages(tools):
    problems = []
    for name, page in BROKEN.items():
        status, _ = promtool_check(tools, page if isinstance(page, bytes) else page.encode())
        if status == 0:
            problems.append(f"promtool lets a broken page through: {name}")
    return problems


TESTS = {f"check_{path.stem}": partial(accepts, path) for path in PAGES}
TESTS["check_refuses_broken_pages"] = refuses_broken_pages
