// SPDX-License-Identifier: Apache-2.0
#include "commands/topdown_options.h"

#include <CLI/CLI.hpp>

namespace smtscope {

void add_topdown_options(CLI::App& app, TopdownOptions& options) {
  app.add_option("--counts", options.counts,
                 "counts to compute from: test vectors (JSON Lines), or what perf stat -x, or perf stat -j printed; "
                 "- is stdin")
      ->required()
      ->type_name("FILE");
  app.add_option("--dialect", options.dialect,
                 "the formulas, for counts that do not name theirs (default: by machine or events)")
      ->type_name("ID");
  app.add_option("--format", options.format, "text, or json: one object a record")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  smtscope topdown --counts pmu_vectors.jsonl --format json\n"
      "  perf stat -x, -o counts.csv -a -M TopdownL1 sleep 5; smtscope topdown --counts counts.csv\n"
      "  smtscope topdown --counts counts.csv --dialect zen4_l1_split_cycles");
}

}  // namespace smtscope
