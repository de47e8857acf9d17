// SPDX-License-Identifier: Apache-2.0
// What a key does: to what is shown, or asked of who moves the picture.
#pragma once

#include "views/top_lines.h"
#include "views/top_state.h"

namespace smtscope {

enum class TopAsk : uint8_t { nothing, quit, pause, back, forward, first, last, faster, slower, redraw };

// Changes the state (settled again), or says what is asked for.
[[nodiscard]] TopAsk press(const TopKey& key, TopState& state, const TopScreen& screen, TopSize size);

}  // namespace smtscope
