// SPDX-License-Identifier: Apache-2.0
#include "commands/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

namespace smtscope {
namespace {

void add_measure_options(CLI::App& app, MeasureOptions& options) {
  app.add_option("--format", options.format, "text, or json: one object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  app.add_option("--siblings", options.siblings, "state by hand which CPUs share a core, where a VM hides it: 0,1;2,3")
      ->type_name("LIST");
  app.add_option("--by", options.by, "who time is charged to: cgroup (default), pid, pod, workload")
      ->check(CLI::IsMember({"cgroup", "pid", "pod", "workload"}));
  app.add_option("--cgroup-hierarchy", options.cgroup_hierarchy,
                 "v2, or a v1 controller such as memory (default: chosen and printed)")
      ->type_name("NAME");
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  static constexpr Unit kUnits[] = {{"ms", 1e-3}, {"us", 1e-6}, {"s", 1}, {"m", 60}, {"h", 3600}};
  const auto wrong = [&] {
    return fail(ErrorKind::usage, fmt::format("'{}' is not a duration", text),
                "write a number and a unit: 500ms, 10s, 2m, 1h");
  };
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (parsed.ec != std::errc()) return wrong();
  const std::string_view unit(parsed.ptr, static_cast<size_t>(text.data() + text.size() - parsed.ptr));
  for (const Unit& u : kUnits) {
    if (u.name != unit) continue;
    const double seconds = number * u.seconds;
    if (!(seconds >= 1e-3) || seconds > 366.0 * 86400)
      return fail(ErrorKind::usage, fmt::format("the duration '{}' is out of range", text),
                  "choose between 1ms and 8784h");
    return std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
  }
  return wrong();
}

void add_stat_options(CLI::App& app, StatOptions& options) {
  add_measure_options(app, options.measure);
  app.add_option("--duration", options.duration,
                 "how long to measure, 500ms .. 2m (default 5s; with --interval until Ctrl-C)")
      ->type_name("TIME");
  app.add_option("--interval", options.interval, "print one result per interval")->type_name("TIME");
  app.add_option("--of", options.of,
                 "one entity: cgroup path, systemd unit, container id, pid or command; its split and neighbours")
      ->type_name("NAME");
  app.add_flag("--all", options.all, "every entity and pair, not the busiest alone");
  app.add_option("--metrics", options.metrics_file,
                 "also write each interval's metric points as JSON Lines to this file")
      ->type_name("FILE");
  app.add_option("command", options.command, "measure while this command runs (after --)");
  app.footer(
      "Examples:\n"
      "  smtscope                                    five seconds of this node\n"
      "  smtscope stat --interval 1s --format json   one object a second until Ctrl-C\n"
      "  smtscope stat --of redis-server             one workload and who sat beside it\n"
      "  smtscope stat --siblings '0,1;2,3'          a VM that hides its hyperthreads\n"
      "  smtscope stat -- make -j8                   while a command runs");
}

void add_doctor_options(CLI::App& app, DoctorOptions& options) {
  add_measure_options(app, options.measure);
  app.add_flag("--plan", options.plan, "load nothing; list what stat would load, attach and open here");
  app.footer(
      "Exit status: 0 if `smtscope stat` can run here, 77 without permission, 69 if this kernel cannot.\n"
      "Examples:\n"
      "  smtscope doctor\n"
      "  smtscope doctor --plan --format json");
}

}  // namespace smtscope
