// SPDX-License-Identifier: Apache-2.0
// Where the pictures of `top` come from: this node now, or a recording.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands/top_options.h"
#include "model/frame.h"

namespace smtscope {

class TopFeed {
 public:
  // Errors of the session or the file, before the screen is taken.
  static Result<std::unique_ptr<TopFeed>> open(const TopOptions& options, uint64_t interval_ns);
  virtual ~TopFeed() = default;

  // Live: readings now. Recorded: the next frame; none: the end.
  [[nodiscard]] virtual Result<std::optional<Frame>> next() = 0;
  // Live: keeps the kernel side short; wanted once a second between samples.
  [[nodiscard]] virtual Result<> tick() { return {}; }
  // Recorded: next() begins anew.
  [[nodiscard]] virtual Result<> rewind() { return {}; }
  [[nodiscard]] virtual bool recorded() const = 0;
  [[nodiscard]] virtual double progress() const { return 0; }
  [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;
  // --of: its name, and whether an entity is the one that is meant.
  [[nodiscard]] virtual std::optional<std::string> of() const = 0;
  [[nodiscard]] virtual bool is_of(const Entity& who) const = 0;
};

}  // namespace smtscope
