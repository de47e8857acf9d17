// SPDX-License-Identifier: Apache-2.0
// What one kind of CPU is, and what the kernel offers of its counters: values, read from sysfs by agent/kernel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smtscope {

enum class CpuVendor : uint8_t { unknown, intel, amd, arm };

struct CpuIdentity {
  CpuVendor vendor = CpuVendor::unknown;
  uint32_t family = 0, model = 0, stepping = 0;  // x86
  uint32_t midr = 0;                             // Arm: MIDR_EL1, low half; 0: not read
  auto operator<=>(const CpuIdentity&) const = default;

  [[nodiscard]] uint32_t implementer() const { return midr >> 24; }
  [[nodiscard]] uint32_t part() const { return midr >> 4 & 0xfff; }
  // r1p2 is 0x12.
  [[nodiscard]] uint32_t revision() const { return (midr >> 20 & 0xf) << 4 | (midr & 0xf); }
};

// A folder below /sys/bus/event_source/devices that counts for CPUs.
struct PmuDevice {
  std::string name;
  uint32_t type = 0;                          // perf_event_attr.type
  std::vector<uint32_t> cpus;                 // ascending
  std::map<std::string, std::string> format;  // "umask" -> "config:8-15"
  std::map<std::string, std::string> events;  // "slots" -> "event=0x00,umask=0x4"
  std::optional<uint32_t> slots;              // caps/slots; 0: the machine does not say
  bool operator==(const PmuDevice&) const = default;
};

// CPUs of one identity that one device counts for.
struct CpuKind {
  CpuIdentity identity;
  std::optional<PmuDevice> device;  // none: the kernel has no counters for them
  std::vector<uint32_t> cpus;       // ascending
  bool operator==(const CpuKind&) const = default;
};

// What decides which events fit and may be counted.
struct PmuFacts {
  std::optional<bool> smt_active;    // not known: taken as on
  std::optional<bool> nmi_watchdog;  // holds a counter of each CPU; not known: taken as on
  std::optional<int64_t> paranoid;   // kernel.perf_event_paranoid
  bool may_count_cpus = true;        // CPU-wide, which the any bit needs too
  std::optional<uint32_t> counters;  // general ones a CPU, if they were probed
  uint32_t packages = 1, numa_nodes = 1;
  uint32_t core_pmus = 1;  // more than one: generic events must name theirs
  bool operator==(const PmuFacts&) const = default;
};

// What libpfm4 says of an event.
struct LibraryEvent {
  std::string pmu;   // its name for the microarchitecture: "spr"
  std::string name;  // as it spells it, with modifiers that are not the default: "UOPS_DECODED:DEC0:c=1"
  uint32_t type = 0;
  uint64_t config = 0, config1 = 0, config2 = 0;  // in the vendor's layout
  bool all_modes = true;                          // no: of user or kernel alone
};

// A microarchitecture that libpfm4 can encode events of here.
struct LibraryPmu {
  std::string name, title;
  std::vector<std::string> events;  // "IDQ_UOPS_NOT_DELIVERED:CORE"
};

}  // namespace smtscope
