// SPDX-License-Identifier: Apache-2.0
// What the online side's numbers must satisfy by themselves, whatever ran.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/online.h"

namespace smtscope::audit {

// Broken rules: of each kind how often, and the worst case as a sentence with its numbers.
class Findings {
 public:
  void add(const std::string& kind, double size, const std::string& sentence);
  [[nodiscard]] std::vector<std::string> sentences() const;

 private:
  struct Worst {
    uint64_t times = 0;
    double size = 0;
    std::string sentence;
  };
  std::map<std::string, Worst> worst_;
};

// States sum to the window (1e-6 of it), pairs to all busy (cores of up to two siblings), entities to the busy
// siblings, nothing is negative or larger than its window allows.
void check_interval(const OnlineInterval& interval, Findings& findings);

// Windows of a core follow each other without a gap.
void check_order(const OnlineInterval& before, const OnlineInterval& after, Findings& findings);

// "12.3 us", "1.25 ms", "3.5 s"; with a sign.
[[nodiscard]] std::string signed_duration(double seconds);

}  // namespace smtscope::audit
