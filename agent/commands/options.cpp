// SPDX-License-Identifier: Apache-2.0
#include "commands/options.h"

#include <CLI/CLI.hpp>

namespace smtscope {

void add_measure_options(CLI::App& app, MeasureOptions& options, bool format) {
  if (format)
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

void add_audit_options(CLI::App& app, AuditOptions& options) {
  add_measure_options(app, options.measure);
  app.add_option("--duration", options.duration, "how long to log and compare")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--log-memory", options.log_memory,
                 "most memory of the log, 48 bytes a switch; when it is full the window ends")
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_flag("--all", options.all, "every core, pair and entity, not those furthest apart alone");
  app.footer(
      "Logs every switch a second time, sweeps the log offline and compares. Exit status: 0 if both agree,\n"
      "1 if they differ or nothing can be said.\n"
      "Examples:\n"
      "  smtscope audit                              ten seconds of this node\n"
      "  smtscope audit --by pid --duration 30s --log-memory 1GiB\n"
      "  smtscope audit --siblings 0,1 --format json | jq .verdict");
}

void add_agent_options(CLI::App& app, AgentOptions& options) {
  app.add_option("--config", options.config, "configuration (default /etc/smtscope/smtscope.yaml, if it is there)")
      ->type_name("FILE");
  app.add_option("--set", options.sets, "one key over the file: --set interval=10s (may be repeated)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  auto* check = app.add_flag("--check-config", options.check, "say everything that is wrong with it, start nothing");
  app.add_flag("--print-config", options.print, "print it whole, defaults included, start nothing")->excludes(check);
  app.footer(
      "Without a file: measures every second and serves http://127.0.0.1:9464/metrics for Prometheus.\n"
      "SIGHUP reads the configuration again; SIGTERM flushes and ends.\n"
      "Examples:\n"
      "  smtscope agent                                       the defaults\n"
      "  smtscope agent --config my.yaml --check-config       what is wrong with a file\n"
      "  smtscope agent --set 'exporters=[{type: jsonl, path: /tmp/points.jsonl}]'\n"
      "  smtscope agent --set http.listen=127.0.0.1:9500 --set limits.entities=50");
}

}  // namespace smtscope
