// SPDX-License-Identifier: Apache-2.0
#include "kernel/process_usage.h"

#include <sys/resource.h>

#include <charconv>
#include <string_view>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

uint64_t to_ns(const timeval& t) {
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_usec) * 1000;
}

// "VmRSS:	   12345 kB"
uint64_t field_bytes(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  at = text.find_first_of("0123456789", at);
  if (at == std::string_view::npos) return 0;
  uint64_t kib = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), kib);
  return kib * 1024;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage r{};
  if (getrusage(RUSAGE_SELF, &r) == 0) {
    usage.user_ns = to_ns(r.ru_utime);
    usage.system_ns = to_ns(r.ru_stime);
  }
  if (const auto status = read_text_file("/proc/self/status", 1 << 16)) {
    usage.resident_bytes = field_bytes(*status, "\nVmRSS:");
    usage.own_bytes = field_bytes(*status, "\nRssAnon:");
  }
  return usage;
}

}  // namespace smtscope
