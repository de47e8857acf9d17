// SPDX-License-Identifier: Apache-2.0
// smtscope agent: the daemon, and what can be asked of its configuration without starting it.
#include <fmt/format.h>

#include <cstdio>

#include "commands/options.h"
#include "commands/print.h"
#include "config/load.h"
#include "config/print.h"
#include "pipeline/log.h"
#include "pipeline/run.h"

namespace smtscope {
namespace {

// What can be configured and is not in this version: better refused than ignored.
std::vector<std::string> not_in_this_version(const Config& config) {
  std::vector<std::string> problems;
  const auto missing = [&](const std::string& key, const std::string& what) {
    problems.push_back(fmt::format("{}: {} is not in this version", key, what));
  };
  for (size_t i = 0; i < config.exporters.size(); i++) {
    const std::string& type = config.exporters[i].type;
    if (type != "prometheus" && type != "jsonl") missing(fmt::format("exporters.{}.type", i), type);
  }
  if (config.collectors.tcp == Enabled::yes) missing("collectors.tcp.enabled", "the collector");
  if (config.kubernetes.enabled == Enabled::yes) missing("identity.kubernetes.enabled", "Kubernetes");
  return problems;
}

Result<Config> usable_config(const AgentOptions& options) {
  auto config = load_config(options.config, options.sets);
  if (!config) return config;
  const std::vector<std::string> problems = not_in_this_version(*config);
  if (problems.empty()) return config;
  std::string text =
      fmt::format("the configuration has {} problem{}:", problems.size(), problems.size() > 1 ? "s" : "");
  for (const std::string& problem : problems) text += "\n  " + problem;
  return fail(ErrorKind::config, text, "set them to auto or false, or leave them out");
}

}  // namespace

Result<int> run_agent_command(const AgentOptions& options) {
  if (options.print) {  // also what this version would refuse: the file is right
    const auto config = load_config(options.config, options.sets);
    if (!config) return Failure(config.error());
    if (auto r = print_result(print_config(*config)); !r) return Failure(r.error());
    return 0;
  }
  const auto config = usable_config(options);
  if (!config) return Failure(config.error());
  for (const std::string& warning : config_warnings(*config)) fmt::print(stderr, "smtscope: warning: {}\n", warning);
  if (options.check) {
    fmt::print("the configuration is right\n");
    return 0;
  }
  start_log(config->log.level, config->log.format);
  if (auto r = run_agent(*config, [&options] { return usable_config(options); }); !r) return Failure(r.error());
  return 0;
}

}  // namespace smtscope
