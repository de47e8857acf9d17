// SPDX-License-Identifier: Apache-2.0
#include "kernel/proc_stat.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr uint64_t kTickNs = 10'000'000;  // USER_HZ is 100 on every architecture we run on
constexpr size_t kFields = 8;             // user nice system idle iowait irq softirq steal

// "cpu17 1 2 3 4 5 6 7 8 ...": false if it is not such a line.
bool parse_line(std::string_view line, CpuTimes& out) {
  const char* at = line.data() + 3;
  const char* end = line.data() + line.size();
  const auto id = std::from_chars(at, end, out.cpu);
  if (id.ec != std::errc()) return false;
  at = id.ptr;
  std::array<uint64_t, kFields> ticks{};
  for (uint64_t& value : ticks) {
    while (at < end && *at == ' ') at++;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec != std::errc() || value > UINT64_MAX / kTickNs / kFields) return false;
    at = parsed.ptr;
  }
  out.busy_ns = (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * kTickNs;
  out.idle_ns = (ticks[3] + ticks[4]) * kTickNs;
  out.steal_ns = ticks[7] * kTickNs;
  return true;
}

}  // namespace

Result<std::vector<CpuTimes>> parse_proc_stat(std::string_view text) {
  std::vector<CpuTimes> all;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;
    CpuTimes times;
    if (!parse_line(line, times))
      return fail(ErrorKind::input, fmt::format("a line of /proc/stat cannot be read: {}", shown(line)));
    all.push_back(times);
  }
  return all;
}

Result<std::vector<CpuTimes>> read_proc_stat(const std::string& proc_root) {
  auto text = read_text_file(proc_root + "/stat", 1 << 20);
  if (!text) return Failure(text.error());
  return parse_proc_stat(*text);
}

}  // namespace smtscope
