// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kWorkloadRows = 10;
constexpr size_t kPairRows = 8;
constexpr size_t kRoomyColumns = 76;   // from here on headers are words, below they are short
constexpr double kShownShare = 0.001;  // of unknown time
constexpr double kWorthALook = 0.01;   // of all CPU time

double sum_of(const SchedulerFigures& figures, std::optional<ClassColumn> column) {
  double sum = 0;
  for (const EntityFigures& e : figures.entities) sum += column ? e.oncpu[*column] : e.busy_seconds();
  return sum;
}

std::string share_cell(double part, double whole) { return whole > 0 ? text::short_percent(part / whole) : "-"; }

std::string more_line(size_t more) { return more ? fmt::format("({} more: --all)\n", text::count(more)) : ""; }

// What the shares of the table leave out.
std::string left_out_lines(const StatView& view, size_t columns) {
  const double all = sum_of(view.figures, std::nullopt);
  if (!(all > 0)) return "";
  const double unknown = sum_of(view.figures, kClassUnknown) / all, none = sum_of(view.figures, kClassNoSibling) / all;
  std::string out;
  if (unknown >= kShownShare)
    out += text::wrap(fmt::format("unknown: what ran beside {} of this CPU time", text::percent(unknown)), columns);
  if (has_siblings(view) && none > 0)
    out += text::wrap(fmt::format("no sibling: {} of this CPU time was on cores without one", text::percent(none)),
                      columns);
  return out;
}

text::Table plain_table(const StatView& view, size_t rows) {
  text::Table table(
      {{"WORKLOAD", true}, {"CPU s", false, 6}, {"waits"}, {"wait p50", false, 7}, {"p99", false, 6}, {"longest"}});
  const EntityFigures* marked = worth_a_look(view);
  for (size_t i = 0; i < rows; i++) {
    const EntityFigures& e = view.figures.entities[i];
    table.row({text::clean(e.who.name), text::seconds(e.busy_seconds()),
               e.runqueue ? text::count(e.runqueue->count) : "-", wait_cell(e.runqueue, &RunqueueFigures::p50_us),
               wait_cell(e.runqueue, &RunqueueFigures::p99_us), wait_cell(e.runqueue, &RunqueueFigures::max_us)},
              &e == marked ? "<" : "");
  }
  return table;
}

text::Table sibling_table(const StatView& view, size_t rows, size_t columns) {
  const bool roomy = columns >= kRoomyColumns;
  text::Table table({{"WORKLOAD", true},
                     {"CPU s", false, 6},
                     {"alone"},
                     {roomy ? "beside self" : "self"},
                     {roomy ? "beside other" : "other"},
                     {roomy ? "wait p50" : "p50", false, 6},
                     {"p99", false, 6}});
  const EntityFigures* marked = worth_a_look(view);
  for (size_t i = 0; i < rows; i++) {
    const EntityFigures& e = view.figures.entities[i];
    const double busy = e.busy_seconds();
    table.row({text::clean(e.who.name), text::seconds(busy), share_cell(e.oncpu[kClassIdle], busy),
               share_cell(e.oncpu[kClassSame], busy), share_cell(e.oncpu[kClassOther], busy),
               wait_cell(e.runqueue, &RunqueueFigures::p50_us), wait_cell(e.runqueue, &RunqueueFigures::p99_us)},
              &e == marked ? "<" : "");
  }
  return table;
}

void pair_row(const PairFigures& pair, const EntityIndex& index, text::Table& table) {
  const EntityFigures* a = find_entity(index, pair.a);
  const EntityFigures* b = find_entity(index, pair.b);
  if (!a || !b) return;
  if (!names_first(a->who, a->busy_seconds(), b->who, b->busy_seconds())) std::swap(a, b);
  const auto share = share_of(*a, pair);
  table.row({text::clean(a->who.name), a == b ? "itself" : text::clean(b->who.name), text::seconds(pair.seconds),
             share ? text::short_percent(*share) : "-"});
}

}  // namespace

bool names_first(const Entity& a, double busy_a, const Entity& b, double busy_b) {
  if (is_workload(a) != is_workload(b)) return is_workload(a);
  return busy_a <= busy_b;
}

bool can_be_asked_for(const Entity& who) {
  // A name made of a number belongs to what is gone.
  return is_workload(who) && !who.name.starts_with("cgroup:") && !who.name.starts_with("pid:");
}

const EntityFigures* worth_a_look(const StatView& view) {
  const double all = sum_of(view.figures, std::nullopt);
  const auto score = [&](const EntityFigures& e) {
    if (has_siblings(view)) return e.oncpu[kClassOther] / e.busy_seconds();
    return e.runqueue ? e.runqueue->p99_us.value_or(0) : 0;
  };
  const EntityFigures* best = nullptr;
  for (const EntityFigures& e : view.figures.entities) {
    const double busy = e.busy_seconds();
    if (!can_be_asked_for(e.who) || !(busy > 0) || busy < kWorthALook * all) continue;
    if (!best || score(e) > score(*best)) best = &e;
  }
  return best;
}

std::string wait_cell(const std::optional<RunqueueFigures>& runqueue, std::optional<double> RunqueueFigures::*which) {
  if (!runqueue || runqueue->count == 0) return "-";
  const std::optional<double>& us = (*runqueue).*which;
  return us ? text::duration_us(*us) : ">max";
}

std::string workload_lines(const StatView& view, const StatTextOptions& options) {
  const size_t all = view.figures.entities.size();
  if (all == 0)
    return fmt::format("No workload ran in these {}.\n", text::duration_seconds(view.figures.window_seconds));
  const size_t rows = options.all ? all : std::min(all, kWorkloadRows);
  const text::Table table = has_siblings(view) ? sibling_table(view, rows, options.columns) : plain_table(view, rows);
  return table.str(options.columns) + more_line(all - rows) + left_out_lines(view, options.columns);
}

std::string pair_lines(const StatView& view, const StatTextOptions& options) {
  if (!has_siblings(view) || view.figures.entities.empty()) return "";
  // The short list leaves out who sat beside itself: the table above says that.
  std::vector<const PairFigures*> pairs;
  for (const PairFigures& pair : view.figures.pairs)
    if (options.all || pair.a != pair.b) pairs.push_back(&pair);
  if (pairs.empty()) return text::wrap("No two workloads ran at the same time on siblings of a core.", options.columns);
  const EntityIndex index = index_entities(view.figures);
  const size_t rows = options.all ? pairs.size() : std::min(pairs.size(), kPairRows);
  const bool roomy = options.columns >= kRoomyColumns;
  text::Table table({{roomy ? "WHO SAT BESIDE WHOM" : "WHO SAT BESIDE", true},
                     {roomy ? "" : "WHOM", true},
                     {"SECONDS"},
                     {roomy ? "SHARE OF THE FIRST" : "OF THE FIRST"}});
  for (size_t i = 0; i < rows; i++) pair_row(*pairs[i], index, table);
  return table.str(options.columns) + more_line(pairs.size() - rows);
}

}  // namespace smtscope
