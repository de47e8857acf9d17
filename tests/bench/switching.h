// SPDX-License-Identifier: Apache-2.0
// Tasks that do nothing but switch, pinned, in child processes that end with this one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace smtscope::bench {

enum class Switching {
  within,   // two threads of one process hand a byte to and fro on one CPU
  between,  // two processes do
  idle,     // one task sleeps 20 us at a time: to and from idle
};
[[nodiscard]] const char* switching_name(Switching how);

// One load on each CPU while the object lives.
class SwitchingLoad {
 public:
  SwitchingLoad(Switching how, const std::vector<unsigned>& cpus);
  SwitchingLoad(const SwitchingLoad&) = delete;
  SwitchingLoad& operator=(const SwitchingLoad&) = delete;
  ~SwitchingLoad();

 private:
  std::vector<pid_t> children_;
};

}  // namespace smtscope::bench
