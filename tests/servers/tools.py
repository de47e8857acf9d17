# SPDX-License-Identifier: Apache-2.0
"""The programs that tests of the servers level run, fetched when the first test wants them."""
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Missing(Exception):
    """A server that is not to be had here."""


class Tools:
    def __init__(self, folder, work, binary):
        self.work = work  # outputs of the tests
        self.binary = binary  # smtscope
        self._folder = folder
        self._prometheus = None
        self._browser = False

    def prometheus(self):
        """The folder of prometheus and promtool."""
        if self._prometheus is None:
            folder = self._folder / "prometheus"
            done = subprocess.run([ROOT / "scripts/fetch_prometheus", folder], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                  check=False)
            if done.returncode != 0:
                raise Missing(f"prometheus is not to be had: {(done.stderr.splitlines() or ['no reason given'])[-1]}")
            self._prometheus = folder
        return self._prometheus

    def browser(self):
        """The check of pages in a browser, as the start of a command: Debian's python3 has the bindings."""
        if not self._browser:
            done = subprocess.run(["bash", "-c", f". {ROOT}/scripts/lib.sh && need browser"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                  check=False)
            if done.returncode != 0:
                raise Missing(f"no browser here: {(done.stderr.splitlines() or ['no reason given'])[-1]}")
            self._browser = True
        return ["/usr/bin/python3", ROOT / "tests/browser/check_page.py"]
