// SPDX-License-Identifier: Apache-2.0
// Stored snapshots as text: one JSON object a file.
//   cores: [[cpu, ..], ..]; attested; entities: [[id, kind, name, cgroup or null, pid if any], ..];
//   snapshots: [{start_ns, end_ns, tables: {reading: {"kind a b": [values]}}, missing: {reading: reason},
//   cores and entities where they differ from the file's}]. Waits and placements use the kernel side's buckets.
#pragma once

#include <string>
#include <vector>

#include "model/snapshot.h"

namespace smtscope::test {

// All snapshots of a file, in order. Throws on anything it does not know: a fixture is not input.
[[nodiscard]] std::vector<Snapshot> read_snapshots(const std::string& path);

}  // namespace smtscope::test
