// SPDX-License-Identifier: Apache-2.0
#include "kernel/cpulist.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

Result<uint32_t> parse_cpu(std::string_view text, uint32_t max_cpus) {
  uint32_t cpu = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  const bool number = error != std::errc::invalid_argument && end == text.data() + text.size();
  if (!number) return fail(ErrorKind::input, fmt::format("{} is not a CPU number", shown(text)));
  if (error != std::errc() || cpu >= max_cpus)
    return fail(ErrorKind::input, fmt::format("CPU {} is above the highest possible, {}", shown(text), max_cpus - 1));
  return cpu;
}

}  // namespace

Result<std::vector<uint32_t>> parse_cpulist(std::string_view text, uint32_t max_cpus) {
  std::vector<uint32_t> cpus;
  std::vector<bool> named(max_cpus);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const size_t dash = item.find('-');
    const auto first = parse_cpu(item.substr(0, dash), max_cpus);
    if (!first) return tl::unexpected(first.error());
    const auto last = dash == std::string_view::npos ? first : parse_cpu(item.substr(dash + 1), max_cpus);
    if (!last) return tl::unexpected(last.error());
    if (*last < *first) return fail(ErrorKind::input, fmt::format("{} runs backwards", shown(item)));
    for (uint32_t cpu = *first; cpu <= *last; ++cpu) {
      if (named[cpu]) return fail(ErrorKind::input, fmt::format("CPU {} is named twice", cpu));
      named[cpu] = true;
      cpus.push_back(cpu);
    }
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return fail(ErrorKind::input, "the list ends with a comma");
  }
  std::sort(cpus.begin(), cpus.end());
  return cpus;
}

std::string format_cpulist(const std::vector<uint32_t>& cpus) {
  std::string out;
  for (size_t i = 0; i < cpus.size();) {
    size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += last == i ? fmt::format("{}", cpus[i]) : fmt::format("{}-{}", cpus[i], cpus[last]);
    i = last + 1;
  }
  return out;
}

}  // namespace smtscope
