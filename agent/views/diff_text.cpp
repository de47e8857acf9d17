// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "compare/window_plan.h"
#include "model/units.h"
#include "views/diff_text_parts.h"
#include "views/diff_words.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace diff {
namespace {

constexpr unsigned kLeastColumns = 80;
constexpr const char* kShellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";

// Days since 1970 to a date, without the C library's time zone.
std::string date_time(int64_t unix_ms, int utc_offset_seconds) {
  const int64_t local = unix_ms / 1000 + utc_offset_seconds, day = local / 86400 - (local % 86400 < 0);
  const int64_t second = local - day * 86400;
  const int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365,
                doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153, d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", yoe + era * 400 + (m <= 2), m, d, second / 3600,
                     second / 60 % 60, second % 60);
}

std::string window_text(uint64_t ns) { return format_duration(std::chrono::nanoseconds(ns)); }

std::string plural(size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// "3.2 s at the end of the range and before breaks".
std::string left_out(const DiffSide& side) {
  std::vector<std::string> parts;
  if (side.partial.times)
    parts.push_back(fmt::format("left out: {} in {} too short for a window",
                                text::duration_seconds(side.partial.seconds), plural(side.partial.times, "piece")));
  if (side.across_breaks) parts.push_back(fmt::format("measuring began anew {}", plural(side.across_breaks, "time")));
  if (side.across_changes) parts.push_back(fmt::format("the topology changed {}", plural(side.across_changes, "time")));
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
  return out;
}

std::string of_side(const DiffView& view, const DiffSide& side) {
  const std::string from = date_time(side.start_unix_ms, view.utc_offset_seconds),
                    to = date_time(side.end_unix_ms, view.utc_offset_seconds);
  // The date is said once.
  const bool one_day = from.substr(0, 10) == to.substr(0, 10);
  return fmt::format("{}  {}  {}  {} - {}  {}", side.source.label, text::clean(side.source.file),
                     text::clean(side.conditions.last("host").value_or("unknown host")), from,
                     one_day ? to.substr(11) : to, plural(side.windows, "window"));
}

}  // namespace

std::string side_lines(const DiffView& view, size_t columns) {
  std::string out;
  for (const DiffSide* side : {&view.a, &view.b}) {
    out += text::wrap(of_side(view, *side), columns, 3);
    if (const std::string left = left_out(*side); !left.empty()) out += text::wrap("   " + left, columns, 3);
  }
  std::string line = "Windows of " + window_text(view.window_ns);
  if (view.asked_window_ns && view.asked_window_ns != view.window_ns)
    line += fmt::format(" instead of {}: whole ticks, and at most {} windows a side", window_text(view.asked_window_ns),
                        text::count(kMostWindows));
  if (view.work) line += fmt::format(". Work as stated: A {:.6g}/s, B {:.6g}/s", view.work->a, view.work->b);
  return out + text::wrap(line + ".", columns);
}

std::string condition_lines(const DiffView& view, size_t columns) {
  std::string out;
  if (!view.conditions.empty()) {
    out += text::wrap("NOT THE SAME CONDITIONS: what follows may come from these, not from what you changed", columns);
    for (const ConditionPair& c : view.conditions) {
      const auto words = [](const std::optional<std::string>& value) {
        return value ? text::clean(*value) : "unknown";
      };
      out += text::wrap(fmt::format("  {}  A: {}  B: {}", text::clean(c.what), words(c.a), words(c.b)), columns, 6);
    }
  }
  for (const DiffSide* side : {&view.a, &view.b})
    for (const Condition& c : changed_within(side->conditions))
      out += text::wrap(fmt::format("  changed during {}: {}: {}", side->source.label, text::clean(c.what),
                                    text::clean(in_words(c).value_or("unknown"))),
                        columns, 6);
  if (!view.comparable)
    out += text::wrap("Workloads cannot be compared: one recording is by process, the other one by cgroup.", columns);
  return out.empty()
             ? text::wrap("Same conditions: SMT, mitigations, governor, kernel, topology and the rest.", columns)
             : out;
}

std::string remark_lines(const DiffView& view, size_t columns) {
  const size_t fewest = std::min(view.a.windows, view.b.windows);
  std::string legend = "A, B: median of the windows; CPU s/s, s/s and per unit of work: mean.";
  if (!view.of && view.comparable && view.most_siblings > 1)
    legend += view.work ? " others %: share of its time beside others."
                        : " self %, others %: share of its time beside threads of its own, beside others.";
  std::string out = text::wrap(legend, columns);
  if (fewest > 1) {
    out += text::wrap(
        "* the ranges p10..p90 of A's and of B's windows do not touch. That is spread, not significance: windows of "
        "one run resemble each other, and confidence intervals are not in this version.",
        columns);
    if (fewest < kWantedWindows)
      out += text::wrap(fmt::format("Only {}: their range says little. Compare longer ranges, or shorter windows.",
                                    plural(fewest, "window")),
                        columns);
  } else {
    out +=
        text::wrap("One window has no spread: nothing is marked. Compare longer ranges, or shorter windows.", columns);
  }
  if (view.dropped)
    out += text::wrap(fmt::format("{} small workloads and pairs have no spread here: too many for the memory of diff",
                                  text::count(view.dropped)),
                      columns);
  if (view.most_siblings < 2)
    out += text::wrap("No core has an SMT sibling in either: nothing can sit beside anything.", columns);
  std::string line = "not measured: instructions (not in this version)";
  line += view.work ? ", so work is what you state" : "; state the work done: --work-a 41000/s --work-b 39500/s";
  out += text::wrap(line, columns);
  for (const DiffSide* side : {&view.a, &view.b})
    for (const std::string& warning : side->source.warnings)
      out += text::wrap(fmt::format("note: {}: {}", side->source.label, text::clean(warning)), columns);
  return out;
}

std::string next_line(const DiffView& view, size_t columns) {
  bool safe = true;
  const auto word = [&](const std::string& text) {
    safe &= !text.empty() && text[0] != '-' && text.find_first_not_of(kShellSafe) == std::string::npos;
    return " " + text;
  };
  const auto ranges = [&](const DiffSource& source, const std::string& from, const std::string& to) {
    std::string out;
    if (source.from) out += fmt::format(" {}{}", from, word(*source.from));
    if (source.to) out += fmt::format(" {}{}", to, word(*source.to));
    return out;
  };
  const std::string args = word(view.a.source.file) + word(view.b.source.file) +
                           ranges(view.a.source, "--from-a", "--to-a") + ranges(view.b.source, "--from-b", "--to-b");
  const std::string report = "smtscope report" + word(view.b.source.file) + ranges(view.b.source, "--from", "--to");
  if (!safe) return "";
  std::vector<std::string> commands;
  for (const DiffEntity& e : view.entities) {
    if (view.of || !e.in_a || !e.in_b || e.who.id < kFirstEntity) continue;
    const std::string of = word(e.who.name);
    if (safe) commands.push_back(fmt::format("smtscope diff{} --of{}", args, of));
    break;
  }
  commands.push_back(report);
  // Commands are there to be copied: what is not whole on a line is left out.
  std::erase_if(commands, [&](const std::string& c) { return c.size() + 6 > columns; });
  if (commands.empty()) return "";
  commands.front() = "next: " + commands.front();
  return text::flow(commands, columns, 5, 6);
}

}  // namespace diff

std::string diff_text(const DiffView& view, const DiffTextOptions& options) {
  DiffTextOptions fitted = options;
  fitted.columns = std::max(options.columns, diff::kLeastColumns);
  const size_t columns = fitted.columns;
  std::string out = diff::side_lines(view, columns) + diff::condition_lines(view, columns) + "\n" +
                    text::wrap(view.sentence, columns, 0) + "\n";
  if (view.of) out += diff::of_lines(view, columns).substr(1);
  else out += diff::node_lines(view, columns) + diff::entity_lines(view, fitted);
  return out + diff::pair_lines(view, fitted) + "\n" + diff::remark_lines(view, columns) +
         diff::next_line(view, columns);
}

}  // namespace smtscope
