// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "contract_shape.h"

namespace smtscope::live {
namespace {

using nlohmann::json;

double number(const json& object, const char* key) {
  const json& value = object.at(key);
  return value.is_number() ? value.get<double>() : 0;
}

class Rules {
 public:
  explicit Rules(const json& stat) : stat_(stat) {}
  std::vector<std::string> broken;

  void all() {
    for (const json& core : stat_.at("cores")) this->core(core);
    window();
    entities();
    pairs();
    marginals();
    capacity();
    placement();
  }

 private:
  void say(const std::string& what) { broken.push_back(what); }
  // Numbers may be rounded when written: to 1e-6 of the window.
  void near(double a, double b, const std::string& what) {
    if (!(std::abs(a - b) <= 1e-6 * std::max(window_, 1e-3) * std::max<double>(1, static_cast<double>(cores_.size()))))
      say(fmt::format("{}: {} and {}", what, a, b));
  }

  void core(const json& core) {
    const auto id = core.at("id").get<int64_t>();
    if (!cores_.insert(id).second) say(fmt::format("core {} is listed twice", id));
    const auto n = core.at("cpus").size();
    const auto start = core.at("start_ns").get<uint64_t>(), end = core.at("end_ns").get<uint64_t>();
    if (n < 1 || n > 8) say(fmt::format("core {} has {} CPUs", id, n));
    if (end <= start) return say(fmt::format("core {} has no window", id));
    start_ = std::min(start_, start);
    end_ = std::max(end_, end);
    last_start_ = std::max(last_start_, start);
    first_end_ = std::min(first_end_, end);
    const double length = static_cast<double>(end - start) * 1e-9;
    window_ = std::max(window_, length);
    const json& s = core.at("seconds");
    const double sum =
        number(s, "idle") + number(s, "single") + number(s, "partial") + number(s, "all_busy") + number(s, "unknown");
    if (std::abs(sum - length) > 1e-6 * length) say(fmt::format("core {}: states sum to {} of {} s", id, sum, length));
    for (const char* state : {"idle", "single", "partial", "all_busy", "unknown"})
      if (number(s, state) < 0) say(fmt::format("core {}: {} is negative", id, state));
    if (s.at("partial").is_null() != (n <= 2)) say(fmt::format("core {}: partial is null for n <= 2 only", id));
    if (s.at("all_busy").is_null() != (n == 1)) say(fmt::format("core {}: all_busy is null for n = 1 only", id));
    siblings(core, n, length);
    (n == 1 ? single_alone_ : single_) += number(s, "single");
    if (n == 2) all_busy_ += number(s, "all_busy");
    wide_ = wide_ || n > 2;
    cpu_seconds_ += length * static_cast<double>(n);
    unknown_ += number(s, "unknown");
    core_seconds_ += length;
    core_busy_ += number(s, "single") + number(s, "partial") + number(s, "all_busy");
  }

  void siblings(const json& core, size_t n, double length) {
    const json& s = core.at("seconds");
    const auto busy = core.at("busy_siblings").get<std::vector<double>>();
    if (busy.size() != n + 1) return say(fmt::format("busy_siblings has {} members for {} siblings", busy.size(), n));
    double sum = 0, partial = 0;
    for (size_t k = 0; k <= n; k++) {
      sum += busy[k];
      if (k > 1 && k < n) partial += busy[k];
      cpu_busy_ += busy[k] * static_cast<double>(k);
    }
    near(sum, length - number(s, "unknown"), "busy_siblings sums to the known time");
    near(busy[0], number(s, "idle"), "busy_siblings[0] is idle");
    near(busy[1], number(s, "single"), "busy_siblings[1] is single");
    if (n > 1) near(busy[n], number(s, "all_busy"), "busy_siblings[n] is all_busy");
    if (n > 2) near(partial, number(s, "partial"), "busy_siblings between is partial");
  }

  void window() {
    const auto start = stat_.at("start_ns").get<uint64_t>(), end = stat_.at("end_ns").get<uint64_t>();
    if (start != start_) say("start_ns is not the smallest of the cores'");
    if (end != end_) say("end_ns is not the largest of the cores'");
    const double length = static_cast<double>(end - start) * 1e-9;
    // Cores begin and end a little apart; which of them window_seconds means is not said.
    const double spread = static_cast<double>(last_start_ - start_ + end_ - first_end_) * 1e-9;
    if (std::abs(number(stat_, "window_seconds") - length) > 1e-6 * length + spread)
      say("window_seconds is not the window");
    const auto unix_ms = stat_.at("end_unix_ms").get<int64_t>() - stat_.at("start_unix_ms").get<int64_t>();
    // The wall clock may be slewed by 500 ppm meanwhile; both are cut to whole milliseconds.
    if (std::abs(static_cast<double>(unix_ms) - length * 1e3) > 1.5 + length) say("unix times are not the window");
    const json& topology = stat_.at("topology");
    if (topology.at("cores").get<size_t>() != cores_.size()) say("topology.cores is not the number of cores");
  }

  void entities() {
    for (const json& e : stat_.at("entities")) {
      const auto id = e.at("id").get<int64_t>();
      if (!ids_.insert(id).second) say(fmt::format("entity {} is listed twice", id));
      if (e.at("name").get<std::string>().empty()) say(fmt::format("entity {} has an empty name", id));
      const json& on = e.at("oncpu_seconds");
      double sum = 0;
      for (const auto& [name, value] : on.items()) {
        if (!value.is_number()) continue;
        sum += value.get<double>();
        if (value.get<double>() < 0) say(fmt::format("entity {}: {} is negative", id, name));
      }
      idle_ += number(on, "sibling_idle");
      beside_ += number(on, "sibling_same") + number(on, "sibling_other");
      beside_unknown_ += number(on, "sibling_unknown");
      no_sibling_ += number(on, "no_sibling");
      same_[id] = number(on, "sibling_same");
      other_[id] = number(on, "sibling_other");
      const json& q = e.at("runqueue");
      const bool waited = q.is_object() && q.at("count").get<int64_t>() > 0;
      if (sum <= 0 && !waited) say(fmt::format("entity {} ({}) has neither time nor waits", id, e.at("name").dump()));
      if (q.is_object()) runqueue(q, id);
    }
  }

  void runqueue(const json& q, int64_t id) {
    const auto count = q.at("count").get<int64_t>();
    if (count == 0) {
      for (const char* key : {"p50_us", "p99_us", "max_us"})
        if (!q.at(key).is_null()) say(fmt::format("entity {}: {} without waits", id, key));
      return;
    }
    int64_t sum = 0;
    double most = 0, least = 0, before = 0;
    bool open = false;
    json p50, p99;
    for (const json& bucket : q.at("buckets")) {
      const auto n = bucket[1].get<int64_t>();
      if (n <= 0) say(fmt::format("entity {}: an empty bucket", id));
      const int64_t reached = sum + n;
      if (p50.is_null() && reached * 2 >= count) p50 = bucket;
      if (p99.is_null() && reached * 100 >= count * 99) p99 = bucket;
      sum = reached;
      open = bucket[0].is_null();
      if (open) break;
      const auto upper = bucket[0].get<double>();
      if (upper <= before) say(fmt::format("entity {}: buckets do not ascend", id));
      most += upper * static_cast<double>(n);
      least += (upper > 1.024 ? upper / 1.126 : 0) * static_cast<double>(n);
      before = upper;
    }
    if (sum != count) say(fmt::format("entity {}: buckets hold {} of {} waits", id, sum, count));
    const double us = number(q, "sum_seconds") * 1e6;
    if ((!open && us > most * 1.001 + 1) || us < least * 0.999 - 1)
      say(fmt::format("entity {}: waits sum to {} us, buckets allow {} .. {}", id, us, least, most));
    const auto is_bound_of = [&](const char* key, const json& bucket) {
      if (!bucket.is_null() && q.at(key) != bucket[0])
        say(fmt::format("entity {}: {} is {}, its bucket ends at {}", id, key, q.at(key).dump(), bucket[0].dump()));
    };
    is_bound_of("p50_us", p50);
    is_bound_of("p99_us", p99);
    is_bound_of("max_us", q.at("buckets").back());
  }

  void pairs() {
    std::set<std::pair<int64_t, int64_t>> seen;
    for (const json& pair : stat_.at("pairs")) {
      const auto a = pair.at("a").get<int64_t>(), b = pair.at("b").get<int64_t>();
      const double seconds = number(pair, "seconds");
      const std::string which = fmt::format("pair {} {}", a, b);
      if (a > b) say(which + " is not in order");
      if (!seen.insert({a, b}).second) say(which + " is listed twice");
      if (!(seconds > 0)) say(which + " has no time");
      for (const int64_t id : {a, b})
        if (!ids_.contains(id)) say(fmt::format("{}: entity {} is not listed", which, id));
      pair_sum_ += seconds;
      if (a == b) pair_same_[a] += 2 * seconds;  // two threads of one entity
      else {
        pair_other_[a] += seconds;
        pair_other_[b] += seconds;
      }
    }
  }

  void marginals() {
    near(no_sibling_, single_alone_, "no_sibling sums to single of the cores without siblings");
    near(idle_, wide_ ? idle_ : single_, "sibling_idle sums to single");
    if (beside_unknown_ > unknown_ * 8 + 1e-9) say("sibling_unknown is more than the unknown time");
    if (wide_) return;
    near(pair_sum_, all_busy_, "pairs sum to all_busy");
    near(beside_, 2 * all_busy_, "sibling_same + sibling_other sum to 2 all_busy");
    for (const int64_t id : ids_) {
      near(same_[id], pair_same_[id], fmt::format("entity {}: sibling_same and its pair with itself", id));
      near(other_[id], pair_other_[id], fmt::format("entity {}: sibling_other and its pairs", id));
    }
  }

  void capacity() {
    const json& c = stat_.at("capacity");
    const double slack = 1e-3 + unknown_ / std::max(core_seconds_, 1e-9);
    const auto share = [&](const char* key, double expected) {
      if (c.at(key).is_null()) return;
      const double value = number(c, key);
      if (value < 0 || value > 1) say(fmt::format("capacity.{} is {}", key, value));
      if (std::abs(value - expected) > slack)
        say(fmt::format("capacity.{} is {}, the cores say {}", key, value, expected));
    };
    share("cpu_used", cpu_busy_ / std::max(cpu_seconds_, 1e-9));
    share("core_used", core_busy_ / std::max(core_seconds_, 1e-9));
    const json& use = c.at("true_used");
    if (!use.is_null() && !stat_.at("topology").at("attested").get<bool>()) say("true_used although not attested");
    if (use.is_object() && number(use, "low") > number(use, "high")) say("capacity.true_used.low is above high");
  }

  void placement() {
    const json& p = stat_.at("placement");
    if (!p.is_object() || p.at("sampled").is_null()) return;
    if (number(p, "sampled") > number(p, "transitions")) say("placement: more sampled than there were");
    if (number(p, "avoidable") > number(p, "sampled")) say("placement: more avoidable than sampled");
    int64_t sum = 0;
    for (const json& bucket : p.at("buckets")) sum += bucket[1].get<int64_t>();
    if (sum != p.at("avoidable").get<int64_t>()) say("placement: buckets do not sum to avoidable");
  }

  const json& stat_;
  uint64_t start_ = ~0ull, end_ = 0, last_start_ = 0, first_end_ = ~0ull;
  double window_ = 0, single_ = 0, single_alone_ = 0, all_busy_ = 0, unknown_ = 0;
  double cpu_seconds_ = 0, cpu_busy_ = 0, core_seconds_ = 0, core_busy_ = 0;
  double idle_ = 0, beside_ = 0, beside_unknown_ = 0, no_sibling_ = 0, pair_sum_ = 0;
  bool wide_ = false;
  std::set<int64_t> cores_, ids_;
  std::map<int64_t, double> same_, other_, pair_same_, pair_other_;
};

}  // namespace

std::vector<std::string> rule_violations(const json& stat) {
  Rules rules(stat);
  rules.all();
  return rules.broken;
}

}  // namespace smtscope::live
