// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/top_parts.h"

namespace smtscope {
namespace {

constexpr size_t kWideList = 110;  // from here on percentages stand behind the bar
constexpr size_t kMostBar = 50;
constexpr size_t kGroup = 8;  // cores of the map between two gaps

struct State {
  Style style = Style::unknown;
  char letter = '?';
  const char* word = "unknown";
  double seconds = 0;
};

// In the order of the bar: the busiest first.
std::array<State, 5> states_of(const StateSeconds& s, size_t siblings) {
  return {State{Style::all_busy, 'B', siblings == 2 ? "both busy" : "all", s.all_busy.value_or(0)},
          State{Style::partial, 'p', "partly", s.partial.value_or(0)},
          State{Style::single, 'o',
                siblings == 1   ? "busy"
                : siblings == 2 ? "one busy"
                                : "one",
                s.single},
          State{Style::idle, '-', "idle", s.idle}, State{Style::unknown, '?', "unknown", s.unknown}};
}

bool can_be(const State& state, size_t siblings) {
  return (state.letter != 'B' || siblings > 1) && (state.letter != 'p' || siblings > 2);
}

// What it was for the largest part of the interval; of equals the busier.
State dominant(const CoreFigures& core) {
  const auto states = states_of(core.seconds, core.cpus.size());
  const auto most = std::max_element(states.begin(), states.end(),
                                     [](const State& l, const State& r) { return l.seconds < r.seconds; });
  return most->seconds > 0 ? *most : State{};
}

std::string glyph(const std::optional<double>& busy, TopLook look) {
  if (!busy) return "?";
  if (*busy < kNothing) return ".";
  if (!look.utf8) return std::string(1, static_cast<char>('0' + std::min(9, static_cast<int>(*busy * 10))));
  return std::string(block(*busy));
}

size_t digits(uint64_t n) { return std::to_string(n).size(); }

struct MapShape {
  bool packages = false;  // labels say which
  size_t label = 0;
  size_t siblings = 1;
  size_t per_row = 1;
};

MapShape map_shape(const TopView& view, size_t columns) {
  const auto& cores = view.stat.figures.cores;
  MapShape shape;
  uint32_t last = 0, package = 0;
  for (const CoreFigures& core : cores) {
    last = std::max(last, core.id);
    package = std::max(package, core.package.value_or(0));
    shape.siblings = std::max(shape.siblings, core.cpus.size());
  }
  shape.packages = view.stat.topology.packages() > 1;
  shape.label = 5 + digits(last) + (shape.packages ? 2 + digits(package) : 0) + 1;
  const size_t cell = shape.siblings + 2, room = columns > shape.label ? columns - shape.label : cell;
  shape.per_row = std::max<size_t>(1, (room - room / (kGroup * cell + 1) + 1) / cell);
  // Round numbers make a core easy to find.
  for (const size_t round : {16, 8, 4})
    if (shape.per_row > round) {
      shape.per_row -= shape.per_row % round;
      break;
    }
  return shape;
}

std::string label_of(const CoreFigures& core, const MapShape& shape) {
  std::string out = shape.packages ? "s" + (core.package ? std::to_string(*core.package) : "?") + " " : "";
  return text::left(out + "core " + std::to_string(core.id), shape.label);
}

// Where rows of the map begin: after so many cores, and with each package.
std::vector<size_t> row_starts(const TopView& view, const MapShape& shape) {
  const auto& cores = view.stat.figures.cores;
  std::vector<size_t> starts;
  for (size_t i = 0; i < cores.size(); i++)
    if (starts.empty() || i - starts.back() >= shape.per_row ||
        (shape.packages && cores[i].package != cores[i - 1].package))
      starts.push_back(i);
  return starts;
}

StyledLine cell_of(const TopView& view, const CoreFigures& core, size_t siblings, TopLook look) {
  const State state = dominant(core);
  std::string cpus;
  for (const uint32_t cpu : core.cpus) cpus += glyph(view.busy_of(cpu), look);
  StyledLine line = {{cpus + state.letter, state.style}};
  line.push_back({std::string(1 + siblings - core.cpus.size(), ' '), Style::plain});
  return line;
}

// The interval as so many letters.
StyledLine state_bar(const CoreFigures& core, size_t columns) {
  StyledLine line;
  const auto states = states_of(core.seconds, core.cpus.size());
  double all = 0, so_far = 0;
  for (const State& state : states) all += state.seconds;
  if (!(all > 0)) return {{std::string(columns, '?'), Style::unknown}};
  size_t used = 0;
  for (const State& state : states) {
    so_far += state.seconds;
    const auto until = static_cast<size_t>(std::llround(so_far / all * static_cast<double>(columns)));
    if (until > used) line.push_back({std::string(until - used, state.letter), state.style});
    used = std::max(used, until);
  }
  return line;
}

std::string cpu_texts(const TopView& view, const CoreFigures& core, size_t siblings, size_t id_digits, TopLook look) {
  std::string out, glyphs;
  for (const uint32_t cpu : core.cpus) {
    const auto busy = view.busy_of(cpu);
    out += fmt::format("cpu {:<{}} {:>5}  ", cpu, id_digits, busy ? text::short_percent(*busy) : "?");
    glyphs += glyph(busy, look);
  }
  constexpr size_t kMostTexts = 2;  // of more siblings the numbers would be the whole line
  if (siblings <= kMostTexts) return text::left(out, siblings * (id_digits + 12));
  return text::left(fmt::format("cpu {}-{} ", core.cpus.front(), core.cpus.back()), 2 * id_digits + 6) +
         text::left(glyphs, siblings) + "  ";
}

std::string state_texts(const CoreFigures& core, size_t siblings) {
  std::string out;
  const StateSeconds& s = core.seconds;
  const double all = s.idle + s.single + s.partial.value_or(0) + s.all_busy.value_or(0) + s.unknown;
  if (!(all > 0)) return "";
  for (const State& state : states_of(s, core.cpus.size()))
    if (can_be(state, siblings) && (state.letter != '?' || state.seconds > 0))
      out += fmt::format("  {} {:>5}", state.word,
                         can_be(state, core.cpus.size()) ? text::short_percent(state.seconds / all) : "-");
  return out;
}

}  // namespace

std::string_view block(double share) {
  constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  return kBlocks[static_cast<size_t>(std::clamp(share * 8, 0.0, 7.0))];
}

char ascii_level(double share) {
  constexpr std::string_view kLevels = "_.:-=+*#";
  return kLevels[static_cast<size_t>(std::clamp(share * 8, 0.0, 7.0))];
}

StyledLine core_legend(const TopView& view, TopLook look, bool map, bool brief) {
  const size_t siblings = view.stat.topology.threads_per_core();
  const std::string cpus = look.utf8 ? "each CPU . ▁ to █   " : "each CPU . 0 to 9   ";
  const std::string of = map ? (brief ? "" : cpus) + "mostly: " : brief ? "time: " : "by share of the interval: ";
  StyledLine line = {{of, Style::plain}};
  auto states = states_of({}, siblings);
  std::reverse(states.begin(), states.end());
  std::rotate(states.begin(), states.begin() + 1, states.end());  // unknown last
  bool first = true;
  for (const State& state : states) {
    if (!can_be(state, siblings)) continue;
    if (!std::exchange(first, false)) line.push_back({"  ", Style::plain});
    line.push_back({fmt::format("{} {}", state.letter, state.word), state.style});
  }
  return line;
}

size_t core_map_rows(const TopView& view, size_t columns) { return row_starts(view, map_shape(view, columns)).size(); }

std::vector<StyledLine> core_map(const TopView& view, TopLook look, size_t columns) {
  const MapShape shape = map_shape(view, columns);
  const auto& cores = view.stat.figures.cores;
  std::vector<StyledLine> lines;
  std::vector<size_t> starts = row_starts(view, shape);
  starts.push_back(cores.size());
  for (size_t row = 0; row + 1 < starts.size(); row++) {
    StyledLine line = {{label_of(cores[starts[row]], shape), Style::plain}};
    for (size_t i = starts[row]; i < starts[row + 1]; i++) {
      if (i > starts[row] && (i - starts[row]) % kGroup == 0) line.push_back({" ", Style::plain});
      for (Span& span : cell_of(view, cores[i], shape.siblings, look)) line.push_back(std::move(span));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<StyledLine> core_list(const TopView& view, TopLook look, size_t columns) {
  const MapShape shape = map_shape(view, columns);
  uint32_t last_cpu = 0;
  for (const CoreFigures& core : view.stat.figures.cores)
    for (const uint32_t cpu : core.cpus) last_cpu = std::max(last_cpu, cpu);
  std::vector<StyledLine> lines;
  for (const CoreFigures& core : view.stat.figures.cores) {
    const State most = dominant(core);
    StyledLine line = {{label_of(core, shape) + " ", Style::plain},
                       {cpu_texts(view, core, shape.siblings, digits(last_cpu), look), most.style}};
    const std::string states = columns >= kWideList ? state_texts(core, shape.siblings) : "";
    const size_t used = width(line) + states.size();
    const size_t bar = used < columns ? std::min(columns - used, kMostBar) : 0;
    for (Span& span : state_bar(core, bar)) line.push_back(std::move(span));
    line.push_back({states, Style::plain});
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace smtscope
