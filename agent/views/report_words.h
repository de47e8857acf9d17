// SPDX-License-Identifier: Apache-2.0
// How the report calls workloads, cores and times. All texts are clean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "views/report_view.h"

namespace smtscope::report {

// Short enough for a sentence; names of paths keep their ends.
[[nodiscard]] std::string name_of(const Entity& who);
[[nodiscard]] std::string name_of(const SchedulerFigures& figures, uint32_t id);

// "core 3", "cores 0-3 and 8", "17 of 64 cores" if a list would be long; `of`: how many there are.
[[nodiscard]] std::string core_list(const std::vector<uint32_t>& ids, size_t of);
// "0-3,64-67".
[[nodiscard]] std::string number_list(const std::vector<uint32_t>& ids);

// "both siblings" where cores have two, else "all siblings".
[[nodiscard]] std::string_view all_siblings(const Topology& topology);

// "20 s", "2 min 5 s", "3 h 10 min".
[[nodiscard]] std::string span(double seconds);
// Time of day of the page's time zone, `seconds` after the report's start; with a date if the report spans days.
[[nodiscard]] std::string clock(const ReportView& view, double seconds);
// "2026-11-21 20:53:21 +01:00".
[[nodiscard]] std::string date_time(const ReportView& view, double seconds);

// The pair with the most time, of those that are somebody in particular; null without.
[[nodiscard]] const PairFigures* first_pair(const SchedulerFigures& figures);
// "hog-a beside hog-b", "hog-a beside itself": that pair; empty without, or if it is one of many.
[[nodiscard]] std::string first_pair_words(const SchedulerFigures& figures);
// Share of all pair time that it has.
[[nodiscard]] double first_pair_share(const SchedulerFigures& figures);

// With a capital if it begins with a word of ours; names stay as they are.
[[nodiscard]] std::string sentence(std::string text);

[[nodiscard]] double total(const StateSeconds& s);

}  // namespace smtscope::report
