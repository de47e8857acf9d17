// SPDX-License-Identifier: Apache-2.0
#include "kernel/cpuinfo.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

struct Implementer {
  uint32_t id;
  const char* name;
};

constexpr Implementer kImplementers[] = {
    {0x41, "ARM"}, {0x42, "Broadcom"}, {0x43, "Cavium"}, {0x46, "Fujitsu"},   {0x48, "HiSilicon"}, {0x4e, "NVIDIA"},
    {0x50, "APM"}, {0x51, "Qualcomm"}, {0x61, "Apple"},  {0x6d, "Microsoft"}, {0x70, "Phytium"},   {0xc0, "Ampere"},
};

struct Part {
  uint32_t implementer, part;
  const char* name;
};

// Of the MIDR register; as the Arm ARM and the vendors publish them.
constexpr Part kParts[] = {
    {0x41, 0xd03, "Cortex-A53"},
    {0x41, 0xd04, "Cortex-A35"},
    {0x41, 0xd05, "Cortex-A55"},
    {0x41, 0xd06, "Cortex-A65"},
    {0x41, 0xd07, "Cortex-A57"},
    {0x41, 0xd08, "Cortex-A72"},
    {0x41, 0xd09, "Cortex-A73"},
    {0x41, 0xd0a, "Cortex-A75"},
    {0x41, 0xd0b, "Cortex-A76"},
    {0x41, 0xd0c, "Neoverse-N1"},
    {0x41, 0xd0d, "Cortex-A77"},
    {0x41, 0xd0e, "Cortex-A76AE"},
    {0x41, 0xd40, "Neoverse-V1"},
    {0x41, 0xd41, "Cortex-A78"},
    {0x41, 0xd42, "Cortex-A78AE"},
    {0x41, 0xd43, "Cortex-A65AE"},
    {0x41, 0xd44, "Cortex-X1"},
    {0x41, 0xd46, "Cortex-A510"},
    {0x41, 0xd47, "Cortex-A710"},
    {0x41, 0xd48, "Cortex-X2"},
    {0x41, 0xd49, "Neoverse-N2"},
    {0x41, 0xd4a, "Neoverse-E1"},
    {0x41, 0xd4b, "Cortex-A78C"},
    {0x41, 0xd4d, "Cortex-A715"},
    {0x41, 0xd4e, "Cortex-X3"},
    {0x41, 0xd4f, "Neoverse-V2"},
    {0x41, 0xd80, "Cortex-A520"},
    {0x41, 0xd81, "Cortex-A720"},
    {0x41, 0xd82, "Cortex-X4"},
    {0x41, 0xd84, "Neoverse-V3"},
    {0x41, 0xd85, "Cortex-X925"},
    {0x41, 0xd87, "Cortex-A725"},
    {0x41, 0xd8e, "Neoverse-N3"},
    {0x42, 0x516, "ThunderX2"},
    {0x43, 0x0a1, "ThunderX"},
    {0x43, 0x0af, "ThunderX2"},
    {0x46, 0x001, "A64FX"},
    {0x48, 0xd01, "TaiShan-v110"},
    {0x48, 0xd02, "TaiShan-v120"},
    {0x50, 0x000, "X-Gene"},
    {0x61, 0x022, "M1 (Icestorm)"},
    {0x61, 0x023, "M1 (Firestorm)"},
    {0x6d, 0xd49, "Azure Cobalt 100"},
    {0xc0, 0xac3, "Ampere-1"},
    {0xc0, 0xac4, "Ampere-1a"},
};

// Takes the next line off `text`.
std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::optional<std::string_view> value_of(std::string_view line, std::string_view key) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || strip(line.substr(0, colon)) != key) return std::nullopt;
  return strip(line.substr(colon + 1));
}

std::optional<uint32_t> parse_hex(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  text.remove_prefix(2);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string arm_name(uint32_t implementer, uint32_t part) {
  const auto maker = std::find_if(std::begin(kImplementers), std::end(kImplementers),
                                  [&](const Implementer& row) { return row.id == implementer; });
  const auto model = std::find_if(std::begin(kParts), std::end(kParts),
                                  [&](const Part& row) { return row.implementer == implementer && row.part == part; });
  if (maker == std::end(kImplementers)) return fmt::format("implementer {:#04x} part {:#05x}", implementer, part);
  if (model == std::end(kParts)) return fmt::format("{} part {:#05x}", maker->name, part);
  return fmt::format("{} {}", maker->name, model->name);
}

// Every different core type once, in the order of the CPUs.
std::optional<std::string> arm_model(std::string_view cpuinfo) {
  std::vector<std::string> names;
  std::optional<uint32_t> implementer;
  while (!cpuinfo.empty()) {
    const std::string_view line = next_line(cpuinfo);
    if (const auto value = value_of(line, "CPU implementer")) implementer = parse_hex(*value);
    const auto value = value_of(line, "CPU part");
    const auto part = value ? parse_hex(*value) : std::nullopt;
    if (!implementer || !part) continue;
    std::string name = arm_name(*implementer, *part);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  if (names.empty()) return std::nullopt;
  return fmt::format("{}", fmt::join(names, " + "));
}

}  // namespace

std::optional<std::string> cpuinfo_value(std::string_view cpuinfo, std::string_view key) {
  while (!cpuinfo.empty())
    if (const auto value = value_of(next_line(cpuinfo), key)) return std::string(*value);
  return std::nullopt;
}

std::optional<std::string> cpu_model(std::string_view cpuinfo) {
  if (auto name = cpuinfo_value(cpuinfo, "model name"); name && !name->empty()) return name;
  if (auto name = arm_model(cpuinfo)) return name;
  if (auto name = cpuinfo_value(cpuinfo, "cpu"); name && !name->empty()) return name;  // powerpc
  return std::nullopt;
}

namespace {

CpuVendor vendor_of(std::string_view name) {
  if (name == "GenuineIntel") return CpuVendor::intel;
  if (name == "AuthenticAMD") return CpuVendor::amd;
  return CpuVendor::unknown;
}

std::optional<uint32_t> parse_decimal(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The lines of one processor.
struct X86Processor {
  uint32_t id = 0;
  CpuVendor vendor = CpuVendor::unknown;
  bool named = false;  // its vendor
  std::optional<uint32_t> family, model, stepping;

  void take(std::string_view line) {
    if (const auto text = value_of(line, "vendor_id")) vendor = vendor_of(*text), named = true;
    if (const auto text = value_of(line, "cpu family")) family = parse_decimal(*text);
    if (const auto text = value_of(line, "model")) model = parse_decimal(*text);
    if (const auto text = value_of(line, "stepping")) stepping = parse_decimal(*text);
  }
};

}  // namespace

Result<std::vector<std::pair<uint32_t, CpuIdentity>>> x86_identities(std::string_view cpuinfo) {
  // Others number their processors too.
  if (!cpuinfo_value(cpuinfo, "vendor_id")) return fail(ErrorKind::unsupported, "cpuinfo names no processor of x86");
  std::vector<std::pair<uint32_t, CpuIdentity>> out;
  std::optional<X86Processor> current;
  const auto flush = [&]() -> Result<> {
    if (!current) return {};
    const X86Processor& cpu = *current;
    if (!cpu.named || !cpu.family || !cpu.model)
      return fail(ErrorKind::input, fmt::format("cpuinfo: processor {} without vendor, family or model", cpu.id));
    // "unknown" where the firmware gives none.
    const CpuIdentity identity{cpu.vendor, *cpu.family, *cpu.model, cpu.stepping.value_or(0), 0};
    if (!out.empty() && out.back().first >= cpu.id)
      return fail(ErrorKind::input, fmt::format("cpuinfo: processor {} is not in order", cpu.id));
    out.emplace_back(cpu.id, identity);
    return {};
  };
  while (!cpuinfo.empty()) {
    const std::string_view line = next_line(cpuinfo);
    if (const auto text = value_of(line, "processor")) {
      if (const auto r = flush(); !r) return Failure(r.error());
      const auto id = parse_decimal(*text);
      if (!id) return fail(ErrorKind::input, "cpuinfo: cannot read a number of a processor: " + shown(*text));
      current.emplace().id = *id;
    } else if (current) {
      current->take(line);
    }
  }
  if (const auto r = flush(); !r) return Failure(r.error());
  if (out.empty()) return fail(ErrorKind::unsupported, "cpuinfo names no processor of x86");
  return out;
}

}  // namespace smtscope
