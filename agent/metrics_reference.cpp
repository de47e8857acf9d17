// SPDX-License-Identifier: Apache-2.0
// Prints docs/metrics.md. Run it after a descriptor changed; a test compares the two.
#include <cstdio>

#include "signals.h"
#include "views/metrics_page.h"

int main() {
  const std::string page = smtscope::metrics_page(smtscope::metric_groups());
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
