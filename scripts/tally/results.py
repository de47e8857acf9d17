# SPDX-License-Identifier: Apache-2.0
"""Results of tests as lines `level TAB passed|failed|skipped TAB test TAB detail`, and the list of allowed skips."""
import fnmatch
from typing import NamedTuple


class Result(NamedTuple):
    level: str
    status: str
    name: str
    detail: str = ""


def line(result):
    return "\t".join(field.replace("\t", " ").replace("\n", " ") for field in result) + "\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return [Result(*text.rstrip("\n").split("\t")) for text in file]


class Skips:
    """The entries of tests/skips.txt: test (a pattern), reason, where it does run."""

    def __init__(self, path):
        self.entries = []
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if not text.strip() or text.startswith("#"):
                    continue
                fields = [field.strip() for field in text.rstrip("\n").split("\t")]
                if len(fields) != 3 or not all(fields):
                    raise SystemExit(f"{path}:{number}: want TEST, REASON, WHERE IT DOES RUN, separated by tabs")
                self.entries.append(fields)

    def find(self, test):
        for entry in self.entries:
            if fnmatch.fnmatchcase(test, entry[0]):
                return entry
        return None

    def judge(self, level, name, said):
        """A test that skipped: allowed if listed, else failed."""
        entry = self.find(name)
        if entry:
            return Result(level, "skipped", name, f"{entry[1]}; runs: {entry[2]}")
        return Result(level, "failed", name, f"skipped ({said}) without an entry in tests/skips.txt")
