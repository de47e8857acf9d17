// SPDX-License-Identifier: Apache-2.0
// A file and `--set` -> a checked configuration, or everything that is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "model/result.h"

namespace smtscope {

inline constexpr size_t kMaxConfigBytes = 1 << 20;

// What a configuration is made of. Pure values, so that tests need no files.
struct ConfigText {
  std::string name;                      // of the file, for messages
  std::string yaml;                      // empty: the defaults
  std::vector<std::string> sets;         // "key.path=value", over the file
  std::string resource_attributes = {};  // value of OTEL_RESOURCE_ATTRIBUTES
};

// All problems in one Error of kind config, one line each. Exporters have their names and intervals filled in.
// Opens nothing.
[[nodiscard]] Result<Config> parse_config(const ConfigText& text);

// The file (without one kDefaultConfigPath; the defaults if that is not there), `sets` over it, and
// OTEL_RESOURCE_ATTRIBUTES of the environment below it. Files it names are checked as by check_files.
// Errors: no_input or permission (the file), config (what is in it).
[[nodiscard]] Result<Config> load_config(const std::optional<std::string>& path, const std::vector<std::string>& sets);

// Named files with credentials and certificates that cannot be read: "KEY: what is wrong".
[[nodiscard]] std::vector<std::string> check_files(const Config& config);

// What is allowed, yet hardly meant: "KEY: why".
[[nodiscard]] std::vector<std::string> config_warnings(const Config& config);

}  // namespace smtscope
