// SPDX-License-Identifier: Apache-2.0
#include "kernel/host_facts.h"

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>

#include "kernel/core_scheduling.h"
#include "kernel/cpuinfo.h"
#include "kernel/hypervisor.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMaxCpuinfoBytes = 256 * 1024;  // some 150 CPUs: every core type shows by then
constexpr size_t kMaxVulnerabilities = 256;
constexpr size_t kMaxPolicies = 4096;

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

std::vector<std::pair<std::string, std::string>> read_mitigations(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> found;
  std::error_code error;
  size_t files = 0;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (++files > kMaxVulnerabilities) break;
    if (auto text = fact(at->path().string())) found.emplace_back(at->path().filename().string(), *text);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> frequency_governor(const std::string& folder) {
  std::set<std::string> words;
  std::error_code error;
  size_t files = 0;
  std::filesystem::directory_iterator at(folder + "/cpufreq", error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (++files > kMaxPolicies) break;
    if (auto word = fact(at->path().string() + "/scaling_governor")) words.insert(std::move(*word));
  }
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? std::nullopt : std::optional(all);
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
  facts.mitigations = read_mitigations(cpu + "/vulnerabilities");
  // Texts such as "SMT vulnerable", "SMT disabled", "SMT Host state unknown".
  std::copy_if(facts.mitigations.begin(), facts.mitigations.end(), std::back_inserter(facts.vulnerabilities),
               [](const auto& one) { return one.second.find("SMT") != std::string::npos; });
  facts.governor = frequency_governor(cpu);
  return facts;
}

}  // namespace smtscope
