// SPDX-License-Identifier: Apache-2.0
#include "replay/snapshots.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "kernel/ledger_reader.h"

namespace smtscope::test {
namespace {

using Json = nlohmann::json;

template <class T>
T word(const std::map<std::string, T>& words, const std::string& text) {
  const auto at = words.find(text);
  if (at == words.end()) throw std::runtime_error("unknown word in a fixture: " + text);
  return at->second;
}

Reading reading_of(const std::string& text) {
  return word<Reading>({{"core_state", Reading::core_state},
                        {"core_window", Reading::core_window},
                        {"entity_time", Reading::entity_time},
                        {"pair_time", Reading::pair_time},
                        {"runqueue_count", Reading::runqueue_count},
                        {"runqueue_sum", Reading::runqueue_sum},
                        {"placement", Reading::placement},
                        {"placement_count", Reading::placement_count},
                        {"anomaly", Reading::anomaly},
                        {"cpu_time", Reading::cpu_time}},
                       text);
}

Reason reason_of(const std::string& text) {
  for (int i = 0; i <= static_cast<int>(Reason::over_budget); i++)
    if (reason_word(static_cast<Reason>(i)) == text) return static_cast<Reason>(i);
  throw std::runtime_error("unknown reason in a fixture: " + text);
}

Key key_of(const std::string& text) {
  std::istringstream in(text);
  std::string kind;
  Key key;
  in >> kind >> key.a >> key.b;
  if (!in) throw std::runtime_error("bad key in a fixture: " + text);
  key.kind = word<KeyKind>({{"node", KeyKind::node},
                            {"cpu", KeyKind::cpu},
                            {"core", KeyKind::core},
                            {"entity", KeyKind::entity},
                            {"pair", KeyKind::pair}},
                           kind);
  return key;
}

std::shared_ptr<const Topology> topology_of(const Json& cores, bool attested) {
  auto topology = std::make_shared<Topology>();
  for (const Json& cpus : cores) {
    Core core;
    core.cpus = cpus.get<std::vector<uint32_t>>();
    core.id = core.cpus.at(0);
    core.package = 0;
    core.node = 0;
    for (const uint32_t cpu : core.cpus) topology->cpus.push_back({cpu, true, false, core.id});
    topology->cores.push_back(std::move(core));
  }
  std::sort(topology->cpus.begin(), topology->cpus.end(), [](const Cpu& l, const Cpu& r) { return l.id < r.id; });
  topology->attested = attested;
  return topology;
}

Entity entity_of(const Json& json) {
  Entity entity;
  entity.id = json.at(0);
  const std::string kind = json.at(1);
  for (int i = 0; i <= static_cast<int>(EntityKind::other); i++)
    if (entity_kind_word(static_cast<EntityKind>(i)) == kind) entity.kind = static_cast<EntityKind>(i);
  entity.name = json.at(2);
  if (json.at(3).is_string()) entity.cgroup = json.at(3);
  if (json.size() > 4) entity.pid = json.at(4);
  return entity;
}

Table table_of(Reading reading, const Json& rows) {
  Table table{reading_width(reading), {}, {}};
  for (const auto& [key, values] : rows.items()) {
    uint64_t* row = table.append(key_of(key));
    const auto numbers = values.get<std::vector<uint64_t>>();
    if (numbers.size() > table.width) throw std::runtime_error("too many values for " + key);
    std::copy(numbers.begin(), numbers.end(), row);
  }
  table.sort();
  return table;
}

}  // namespace

std::vector<Snapshot> read_snapshots(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  const Json json = Json::parse(file);
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  std::vector<Snapshot> all;
  for (const Json& one : json.at("snapshots")) {
    Snapshot snapshot;
    snapshot.start_ns = one.at("start_ns");
    snapshot.end_ns = one.at("end_ns");
    snapshot.unix_offset_ns = json.at("unix_offset_ns");
    snapshot.topology = topology_of(one.contains("cores") ? one.at("cores") : json.at("cores"), json.at("attested"));
    snapshot.bucket_upper_ns = bounds;
    for (const auto& [name, rows] : one.at("tables").items())
      snapshot.tables[reading_of(name)] = table_of(reading_of(name), rows);
    const Json missing = one.value("missing", Json::object());
    for (const auto& [name, reason] : missing.items()) snapshot.missing[reading_of(name)] = reason_of(reason);
    for (const Json& entity : one.contains("entities") ? one.at("entities") : json.at("entities"))
      snapshot.entities.push_back(entity_of(entity));
    std::sort(snapshot.entities.begin(), snapshot.entities.end(),
              [](const Entity& l, const Entity& r) { return l.id < r.id; });
    all.push_back(std::move(snapshot));
  }
  return all;
}

}  // namespace smtscope::test
