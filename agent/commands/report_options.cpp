// SPDX-License-Identifier: Apache-2.0
#include "commands/report_options.h"

#include <CLI/CLI.hpp>

#include "commands/recording_options.h"

namespace smtscope {

void add_report_options(CLI::App& app, ReportOptions& options) {
  app.add_option("file", options.file, "a recording, or the folder of the flight recorder; without: measure now")
      ->type_name("FILE");
  app.add_option("-o,--output", options.output, "the page; - is stdout (default report.html; JSON: stdout)")
      ->type_name("FILE");
  options.measure.format = "html";
  app.add_option("--format", options.measure.format, "html, or json: the same content as one object")
      ->check(CLI::IsMember({"html", "json"}))
      ->capture_default_str();
  add_range_options(app, options.from, options.to);
  app.add_option("--of", options.of, "one entity first: cgroup path, systemd unit, pid or command")->type_name("NAME");
  app.add_option("--duration", options.duration, "without FILE: how long to measure (default 60s)")->type_name("TIME");
  app.add_option("--interval", options.interval, "without FILE: steps of it (default 1s)")->type_name("TIME");
  add_measure_options(app, options.measure, false);
  app.footer(
      "One HTML page without outside parts: attach it to a ticket. Ctrl-C ends a measurement and writes what there "
      "is.\n"
      "Examples:\n"
      "  smtscope report                                  the next minute of this node\n"
      "  smtscope report --duration 10m -o now.html\n"
      "  smtscope report trouble.smtscope -o trouble.html\n"
      "  smtscope report /var/lib/smtscope/recorder --from 03:05 --to 03:20");
}

}  // namespace smtscope
