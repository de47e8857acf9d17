// SPDX-License-Identifier: Apache-2.0
#include "kernel/host_facts.h"

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "kernel/core_scheduling.h"
#include "kernel/cpuinfo.h"
#include "kernel/hypervisor.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMaxCpuinfoBytes = 256 * 1024;  // some 150 CPUs: every core type shows by then
constexpr size_t kMaxVulnerabilities = 256;

std::optional<std::string> fact(const std::string& path) {
  const auto text = read_text_file(path, kMaxSysfsBytes);
  if (!text || strip(*text).empty()) return std::nullopt;
  return std::string(strip(*text));
}

std::optional<bool> flag(const std::string& path) {
  const auto text = fact(path);
  if (text == "1") return true;
  if (text == "0") return false;
  return std::nullopt;
}

// Texts such as "SMT vulnerable", "SMT disabled", "SMT Host state unknown".
std::vector<std::pair<std::string, std::string>> smt_vulnerabilities(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> found;
  std::error_code error;
  size_t files = 0;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (++files > kMaxVulnerabilities) break;
    auto text = fact(at->path().string());
    if (text && text->find("SMT") != std::string::npos) found.emplace_back(at->path().filename().string(), *text);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

HostFacts read_host_facts(const std::string& sys_root, const std::string& proc_root) {
  utsname names{};
  uname(&names);
  const std::string cpu = sys_root + "/devices/system/cpu";
  const std::string cpuinfo = read_text_prefix(proc_root + "/cpuinfo", kMaxCpuinfoBytes).value_or("");

  HostFacts facts;
  facts.name = fact(proc_root + "/sys/kernel/hostname").value_or(names.nodename);
  facts.kernel = fact(proc_root + "/sys/kernel/osrelease").value_or(names.release);
  facts.cpu_model = cpu_model(cpuinfo);
  facts.smt_control = fact(cpu + "/smt/control");
  facts.smt_active = flag(cpu + "/smt/active");
  facts.core_scheduling = core_scheduling_state(proc_root);
  if (!cpuinfo.empty()) facts.hypervisor = find_hypervisor(sys_root, cpuinfo);
  facts.clocksource = fact(sys_root + "/devices/system/clocksource/clocksource0/current_clocksource");
  facts.vulnerabilities = smt_vulnerabilities(cpu + "/vulnerabilities");
  return facts;
}

}  // namespace smtscope
