// SPDX-License-Identifier: Apache-2.0
// What the person at the keyboard chose, and what is shown: all that `top`'s screen is made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/top_tape.h"
#include "views/top_view.h"

namespace smtscope {

// Whose details are shown. Names repeat, ids belong to a run: none until it is known there.
struct TopOf {
  std::string name;
  std::optional<uint32_t> id;
};

enum class TopPage : uint8_t { overview, cores, entities, pairs };
inline constexpr size_t kTopPages = 4;

struct TopSort {
  std::string_view header;  // of the column
  bool reverse = false;
};

struct TopState {
  TopPage page = TopPage::overview;
  bool help = false;
  size_t help_top = 0;  // first line shown, here and below
  TopSort entity_sort{"CPU"};
  TopSort pair_sort{"TIME"};
  std::string filter;
  std::optional<std::string> filter_before;  // it is being typed: what it was
  std::optional<TopOf> of;
  size_t of_top = 0;
  std::optional<uint32_t> entity;  // the selected one's id; none: the first
  size_t entity_top = 0;
  size_t pair = 0;  // the selected row
  size_t pair_top = 0;
  size_t core_top = 0;
};

// Where the picture comes from and how it moves.
struct TopPlay {
  bool recorded = false;
  bool paused = false;
  bool ended = false;        // the recording
  bool jumping = false;      // it is read to its end
  uint64_t behind = 0;       // intervals between the one shown and the newest
  double progress = 0;       // of the recording, 0..1
  double speed = 1;          // of a recording; 1: as it happened
  uint64_t interval_ns = 0;  // live: between two pictures
  std::string hint;          // of what could not be done; until the next key
  std::vector<std::string> warnings;
};

// All that one picture needs.
struct TopScreen {
  const TopView* view = nullptr;  // null: no interval is over yet
  std::vector<TopPoint> points;   // up to this view, oldest first
  TopPlay play;
};

struct TopSize {
  size_t rows = 24;
  size_t columns = 80;
};
inline constexpr TopSize kLeastTop{10, 60};

enum class KeyName : uint8_t {
  character,
  up,
  down,
  left,
  right,
  page_up,
  page_down,
  home,
  end,
  enter,
  escape,
  tab,
  back_tab,
  backspace,
};
struct TopKey {
  KeyName name = KeyName::character;
  char32_t code = 0;  // of a character
};

}  // namespace smtscope
