// SPDX-License-Identifier: Apache-2.0
// The command that `stat -- command` measures.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "model/result.h"

namespace smtscope {

// Forked at once, so that it is ready, but runs only after go().
class Child {
 public:
  static Result<Child> make(const std::vector<std::string>& command);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  // kills what was never let go or still runs

  [[nodiscard]] Result<> go();  // usage error if the command cannot be run
  // Exit status as a shell gives it once it has ended; none while it runs.
  [[nodiscard]] std::optional<int> ended();

 private:
  Child(pid_t pid, int gate, int answer) : pid_(pid), gate_(gate), answer_(answer) {}
  pid_t pid_ = -1;
  int gate_ = -1;    // write end: one byte lets it run
  int answer_ = -1;  // read end: errno if exec failed, closed if it worked
  std::string name_;
};

}  // namespace smtscope
