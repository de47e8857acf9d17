// SPDX-License-Identifier: Apache-2.0
#include "kernel/pmu_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "kernel/cpuinfo.h"
#include "kernel/cpulist.h"
#include "kernel/privileges.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMaxFiles = 4096;               // of one folder
constexpr size_t kMaxCpuinfoBytes = 32ul << 20;  // 8192 CPUs of some 2 KiB
constexpr unsigned kCapSysAdmin = 21, kCapPerfmon = 38;

// Decimal or, with 0x, hexadecimal.
std::optional<uint64_t> number(std::string_view text) {
  text = strip(text);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> number_in(const std::string& path) {
  const auto text = read_text_file(path, kMaxSysfsBytes);
  return text ? number(*text) : std::nullopt;
}

// Names in a folder, sorted; empty if it cannot be read.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::directory_iterator() && out.size() < kMaxFiles; at.increment(error))
    out.push_back(at->path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

class Reader {
 public:
  Reader(const std::string& sys_root, const std::string& proc_root) : sys_(sys_root), proc_(proc_root) {}

  Result<PmuInventory> read() {
    const auto text = read_text_file(sys_ + "/devices/system/cpu/online", kMaxSysfsBytes);
    if (!text) return Failure(text.error());
    const auto online = parse_cpulist(chomp(*text), kMaxCpus);
    if (!online) return Failure(Error(online.error()).within("devices/system/cpu/online"));
    online_ = *online;
    read_devices();
    read_identities();
    read_facts();
    sort_kinds();
    return std::move(out_);
  }

 private:
  void problem(std::string what) { out_.problems.push_back(std::move(what)); }

  std::map<std::string, std::string> files(const std::string& folder) {
    std::map<std::string, std::string> out;
    for (const std::string& name : names_in(folder)) {
      if (name.find('.') != std::string::npos) continue;  // .scale, .unit
      const auto text = read_text_file(fmt::format("{}/{}", folder, name), kMaxSysfsBytes);
      if (text) out.emplace(name, strip(*text));
      else problem(text.error().what);
    }
    return out;
  }

  void read_device(const std::string& name) {
    const std::string folder = sys_ + "/bus/event_source/devices/" + name;
    std::error_code ignored;
    const bool listed = std::filesystem::exists(folder + "/cpus", ignored);
    if (!listed && name != "cpu" && !name.starts_with("armv8")) return;
    PmuDevice device;
    device.name = name;
    device.cpus = online_;
    const auto type = number_in(folder + "/type");
    if (!type || *type > UINT32_MAX)
      return problem(fmt::format("{}/type cannot be read: {} is left out", folder, name));
    device.type = static_cast<uint32_t>(*type);
    if (listed) {
      const auto text = read_text_file(folder + "/cpus", kMaxSysfsBytes);
      const auto cpus = text ? parse_cpulist(chomp(*text), kMaxCpus) : Failure(text.error());
      if (!cpus) return problem(fmt::format("{}/cpus: {}: {} is left out", folder, cpus.error().what, name));
      device.cpus = *cpus;
    }
    device.format = files(folder + "/format");
    device.events = files(folder + "/events");
    if (device.format.empty()) problem(fmt::format("{}/format has nothing to build events from", folder));
    if (const auto slots = number_in(folder + "/caps/slots"); slots && *slots < 256)
      device.slots = static_cast<uint32_t>(*slots);
    devices_.push_back(std::move(device));
  }

  void read_devices() {
    const std::string folder = sys_ + "/bus/event_source/devices";
    std::error_code ignored;
    out_.event_sources = std::filesystem::is_directory(folder, ignored);
    for (const std::string& name : names_in(folder)) read_device(name);
    out_.facts.core_pmus = static_cast<uint32_t>(std::max<size_t>(devices_.size(), 1));
  }

  void read_identities() {
    const auto cpuinfo = read_text_prefix(proc_ + "/cpuinfo", kMaxCpuinfoBytes);
    if (!cpuinfo) return problem(cpuinfo.error().what);
    const auto x86 = x86_identities(*cpuinfo);
    if (x86) identities_.insert(x86->begin(), x86->end());
    else if (x86.error().kind != ErrorKind::unsupported) return problem(x86.error().what);
    else read_midrs();
  }

  void read_midrs() {
    for (const uint32_t cpu : online_) {
      const std::string path = fmt::format("{}/devices/system/cpu/cpu{}/regs/identification/midr_el1", sys_, cpu);
      const auto midr = number_in(path);
      if (!midr) continue;  // no Arm, or an old kernel
      CpuIdentity identity;
      identity.vendor = CpuVendor::arm;
      identity.midr = static_cast<uint32_t>(*midr);
      identities_[cpu] = identity;
    }
    if (identities_.empty()) problem("neither cpuinfo nor midr_el1 says what the CPUs are");
  }

  void read_facts() {
    PmuFacts& facts = out_.facts;
    if (const auto active = number_in(sys_ + "/devices/system/cpu/smt/active")) facts.smt_active = *active != 0;
    const std::string watchdog = proc_ + "/sys/kernel/nmi_watchdog";
    if (const auto on = number_in(watchdog)) facts.nmi_watchdog = *on != 0;
    else if (const auto text = read_text_file(watchdog, kMaxSysfsBytes);
             !text && text.error().kind == ErrorKind::no_input)
      facts.nmi_watchdog = false;  // this kernel has none
    facts.paranoid = read_sysctl(proc_, "kernel/perf_event_paranoid");
    const auto privileges = read_privileges(proc_);
    const bool capable = privileges && (privileges->has(kCapPerfmon) || privileges->has(kCapSysAdmin)) &&
                         !privileges->own_user_namespace.value_or(false);
    facts.may_count_cpus = capable || facts.paranoid.value_or(2) <= 0;
    if (const auto text = read_text_file(sys_ + "/devices/system/node/online", kMaxSysfsBytes))
      if (const auto nodes = parse_cpulist(chomp(*text), kMaxCpus); nodes && !nodes->empty())
        facts.numa_nodes = static_cast<uint32_t>(nodes->size());
    std::set<uint64_t> packages;
    for (const uint32_t cpu : online_)
      if (const auto id = number_in(fmt::format("{}/devices/system/cpu/cpu{}/topology/physical_package_id", sys_, cpu)))
        packages.insert(*id);
    facts.packages = static_cast<uint32_t>(std::max<size_t>(packages.size(), 1));
  }

  // CPUs of one identity and one device are of one kind.
  void sort_kinds() {
    for (const uint32_t cpu : online_) {
      const auto known = identities_.find(cpu);
      const CpuIdentity identity = known == identities_.end() ? CpuIdentity() : known->second;
      const auto device = std::find_if(devices_.begin(), devices_.end(), [&](const PmuDevice& one) {
        return std::binary_search(one.cpus.begin(), one.cpus.end(), cpu);
      });
      const std::string name = device == devices_.end() ? "" : device->name;
      const auto same = std::find_if(out_.kinds.begin(), out_.kinds.end(), [&](const CpuKind& kind) {
        return kind.identity == identity && (kind.device ? kind.device->name : "") == name;
      });
      if (same != out_.kinds.end()) {
        same->cpus.push_back(cpu);
        continue;
      }
      CpuKind kind;
      kind.identity = identity;
      if (device != devices_.end()) kind.device = *device;
      kind.cpus = {cpu};
      out_.kinds.push_back(std::move(kind));
    }
  }

  const std::string& sys_;
  const std::string& proc_;
  std::vector<uint32_t> online_;
  std::vector<PmuDevice> devices_;
  std::map<uint32_t, CpuIdentity> identities_;
  PmuInventory out_;
};

}  // namespace

Result<PmuInventory> read_pmu_inventory(const std::string& sys_root, const std::string& proc_root) {
  return Reader(sys_root, proc_root).read();
}

}  // namespace smtscope
