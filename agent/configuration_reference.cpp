// SPDX-License-Identifier: Apache-2.0
// Prints docs/configuration.md. Run it after a key changed; a test compares the two.
#include <cstdio>

#include "config/reference.h"

int main() {
  const std::string page = smtscope::configuration_page();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
