// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fuse.h"

#include <fmt/format.h>

#include <algorithm>

namespace smtscope {
namespace {

constexpr uint64_t kLeastRuns = 100;  // fewer switches say nothing of their cost

const CollectorCost* same_name(const std::vector<CollectorCost>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const CollectorCost& c) { return c.name == name; });
  return at == all.end() ? nullptr : &*at;
}

// Time and runs of a collector's programs on the switch hook between two readings.
ProgramStats switch_growth(const CollectorCost& before, const CollectorCost& now) {
  ProgramStats growth;
  for (const ProgramStats& program : now.programs) {
    if (program.name.find("switch") == std::string::npos) continue;
    const auto at = std::find_if(before.programs.begin(), before.programs.end(),
                                 [&](const ProgramStats& p) { return p.name == program.name; });
    if (at == before.programs.end()) continue;
    growth.run_ns += program.run_ns - at->run_ns;
    growth.runs += program.runs - at->runs;
  }
  return growth;
}

// The collector with the most of `cost`.
std::string_view costliest(const std::vector<CollectorCost>& all,
                           const std::function<double(const CollectorCost&)>& cost) {
  const auto at = std::max_element(all.begin(), all.end(),
                                   [&](const CollectorCost& l, const CollectorCost& r) { return cost(l) < cost(r); });
  return at == all.end() ? std::string_view() : at->name;
}

// ns a switch of the programs of one collector; 0 if there were too few.
double median_per_switch(std::string_view name, const std::vector<FuseReading>& sample) {
  std::vector<double> parts;
  uint64_t runs = 0;
  for (size_t i = 1; i < sample.size(); i++) {
    const CollectorCost *before = same_name(sample[i - 1].collectors, name),
                        *after = same_name(sample[i].collectors, name);
    if (!before || !after) continue;
    const ProgramStats growth = switch_growth(*before, *after);
    runs += growth.runs;
    if (growth.runs) parts.push_back(static_cast<double>(growth.run_ns) / static_cast<double>(growth.runs));
  }
  if (runs < kLeastRuns) return 0;
  std::nth_element(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 2), parts.end());
  return parts[parts.size() / 2];
}

std::string mib(uint64_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); }

}  // namespace

FuseResult judge(const BudgetConfig& budget, const FuseReading& before, const FuseReading& now, uint64_t elapsed_ns,
                 const std::vector<FuseReading>& sample) {
  FuseResult result;
  const auto per_elapsed = [&](double ns) { return elapsed_ns ? ns / static_cast<double>(elapsed_ns) : 0; };
  result.cpu_percent = 100 * per_elapsed(static_cast<double>(now.cpu_ns - std::min(before.cpu_ns, now.cpu_ns)));
  result.memory_bytes = now.memory_bytes;
  const auto per_switch = [&](const CollectorCost& collector) { return median_per_switch(collector.name, sample); };
  double sum = 0;
  for (const CollectorCost& collector : now.collectors) sum += per_switch(collector);
  if (sum > 0) result.ns_per_switch = sum;
  const auto cpu_of = [&](const CollectorCost& collector) {
    const CollectorCost* base = same_name(before.collectors, collector.name);
    return static_cast<double>(collector.cpu_ns - (base ? std::min(base->cpu_ns, collector.cpu_ns) : 0));
  };
  // The dearest to others first: a switch is paid by every workload on the node.
  if (sum > budget.ns_per_switch) {
    result.over = fmt::format("{:.0f} ns a switch, {:.0f} allowed", sum, budget.ns_per_switch);
    result.costliest = costliest(now.collectors, per_switch);
  } else if (result.cpu_percent > budget.cpu_percent) {
    result.over = fmt::format("{:.2f} % of a CPU, {:g} allowed", result.cpu_percent, budget.cpu_percent);
    result.costliest = costliest(now.collectors, cpu_of);
  } else if (result.memory_bytes > budget.memory_bytes) {
    result.over = fmt::format("{} of memory, {} allowed", mib(result.memory_bytes), mib(budget.memory_bytes));
    result.costliest =
        costliest(now.collectors, [](const CollectorCost& c) { return static_cast<double>(c.memory_bytes); });
  }
  return result;
}

std::optional<Fuse::Blown> Fuse::tick(uint64_t now_ns, const std::function<FuseReading()>& read) {
  if (now_ns < next_ns_) return std::nullopt;
  const uint64_t pause_ns = times_.period_ns - std::min(times_.period_ns, times_.sample_ns);
  if (period_began_ns_ == 0) {
    period_began_ns_ = now_ns;
    period_start_ = read();
    next_ns_ = now_ns + pause_ns;
    return std::nullopt;
  }
  if (sample_.empty()) {
    auto counting = count_program_time();
    if (counting) counting_ = std::move(*counting);
    not_counted_ = counting ? "" : counting.error().what;
  }
  sample_.push_back(read());
  if (sample_.size() <= times_.parts) {
    next_ns_ = now_ns + times_.sample_ns / times_.parts;
    return std::nullopt;
  }
  next_ns_ = now_ns + pause_ns;
  return end_sample(now_ns);
}

std::optional<Fuse::Blown> Fuse::end_sample(uint64_t now_ns) {
  counting_.reset();
  last_ = judge(budget_, period_start_, sample_.back(), now_ns - period_began_ns_, sample_);
  period_start_ = std::move(sample_.back());
  period_began_ns_ = now_ns;
  sample_.clear();
  over_in_a_row_ = last_->over.empty() ? 0 : over_in_a_row_ + 1;
  if (over_in_a_row_ < times_.patience || last_->costliest.empty()) return std::nullopt;
  over_in_a_row_ = 0;
  return Blown{std::string(last_->costliest), last_->over};
}

}  // namespace smtscope
