#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py ROOT: reads the sources under ROOT and prints each place that breaks the layout of docs/architecture.md.

Exit status 0: nothing found; 1: something found; 2: wrong usage."""
import os
import re
import sys

# Part of the project -> parts it may include, beside itself. "*": all. A part is a folder or, where a file has a
# line of its own, the file without its ending. The longest match counts.
MAY_INCLUDE = {
    "bpf": [],
    "analysis/model": [],
    "analysis": ["analysis/model"],
    "analysis/derive": ["analysis/model", "analysis/topdown"],
    "exporters": ["analysis/model"],
    "exporters/http": [],
    "agent/kernel": ["analysis/model", "bpf"],
    "agent/collectors": ["agent/kernel", "analysis/model", "bpf"],
    "agent/identity": ["agent/kernel", "analysis/model", "exporters/http"],
    "agent/config": ["analysis/model", "agent/kernel"],
    "agent/recording": ["analysis/model"],
    "agent/views": ["analysis"],
    "agent/terminal": ["agent/views", "analysis/model"],
    "agent/http": ["agent/kernel", "analysis/model", "exporters"],
    "agent/pipeline": ["agent/collectors", "agent/config", "agent/http", "agent/identity", "agent/kernel",
                       "agent/recording", "agent/signals", "analysis", "bpf", "exporters"],
    "agent/signals": ["agent/collectors", "analysis/derive", "analysis/model"],
    "agent/commands": ["*"],
    "agent/metrics_reference": ["agent/signals", "agent/views"],
    "agent/configuration_reference": ["agent/config"],  # prints docs/configuration.md
    "agent/main": ["agent/commands", "agent/signals", "analysis/model"],
    "agent/metrics_reference": ["agent/signals", "agent/views", "analysis/model"],  # prints docs/metrics.md
    "tests": ["*"],
}
# Where a quoted path is looked for, after the folder of the including file.
INCLUDE_ROOTS = ["analysis", "agent", "exporters", "bpf", "tests", "tests/native", ""]
# The one line that goes the other way: compiled natively, the programs' helpers come from the tests.
EXCEPTIONS = {("bpf/compat.bpf.h", "tests/native/native_bpf.h")}
# Made at build time, from BPF objects and from the messages of recordings: where they count as standing.
GENERATED = [(re.compile(r"^\w+\.skel\.h$"), "bpf/"),
             (re.compile(r"^(recording\.pb|recording/schema_text)\.h$"), "agent/recording/")]
# The pure half has no file, clock, kernel, network or thread.
IMPURE = re.compile(r"^(fstream|filesystem|thread|mutex|shared_mutex|condition_variable|future|stop_token|ctime|time\.h|"
                    r"unistd\.h|fcntl\.h|pthread\.h|signal\.h|csignal|(sys|linux|net|netinet|arpa|bpf|curl)/.*)$")

TOP_FOLDERS = ["agent", "analysis", "bpf", "cmake", "deploy", "docs", "exporters", "scripts", "tests"]
CODE = (".c", ".cc", ".cpp", ".h", ".hpp")
SOURCE = CODE + (".py", ".sh")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
MAX_LINES = 500
MAX_LINES_DATA = 1000
DATA_FOLDERS = ("analysis/topdown/", "tests/")
MAX_LINES_OF = [(re.compile(r"^bpf/switch\.bpf\.c$"), 150), (re.compile(r"^agent/commands/"), 200)]
SPDX = "SPDX-License-Identifier: "
USER = "Apache-2.0"
KERNEL = "GPL-2.0-only OR BSD-2-Clause"
NOT_CONTENT = {"CMakeLists.txt", ".gitkeep", ".gitignore", "README.md"}


def files_and_folders(root):
    """Paths relative to root, of files and of folders, in order."""
    files, folders = [], []
    for top in TOP_FOLDERS:
        for here, names, found in os.walk(os.path.join(root, top)):
            names[:] = sorted(name for name in names if name != "__pycache__")
            place = os.path.relpath(here, root)
            folders.append((place, names, found))
            files += [f"{place}/{name}" for name in sorted(found)]
    return files, folders


def part_of(path):
    """The longest entry of the table that holds this path, or None."""
    stem = path.split(".")[0]
    parts = [part for part in MAY_INCLUDE if stem == part or path.startswith(part + "/")]
    return max(parts, key=len, default=None)


def folder_of(path):
    return os.path.dirname(path)


def allowed(source, target):
    """By the table. The folders of analysis are of one part, yet do not include each other."""
    part = part_of(source)
    if part is None:
        return False
    if (source, target) in EXCEPTIONS:
        return True
    if part == part_of(target) and (part != "analysis" or folder_of(source) == folder_of(target)):
        return True
    return any(other == "*" or target.startswith(other + "/") or target.split(".")[0] == other
               for other in MAY_INCLUDE[part])


def resolve(source, quoted, text, known):
    """The project's file that an include line means; None: a header of somebody else."""
    places = ([folder_of(source)] if quoted else []) + [r for r in INCLUDE_ROOTS if quoted or r]
    for place in places:
        path = os.path.normpath(os.path.join(place, text))
        if path in known:
            return path
    return next((place + text for pattern, place in GENERATED if pattern.match(text)), None)


def check_includes(path, lines, known):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quoted, text = found[1] == '"', found[2]
        target = resolve(path, quoted, text, known)
        if target is None:
            if quoted:
                yield f"{path}:{number}: \"{text}\" is no file of the project (use <> for libraries)"
            elif path.startswith("analysis/") and IMPURE.match(text):
                yield f"{path}:{number}: <{text}>: analysis has no file, clock, kernel, network or thread"
        elif not allowed(path, target):
            yield f"{path}:{number}: {part_of(path) or folder_of(path)} may not include {target}"


def check_size(path, lines):
    limit = MAX_LINES_DATA if path.startswith(DATA_FOLDERS) else MAX_LINES
    limit = min([limit] + [most for pattern, most in MAX_LINES_OF if pattern.match(path)])
    if len(lines) > limit:
        yield f"{path}: {len(lines)} lines, at most {limit}"


def check_licence(path, lines):
    """Kernel side GPL or BSD, the rest Apache; the tests have programs of both kinds."""
    want = [KERNEL] if path.startswith("bpf/") else [USER]
    if path.startswith("tests/"):
        want = [USER, KERNEL]
    first = next((line for line in lines if not line.startswith("#!")), "")
    name = re.search(SPDX + r"(.*?)\s*(\*/)?\s*$", first)
    if not name or name[1] not in want:
        yield f"{path}: the first line must say '{SPDX}{' or '.join(want)}'"


def check_folders(folders):
    for place, inner, found in folders:
        if not inner and not set(found) - NOT_CONTENT:
            yield f"{place}: an empty folder; a folder appears when its first file does"


def is_source(root, path):
    if path.endswith(SOURCE):
        return True
    if "." in os.path.basename(path):
        return False
    with open(os.path.join(root, path), "rb") as file:
        return file.read(2) == b"#!"


def check(root):
    files, folders = files_and_folders(root)
    known = set(files)
    problems = list(check_folders(folders))
    for path in files:
        if not is_source(root, path):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        if path.endswith(CODE):
            problems += check_includes(path, lines, known)
        problems += check_size(path, lines)
        problems += check_licence(path, lines)
    return len(known), problems


def main():
    if len(sys.argv) != 2 or not os.path.isdir(os.path.join(sys.argv[1], "analysis")):
        print("usage: check.py ROOT (the top folder of the project)", file=sys.stderr)
        return 2
    count, problems = check(sys.argv[1])
    for problem in problems:
        print(problem)
    print(f"{count} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
