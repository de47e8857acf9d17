// SPDX-License-Identifier: Apache-2.0
// Kinds of CPUs as read from made-up /sys and /proc, and the plan that comes of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/cpuinfo.h"
#include "kernel/pmu_devices.h"
#include "pmu_machines.h"

namespace smtscope::test {
namespace {

PmuInventory inventory_of(const Tree& tree) {
  auto out = read_pmu_inventory(tree.root() + "/sys", tree.root() + "/proc");
  if (!out) ADD_FAILURE() << out.error().what;
  return out.value_or(PmuInventory());
}

TEST(PmuDevices, ReadsAServer) {
  Tree tree;
  write_machine(tree, "0-3", x86_cpuinfo("GenuineIntel", 6, 0x6a, 6, 4), true, true);
  MadePmu cpu{.format = intel_format(false), .events = metric_events(false)};
  cpu.events["mem-loads.scale"] = "1";
  cpu.events["cpu-cycles"] = "event=0x3c";
  write_pmu(tree, cpu);
  write_pmu(tree, {.name = "uncore_cha_0", .type = 33, .cpus = "", .format = intel_format(false), .events = {}});
  const PmuInventory inventory = inventory_of(tree);
  EXPECT_TRUE(inventory.problems.empty());
  ASSERT_EQ(inventory.kinds.size(), 1u);
  const CpuKind& kind = inventory.kinds[0];
  EXPECT_EQ(kind.cpus, (std::vector<uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(kind.identity.model, 0x6au);
  ASSERT_TRUE(kind.device);
  EXPECT_EQ(kind.device->type, 4u);
  EXPECT_EQ(kind.device->format.at("umask"), "config:8-15");
  EXPECT_TRUE(kind.device->events.contains("slots"));
  EXPECT_FALSE(kind.device->events.contains("mem-loads.scale"));
  EXPECT_EQ(inventory.facts.smt_active, true);
  EXPECT_EQ(inventory.facts.nmi_watchdog, true);
  EXPECT_EQ(inventory.facts.paranoid, 0);
  EXPECT_TRUE(inventory.facts.may_count_cpus);
  EXPECT_EQ(inventory.facts.numa_nodes, 2u);
  EXPECT_EQ(inventory.facts.core_pmus, 1u);
  const auto plan = pmu::resolve(kind, inventory.facts);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->dialect, "tma_icl_perf_metrics");
}

TEST(PmuDevices, ReadsAHybrid) {
  Tree tree;
  write_machine(tree, "0-11", x86_cpuinfo("GenuineIntel", 6, 0x97, 2, 12), true, false);
  write_pmu(
      tree,
      {.name = "cpu_core", .type = 4, .cpus = "0-7", .format = intel_format(false), .events = metric_events(true)});
  write_pmu(tree, {.name = "cpu_atom", .type = 10, .cpus = "8-11", .format = intel_format(false), .events = {}});
  const PmuInventory inventory = inventory_of(tree);
  ASSERT_EQ(inventory.kinds.size(), 2u);
  EXPECT_EQ(inventory.facts.core_pmus, 2u);
  EXPECT_EQ(inventory.kinds[1].cpus, (std::vector<uint32_t>{8, 9, 10, 11}));
  EXPECT_EQ(pmu::resolve(inventory.kinds[0], inventory.facts)->dialect, "tma_spr_perf_metrics");
  EXPECT_EQ(pmu::resolve(inventory.kinds[1], inventory.facts)->dialect, "atom_5wide");
}

TEST(PmuDevices, ReadsArmPerCpu) {
  Tree tree;
  write_machine(tree, "0-2", "processor\t: 0\nCPU implementer\t: 0x41\n", false, false);
  tree.remove("proc/sys/kernel/nmi_watchdog");
  const auto midr = [&](uint32_t cpu, const char* text) {
    tree.write(fmt::format("sys/devices/system/cpu/cpu{}/regs/identification/midr_el1", cpu), text);
  };
  midr(0, "0x00000000414fd0c1");
  midr(1, "0x00000000410fd490");
  midr(2, "0x00000000410fd493");
  MadePmu pmu{.name = "armv8_pmuv3_0",
              .type = 8,
              .cpus = "0-2",
              .format = {{"event", "config:0-15"}},
              .events = pmu::usual_device(table_of("neoverse-n2")).events};
  write_pmu(tree, pmu);
  tree.write("sys/bus/event_source/devices/armv8_pmuv3_0/caps/slots", "0x00000005");
  const PmuInventory inventory = inventory_of(tree);
  ASSERT_EQ(inventory.kinds.size(), 3u);
  EXPECT_EQ(inventory.facts.nmi_watchdog, false);
  EXPECT_EQ(inventory.kinds[1].device->slots, 5u);
  const auto dialect = [&](size_t kind) { return pmu::resolve(inventory.kinds[kind], inventory.facts)->dialect; };
  EXPECT_EQ(dialect(0), "neoverse_cycles");
  EXPECT_EQ(dialect(1), "neoverse_arm_n2_r0p0");
  EXPECT_EQ(dialect(2), "neoverse_arm_n2_r0p3");
}

TEST(PmuDevices, NoPmuIsNoError) {
  Tree tree;
  write_machine(tree, "0-1", x86_cpuinfo("AuthenticAMD", 0x19, 0x11, 1, 2), false, false);
  PmuInventory inventory = inventory_of(tree);
  EXPECT_FALSE(inventory.event_sources);
  ASSERT_EQ(inventory.kinds.size(), 1u);
  EXPECT_FALSE(inventory.kinds[0].device);
  write_pmu(tree, {.name = "software", .type = 1, .cpus = "", .format = {}, .events = {}});
  inventory = inventory_of(tree);
  EXPECT_TRUE(inventory.event_sources);
  EXPECT_FALSE(inventory.kinds[0].device);
}

TEST(PmuDevices, BadFilesAreProblemsNotCrashes) {
  const std::string device = "sys/bus/event_source/devices/cpu/";
  const auto problems = [&](const std::function<void(Tree&)>& spoil) {
    Tree tree;
    write_machine(tree, "0-1", x86_cpuinfo("AuthenticAMD", 0x19, 0x11, 1, 2), false, false);
    write_pmu(tree, {.cpus = "0-1", .format = amd_format(), .events = {}});
    spoil(tree);
    const auto inventory = read_pmu_inventory(tree.root() + "/sys", tree.root() + "/proc");
    EXPECT_TRUE(inventory);
    for (const CpuKind& kind : inventory->kinds) EXPECT_TRUE(pmu::resolve(kind, inventory->facts));
    return inventory->problems.size();
  };
  EXPECT_EQ(problems([](Tree&) {}), 0u);
  for (const char* bad : {"", "x", "-1", "99999999999999999999", "4 5", "0x"})
    EXPECT_GE(problems([&](Tree& tree) { tree.write_raw(device + "type", bad); }), 1u) << bad;
  for (const char* bad : {"x", "3-1", "0-99999999", "0,,1"})
    EXPECT_GE(problems([&](Tree& tree) { tree.write_raw(device + "cpus", bad); }), 1u) << bad;
  EXPECT_GE(problems([&](Tree& tree) { tree.remove(device + "format"); }), 1u);
  EXPECT_GE(problems([&](Tree& tree) { tree.write_raw(device + "format/event", std::string(100000, 'x')); }), 1u);
  for (const char* bad :
       {"", "garbage", "processor\t: x\n", "processor\t: 0\n", "processor\t: 0\nvendor_id\t: GenuineIntel\n",
        "processor: 1\nvendor_id: a\ncpu family: 6\nmodel: 1\nprocessor: 0\nvendor_id: a\ncpu family: 6\nmodel: 1\n"})
    EXPECT_GE(problems([&](Tree& tree) { tree.write_raw("proc/cpuinfo", bad); }), 1u) << bad;
  EXPECT_EQ(problems([&](Tree& tree) { tree.write_raw(device + "caps/slots", "many"); }), 0u);
  // Which CPUs there are is needed.
  Tree empty;
  EXPECT_FALSE(read_pmu_inventory(empty.root() + "/sys", empty.root() + "/proc"));
  empty.write("sys/devices/system/cpu/online", "zero");
  EXPECT_FALSE(read_pmu_inventory(empty.root() + "/sys", empty.root() + "/proc"));
}

TEST(PmuDevices, UnknownVendorAndStepping) {
  const auto read =
      x86_identities("processor: 0\nvendor_id: HygonGenuine\ncpu family: 24\nmodel: 1\nstepping: unknown\n");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].second.vendor, CpuVendor::unknown);
  EXPECT_EQ((*read)[0].second.stepping, 0u);
}

}  // namespace
}  // namespace smtscope::test
