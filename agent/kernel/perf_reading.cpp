// SPDX-License-Identifier: Apache-2.0
#include "kernel/perf_reading.h"

#include <fmt/format.h>

#include <algorithm>

namespace smtscope {

Quality judge_read(const PerfCount& previous, const PerfCount& current, uint64_t elapsed_ns) {
  if (current.value < previous.value || current.enabled_ns < previous.enabled_ns ||
      current.running_ns < previous.running_ns)
    return {Reason::implausible, 0};
  const uint64_t value = current.value - previous.value;
  const uint64_t enabled = current.enabled_ns - previous.enabled_ns;
  const uint64_t running = current.running_ns - previous.running_ns;
  const uint64_t missing = elapsed_ns > enabled ? elapsed_ns - enabled : 0;
  if (missing >= std::max(kStaleAfterNs, elapsed_ns / 8)) return {Reason::stale, 0};
  if (enabled == 0) return {Reason::not_counted, 0};
  if (running > enabled) return {Reason::implausible, 0};
  if (running == 0) return {value ? Reason::implausible : Reason::not_counted, 0};
  if (value / kMostCountsPerNs > running) return {Reason::implausible, 0};
  const auto share = static_cast<float>(static_cast<double>(running) / static_cast<double>(enabled));
  if (running == enabled) return {};
  return {share < kLeastRunningShare ? Reason::not_counted : Reason::multiplexed, share};
}

PerfCount operator+(const PerfCount& a, const PerfCount& b) {
  return {a.value + b.value, a.enabled_ns + b.enabled_ns, a.running_ns + b.running_ns};
}

PerfCount operator-(const PerfCount& a, const PerfCount& b) {
  return {a.value - b.value, a.enabled_ns - b.enabled_ns, a.running_ns - b.running_ns};
}

Result<> parse_group_read(std::span<const uint64_t> words, size_t bytes, std::span<const uint64_t> ids,
                          std::span<PerfCount> out) {
  if (bytes == 0)
    return fail(ErrorKind::resource, "the pinned group has no counters: others hold them",
                "end other profilers, or count fewer events");
  const size_t expected = group_read_words(ids.size());
  if (bytes != expected * sizeof(uint64_t) || words.size() < expected || out.size() < ids.size())
    return fail(ErrorKind::io, fmt::format("a read of a group of {} gave {} bytes, expected {}", ids.size(), bytes,
                                           expected * sizeof(uint64_t)));
  if (words[0] != ids.size())
    return fail(ErrorKind::io, fmt::format("a group of {} was read as one of {}", ids.size(), words[0]));
  for (size_t i = 0; i < ids.size(); i++)
    if (words[4 + 2 * i] != ids[i])
      return fail(ErrorKind::io,
                  fmt::format("member {} of a group is event {}, expected {}", i, words[4 + 2 * i], ids[i]));
  for (size_t i = 0; i < ids.size(); i++) out[i] = {words[3 + 2 * i], words[1], words[2]};
  return {};
}

}  // namespace smtscope
