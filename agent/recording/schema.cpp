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

constexpr std::string_view kCounter[] = {"value", "enabled_ns", "running_ns"};
constexpr std::string_view kSlice[] = {"ns", "instructions", "cycles", "ref_cycles", "uncounted_ns"};
constexpr std::string_view kCpuSlice[] = {"switches", "reads", "failed_reads"};
constexpr std::string_view kNumaAlloc[] = {"numa_hit",       "numa_miss",  "numa_foreign",
                                           "interleave_hit", "local_node", "other_node"};
constexpr std::string_view kNumaHint[] = {"hint_faults", "hint_faults_local", "pte_updates", "pages_migrated"};
constexpr std::string_view kNumaPlacement[] = {"moves", "sticks", "swaps", "skips"};
constexpr std::string_view kResident[] = {"resident"};

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
    {Reading::cpu_counter, "cpu_counter", KeyKind::counter, "{event}", kCounter},
    {Reading::entity_counter, "entity_counter", KeyKind::entity, "{event}", kSlice},
    {Reading::cpu_slice, "cpu_slice", KeyKind::cpu, "{event}", kCpuSlice},
    {Reading::numa_alloc, "numa_alloc", KeyKind::numa_node, "{page}", kNumaAlloc},
    {Reading::numa_hint, "numa_hint", KeyKind::node, "{event}", kNumaHint},
    {Reading::numa_placement, "numa_placement", KeyKind::node, "{event}", kNumaPlacement},
    {Reading::entity_resident, "entity_resident", KeyKind::entity, "By", kResident},
    {Reading::entity_node_time, "entity_node_time", KeyKind::entity, "ns", kTime},
}};

}  // namespace

std::span<const ReadingName> reading_names() { return kNames; }

}  // namespace smtscope
