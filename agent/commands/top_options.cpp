// SPDX-License-Identifier: Apache-2.0
#include "commands/top_options.h"

#include <CLI/CLI.hpp>

#include "commands/recording_options.h"

namespace smtscope {

void add_top_options(CLI::App& app, TopOptions& options) {
  app.add_option("file", options.file, "play this recording, or the flight recorder's folder (default: live)")
      ->type_name("FILE");
  app.add_option("--interval", options.interval, "live: time between two pictures (default 1s)")->type_name("TIME");
  app.add_option("--of", options.of, "begin with the details of one entity: name, cgroup path, unit, pid or command")
      ->type_name("NAME");
  add_measure_options(app, options.measure, false);
  add_range_options(app, options.from, options.to);
  app.add_option("--speed", options.speed, "of a recording: 1 as it happened (default), 60 a minute in a second")
      ->type_name("TIMES");
  app.footer(
      "Keys: ? shows them all. 1-4 views, s sort, / filter, Enter details, space pause, q quit.\n"
      "Without colours: NO_COLOR=1 smtscope top.\n"
      "Examples:\n"
      "  smtscope top                                  live, once a second\n"
      "  smtscope top --by pid --interval 2s           processes, not cgroups\n"
      "  smtscope top trouble.smtscope                 a recording: space plays, left and right step\n"
      "  smtscope top /var/lib/smtscope/recorder --from 03:05 --to 03:20");
}

}  // namespace smtscope
