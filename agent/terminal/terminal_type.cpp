// SPDX-License-Identifier: Apache-2.0
#include "terminal/terminal_type.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "terminal/signals.h"
#include "views/text_format.h"

// Last: they define macros of many names.
#include <curses.h>
#include <term.h>

namespace smtscope {
namespace {

std::array<char, 256> g_reset;  // written before a handler may read it

// nullptr: the type has no such capability.
const char* capability(const char* name) {
  const char* text = tigetstr(name);
  return reinterpret_cast<intptr_t>(text) == -1 ? nullptr : text;
}

}  // namespace

Result<> check_terminal_type(const std::string& instead) {
  const char* type = std::getenv("TERM");
  const std::string name = type && *type ? text::clean(type) : "(TERM is not set)";
  int problem = 0;
  if (setupterm(nullptr, STDOUT_FILENO, &problem) != OK)
    return fail(ErrorKind::usage, "the terminal's type " + name + " is not known here",
                "set TERM, for example TERM=xterm; or " + instead);
  if (!capability("cup"))
    return fail(ErrorKind::usage, "a terminal of type " + name + " cannot move its cursor", instead);
  return {};
}

bool has_alternate_screen() { return capability("rmcup") != nullptr; }

void remember_terminal_reset() {
  std::string all;
  for (const char* name : {"sgr0", "op", "rmkx", "cnorm", "rmcup"}) {
    const char* text = capability(name);
    if (!text) continue;
    // Padding ("$<5>") is for terminals that are long gone.
    const std::string_view whole(text);
    for (size_t at = 0; at < whole.size(); at++) {
      if (whole.compare(at, 2, "$<") == 0) at = std::min(whole.find('>', at), whole.size());
      else all += whole[at];
    }
  }
  all += has_alternate_screen() ? "\r" : "\r\n";
  const size_t n = std::min(all.size(), g_reset.size());
  std::copy_n(all.begin(), n, g_reset.begin());
  set_terminal_reset(g_reset.data(), static_cast<uint32_t>(n));
}

}  // namespace smtscope
