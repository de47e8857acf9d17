// SPDX-License-Identifier: Apache-2.0
#include "commands/diff_options.h"

#include <CLI/CLI.hpp>

#include "commands/recording_options.h"

namespace smtscope {

void add_diff_options(CLI::App& app, DiffCommandOptions& options) {
  app.add_option("a", options.a, "a recording, or the folder of the flight recorder: how it was")
      ->required()
      ->type_name("A");
  app.add_option("b", options.b, "another one, or the same with another range: how it is now")
      ->required()
      ->type_name("B");
  add_range_options(app, options.from, options.to);
  app.add_option("--from-a", options.from_a, "the same for A alone")->type_name("TIME");
  app.add_option("--to-a", options.to_a, "")->type_name("TIME");
  app.add_option("--from-b", options.from_b, "the same for B alone")->type_name("TIME");
  app.add_option("--to-b", options.to_b, "")->type_name("TIME");
  app.add_option("--window", options.window,
                 "what the spread is taken over (default: ten windows a side or more, 1s .. 60s)")
      ->type_name("TIME");
  app.add_option("--work-a", options.work_a, "work that was done in A, for cost per unit: 41000/s, 41k/s, 2.5M/min")
      ->type_name("RATE");
  app.add_option("--work-b", options.work_b, "the same in B")->type_name("RATE");
  app.add_option("--of", options.of, "one entity: its name as recorded, cgroup path or command")->type_name("NAME");
  app.add_flag("--all", options.all, "every entity and pair, not those that changed most alone");
  app.add_option("--format", options.format, "text, or json: one object")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  smtscope diff before.smtscope after.smtscope\n"
      "  smtscope diff v1.smtscope v2.smtscope --work-a 41000/s --work-b 39500/s\n"
      "  smtscope diff /var/lib/smtscope/recorder /var/lib/smtscope/recorder --to-a 03:10 --from-b 03:10\n"
      "  smtscope diff before.smtscope after.smtscope --of redis.service");
}

}  // namespace smtscope
