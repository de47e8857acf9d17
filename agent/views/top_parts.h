// SPDX-License-Identifier: Apache-2.0
// The parts of `top`'s screen. Each returns whole lines of any width; the screen cuts them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "views/styled.h"
#include "views/top_rows.h"
#include "views/top_state.h"

namespace smtscope {

// What the terminal can show beside ASCII: blocks and names as they are.
struct TopLook {
  bool utf8 = true;
};

inline constexpr double kNothing = 0.005;  // a share below is drawn as none
// A share 0..1 as a block of that height, or as a character for terminals that have none.
[[nodiscard]] std::string_view block(double share);
[[nodiscard]] char ascii_level(double share);

// Which node, when, how it moves; kernel, topology, lost, cost; then what there is to warn of.
[[nodiscard]] std::vector<StyledLine> title_lines(const TopScreen& screen, size_t columns);
// Use as the OS says it and as cores see it, with a line of the past; true use. `brief`: on one line.
[[nodiscard]] std::vector<StyledLine> use_lines(const TopScreen& screen, TopLook look, size_t columns, bool brief);

// "true use 53-68 %: ..", or why there is none.
[[nodiscard]] std::string true_use_text(const TopView& view);

// What letters and colours of cores mean on this machine.
// `brief`: of states alone.
[[nodiscard]] StyledLine core_legend(const TopView& view, TopLook look, bool map, bool brief);
// As many cores a line as fit: a glyph for each CPU's use, a letter for what the core was most of the time.
[[nodiscard]] std::vector<StyledLine> core_map(const TopView& view, TopLook look, size_t columns);
// A core a line: each CPU's use, and the interval as a bar of states.
[[nodiscard]] std::vector<StyledLine> core_list(const TopView& view, TopLook look, size_t columns);
[[nodiscard]] size_t core_map_rows(const TopView& view, size_t columns);

// Header and `rows` rows from `state.entity_top` (`pair_top`) on, the selected one marked.
[[nodiscard]] std::vector<StyledLine> entity_table(const TopView& view, const TopState& state, size_t rows,
                                                   size_t columns);
[[nodiscard]] std::vector<StyledLine> pair_table(const TopView& view, const TopState& state, size_t rows,
                                                 size_t columns, bool select);
// --of: the entity of state.of, its waits, its neighbours.
[[nodiscard]] std::vector<StyledLine> detail_lines(const TopView& view, const TopState& state, size_t columns);

[[nodiscard]] std::vector<StyledLine> help_lines(const TopScreen& screen, size_t columns);
// Keys, or the filter as it is typed.
[[nodiscard]] StyledLine footer_line(const TopScreen& screen, const TopState& state, size_t columns);

}  // namespace smtscope
