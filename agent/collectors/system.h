// SPDX-License-Identifier: Apache-2.0
// The system signal: what the OS itself says of each CPU. Files only, so it runs where nothing else may.
#pragma once

#include <string>

#include "collectors/collector.h"

namespace smtscope {

class SystemCollector final : public Collector {
 public:
  static Result<std::unique_ptr<Collector>> make(const CollectorContext& context);
  [[nodiscard]] Result<> sample(Snapshot& snapshot) override;

 private:
  explicit SystemCollector(std::string proc_root) : proc_root_(std::move(proc_root)) {}

  std::string proc_root_;
};

}  // namespace smtscope
