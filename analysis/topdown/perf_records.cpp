// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "topdown/dialects.h"
#include "topdown/event_names.h"
#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

struct NamedRow {
  const PerfRow* row;
  EventName event;
};

// Run, interval, aggregate, cgroup; then the half of a hybrid machine, and the privilege.
using Place = std::tuple<size_t, std::string, std::string, std::string>;
using Key = std::tuple<Place, std::string, std::string>;

struct Group {
  Key key;
  std::vector<NamedRow> rows;
};

bool is_software(const Group& group) {
  return std::all_of(group.rows.begin(), group.rows.end(),
                     [](const NamedRow& row) { return is_software_event(row.event.name); });
}

std::vector<Group> groups_of(const std::vector<PerfRow>& rows) {
  std::vector<Group> out;
  std::map<Key, size_t> known;
  for (const PerfRow& row : rows) {
    EventName event = event_name(row.event);
    const Key key{{row.run, row.interval, row.aggregate, row.cgroup}, event.pmu, event.privilege};
    const auto [at, fresh] = known.emplace(key, out.size());
    if (fresh) out.push_back({key, {}});
    out[at->second].rows.push_back({&row, std::move(event)});
  }
  return out;
}

// Events of the kernel alone are no reading of a PMU, unless there is no other.
void drop_software(std::vector<Group>& groups) {
  std::map<Place, size_t> real;
  for (const Group& group : groups) real[std::get<Place>(group.key)] += is_software(group) ? 0 : 1;
  std::erase_if(groups, [&](const Group& group) { return is_software(group) && real[std::get<Place>(group.key)] > 0; });
}

Count count_of(const PerfRow& row) { return {row.value, row.value ? Reason::ok : row.why, row.running}; }

size_t apart(const PerfRow& a, const PerfRow& b) { return a.line > b.line ? a.line - b.line : b.line - a.line; }

// The copy of an event that was counted with the anchor: perf prints the same time for all of a group.
const PerfRow* copy_for(const Group& group, const GroupCopy& copy) {
  const PerfRow* anchor = nullptr;
  for (const NamedRow& row : group.rows)
    if (!anchor && row.event.name == copy.anchor) anchor = row.row;
  if (!anchor) return nullptr;
  const PerfRow* best = nullptr;
  bool best_same = false;
  for (const NamedRow& row : group.rows) {
    if (row.event.name != copy.event) continue;
    const bool same = row.row->runtime == anchor->runtime && row.row->running == anchor->running;
    const bool nearer = !best || apart(*row.row, *anchor) < apart(*best, *anchor);
    if (!best || (same && !best_same) || (same == best_same && nearer)) best = row.row, best_same = same;
  }
  return best;
}

std::string label_of(const Key& key) {
  const auto& [place, pmu, privilege] = key;
  const auto& [run, interval, aggregate, cgroup] = place;
  std::string out;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) out += (out.empty() ? "" : ", ") + text;
  };
  add(aggregate);
  add(cgroup);
  add(pmu);
  if (!privilege.empty()) add(":" + privilege);
  if (const auto seconds = decimal(interval)) add(fmt::format("at {:.3f} s", *seconds));
  else add(interval);
  return out;
}

CountRecord record_of(const Group& group, const std::vector<GroupCopy>& copies, const std::string& file) {
  CountRecord out;
  size_t line = group.rows.front().row->line;
  for (const NamedRow& row : group.rows) {
    line = std::min(line, row.row->line);
    out.event_spelling.push_back(row.row->event);
    out.counts.emplace(row.event.name, count_of(*row.row));  // of several the first
  }
  for (const GroupCopy& copy : copies)
    if (const PerfRow* row = copy_for(group, copy))
      out.counts[copy.group.empty() ? copy.event : copy.event + "@" + copy.group] = count_of(*row);
  out.id = fmt::format("{}:{}", file, line);
  out.label = label_of(group.key);
  return out;
}

}  // namespace

std::vector<CountRecord> perf_records(const std::vector<PerfRow>& rows, const std::string& file) {
  auto groups = groups_of(rows);
  drop_software(groups);
  const auto copies = all_group_copies();
  std::vector<CountRecord> out;
  out.reserve(groups.size());
  for (const Group& group : groups) out.push_back(record_of(group, copies, file));
  return out;
}

}  // namespace smtscope::topdown
