// SPDX-License-Identifier: Apache-2.0
// What terminfo says of the terminal's type.
#pragma once

#include <string>

#include "model/result.h"

namespace smtscope {

// Usage error if the type is not known or cannot move its cursor; `instead`: what can be done without a terminal.
[[nodiscard]] Result<> check_terminal_type(const std::string& instead);

// Whether leaving it brings back what was there before; curses holds the terminal, here and below.
[[nodiscard]] bool has_alternate_screen();

// Tells the signal handlers what leaves the alternate screen and shows the cursor.
void remember_terminal_reset();

}  // namespace smtscope
