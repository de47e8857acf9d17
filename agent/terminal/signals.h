// SPDX-License-Identifier: Apache-2.0
// Signals of a program that holds the terminal: those that end it give the terminal back first.
#pragma once

#include <cstdint>

#include "model/result.h"

namespace smtscope {

// What came since it was asked last.
struct TerminalSignals {
  bool stop = false;     // Ctrl-C, SIGTERM, SIGHUP
  bool resize = false;   // SIGWINCH
  bool suspend = false;  // Ctrl-Z
};

// Notes signals and wakes a poll(); signals of a crash, and a second one to stop, give the terminal back by calls that
// are allowed in a handler, and then do what they do. One at a time, for its lifetime.
class SignalWatch {
 public:
  static Result<> begin();
  static void end();

  // Becomes readable with the first signal that is noted.
  [[nodiscard]] static int wake_fd();
  [[nodiscard]] static TerminalSignals take();
};

// What a handler writes to give the terminal back, once it is held; nullptr: it is not. The text must stay.
void set_terminal_reset(const char* text, uint32_t bytes);

}  // namespace smtscope
