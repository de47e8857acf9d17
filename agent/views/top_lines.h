// SPDX-License-Identifier: Apache-2.0
// The screen of `top` as lines: pure, so that it is tested without a terminal.
#pragma once

#include <cstddef>
#include <vector>

#include "views/styled.h"
#include "views/top_parts.h"
#include "views/top_state.h"

namespace smtscope {

// How the screen is shared out. 0 rows: that part is not there.
struct TopLayout {
  bool brief = false;    // totals on one line
  bool map = false;      // cores as a map, not a line each
  size_t cores = 0;      // rows of cores shown
  size_t all_cores = 0;  // rows there are
  size_t entities = 0;   // rows of the table, without its header; the same below
  size_t pairs = 0;
  size_t body = 0;  // lines between title and footer: help and details scroll in it
};

[[nodiscard]] TopLayout top_layout(const TopScreen& screen, const TopState& state, TopSize size);

// Keeps what is scrolled and selected within what there is now.
void settle(TopState& state, const TopScreen& screen, TopSize size);

// Exactly size.rows lines, none wider than size.columns; `state` is settled.
[[nodiscard]] std::vector<StyledLine> top_lines(const TopScreen& screen, const TopState& state, TopLook look,
                                                TopSize size);

}  // namespace smtscope
