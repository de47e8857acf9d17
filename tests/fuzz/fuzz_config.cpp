// SPDX-License-Identifier: Apache-2.0
// Any text as a configuration, then OTEL_RESOURCE_ATTRIBUTES and `--set`, NUL between them: refused with a reason, or
// what is printed of it is read back equal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/load.h"
#include "config/print.h"

namespace smtscope {
namespace {

ConfigText text_of(const std::string& bytes) {
  ConfigText text{"fuzz.yaml", "", {}};
  std::string* part = &text.yaml;
  for (const char c : bytes) {
    if (c != '\0') *part += c;
    else if (part == &text.yaml) part = &text.resource_attributes;
    else part = &text.sets.emplace_back();
  }
  return text;
}

void check(const std::string& bytes) {
  const auto config = parse_config(text_of(bytes));
  if (!config) {
    const Error& error = config.error();
    if (error.kind != ErrorKind::config || error.what.find(":\n") == std::string::npos) abort();
    return;
  }
  const auto again = parse_config({"printed.yaml", print_config(*config), {}});
  if (!again || *again != *config) abort();
  (void)config_warnings(*config);
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
