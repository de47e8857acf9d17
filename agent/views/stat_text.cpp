// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "views/stat_counters.h"
#include "views/stat_numa.h"
#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr unsigned kLeastColumns = 60;
constexpr size_t kLongestStated = 40;  // of a --siblings list that is still worth repeating

// A word for the shell: as it is where that is safe.
std::string quoted(const std::string& word) {
  const bool safe = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-_./:@%+=,").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (safe && !word.empty() && word[0] != '-') return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// A topology that was stated by hand must be stated again.
std::string stated_siblings(const Topology& topology) {
  if (topology.source == TopologySource::sysfs) return "";
  std::string list;
  for (const Core& core : topology.cores) {
    if (core.cpus.size() < 2) continue;
    std::string cpus;
    for (const uint32_t cpu : core.cpus) cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
    list += (list.empty() ? "" : ";") + cpus;
  }
  if (list.empty() || list.size() > kLongestStated) return "";
  return list.find(';') == std::string::npos ? " --siblings " + list : " --siblings '" + list + "'";
}

std::string ask_for(const StatView& view, const Entity& who) {
  const std::string stat = "smtscope stat" + stated_siblings(view.topology);
  if (who.pid) return fmt::format("{} --by pid --of {}", stat, *who.pid);
  return stat + " --of " + quoted(who.name);
}

// The busiest other workload beside it, else nobody.
const Entity* next_neighbour(const StatView& view) {
  const OfView of = view_of(view);
  for (const Neighbour& n : of.neighbours)
    if (n.entity && n.entity != of.entity && can_be_asked_for(n.entity->who)) return &n.entity->who;
  return nullptr;
}

std::string dropped_note(const LostFigures& lost) {
  std::string what;
  if (lost.pairs_dropped)
    what = fmt::format("{} credits of pairs ({})", text::count(lost.pairs_dropped),
                       text::duration_seconds(lost.pairs_dropped_seconds));
  if (lost.entities_dropped)
    what += fmt::format("{}{} of workloads", what.empty() ? "" : " and ", text::count(lost.entities_dropped));
  return what.empty() ? "" : "no room for " + what + ": they went to `other`";
}

}  // namespace

std::string remark_lines(const StatView& view, size_t columns) {
  // What has the same reason shares a bracket, in the order of first mention.
  std::vector<NotMeasured> grouped;
  for (const NotMeasured& item : view.not_measured) {
    const auto same =
        std::find_if(grouped.begin(), grouped.end(), [&](const NotMeasured& other) { return other.why == item.why; });
    if (same == grouped.end()) grouped.push_back(item);
    else same->what += ", " + item.what;
  }
  std::string line;
  for (const NotMeasured& item : grouped) {
    line += (line.empty() ? "not measured: " : "; ") + text::clean(item.what);
    if (!item.why.empty()) line += " (" + text::clean(item.why) + ")";
  }
  std::string out = line.empty() ? "" : text::wrap(line, columns);
  std::vector<std::string> notes = view.notes;
  if (std::string dropped = dropped_note(view.figures.lost); !dropped.empty()) notes.push_back(std::move(dropped));
  for (const std::string& note : notes) out += text::wrap("note: " + text::clean(note), columns);
  return out;
}

std::string next_line(const StatView& view, size_t columns) {
  std::vector<std::string> commands;
  const EntityFigures* look = view.of ? nullptr : worth_a_look(view);
  const Entity* who = view.of ? next_neighbour(view) : look ? &look->who : nullptr;
  if (who) commands.push_back(ask_for(view, *who));
  // Commands are there to be copied: what would not be whole on a line, or not be the name, is left out.
  const std::string head = "next: ";
  if (who && (text::width(commands.back()) + head.size() > columns || text::clean(who->name) != who->name))
    commands.clear();
  if (commands.empty()) commands.push_back("smtscope stat" + stated_siblings(view.topology) + " --all");
  if (!view.not_measured.empty()) commands.emplace_back("smtscope doctor");
  commands.front() = head + commands.front();
  return text::flow(commands, columns, 5, head.size());
}

std::string stat_text(const StatView& view, const StatTextOptions& options) {
  StatTextOptions fitted = options;
  fitted.columns = std::max(options.columns, kLeastColumns);
  const size_t columns = fitted.columns;
  std::string out = header_lines(view, columns);
  if (view.of) {
    out += "\n" + of_lines(view, fitted);
  } else {
    out += use_lines(view, columns) + no_sibling_line(view, columns) + work_lines(view, columns);
    const bool empty = !(view.figures.window_seconds > 0);
    if (!empty)
      out += "\n" + workload_lines(view, fitted) + pair_lines(view, fitted) + work_table(view, fitted) +
             numa_lines(view, columns);
  }
  return out + remark_lines(view, columns) + next_line(view, columns);
}

}  // namespace smtscope
