// SPDX-License-Identifier: Apache-2.0
// Any text as a list of CPUs: what is accepted is bounded, ascending, and reads the same when printed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

void check(std::string_view text) {
  if (shown(text).find('\n') != std::string::npos) abort();
  const auto list = parse_cpulist(text, kMaxCpus);
  if (!list) {
    if (list.error().what.empty() || list.error().kind != ErrorKind::input) abort();
    return;
  }
  if (list->size() > kMaxCpus) abort();
  if (std::adjacent_find(list->begin(), list->end(), std::greater_equal<>()) != list->end()) abort();
  if (!list->empty() && list->back() >= kMaxCpus) abort();
  if (parse_cpulist(format_cpulist(*list), kMaxCpus).value() != *list) abort();
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
