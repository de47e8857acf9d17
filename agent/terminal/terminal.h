// SPDX-License-Identifier: Apache-2.0
// The terminal as a screen of styled lines and a source of keys. The only user of curses.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/result.h"
#include "views/styled.h"
#include "views/top_parts.h"
#include "views/top_state.h"

namespace smtscope {

class Terminal {
 public:
  // Can it be taken: usage error if stdin or stdout is none, or its type cannot move the cursor.
  [[nodiscard]] static Result<> check();
  // Takes it: alternate screen, keys one by one, cursor hidden. One at a time. Signals: SignalWatch.
  static Result<Terminal> take();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal();  // gives it back as it was

  // What may come while one waits; several at once.
  struct Event {
    std::optional<TopKey> key;
    bool stop = false;
    bool resized = false;
    bool resumed = false;  // it was suspended (Ctrl-Z) and goes on
  };
  // Until something comes or CLOCK_MONOTONIC reaches deadline_ns.
  [[nodiscard]] Event wait(uint64_t deadline_ns);

  [[nodiscard]] TopSize size() const;
  [[nodiscard]] TopLook look() const { return {utf8_}; }
  void paint(const std::vector<StyledLine>& lines) const;
  // The next paint writes all of it: somebody else wrote on the screen.
  void redraw();

 private:
  explicit Terminal(bool utf8) : utf8_(utf8) {}
  std::optional<TopKey> read_key();
  void suspend();

  bool utf8_ = true;
  bool owner_ = true;
};

}  // namespace smtscope
