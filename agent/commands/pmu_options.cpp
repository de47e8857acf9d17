// SPDX-License-Identifier: Apache-2.0
#include "commands/pmu_options.h"

#include <CLI/CLI.hpp>

namespace smtscope {

void add_pmu_options(CLI::App& app, PmuOptions& options) {
  app.add_option("--event", options.events, "how this event is encoded, by our table and by libpfm4; may be repeated")
      ->type_name("NAME")
      ->take_all();
  app.add_option("--plan", options.plan, "what is counted all the time, or once to check the top-down metrics")
      ->check(CLI::IsMember({"always_on", "check"}))
      ->capture_default_str();
  app.add_flag("--list", options.list, "name every event that libpfm4 can encode here");
  app.add_option("--format", options.format, "text, or json: one object")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  smtscope pmu                                       counters of this machine, and what is counted\n"
      "  smtscope pmu --event topdown.backend_bound_slots   our table, libpfm4, and whether they agree\n"
      "  smtscope pmu --list --format json                  every name that libpfm4 knows here");
}

}  // namespace smtscope
