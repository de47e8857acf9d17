// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <charconv>

const char kUsage[] =
    R"(load: work with a known truth; ends by itself or by SIGTERM and prints one JSON line
  load hogs CPU[,CPU..] SECONDS                              one busy process a CPU, pinned
  load none SECONDS                                          nothing
  load pingpong CPU[,CPU..] SECONDS [--threads|--processes]  on each CPU two tasks that wake each other in turn
  load mixed SECONDS [--tasks N]                             N processes (4) that sleep and run for random times
  load duty CPU RUN_US PERIOD_US SECONDS                     busy RUN_US of each PERIOD_US by the wall clock
  load numa CPU[,CPU..] NODE MIB SECONDS [--migratable]      on each CPU a process that writes MIB on the node, over
                                                             and over, an eighth of it given back and taken anew
options: --ready FILE  makes FILE when the truth begins to hold
)";
namespace {

template <typename Number>
bool parse(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse_cpus(std::string_view text, std::vector<int>& cpus) {
  while (true) {
    const size_t comma = text.find(',');
    int cpu = 0;
    if (!parse(text.substr(0, comma), cpu) || cpu < 0 || cpu > 8191) return false;
    cpus.push_back(cpu);
    if (comma == std::string_view::npos) return cpus.size() <= kMaxTasks / 2;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool parse_options(const std::vector<std::string_view>& args, Options& options) {
  std::vector<std::string_view> rest;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool more = i + 1 < args.size();
    if (args[i] == "--threads" || args[i] == "--processes") options.threads = args[i] == "--threads";
    else if (args[i] == "--migratable") options.migratable = true;
    else if (args[i] == "--ready" && more) options.ready = args[++i];
    else if (args[i] == "--tasks" && more) {
      if (!parse(args[++i], options.tasks) || options.tasks < 1 || options.tasks > kMaxTasks) return false;
    } else if (args[i].starts_with("--")) return false;
    else rest.push_back(args[i]);
  }
  if (rest.size() < 2 || !parse(rest.back(), options.seconds)) return false;
  if (!(options.seconds > 0 && options.seconds <= 86'400)) return false;
  options.kind = rest[0];
  if (options.kind == "none" || options.kind == "mixed") return rest.size() == 2;
  if (!parse_cpus(rest[1], options.cpus)) return false;
  if (options.kind == "hogs" || options.kind == "pingpong") return rest.size() == 3;
  if (options.kind == "numa") {
    size_t mib = 0;
    if (rest.size() != 5 || !parse(rest[2], options.node) || !parse(rest[3], mib)) return false;
    options.memory_bytes = mib << 20;
    return options.node < 64 && mib >= 8 && mib <= 65'536;
  }
  int64_t run_us = 0, period_us = 0;
  if (options.kind != "duty" || rest.size() != 5 || options.cpus.size() != 1) return false;
  if (!parse(rest[2], run_us) || !parse(rest[3], period_us)) return false;
  options.run_ns = run_us * 1000;
  options.period_ns = period_us * 1000;
  return run_us > 0 && run_us <= period_us && period_us <= 60'000'000;
}
