// SPDX-License-Identifier: Apache-2.0
#include "topdown/json_line.h"

#include <exception>

namespace smtscope::topdown {

Result<nlohmann::json> parse_json_line(std::string_view line) {
  try {
    return nlohmann::json::parse(line.begin(), line.end());
  } catch (const nlohmann::json::parse_error& e) {
    // "e.what()" quotes the line; a terminal should not see it.
    return fail(ErrorKind::input,
                e.byte > line.size() ? "the JSON ends too early" : "no JSON at column " + std::to_string(e.byte));
  } catch (const std::exception&) {
    return fail(ErrorKind::input, "JSON with a number that is too large, or the like");
  }
}

std::optional<std::string> text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<double> number_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

}  // namespace smtscope::topdown
