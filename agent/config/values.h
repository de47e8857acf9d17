// SPDX-License-Identifier: Apache-2.0
// What a key may hold: how a value is read, checked, printed and described. One function a type of value.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/forms.h"
#include "config/yaml_tree.h"

namespace smtscope {

// Takes what is wrong at a node; `below` is the rest of the path of a part, "" for the value itself.
using Wrong = std::function<void(const YamlNode& where, std::string_view below, std::string what)>;

// Bound to the place where the value lives, which must outlive it.
struct Value {
  std::string allowed;                                      // for people
  std::function<void(const YamlNode&, const Wrong&)> read;  // leaves the place alone if something is wrong
  std::function<std::string()> print;                       // YAML on one line
};

// "a list is not possible here"
[[nodiscard]] std::string misplaced(const YamlNode& node);

using Nanoseconds = std::chrono::nanoseconds;

[[nodiscard]] Value duration_value(Nanoseconds& at, Nanoseconds least, Nanoseconds most);
// null: `absent` says what holds then.
[[nodiscard]] Value duration_value(std::optional<Nanoseconds>& at, Nanoseconds least, Nanoseconds most,
                                   std::string_view absent);
[[nodiscard]] Value size_value(uint64_t& at, uint64_t least, uint64_t most);
[[nodiscard]] Value count_value(uint32_t& at, uint32_t least, uint32_t most);
// Above 0.
[[nodiscard]] Value number_value(double& at, double most);
[[nodiscard]] Value switch_value(Enabled& at);
[[nodiscard]] Value flag_value(bool& at);
[[nodiscard]] Value detail_value(Detail& at);
// The words must outlive it.
[[nodiscard]] Value word_value(std::string& at, std::span<const std::string_view> words);
[[nodiscard]] Value text_value(std::string& at, const Form& form);
[[nodiscard]] Value text_value(std::optional<std::string>& at, const Form& form);
// Every element is of the form and there once.
[[nodiscard]] Value list_value(std::vector<std::string>& at, const Form& form, size_t least);
[[nodiscard]] Value attributes_value(std::vector<std::pair<std::string, std::string>>& at);

// A text as a YAML scalar: plain where nobody could take it for something else, else in double quotes.
[[nodiscard]] std::string yaml_text(std::string_view text);

}  // namespace smtscope
