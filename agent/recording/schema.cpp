// SPDX-License-Identifier: Apache-2.0
#include "recording/schema.h"

#include <array>

namespace smtscope {
namespace {

constexpr std::string_view kCoreState[] = {"busy_0", "busy_1", "busy_2", "busy_3", "busy_4",
                                           "busy_5", "busy_6", "busy_7", "busy_8", "unknown"};
constexpr std::string_view kCoreWindow[] = {"accounted", "closed_at"};
constexpr std::string_view kEntityTime[] = {"sibling_idle", "sibling_same", "sibling_other", "sibling_unknown",
                                            "no_sibling"};
constexpr std::string_view kTime[] = {"time"};
constexpr std::string_view kCount[] = {"count"};
constexpr std::string_view kPlacement[] = {"transitions", "sampled", "avoidable"};
constexpr std::string_view kAnomaly[] = {"lost_switches", "lost_ns",          "contended",        "clamped",
                                         "pairs_dropped", "pairs_dropped_ns", "entities_dropped", "waits_dropped"};
constexpr std::string_view kCpuTime[] = {"busy", "idle", "steal"};

constexpr std::array<ReadingName, static_cast<size_t>(Reading::kCount)> kNames = {{
    {Reading::core_state, "core_state", KeyKind::core, "ns", kCoreState},
    {Reading::core_window, "core_window", KeyKind::core, "ns", kCoreWindow},
    {Reading::entity_time, "entity_time", KeyKind::entity, "ns", kEntityTime},
    {Reading::pair_time, "pair_time", KeyKind::pair, "ns", kTime},
    {Reading::runqueue_count, "runqueue_count", KeyKind::entity, "{wait}", kCount},
    {Reading::runqueue_sum, "runqueue_sum", KeyKind::entity, "ns", kTime},
    {Reading::placement, "placement", KeyKind::node, "{transition}", kPlacement},
    {Reading::placement_count, "placement_count", KeyKind::node, "{transition}", kCount},
    {Reading::anomaly, "anomaly", KeyKind::node, "{event}", kAnomaly},
    {Reading::cpu_time, "cpu_time", KeyKind::cpu, "ns", kCpuTime},
}};

}  // namespace

std::span<const ReadingName> reading_names() { return kNames; }

}  // namespace smtscope
