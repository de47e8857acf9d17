// SPDX-License-Identifier: Apache-2.0
// Any tree of sysfs. Input: files, each as a line `@path`, below devices/system, and then its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "kernel/topology_reader.h"
#include "unit/topology_rules.h"

namespace smtscope {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

// Short names let the fuzzer reach far with few bytes: "c0/x" is cpu/cpu0/topology/x.
std::string full_path(std::string_view path) {
  const size_t slash = path.find('/');
  if (!path.starts_with('c') || path.starts_with("cpu/") || slash == std::string_view::npos)
    return "/devices/system/" + std::string(path);
  const std::string cpu(path.substr(1, slash - 1)), file(path.substr(slash));
  return "/devices/system/cpu/cpu" + cpu + "/topology" + file;
}

Files split(std::string_view input) {
  Files files;
  while (!input.empty()) {
    const size_t next = input.find("\n@", 1);
    const std::string_view file = input.substr(0, next == std::string_view::npos ? next : next + 1);
    input.remove_prefix(file.size());
    const size_t line = file.find('\n');
    if (file.front() != '@' || line == std::string_view::npos) continue;
    files[full_path(file.substr(1, line - 1))] = file.substr(line + 1);
  }
  return files;
}

void check(std::string_view input) {
  const Files files = split(input);
  const ReadFile read = [&](const std::string& path) -> Result<std::string> {
    const auto at = files.find(path);
    if (at == files.end()) return fail(ErrorKind::no_input, "no " + path);
    return at->second;
  };
  for (const Siblings siblings : {Siblings::from_sysfs, Siblings::by_hand}) {
    const auto topology = read_topology(read, "", siblings);
    if (topology && !test::broken_rule(*topology).empty()) abort();
    if (!topology && topology.error().what.empty()) abort();
  }
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
