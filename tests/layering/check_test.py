#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check.py on a made-up tree: a right one has no problem, each broken rule is found."""
import os
import tempfile
import unittest

import check

APACHE = "// SPDX-License-Identifier: Apache-2.0\n"
KERNEL = "// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"

GOOD = {
    "bpf/abi.h": KERNEL,
    "bpf/switch.bpf.c": KERNEL + '#include "abi.h"\n#include <bpf/bpf_helpers.h>\n',
    "analysis/model/key.h": APACHE + "#include <string>\n",
    "analysis/model/interval.cpp": APACHE + '#include "model/key.h"\n#include "key.h"\n',
    "analysis/derive/sibling.h": APACHE + '#include "model/key.h"\n',
    "analysis/derive/sibling.cpp": APACHE + '#include "derive/sibling.h"\n',
    "exporters/jsonl.h": APACHE + '#include "model/key.h"\n',
    "exporters/jsonl.cpp": APACHE + '#include "jsonl.h"\n',
    "agent/kernel/probe.h": APACHE + '#include "abi.h"\n#include "switch.skel.h"\n#include <switch.skel.h>\n',
    "agent/collectors/scheduler.h": APACHE + '#include "kernel/probe.h"\n#include "model/key.h"\n',
    "agent/identity/name.h": APACHE + '#include "kernel/probe.h"\n',
    "agent/views/stat.h": APACHE + '#include "derive/sibling.h"\n',
    "agent/pipeline/loop.cpp": APACHE + '#include "collectors/scheduler.h"\n#include "jsonl.h"\n',
    "agent/signals.h": APACHE + '#include "model/key.h"\n',
    "agent/signals.cpp": APACHE + '#include "signals.h"\n#include "collectors/scheduler.h"\n#include "derive/sibling.h"\n',
    "agent/commands/stat.h": APACHE + '#include "views/stat.h"\n#include "kernel/probe.h"\n#include "signals.h"\n',
    "agent/main.cpp": APACHE + '#include "commands/stat.h"\n',
    "tests/unit/key_test.cpp": APACHE + '#include "model/key.h"\n#include "kernel/probe.h"\n',
    "scripts/run": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n",
    "docs/notes.txt": "no licence line needed\n",
}

# What is changed in the good tree -> what the only line that is printed must hold.
BROKEN = [
    ({"bpf/abi.h": KERNEL + '#include "model/key.h"\n'}, "bpf may not include analysis/model/key.h"),
    ({"bpf/abi.h": KERNEL + '#include "native_bpf.h"\n', "tests/native/native_bpf.h": KERNEL}, "bpf may not include tests/"),
    ({"tests/unit/key_test.cpp": "// SPDX-License-Identifier: MIT\n"}, "the first line must say"),
    ({"analysis/model/key.h": APACHE + '#include "derive/sibling.h"\n'}, "may not include analysis/derive/sibling.h"),
    ({"analysis/model/key.h": APACHE + '#include "abi.h"\n'}, "may not include bpf/abi.h"),
    ({"analysis/model/key.h": APACHE + "#include <thread>\n"}, "analysis has no file, clock"),
    ({"analysis/model/key.h": APACHE + "#include <sys/stat.h>\n"}, "analysis has no file, clock"),
    ({"analysis/audit/sweep.h": APACHE + '#include "derive/sibling.h"\n'}, "may not include analysis/derive/sibling.h"),
    ({"analysis/derive/sibling.h": APACHE + '#include "kernel/probe.h"\n'}, "may not include agent/kernel/probe.h"),
    ({"exporters/jsonl.h": APACHE + '#include "derive/sibling.h"\n'}, "exporters may not include"),
    ({"exporters/jsonl.h": APACHE + '#include "kernel/probe.h"\n'}, "exporters may not include"),
    ({"agent/kernel/probe.h": APACHE + '#include "collectors/scheduler.h"\n'}, "agent/kernel may not include"),
    ({"agent/collectors/scheduler.h": APACHE + '#include "derive/sibling.h"\n'}, "agent/collectors may not include"),
    ({"agent/collectors/scheduler.h": APACHE + '#include "../identity/name.h"\n'}, "agent/collectors may not include"),
    ({"agent/collectors/scheduler.h": APACHE + "#include <identity/name.h>\n"}, "agent/collectors may not include"),
    ({"agent/identity/name.h": APACHE + '#include "jsonl.h"\n'}, "agent/identity may not include"),
    ({"agent/recording/codec.h": APACHE + '#include "kernel/probe.h"\n'}, "agent/recording may not include"),
    ({"agent/views/stat.h": APACHE + '#include "switch.skel.h"\n'}, "agent/views may not include"),
    ({"agent/http/server.h": APACHE + '#include "derive/sibling.h"\n'}, "agent/http may not include"),
    ({"agent/pipeline/loop.cpp": APACHE + '#include "views/stat.h"\n'}, "agent/pipeline may not include"),
    ({"agent/signals.h": APACHE + '#include "views/stat.h"\n'}, "agent/signals may not include"),
    ({"agent/main.cpp": APACHE + '#include "kernel/probe.h"\n'}, "agent/main may not include"),
    ({"agent/other/new.h": APACHE + '#include "model/key.h"\n'}, "agent/other may not include"),
    ({"exporters/jsonl.h": APACHE + '#include "nowhere.h"\n'}, '"nowhere.h" is no file of the project'),
    ({"agent/kernel/probe.h": APACHE + "\n" * 500}, "501 lines, at most 500"),
    ({"bpf/switch.bpf.c": KERNEL + "\n" * 150}, "151 lines, at most 150"),
    ({"agent/commands/stat.h": APACHE + "\n" * 200}, "201 lines, at most 200"),
    ({"tests/unit/key_test.cpp": APACHE + "\n" * 1000}, "1001 lines, at most 1000"),
    ({"scripts/run": "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n" + "\n" * 499}, "501 lines, at most 500"),
    ({"agent/kernel/probe.h": "#pragma once\n" + APACHE}, "the first line must say"),
    ({"agent/kernel/probe.h": KERNEL}, "the first line must say"),
    ({"bpf/abi.h": APACHE}, "the first line must say"),
    ({"scripts/run": "#!/bin/bash\n"}, "the first line must say"),
    ({"agent/http/CMakeLists.txt": "\n"}, "agent/http: an empty folder"),
    ({"agent/http/": None}, "agent/http: an empty folder"),
]

# Changes that keep the rules.
FINE = [
    {"tests/unit/key_test.cpp": APACHE + "\n" * 999},
    {"analysis/topdown/skylake.cpp": APACHE + "\n" * 999},
    {"agent/kernel/probe.h": APACHE + "\n" * 499},
    {"bpf/abi.h": "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n"},
    {"bpf/compat.bpf.h": KERNEL + '#include "native_bpf.h"\n', "tests/native/native_bpf.h": KERNEL},
    {"exporters/http/client.h": APACHE, "agent/identity/name.h": APACHE + '#include "http/client.h"\n'},
]


class Check(unittest.TestCase):
    def problems(self, change):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD, **change}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                if text is not None:
                    with open(full, "w", encoding="utf-8") as file:
                        file.write(text)
            return check.check(root)[1]

    def test_right_trees_have_no_problem(self):
        for change in [{}] + FINE:
            with self.subTest(change=change):
                self.assertEqual(self.problems(change), [])

    def test_each_broken_rule_is_found(self):
        for change, want in BROKEN:
            with self.subTest(change=change):
                problems = self.problems(change)
                self.assertEqual(len(problems), 1, problems)
                self.assertIn(want, problems[0])


if __name__ == "__main__":
    unittest.main()
