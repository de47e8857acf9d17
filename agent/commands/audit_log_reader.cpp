// SPDX-License-Identifier: Apache-2.0
#include "commands/audit_log_reader.h"

#include <algorithm>

namespace smtscope {
namespace {

constexpr size_t kAround = 8;       // records: their times shift, and the clock may step back by some ns
constexpr size_t kChunk = 1 << 16;  // records looked at together
constexpr uint64_t kTickNs = 16;    // what the other side rounds to
constexpr uint64_t kApartNs = 150;  // usual distance of two programs' readings, where the record does not say

struct Range {
  size_t begin = 0, end = 0;
};

// Records of (start, end], by their time; as if in order.
Range records_in(std::span<const audit_record> records, uint64_t start_ns, uint64_t end_ns) {
  const auto at = [&](uint64_t ns) {
    const auto after =
        std::partition_point(records.begin(), records.end(), [ns](const audit_record& r) { return r.ns <= ns; });
    return static_cast<size_t>(after - records.begin());
  };
  return {at(start_ns), at(end_ns)};
}

}  // namespace

audit::Switch LogReader::switch_of(uint32_t cpu, const audit_record& r) const {
  audit::Switch s{r.ns, cpu, r.prev, r.next, r.cgroup, (r.tgid & AUDIT_SEED) != 0};
  // The other side read its clock within `took`: the middle is at most half of it away.
  s.ns += r.took / 2;
  s.slack_ns = r.took ? (r.took + 1) / 2 + kTickNs : kApartNs;
  if (by_ == GroupBy::process) s.who = r.tgid & AUDIT_TGID;
  else if (r.tgid & AUDIT_KTHREAD) s.who = audit::kKernel;
  if ((r.pid & AUDIT_PID) == 0) s.who = audit::kIdle;
  if (r.tgid & AUDIT_NUMBERED) s.number = static_cast<uint8_t>(r.pid >> AUDIT_NUMBER_SHIFT);
  return s;
}

std::vector<audit::Switch> LogReader::switches(uint32_t cpu, size_t begin, size_t end) const {
  std::vector<audit::Switch> all;
  all.reserve(end - begin);
  for (const audit_record& r : log_.records(cpu).subspan(begin, end - begin)) all.push_back(switch_of(cpu, r));
  return all;
}

std::vector<audit::Change> LogReader::changes(const audit::CoreWindow& window) const {
  std::vector<std::vector<audit::Change>> per_cpu;
  for (const uint32_t cpu : window.cpus) {
    const auto records = log_.records(cpu);
    const Range in = records_in(records, window.start_ns, window.end_ns);
    const size_t begin = in.begin > kAround ? in.begin - kAround : 0;
    per_cpu.push_back(audit::changes_of(switches(cpu, begin, std::min(in.end + kAround, records.size()))));
  }
  return audit::merged(per_cpu);
}

std::vector<audit::Change> LogReader::changes() const {
  audit::CoreWindow all{{}, 0, UINT64_MAX};
  for (uint32_t cpu = 0; cpu < log_.cpus(); cpu++) all.cpus.push_back(cpu);
  return changes(all);
}

audit::LogFacts LogReader::facts(uint64_t start_ns, uint64_t end_ns) const {
  audit::LogFacts facts;
  facts.cpus = log_.cpus();
  uint64_t took = 0;
  const auto full = log_.full_ns();
  if (full && *full <= end_ns) facts.dropped = log_.dropped();
  for (uint32_t cpu = 0; cpu < log_.cpus(); cpu++) {
    const auto records = log_.records(cpu);
    const Range in = records_in(records, start_ns, end_ns);
    facts.records += in.end - in.begin;
    for (size_t i = in.begin; i < in.end; i++) took += records[i].took;
    for (size_t i = std::max<size_t>(in.begin, 1); i < in.end; i++) {
      if (records[i].ns >= records[i - 1].ns) continue;
      facts.backwards++;
      facts.most_backwards_ns = std::max<uint64_t>(facts.most_backwards_ns, records[i - 1].ns - records[i].ns);
    }
    // Each chunk begins with the last record of the one before it: a loss lies between two.
    for (size_t i = in.begin > 0 ? in.begin - 1 : 0; i + 1 < in.end; i += kChunk) {
      const auto losses = audit::losses_in(switches(cpu, i, std::min(i + kChunk + 1, in.end)));
      facts.seen_losses += losses.seen;
      facts.hidden_losses += losses.hidden;
    }
  }
  if (facts.records) facts.apart_ns = took / facts.records;
  return facts;
}

}  // namespace smtscope
