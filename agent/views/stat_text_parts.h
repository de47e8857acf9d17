// SPDX-License-Identifier: Apache-2.0
// The parts of the `stat` screen for people. Each returns whole lines, or nothing.
#pragma once

#include <string>
#include <vector>

#include "views/stat_view.h"

namespace smtscope {

// What kind of machine it is decides the words: siblings per core at most.
[[nodiscard]] inline bool has_siblings(const StatView& view) { return view.topology.threads_per_core() > 1; }
[[nodiscard]] inline bool two_siblings(const StatView& view) { return view.topology.threads_per_core() == 2; }

// Which node, its shape, how long, what was lost; then the facts that matter for siblings.
[[nodiscard]] std::string header_lines(const StatView& view, size_t columns);
// Use as the OS says it, cores with work, true use or why it is not stated, core time, avoidable moments.
[[nodiscard]] std::string use_lines(const StatView& view, size_t columns);
// The sentence for machines on which nothing can sit beside anything; empty on others.
[[nodiscard]] std::string no_sibling_line(const StatView& view, size_t columns);
// WORKLOAD table, and what its shares leave out.
[[nodiscard]] std::string workload_lines(const StatView& view, const StatTextOptions& options);
// WHO SAT BESIDE WHOM.
[[nodiscard]] std::string pair_lines(const StatView& view, const StatTextOptions& options);
// --of: the entity, its run queue, its neighbours.
[[nodiscard]] std::string of_lines(const StatView& view, const StatTextOptions& options);
// What is not measured and why, and notes.
[[nodiscard]] std::string remark_lines(const StatView& view, size_t columns);
// The next command.
[[nodiscard]] std::string next_line(const StatView& view, size_t columns);

// The entity that the next command looks at and the table marks: it spent the largest share of its time beside
// others (without siblings: waited longest). Null if nobody with a share worth a look has a name to ask for.
[[nodiscard]] const EntityFigures* worth_a_look(const StatView& view);

// Who is named first: not the kernel and not `other`; of two workloads the one with less time of its own, for
// which the neighbour is the larger part.
[[nodiscard]] bool names_first(const Entity& a, double busy_a, const Entity& b, double busy_b);

// "lost 13 (12 ms unknown)".
[[nodiscard]] std::string lost_text(const LostFigures& figures);
// "1.9-2.2": how much of today's work would fit.
[[nodiscard]] std::string room_text(const CapacityFigures::TrueUse& use);
// Why true use is not stated.
[[nodiscard]] std::string why_no_true_use(const CapacityFigures& capacity, const Topology& topology);

// Can the next command be about it: a workload with a name that --of finds.
[[nodiscard]] bool can_be_asked_for(const Entity& who);

// "12 us", "-" if unknown, ">max" in the bucket without a bound.
[[nodiscard]] std::string wait_cell(const std::optional<RunqueueFigures>& runqueue,
                                    std::optional<double> RunqueueFigures::*which);

}  // namespace smtscope
