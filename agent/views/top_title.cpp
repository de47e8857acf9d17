// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "model/units.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"
#include "views/top_parts.h"

namespace smtscope {
namespace {

constexpr size_t kMostSpark = 120;

// As the clock on the wall says it here; the day too where it may be another one.
std::string wall_time(int64_t unix_ns, bool day) {
  const auto seconds = static_cast<time_t>(unix_ns / 1'000'000'000);
  tm parts{};
  std::array<char, 32> out{};
  localtime_r(&seconds, &parts);
  const size_t n = std::strftime(out.data(), out.size(), day ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &parts);
  return {out.data(), n};
}

std::string speed(double times) { return fmt::format("x{:g}", times); }

std::string how_it_moves(const TopPlay& play) {
  const std::string behind = play.behind ? fmt::format(", {} back", text::count(play.behind)) : "";
  if (!play.recorded) return play.paused ? "PAUSED" + behind : "running";
  if (play.jumping) return "reading to the end";
  if (play.ended && play.behind == 0) return "END";
  return (play.paused ? "PAUSED" : "playing") + behind;
}

StyledLine title_line(const TopScreen& screen, size_t columns) {
  const TopPlay& play = screen.play;
  StyledLine line = {{" smtscope top", Style::title}};
  if (screen.view) {
    line.push_back({"  " + text::cut(text::clean(screen.view->stat.host.name), columns / 5), Style::title});
    line.push_back({"  " + wall_time(screen.view->end_unix_ns, play.recorded), Style::title});
  }
  line.push_back({"  " + how_it_moves(play), Style::title});
  if (play.recorded)
    line.push_back({fmt::format("  {:.0f} % read  {}", play.progress * 100, speed(play.speed)), Style::title});
  else line.push_back({"  every " + format_duration(std::chrono::nanoseconds(play.interval_ns)), Style::title});
  fill(line, columns, Style::title);
  return line;
}

std::string shape(const Topology& topology) {
  const uint32_t most = topology.threads_per_core(), cpus = topology.online_cpus();
  const size_t cores = topology.cores.size();
  std::string out = fmt::format("{} core{}", cores, cores == 1 ? "" : "s");
  out +=
      cpus == cores * most ? fmt::format(" x {} thread{}", most, most == 1 ? "" : "s") : fmt::format(", {} CPUs", cpus);
  if (topology.packages() > 1) out += fmt::format(", {} sockets", topology.packages());
  return out;
}

std::string cost(const TopView& view) {
  std::string out = "cost " + (view.own_cpu ? text::percent(*view.own_cpu) + " of a CPU" : std::string("unknown"));
  if (view.bpf_ns) out += fmt::format(", {:.0f} ns a switch", *view.bpf_ns);
  return out;
}

// Two lines, or one where they fit whatever the numbers are: lines that come and go would move the whole screen.
std::vector<StyledLine> facts_lines(const TopView& view, size_t columns) {
  constexpr size_t kOneLine = 120;
  const StatView& stat = view.stat;
  const LostFigures& figures = stat.figures.lost;
  const char* source = stat.topology.source == TopologySource::sysfs ? "sysfs" : "--siblings";
  StyledLine node = {{fmt::format("{}  topology from {}  kernel {}", shape(stat.topology), source,
                                  text::cut(text::clean(stat.host.kernel), 24)),
                      Style::plain}};
  StyledLine quality = {{lost_text(figures), figures.switches || figures.seconds > 0 ? Style::warning : Style::plain},
                        {"  " + cost(view), Style::plain}};
  if (columns < kOneLine) return {std::move(node), std::move(quality)};
  node.push_back({"  ", Style::plain});
  for (Span& span : quality) node.push_back(std::move(span));
  return {std::move(node)};
}

std::string spark(const std::vector<TopPoint>& points, std::optional<double> TopPoint::*which, TopLook look,
                  size_t most) {
  std::string out;
  const size_t n = std::min({points.size(), most, kMostSpark});
  for (size_t i = points.size() - n; i < points.size(); i++) {
    const std::optional<double>& value = points[i].*which;
    if (!value) out += "?";
    else if (*value < kNothing) out += look.utf8 ? "." : " ";
    else out += look.utf8 ? std::string(block(*value)) : std::string(1, ascii_level(*value));
  }
  return out;
}

// A sentence, unlike a name, is cut at its end.
std::string cut_end(const std::string& sentence, size_t columns) {
  if (text::width(sentence) <= columns || columns < 3) return text::cut(sentence, columns);
  return sentence.substr(0, text::bytes_that_fit(sentence, columns - 2)) + "..";
}

struct Use {
  std::string label;
  std::optional<double> now;
  std::optional<double> TopPoint::*past;
  Style style;
};

std::vector<Use> uses(const TopView& view) {
  const CapacityFigures& c = view.stat.figures.capacity;
  std::vector<Use> out = {{"CPU used", c.cpu_used, &TopPoint::cpu_used, Style::plain}};
  if (!has_siblings(view.stat)) return out;
  out.push_back({"cores with work", c.core_used, &TopPoint::core_used, Style::single});
  out.push_back({two_siblings(view.stat) ? "both busy" : "all busy", c.all_busy, &TopPoint::all_busy, Style::all_busy});
  return out;
}

}  // namespace

std::string true_use_text(const TopView& view) {
  const CapacityFigures& capacity = view.stat.figures.capacity;
  if (capacity.true_used) {
    const CapacityFigures::TrueUse& use = *capacity.true_used;
    std::string out = "true use " + text::percent_range(use.low, use.high);
    if (use.low >= 0.01) out += ": room for " + room_text(use) + " x this work";
    return out + fmt::format(" (yield {:.1f}-{:.1f} assumed)", use.yield_low, use.yield_high);
  }
  return "true use not stated: " + why_no_true_use(capacity, view.stat.topology);
}

std::vector<StyledLine> title_lines(const TopScreen& screen, size_t columns) {
  std::vector<StyledLine> lines = {title_line(screen, columns)};
  if (screen.view)
    for (StyledLine& line : facts_lines(*screen.view, columns)) lines.push_back(std::move(line));
  std::vector<std::string> notes = screen.play.warnings;
  if (screen.view) notes.insert(notes.end(), screen.view->stat.notes.begin(), screen.view->stat.notes.end());
  if (notes.empty()) return lines;
  const std::string more = notes.size() > 1 ? fmt::format("  ({} more: ?)", notes.size() - 1) : "";
  const size_t room = columns > more.size() ? columns - more.size() : 0;
  lines.push_back({{cut_end("note: " + text::clean(notes.front()), room) + more, Style::warning}});
  return lines;
}

std::vector<StyledLine> use_lines(const TopScreen& screen, TopLook look, size_t columns, bool brief) {
  constexpr size_t kLabel = 15, kValue = 9;
  const TopView& view = *screen.view;
  std::vector<StyledLine> lines;
  StyledLine flat;
  for (const Use& use : uses(view)) {
    const std::string now = use.now ? text::percent(*use.now) : "unknown";
    if (brief) {
      flat.push_back({(flat.empty() ? "" : "   ") + use.label + " " + now, use.style});
      continue;
    }
    StyledLine line = {{text::left(use.label, kLabel), Style::plain}, {text::right(now, kValue) + "  ", Style::strong}};
    const size_t room = columns - std::min(columns, kLabel + kValue + 3);
    line.push_back({spark(screen.points, use.past, look, room), use.style});
    lines.push_back(std::move(line));
  }
  if (brief) lines.push_back(std::move(flat));
  lines.push_back({{cut_end(true_use_text(view), columns), Style::plain}});
  return lines;
}

}  // namespace smtscope
