// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kNeighbourRows = 10;
constexpr size_t kBarColumns = 30;
constexpr double kFirstBoundUs = 1.024;
constexpr int kMostBars = 12;

std::string who_line(const StatView& view, const Entity& who, size_t columns) {
  std::string line = text::clean(who.name) + "  (" + std::string(entity_kind_word(who.kind));
  if (who.pid) line += fmt::format(", pid {}", *who.pid);
  if (who.comm && *who.comm != who.name) line += ", command " + text::clean(*who.comm);
  if (who.cgroup && *who.cgroup != who.name) line += ", cgroup " + text::clean(*who.cgroup);
  if (!view.grouping.empty()) line += "; grouped by " + text::clean(view.grouping);
  return text::wrap(line + ")", columns);
}

std::string split_line(const StatView& view, const EntityFigures& e, size_t columns) {
  const double busy = e.busy_seconds();
  const std::string window = text::duration_seconds(view.figures.window_seconds);
  if (!(busy > 0)) return text::wrap(fmt::format("It did not get a CPU in these {}.", window), columns);
  std::string line = fmt::format("{} CPU s in {}", text::seconds(busy), window);
  if (has_siblings(view)) {
    const auto share = [&](ClassColumn c) { return text::percent(e.oncpu[c] / busy); };
    line += fmt::format(": {} alone, {} beside itself only, {} beside others", share(kClassIdle), share(kClassSame),
                        share(kClassOther));
    if (e.oncpu[kClassUnknown] / busy >= 0.001) line += ", " + share(kClassUnknown) + " unknown";
    if (e.oncpu[kClassNoSibling] > 0) line += ", " + share(kClassNoSibling) + " on cores without a sibling";
  }
  return text::wrap(line, columns);
}

struct Bar {
  std::string label;
  uint64_t count = 0;
};

bool has_bound(const WaitBucket& bucket) { return bucket.upper_us && std::isfinite(*bucket.upper_us); }

// How many doublings of the first bound hold this one.
int octave(double us) {
  if (!(us > kFirstBoundUs)) return 0;
  return static_cast<int>(std::ceil(std::log2(us / kFirstBoundUs) - 1e-9));
}

// Buckets folded to doublings, or more where these are too many lines; gaps stay, or the shape would lie.
std::vector<Bar> fold(const std::vector<WaitBucket>& buckets) {
  std::optional<int> first;
  int last = 0;
  for (const WaitBucket& bucket : buckets) {
    if (!has_bound(bucket)) continue;
    const int at = octave(*bucket.upper_us);
    first = std::min(first.value_or(at), at);
    last = std::max(last, at);
  }
  std::vector<Bar> bars;
  const int step = first ? (last - *first) / kMostBars + 1 : 1;
  for (int i = 0; first && (i == 0 || *first + (i - 1) * step < last); i++)
    bars.push_back({"<= " + text::duration_us(kFirstBoundUs * std::exp2(*first + i * step)), 0});
  uint64_t beyond = 0;
  for (const WaitBucket& bucket : buckets) {
    if (!has_bound(bucket)) beyond += bucket.count;
    else bars[static_cast<size_t>((octave(*bucket.upper_us) - *first + step - 1) / step)].count += bucket.count;
  }
  if (beyond) bars.push_back({"more", beyond});
  return bars;
}

std::string wait_lines(const EntityFigures& e, size_t columns) {
  if (!e.runqueue) return "Its waits for a CPU were not measured.\n";
  const RunqueueFigures& r = *e.runqueue;
  if (r.count == 0) return "It never waited for a CPU.\n";
  std::string out =
      text::wrap(fmt::format("Waited for a CPU {} time{}, {} in all: half within {}, 99 % within {}, longest {}",
                             text::count(r.count), r.count == 1 ? "" : "s", text::duration_seconds(r.sum_seconds),
                             wait_cell(r, &RunqueueFigures::p50_us), wait_cell(r, &RunqueueFigures::p99_us),
                             wait_cell(r, &RunqueueFigures::max_us)),
                 columns);
  const std::vector<Bar> bars = fold(r.buckets);
  uint64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.count);
  for (const Bar& bar : bars) {
    const double share = static_cast<double>(bar.count) / static_cast<double>(most);
    std::string line = fmt::format("  {:>9}  {:>11}  {}", bar.label, text::count(bar.count),
                                   text::bar(share, std::min(kBarColumns, columns - 30)));
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string no_neighbour_line(const EntityFigures& e, size_t columns) {
  if (!(e.busy_seconds() > 0)) return "";
  if (e.oncpu[kClassUnknown] > 0)
    return text::wrap("Nobody is known to have run beside it; what ran there in the unknown time is not known.",
                      columns);
  return text::wrap("Nobody ran beside it: whenever it ran, its siblings were idle.", columns);
}

std::string neighbour_lines(const StatView& view, const OfView& of, const StatTextOptions& options) {
  if (!has_siblings(view)) return no_sibling_line(view, options.columns);
  if (of.neighbours.empty()) return no_neighbour_line(*of.entity, options.columns);
  const size_t all = of.neighbours.size(), rows = options.all ? all : std::min(all, kNeighbourRows);
  text::Table table({{"WHO SAT BESIDE IT", true}, {"SECONDS"}, {"SHARE OF ITS TIME"}});
  for (size_t i = 0; i < rows; i++) {
    const Neighbour& n = of.neighbours[i];
    const uint32_t other = n.pair.a == of.entity->who.id ? n.pair.b : n.pair.a;
    const std::string name = n.entity == of.entity ? "itself"
                             : n.entity            ? text::clean(n.entity->who.name)
                                                   : fmt::format("entity {}", other);
    table.row({name, text::seconds(n.pair.seconds), n.share ? text::short_percent(*n.share) : "-"});
  }
  std::string out = table.str(options.columns);
  if (rows < all) out += fmt::format("({} more: --all)\n", text::count(all - rows));
  return out;
}

}  // namespace

std::string of_lines(const StatView& view, const StatTextOptions& options) {
  const OfView of = view_of(view);
  if (!of.entity)
    return text::wrap(
        fmt::format("It neither ran nor waited in these {}.", text::duration_seconds(view.figures.window_seconds)),
        options.columns);
  return who_line(view, of.entity->who, options.columns) + split_line(view, *of.entity, options.columns) +
         wait_lines(*of.entity, options.columns) + neighbour_lines(view, of, options);
}

}  // namespace smtscope
