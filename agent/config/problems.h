// SPDX-License-Identifier: Apache-2.0
// Everything that is wrong with a configuration, collected and told at once, in the order of the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_tree.h"
#include "model/result.h"

namespace smtscope {

class Problems {
 public:
  // Names of the sources by number: "smtscope.yaml", "--set log.level", ..
  explicit Problems(std::vector<std::string> sources) : sources_(std::move(sources)) {}

  // path: the key, as in --set; may be empty.
  void add(Origin at, std::string_view path, std::string what);

  // More are counted, but not told: their text is never read.
  [[nodiscard]] bool full() const;
  [[nodiscard]] bool empty() const { return count_ == 0; }
  // Whether something was said about this key, about a part of it, or about what it is a part of.
  [[nodiscard]] bool about(std::string_view path) const;
  // Kind config; one line a problem, below a line with their number.
  [[nodiscard]] Error error() const;

 private:
  struct Problem {
    Origin at;
    std::string path;
    std::string what;
  };
  std::vector<std::string> sources_;
  std::vector<Problem> list_;  // the first ones
  size_t count_ = 0;
};

}  // namespace smtscope
