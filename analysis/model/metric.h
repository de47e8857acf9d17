// SPDX-License-Identifier: Apache-2.0
// What a number is: metric descriptors, the keys numbers belong to, and how good a reading is.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace smtscope {

enum class KeyKind : uint8_t {
  node,
  cpu,
  core,
  entity,
  pair,
  port,
  counter,    // readings alone: a CPU, b event of the CPU's CounterPlan
  numa_node,  // readings alone
};

// What a number is about. Entity ids are dense and never reused within a process; a pair has a <= b.
struct Key {
  KeyKind kind = KeyKind::node;
  uint32_t a = 0;
  uint32_t b = 0;
  auto operator<=>(const Key&) const = default;
};

// Why a reading has no value, or a lesser one. The words are the contract's.
enum class Reason : uint8_t {
  ok,
  unsupported,
  not_applicable,
  permission,
  disabled,
  multiplexed,
  partial,
  not_counted,
  lost,
  stale,
  implausible,
  changed,
  not_attested,
  too_few,
  over_budget,
};
[[nodiscard]] std::string_view reason_word(Reason reason);

struct Quality {
  Reason reason = Reason::ok;
  float running_share = 1;  // of the time a multiplexed counter ran
  bool operator==(const Quality&) const = default;
};

enum class MetricKind : uint8_t { counter, updown, gauge, histogram, event };
[[nodiscard]] std::string_view metric_kind_word(MetricKind kind);

enum class Stability : uint8_t { development, stable };

// One metric, all its spellings derived from here: docs/metrics.md is generated from these.
struct MetricDesc {
  std::string_view name;  // OpenTelemetry name, "smtscope.core.time"
  std::string_view unit;  // UCUM: "s", "{transition}"; empty for info and state gauges
  MetricKind kind = MetricKind::counter;
  KeyKind key = KeyKind::node;
  std::string_view part_attribute;               // "smtscope.core.state"; empty: no parts
  std::span<const std::string_view> parts = {};  // values of it; they add up to the whole
  std::string_view help;
  Stability stability = Stability::development;
};

// Metrics that are told of together.
struct MetricGroup {
  std::string title;
  std::span<const MetricDesc> metrics;
};

// The bounds of exported histograms: 2^k ns, k = 14 .. 33 (16.384 us .. 8.59 s), (lower, upper].
inline constexpr int kLadderFirstBit = 14;
inline constexpr int kLadderBounds = 20;
[[nodiscard]] constexpr uint64_t ladder_upper_ns(int i) { return 1ull << (kLadderFirstBit + i); }

}  // namespace smtscope
