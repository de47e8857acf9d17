// SPDX-License-Identifier: Apache-2.0
#include "contract_shape.h"

#include <fmt/format.h>

#include <set>

namespace smtscope::live {
namespace {

using nlohmann::json;

// One key of an object: name and type. Types: i integer, n number, s string, b true or false, o object, a array;
// a `?` behind it: null is allowed, and then `why` must name it.
struct Key {
  const char* name;
  const char* type;
};

const std::set<std::string> kWhy = {"unsupported", "not_applicable", "permission", "disabled",   "multiplexed",
                                    "partial",     "not_counted",    "lost",       "stale",      "implausible",
                                    "changed",     "not_attested",   "too_few",    "over_budget"};

const std::vector<Key> kTop = {
    {"start_ns", "i"}, {"end_ns", "i"},     {"start_unix_ms", "i"}, {"end_unix_ms", "i"}, {"window_seconds", "n"},
    {"host", "o"},     {"topology", "o"},   {"cores", "a"},         {"capacity", "o"},    {"entities", "a"},
    {"pairs", "a"},    {"placement", "o?"}, {"lost", "o"}};
const std::vector<Key> kHost = {{"name", "s"},         {"kernel", "s"},           {"cpu_model", "s?"},
                                {"smt_control", "s?"}, {"core_scheduling", "s?"}, {"vulnerabilities", "o"}};
const std::vector<Key> kTopology = {{"source", "s"},   {"cpus", "i"},  {"cores", "i"},      {"threads_per_core", "i"},
                                    {"packages", "i"}, {"nodes", "i"}, {"generation", "i"}, {"attested", "b"}};
const std::vector<Key> kCore = {{"id", "i"},        {"package", "i?"}, {"node", "i?"},   {"cpus", "a"},
                                {"start_ns", "i"},  {"end_ns", "i"},   {"seconds", "o"}, {"busy_siblings", "a"},
                                {"counters", "o?"}, {"topdown", "o?"}};
const std::vector<Key> kStates = {
    {"idle", "n"}, {"single", "n"}, {"partial", "n?"}, {"all_busy", "n?"}, {"unknown", "n"}};
const std::vector<Key> kCapacity = {{"cpu_used", "n?"}, {"core_used", "n?"}, {"all_busy", "n?"}, {"true_used", "o?"}};
const std::vector<Key> kTrueUse = {
    {"low", "n"}, {"high", "n"}, {"yield_low", "n"}, {"yield_high", "n"}, {"yield_source", "s"}};
const std::vector<Key> kEntity = {{"id", "i"},         {"name", "s"},      {"kind", "s"},       {"cgroup", "s?"},
                                  {"cgroup_id", "i?"}, {"pid", "i?"},      {"comm", "s?"},      {"pod", "s?"},
                                  {"namespace", "s?"}, {"workload", "s?"}, {"container", "s?"}, {"oncpu_seconds", "o"},
                                  {"runqueue", "o?"},  {"counters", "o?"}, {"topdown", "o?"},   {"numa", "a?"}};
const std::vector<Key> kOncpu = {{"sibling_idle", "n?"},
                                 {"sibling_same", "n?"},
                                 {"sibling_other", "n?"},
                                 {"sibling_unknown", "n?"},
                                 {"no_sibling", "n?"}};
const std::vector<Key> kRunqueue = {{"count", "i"},   {"sum_seconds", "n?"}, {"p50_us", "n?"},
                                    {"p99_us", "n?"}, {"max_us", "n?"},      {"buckets", "a?"}};
const std::vector<Key> kPair = {{"a", "i"}, {"b", "i"}, {"seconds", "n"}};
const std::vector<Key> kPlacement = {{"transitions", "i?"}, {"sampled", "i?"}, {"avoidable", "i?"}, {"buckets", "a?"}};
const std::vector<Key> kLost = {{"variant", "s"},
                                {"switches", "i?"},
                                {"seconds", "n?"},
                                {"contended", "i?"},
                                {"clamped", "i?"},
                                {"pairs_dropped", "i?"},
                                {"pairs_dropped_seconds", "n?"},
                                {"entities_dropped", "i?"}};

bool has_type(const json& value, char type) {
  switch (type) {
    case 'i': return value.is_number_integer();
    case 'n': return value.is_number();
    case 's': return value.is_string();
    case 'b': return value.is_boolean();
    case 'o': return value.is_object();
    case 'a': return value.is_array();
    default: return false;
  }
}

class Shape {
 public:
  std::vector<std::string> broken;

  void top(const json& stat) {
    if (!stat.is_object()) return say("the line is not an object");
    keys(stat, kTop, "");
    if (!broken.empty()) return;
    keys(stat["host"], kHost, "host.", {&stat});
    for (const auto& [name, text] : stat["host"].at("vulnerabilities").items())
      if (!text.is_string()) say("host.vulnerabilities." + name + " is not a text");
    keys(stat["topology"], kTopology, "topology.", {&stat});
    one_of(stat["topology"], "source", {"sysfs", "override"});
    for (const json& core : stat["cores"]) this->core(core);
    keys(stat["capacity"], kCapacity, "capacity.", {&stat});
    if (const json& use = stat["capacity"].value("true_used", json()); use.is_object()) {
      keys(use, kTrueUse, "capacity.true_used.", {&stat["capacity"], &stat});
      one_of(use, "yield_source", {"assumed", "measured"});
    }
    for (const json& entity : stat["entities"]) this->entity(entity);
    for (const json& pair : stat["pairs"]) keys(pair, kPair, "pairs[].");
    if (stat["placement"].is_object()) keys(stat["placement"], kPlacement, "placement.", {&stat});
    buckets(stat["placement"], "placement");
    keys(stat["lost"], kLost, "lost.", {&stat});
    one_of(stat["lost"], "variant", {"word", "queue"});
  }

 private:
  void say(const std::string& what) { broken.push_back(what); }

  // `around`: the objects around it, nearest first; a null's reason may stand in any of them by dotted path.
  void keys(const json& object, const std::vector<Key>& wanted, const std::string& path,
            const std::vector<const json*>& around = {}) {
    if (!object.is_object()) return say(path + " is not an object");
    for (const Key& key : wanted) {
      const auto at = object.find(key.name);
      if (at == object.end()) {
        say(path + key.name + " is missing");
      } else if (at->is_null()) {
        if (key.type[1] != '?') say(path + key.name + " is null");
        else if (!explained(object, key.name, path, around)) say(path + key.name + " is null without a why");
      } else if (!has_type(*at, key.type[0])) {
        say(fmt::format("{}{} has the wrong type: {}", path, key.name, at->dump()));
      }
    }
    check_why(object, path);
  }

  static bool names(const json& object, const std::string& field) {
    const auto why = object.find("why");
    return why != object.end() && why->is_object() && why->contains(field);
  }

  static bool explained(const json& object, const std::string& key, const std::string& path,
                        const std::vector<const json*>& around) {
    if (names(object, key)) return true;
    // "capacity.true_used." + "low" -> "true_used.low" in capacity, "capacity.true_used.low" at the top.
    std::string dotted = key;
    std::string rest = path.empty() ? path : path.substr(0, path.size() - 1);
    for (const json* outer : around) {
      const size_t dot = rest.rfind('.');
      dotted.insert(0, (dot == std::string::npos ? rest : rest.substr(dot + 1)) + ".");
      rest = dot == std::string::npos ? "" : rest.substr(0, dot);
      if (names(*outer, dotted)) return true;
    }
    return false;
  }

  // Every reason is one of the contract's words and belongs to a field that is null.
  void check_why(const json& object, const std::string& path) {
    const auto why = object.find("why");
    if (why == object.end()) return;
    if (!why->is_object()) return say(path + "why is not an object");
    for (const auto& [field, reason] : why->items()) {
      if (!reason.is_string() || !kWhy.contains(reason.get<std::string>()))
        say(fmt::format("{}why.{} is {}, not one of the contract's words", path, field, reason.dump()));
      const json* at = &object;
      for (size_t from = 0; at && from <= field.size();) {
        const size_t dot = std::min(field.find('.', from), field.size());
        const auto next = at->is_object() ? at->find(field.substr(from, dot - from)) : at->end();
        at = at->is_object() && next != at->end() ? &*next : nullptr;
        from = dot + 1;
      }
      if (!at || !at->is_null()) say(fmt::format("{}why.{} explains what is not null", path, field));
    }
  }

  void one_of(const json& object, const char* key, const std::set<std::string>& words) {
    const auto at = object.find(key);
    if (at != object.end() && at->is_string() && !words.contains(at->get<std::string>()))
      say(fmt::format("{} is {}", key, at->dump()));
  }

  void buckets(const json& object, const std::string& path) {
    if (!object.is_object() || !object.contains("buckets") || !object["buckets"].is_array()) return;
    const json& all = object["buckets"];
    for (size_t i = 0; i < all.size(); i++) {
      const bool last = i + 1 == all.size();
      const bool pair = all[i].is_array() && all[i].size() == 2;
      if (!pair || !all[i][1].is_number_integer() || !(all[i][0].is_number() || (last && all[i][0].is_null())))
        say(path + ".buckets has " + all[i].dump());
    }
  }

  void core(const json& core) {
    keys(core, kCore, "cores[].");
    if (!core.is_object() || !core.contains("seconds")) return;
    keys(core["seconds"], kStates, "seconds.", {&core});
    for (const char* list : {"cpus", "busy_siblings"}) {
      for (const json& value : core.value(list, json::array()))
        if (!has_type(value, list[0] == 'c' ? 'i' : 'n')) say(fmt::format("cores[].{} has {}", list, value.dump()));
    }
  }

  void entity(const json& entity) {
    keys(entity, kEntity, "entities[].");
    if (!entity.is_object()) return;
    one_of(entity, "kind", {"container", "pod", "unit", "cgroup", "process", "kernel", "other"});
    if (entity.contains("oncpu_seconds")) keys(entity["oncpu_seconds"], kOncpu, "oncpu_seconds.", {&entity});
    if (entity.contains("runqueue") && entity["runqueue"].is_object()) {
      keys(entity["runqueue"], kRunqueue, "runqueue.", {&entity});
      buckets(entity["runqueue"], "runqueue");
    }
  }
};

}  // namespace

std::vector<std::string> shape_violations(const json& stat) {
  Shape shape;
  shape.top(stat);
  return shape.broken;
}

}  // namespace smtscope::live
