// SPDX-License-Identifier: Apache-2.0
#include "commands/recording_options.h"

#include <CLI/CLI.hpp>

namespace smtscope {

void add_range_options(CLI::App& app, std::optional<std::string>& from, std::optional<std::string>& to) {
  app.add_option("--from", from, "begin here: 03:05 (local time), 2026-11-21T03:05:30Z, -10m")->type_name("TIME");
  app.add_option("--to", to, "end here")->type_name("TIME");
}

void add_record_options(CLI::App& app, RecordOptions& options) {
  app.add_option("file", options.file, "the recording to make; it must not exist")->required()->type_name("FILE");
  app.add_option("--duration", options.duration, "how long, 500ms .. 24h (default: until Ctrl-C)")->type_name("TIME");
  app.add_option("--interval", options.interval, "time between two ticks")->type_name("TIME")->capture_default_str();
  app.add_option("--max-size", options.max_size, "the recording ends when the file has grown to this")
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_option("--metrics", options.metrics_file,
                 "also write each tick's metric points as JSON Lines to this file: what `replay` gives later")
      ->type_name("FILE");
  add_measure_options(app, options.measure, false);
  app.footer(
      "Raw readings, compressed: a busy node of 64 CPUs takes up to 60 MB an hour at the default interval. After a "
      "crash "
      "the\n"
      "file is whole up to the last tick.\n"
      "Examples:\n"
      "  smtscope record trouble.smtscope                       until Ctrl-C\n"
      "  smtscope record night.smtscope --duration 8h --interval 10s\n"
      "then\n"
      "  smtscope report trouble.smtscope -o trouble.html       a page for the ticket\n"
      "  smtscope top trouble.smtscope                          look at it again");
}

void add_replay_options(CLI::App& app, ReplayCommandOptions& options) {
  app.add_option("file", options.file, "a recording, or the folder of the flight recorder")
      ->required()
      ->type_name("FILE");
  add_range_options(app, options.from, options.to);
  app.add_option("--speed", options.speed, "1: as it happened; 60: a minute in a second (default: as fast as it goes)")
      ->type_name("TIMES");
  auto* output = app.add_option("-o,--output", options.output, "JSON Lines go to this file, - is stdout")
                     ->type_name("FILE")
                     ->capture_default_str();
  app.add_option("--config", options.config, "send the points to the exporters of this configuration instead")
      ->type_name("FILE")
      ->excludes(output);
  app.add_option("--set", options.sets, "one key over it: --set 'exporters=[{type: prometheus}]' (may be repeated)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->excludes(output);
  app.footer(
      "The points of a recorded run once more, with their original times: the same bytes that the live run wrote.\n"
      "Examples:\n"
      "  smtscope replay trouble.smtscope > points.jsonl\n"
      "  smtscope replay /var/lib/smtscope/recorder --from 03:05 --to 03:20\n"
      "  smtscope replay trouble.smtscope --speed 10 --set 'exporters=[{type: prometheus}]'");
}

}  // namespace smtscope
