// SPDX-License-Identifier: Apache-2.0
// Machines made up for tests of counters: what sysfs shows of their PMUs, and kinds of CPUs as read from there.
#pragma once

#include <fmt/format.h>

#include <string>

#include "pmu/resolve.h"
#include "tree.h"

namespace smtscope::test {

struct MadePmu {
  std::string name = "cpu";
  uint32_t type = 4;
  std::string cpus = {};  // of the file; empty: no file
  std::map<std::string, std::string> format = {}, events = {};
};

inline std::map<std::string, std::string> intel_format(bool any) {
  std::map<std::string, std::string> out = {
      {"event", "config:0-7"},   {"umask", "config:8-15"},     {"edge", "config:18"},
      {"pc", "config:19"},       {"inv", "config:23"},         {"cmask", "config:24-31"},
      {"ldlat", "config1:0-15"}, {"frontend", "config1:0-23"}, {"offcore_rsp", "config1:0-63"}};
  if (any) out["any"] = "config:21";
  return out;
}
inline std::map<std::string, std::string> amd_format() {
  return {{"event", "config:0-7,32-35"},
          {"umask", "config:8-15"},
          {"edge", "config:18"},
          {"inv", "config:23"},
          {"cmask", "config:24-31"}};
}
inline std::map<std::string, std::string> metric_events(bool second_level) {
  std::map<std::string, std::string> out = {{"slots", "event=0x00,umask=0x4"},
                                            {"topdown-retiring", "event=0x00,umask=0x80"},
                                            {"topdown-bad-spec", "event=0x00,umask=0x81"},
                                            {"topdown-fe-bound", "event=0x00,umask=0x82"},
                                            {"topdown-be-bound", "event=0x00,umask=0x83"}};
  if (second_level)
    out.merge(std::map<std::string, std::string>{{"topdown-heavy-ops", "event=0x00,umask=0x84"},
                                                 {"topdown-br-mispredict", "event=0x00,umask=0x85"},
                                                 {"topdown-fetch-lat", "event=0x00,umask=0x86"},
                                                 {"topdown-mem-bound", "event=0x00,umask=0x87"}});
  return out;
}

inline void write_pmu(Tree& tree, const MadePmu& pmu) {
  const std::string folder = "sys/bus/event_source/devices/" + pmu.name + "/";
  tree.write(folder + "type", std::to_string(pmu.type));
  if (!pmu.cpus.empty()) tree.write(folder + "cpus", pmu.cpus);
  for (const auto& [name, text] : pmu.format) tree.write(folder + "format/" + name, text);
  for (const auto& [name, text] : pmu.events) tree.write(folder + "events/" + name, text);
}

// /sys and /proc of a machine below one root.
inline void write_machine(Tree& tree, const std::string& online, const std::string& cpuinfo, bool smt, bool watchdog) {
  tree.write("sys/devices/system/cpu/online", online);
  tree.write("sys/devices/system/cpu/smt/active", smt ? "1" : "0");
  tree.write("sys/devices/system/node/online", "0-1");
  tree.write("proc/sys/kernel/nmi_watchdog", watchdog ? "1" : "0");
  tree.write("proc/sys/kernel/perf_event_paranoid", "0");
  tree.write_raw("proc/cpuinfo", cpuinfo);
}

inline std::string x86_cpuinfo(const std::string& vendor, uint32_t family, uint32_t model, uint32_t stepping,
                               uint32_t cpus) {
  std::string out;
  for (uint32_t cpu = 0; cpu < cpus; ++cpu)
    out += fmt::format(
        "processor\t: {}\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: made up\nstepping\t: {}\n\n",
        cpu, vendor, family, model, stepping);
  return out;
}

// The table of this id; ends the test program if there is none.
inline const pmu::Microarchitecture& table_of(std::string_view id) {
  for (const auto& one : pmu::microarchitectures())
    if (one.id == id) return one;
  std::abort();
}

// A kind of CPU of this table, with the device that the kernel usually shows.
inline CpuKind kind_of(std::string_view id) {
  const pmu::Microarchitecture& table = table_of(id);
  CpuKind out;
  out.identity.vendor = table.vendor;
  out.identity.family = table.family;
  if (!table.models.empty()) out.identity.model = table.models[0].first;
  out.identity.stepping = table.steppings.first;
  if (table.vendor == CpuVendor::arm)
    out.identity.midr = table.implementer << 24 | (table.revisions.first >> 4) << 20 | 0xfu << 16 | table.part << 4 |
                        (table.revisions.first & 0xf);
  out.device = pmu::usual_device(table);
  out.cpus = {0, 1};
  return out;
}

// Two sockets with SMT off and no watchdog: as much as there can be.
inline PmuFacts free_machine() {
  PmuFacts out;
  out.smt_active = false;
  out.nmi_watchdog = false;
  out.packages = out.numa_nodes = 2;
  return out;
}

}  // namespace smtscope::test
