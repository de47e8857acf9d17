// SPDX-License-Identifier: Apache-2.0
#include "views/top_columns.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "views/stat_counters.h"
#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr size_t kWorkColumns = 90;
constexpr size_t kWideColumns = 110;  // from here on there is room for what is rarely asked

bool always(const TopView&) { return true; }
bool with_siblings(const TopView& view) { return has_siblings(view.stat); }

// "0.4 %", "62 %", "187 %": digits where they say something.
std::string cpu_cell(double share) {
  if (!(share > 0)) return "0 %";
  if (share < 0.0005) return "<0.1 %";
  return share < 0.0995 ? fmt::format("{:.1f} %", share * 100) : fmt::format("{:.0f} %", share * 100);
}

double per_window(double seconds, const TopView& view) {
  const double window = view.stat.figures.window_seconds;
  return window > 0 ? seconds / window : 0;
}

double class_share(const EntityFigures& e, ClassColumn column) {
  const double busy = e.busy_seconds();
  return busy > 0 ? e.oncpu[column] / busy : -1;
}

std::string share_cell(double share) { return share < 0 ? "-" : text::short_percent(share); }

// Sorts what is in the bucket without a bound above all that is in one, what is not known below.
double wait_order(const EntityFigures& e, std::optional<double> RunqueueFigures::*which) {
  if (!e.runqueue || e.runqueue->count == 0) return -1;
  const std::optional<double>& us = (*e.runqueue).*which;
  return us ? *us : HUGE_VAL;
}

constexpr size_t kMark = 4;  // beside the header: a gap, and "[^]" where it is sorted by

template <ClassColumn column>
constexpr EntityColumn share_column(std::string_view header, std::string_view explained, size_t least_columns = 0) {
  return {header,
          explained,
          header.size() + kMark,
          least_columns,
          with_siblings,
          [](const EntityFigures& e, const TopView&) { return share_cell(class_share(e, column)); },
          [](const EntityFigures& e, const TopView&) { return class_share(e, column); }};
}

template <std::optional<double> RunqueueFigures::*which>
constexpr EntityColumn wait_column(std::string_view header, std::string_view explained, size_t least_columns = 0) {
  return {header,
          explained,
          header.size() + kMark,
          least_columns,
          always,
          [](const EntityFigures& e, const TopView&) { return wait_cell(e.runqueue, which); },
          [](const EntityFigures& e, const TopView&) { return wait_order(e, which); }};
}

bool with_work(const TopView& view) { return view.stat.counters.entities_reason == Reason::ok; }

double instructions_of(const EntityFigures& e, const TopView& view) {
  const auto found = view.stat.counters.entities.find(e.who.id);
  return found == view.stat.counters.entities.end() ? -1 : found->second.total().instructions;
}

constexpr int kAllSlices = -1;

// Of one class of slices, or of all.
template <int slices>
std::optional<double> ipc_of(const EntityFigures& e, const TopView& view) {
  return entity_ipc(view.stat.counters, e.who.id,
                    slices == kAllSlices ? std::nullopt : std::optional(static_cast<SliceClass>(slices)));
}

template <int slices>
constexpr EntityColumn ipc_column(std::string_view header, std::string_view explained, size_t least_columns) {
  return {header,
          explained,
          header.size() + kMark,
          least_columns,
          [](const TopView& view) { return with_work(view) && (slices == kAllSlices || has_siblings(view.stat)); },
          [](const EntityFigures& e, const TopView& view) { return ipc_cell(ipc_of<slices>(e, view)); },
          [](const EntityFigures& e, const TopView& view) { return ipc_of<slices>(e, view).value_or(-1); }};
}

const std::array<EntityColumn, 15> kEntityColumns = {
    EntityColumn{"WORKLOAD", "who: cgroup, unit, pod or process", 0, 0, always,
                 [](const EntityFigures& e, const TopView&) { return text::clean(e.who.name); }, nullptr},
    EntityColumn{
        "PID", "process id", 8, 0, [](const TopView& view) { return view.stat.grouping == "process"; },
        [](const EntityFigures& e, const TopView&) { return e.who.pid ? std::to_string(*e.who.pid) : "-"; },
        [](const EntityFigures& e, const TopView&) { return e.who.pid ? static_cast<double>(*e.who.pid) : -1; }},
    EntityColumn{
        "CPU", "time on a CPU; 100 % is one CPU all the time", 9, 0, always,
        [](const EntityFigures& e, const TopView& view) { return cpu_cell(per_window(e.busy_seconds(), view)); },
        [](const EntityFigures& e, const TopView&) { return e.busy_seconds(); }},
    share_column<kClassIdle>("ALONE", "of its time: with idle siblings"),
    share_column<kClassSame>("SELF", "of its time: beside its own threads only"),
    share_column<kClassOther>("OTHER", "of its time: beside somebody else"),
    share_column<kClassUnknown>("UNKNOWN", "of its time: what ran beside it is not known", kWideColumns),
    EntityColumn{"WAITS/s", "how often a second it waited for a CPU", 11, kWideColumns, always,
                 [](const EntityFigures& e, const TopView& view) {
                   if (!e.runqueue) return std::string("-");
                   const double rate = per_window(static_cast<double>(e.runqueue->count), view);
                   return text::count(static_cast<unsigned long long>(std::llround(rate)));
                 },
                 [](const EntityFigures& e, const TopView&) {
                   return e.runqueue ? static_cast<double>(e.runqueue->count) : -1;
                 }},
    wait_column<&RunqueueFigures::p50_us>("P50", "half of its waits for a CPU were within this"),
    wait_column<&RunqueueFigures::p99_us>("P99", "99 % of its waits for a CPU were within this"),
    wait_column<&RunqueueFigures::max_us>("LONGEST", "its longest wait for a CPU", kWideColumns),
    EntityColumn{"INSTR/s", "instructions retired a second", 11, kWorkColumns, with_work,
                 [](const EntityFigures& e, const TopView& view) {
                   const double instructions = instructions_of(e, view);
                   return instructions < 0 ? std::string("-") : amount(per_window(instructions, view));
                 },
                 instructions_of},
    ipc_column<kAllSlices>("IPC", "instructions per cycle", kWorkColumns),
    ipc_column<static_cast<int>(SliceClass::idle)>("IPC-A", "the same with idle siblings", kWideColumns),
    ipc_column<static_cast<int>(SliceClass::other)>("IPC-O", "the same beside somebody else", kWideColumns),
};

std::optional<double> share_of_first(const PairRow& row) { return share_of(*row.first, *row.pair); }

const std::array<PairColumn, 4> kPairColumns = {
    PairColumn{"WHO SAT BESIDE", "one of the two; of workloads the one with less time of its own", 0, with_siblings,
               [](const PairRow& row, const TopView&) { return text::clean(row.first->who.name); }, nullptr},
    PairColumn{"WHOM", "the other", 0, with_siblings,
               [](const PairRow& row, const TopView&) {
                 return row.first == row.second ? std::string("itself") : text::clean(row.second->who.name);
               },
               nullptr},
    PairColumn{"TIME", "how long, of the interval; 100 % is one core's siblings all the time", 9, with_siblings,
               [](const PairRow& row, const TopView& view) { return cpu_cell(per_window(row.pair->seconds, view)); },
               [](const PairRow& row, const TopView&) { return row.pair->seconds; }},
    PairColumn{"OF THE FIRST", "share of the first one's own time", 16, with_siblings,
               [](const PairRow& row, const TopView&) {
                 const auto share = share_of_first(row);
                 return share ? text::short_percent(*share) : std::string("-");
               },
               [](const PairRow& row, const TopView&) { return share_of_first(row).value_or(-1); }},
};

}  // namespace

std::span<const EntityColumn> all_entity_columns() { return kEntityColumns; }
std::span<const PairColumn> all_pair_columns() { return kPairColumns; }

std::vector<const EntityColumn*> entity_columns(const TopView& view, size_t columns) {
  std::vector<const EntityColumn*> out;
  for (const EntityColumn& column : kEntityColumns)
    if (columns >= column.least_columns && column.exists(view)) out.push_back(&column);
  return out;
}

std::vector<const PairColumn*> pair_columns(const TopView& view) {
  std::vector<const PairColumn*> out;
  for (const PairColumn& column : kPairColumns)
    if (column.exists(view)) out.push_back(&column);
  return out;
}

}  // namespace smtscope
