// SPDX-License-Identifier: Apache-2.0
#include "stat_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace smtscope::live {
namespace {

using audit::Who;
using nlohmann::json;

std::map<std::string, double> numbers(const json& object) {
  std::map<std::string, double> found;
  for (const auto& [name, value] : object.items()) {
    if (value.is_number()) found[name] = value.get<double>();
  }
  return found;
}

Who who_of(const json& entity, By by) {
  if (by == By::process && entity.at("pid").is_number()) return entity.at("pid").get<Who>();
  if (by == By::cgroup && entity.at("cgroup_id").is_number()) return entity.at("cgroup_id").get<Who>();
  return entity.at("kind") == "kernel" ? audit::kKernel : audit::kUnknown - 2;
}

StatRunqueue runqueue_of(const json& r) {
  StatRunqueue q;
  q.count = r.at("count").get<uint64_t>();
  if (r.at("sum_seconds").is_number()) q.sum_seconds = r.at("sum_seconds").get<double>();
  if (r.at("max_us").is_number()) q.max_seconds = r.at("max_us").get<double>() * 1e-6;
  return q;
}

StatObject read(const json& line, By by) {
  StatObject stat;
  for (const json& core : line.at("cores")) {
    stat.cores.push_back({{core.at("cpus").get<std::vector<uint32_t>>(), core.at("start_ns").get<uint64_t>(),
                           core.at("end_ns").get<uint64_t>()},
                          numbers(core.at("seconds"))});
  }
  std::map<int64_t, Who> who_of_id;
  for (const json& entity : line.at("entities")) {
    Who who = who_of(entity, by);
    who_of_id[entity.at("id").get<int64_t>()] = who;
    for (const auto& [name, seconds] : numbers(entity.at("oncpu_seconds"))) stat.oncpu[who][name] += seconds;
    if (entity.at("runqueue").is_object()) stat.runqueue[who] = runqueue_of(entity.at("runqueue"));
  }
  for (const json& pair : line.at("pairs")) {
    Who a = who_of_id.at(pair.at("a").get<int64_t>()), b = who_of_id.at(pair.at("b").get<int64_t>());
    stat.pairs[std::minmax(a, b)] += pair.at("seconds").get<double>();
  }
  const json& lost = line.at("lost");
  stat.spilled_seconds = lost.at("pairs_dropped_seconds").get<double>();
  stat.lost = lost.at("switches").get<uint64_t>();
  if (lost.at("contended").is_number()) stat.contended = lost.at("contended").get<uint64_t>();
  return stat;
}

}  // namespace

const StatCore* StatObject::core_of(const std::vector<uint32_t>& cpus) const {
  auto at = std::find_if(cores.begin(), cores.end(), [&](const StatCore& c) { return c.window.cpus == cpus; });
  return at == cores.end() ? nullptr : &*at;
}

Result<StatObject> read_stat(const std::string& line, By by) {
  try {
    return read(json::parse(line), by);
  } catch (const std::exception& error) {  // the json library's, and map::at
    return fail(ErrorKind::input, error.what());
  }
}

}  // namespace smtscope::live
