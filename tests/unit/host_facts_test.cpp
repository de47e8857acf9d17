// SPDX-License-Identifier: Apache-2.0
#include "kernel/host_facts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>

#include "kernel/core_scheduling.h"
#include "kernel/cpuinfo.h"
#include "kernel/hypervisor.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

using test::Tree;
using Names = std::optional<std::string>;

constexpr const char* kXeon = "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Gold 6338\nflags\t\t: fpu vme sse2\n\n";
constexpr const char* kGuest = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu hypervisor lahf_lm\n";
constexpr const char* kArm =
    "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n\n";

TEST(CpuInfo, NamesTheModel) {
  EXPECT_EQ(cpu_model(kXeon), "Intel(R) Xeon(R) Gold 6338");
  EXPECT_EQ(cpu_model(kArm), "ARM Neoverse-N1");
  EXPECT_EQ(cpu_model("cpu\t\t: POWER9, altivec supported\n"), "POWER9, altivec supported");
}

TEST(CpuInfo, NamesEveryArmCoreType) {
  EXPECT_EQ(cpu_model("CPU implementer\t: 0x41\nCPU part\t: 0xd05\n\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
                      "CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n"),
            "ARM Cortex-A55 + ARM Cortex-A76");
  EXPECT_EQ(cpu_model("CPU implementer\t: 0x41\nCPU part\t: 0xfff\n"), "ARM part 0xfff");
  EXPECT_EQ(cpu_model("CPU implementer\t: 0x00\nCPU part\t: 0x051\n"), "implementer 0x00 part 0x051");
}

TEST(CpuInfo, GarbageHasNoModel) {
  for (const char* text :
       {"", "\n\n", "model name", "model name :", "CPU part : 0xd0c", "CPU implementer : 65\nCPU part : 1",
        "CPU implementer : 0x\nCPU part : 0xd0c", "CPU implementer : 0x41\nCPU part : 0xd0cjunk"})
    EXPECT_EQ(cpu_model(text), std::nullopt) << text;
}

struct Machine {
  const char* name;
  const char* cpuinfo;
  std::map<std::string, std::string> sys;
  Names hypervisor;
};

const Machine kMachines[] = {
    {"bare x86", kXeon, {{"class/dmi/id/sys_vendor", "Dell Inc."}, {"class/dmi/id/product_name", "R750"}}, "none"},
    {"bare x86 without firmware tables", kXeon, {}, "none"},
    {"guest that says nothing", kGuest, {}, "unknown kind"},
    {"guest with a clock",
     kGuest,
     {{"devices/system/clocksource/clocksource0/available_clocksource", "tsc kvm-clock acpi_pm "}},
     "KVM"},
    {"QEMU", kGuest, {{"class/dmi/id/sys_vendor", "QEMU"}}, "QEMU"},
    {"QEMU that hides the flag", kXeon, {{"class/dmi/id/sys_vendor", "QEMU"}}, "QEMU"},
    {"VMware", kGuest, {{"class/dmi/id/sys_vendor", "VMware, Inc."}}, "VMware"},
    {"Hyper-V",
     kGuest,
     {{"class/dmi/id/sys_vendor", "Microsoft Corporation"}, {"class/dmi/id/product_name", "Virtual Machine"}},
     "Hyper-V"},
    {"laptop of the same vendor",
     kXeon,
     {{"class/dmi/id/sys_vendor", "Microsoft Corporation"}, {"class/dmi/id/product_name", "Surface Laptop 4"}},
     "none"},
    {"Xen", kGuest, {{"hypervisor/type", "xen"}}, "Xen"},
    {"cloud guest", kGuest, {{"class/dmi/id/sys_vendor", "Amazon EC2"}}, "Amazon EC2"},
    {"cloud bare metal, x86", kXeon, {{"class/dmi/id/sys_vendor", "Amazon EC2"}}, "none"},
    {"cloud guest, arm",
     kArm,
     {{"class/dmi/id/sys_vendor", "Amazon EC2"}, {"class/dmi/id/product_name", "m6g.large"}},
     "Amazon EC2"},
    {"cloud bare metal, arm",
     kArm,
     {{"class/dmi/id/sys_vendor", "Amazon EC2"}, {"class/dmi/id/product_name", "m6g.metal"}},
     "none"},
    {"arm server", kArm, {{"class/dmi/id/sys_vendor", "HPE"}}, "none"},
    {"arm, QEMU with a device tree",
     kArm,
     {{"firmware/devicetree/base/compatible", std::string("linux,dummy-virt\0", 17)}},
     "QEMU"},
    {"arm board", kArm, {{"firmware/devicetree/base/compatible", "raspberrypi,4-model-b"}}, "none"},
    {"arm, Xen",
     kArm,
     {{"firmware/devicetree/base/compatible", "xen,xenvm-4.16"},
      {"firmware/devicetree/base/hypervisor/compatible", "xen,xen"}},
     "Xen"},
    {"arm that says nothing", kArm, {}, std::nullopt},
    {"POWER partition", "cpu : POWER9\nplatform : pSeries\n", {}, "PowerVM"},
    {"POWER bare metal", "cpu : POWER9\nplatform : PowerNV\n", {}, "none"},
    {"s390", "vendor_id       : IBM/S390\n", {}, "PR/SM or z/VM"},
};

TEST(Hypervisor, IsFoundOrUnknown) {
  for (const Machine& machine : kMachines) {
    Tree tree;
    for (const auto& [path, text] : machine.sys) tree.write(path, text);
    EXPECT_EQ(find_hypervisor(tree.root(), machine.cpuinfo), machine.hypervisor) << machine.name;
  }
}

// Two processes with two threads each, numbered by this tree alone.
class CoreScheduling : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* thread : {"10/task/10", "10/task/11", "20/task/20", "20/task/21", "self/task/9", "irq/0"})
      tree_.write(std::string(thread) + "/comm", "x");
  }
  Names state(const std::map<pid_t, uint64_t>& cookies, const std::map<pid_t, int>& errors = {}, int own_error = 0) {
    return core_scheduling_state(tree_.root(), [&, own_error](pid_t thread, uint64_t* cookie) {
      ++asked_;
      *cookie = cookies.contains(thread) ? cookies.at(thread) : 0;
      if (thread == getpid()) return own_error;
      return errors.contains(thread) ? errors.at(thread) : 0;
    });
  }
  Tree tree_;
  int asked_ = 0;
};

TEST_F(CoreScheduling, CountsProcessesWithACookie) {
  EXPECT_EQ(state({}), "not in use");
  EXPECT_EQ(asked_, 5);  // itself and four threads
  EXPECT_EQ(state({{20, 7}}), "in use (1 process)");
  EXPECT_EQ(state({{11, 7}, {20, 7}, {21, 8}}), "in use (2 processes)");
}

TEST_F(CoreScheduling, KernelsWithoutIt) {
  EXPECT_EQ(state({}, {}, EINVAL), "unsupported");
  EXPECT_EQ(state({}, {}, ENODEV), "not in use");
  EXPECT_EQ(asked_, 2);
}

TEST_F(CoreScheduling, DoesNotSayNotInUseWithoutHavingAskedAll) {
  EXPECT_EQ(state({}, {{21, EPERM}}), std::nullopt);
  EXPECT_EQ(state({{10, 7}}, {{21, EPERM}}), "in use (1 process)");
  EXPECT_EQ(state({}, {{21, ESRCH}}), "not in use");
  tree_.remove("");
  EXPECT_EQ(state({}), std::nullopt);
}

TEST(HostFacts, ReadsAMachine) {
  Tree sys, proc;
  proc.write("sys/kernel/hostname", "node-0417");
  proc.write("sys/kernel/osrelease", "6.1.0-56-amd64");
  proc.write_raw("cpuinfo", kXeon);
  const std::string cpu = "devices/system/cpu/";
  sys.write(cpu + "smt/control", "on");
  sys.write(cpu + "smt/active", "1");
  sys.write(cpu + "vulnerabilities/mds", "Mitigation: Clear CPU buffers; SMT vulnerable");
  sys.write(cpu + "vulnerabilities/l1tf", "Mitigation: PTE Inversion; VMX: cache flushes, SMT disabled");
  sys.write(cpu + "vulnerabilities/taa", "Vulnerable; SMT Host state unknown");
  sys.write(cpu + "vulnerabilities/meltdown", "Not affected");
  sys.write("devices/system/clocksource/clocksource0/current_clocksource", "tsc");
  const HostFacts facts = read_host_facts(sys.root(), proc.root());
  EXPECT_EQ(facts.name, "node-0417");
  EXPECT_EQ(facts.kernel, "6.1.0-56-amd64");
  EXPECT_EQ(facts.cpu_model, "Intel(R) Xeon(R) Gold 6338");
  EXPECT_EQ(facts.smt_control, "on");
  EXPECT_EQ(facts.smt_active, true);
  EXPECT_EQ(facts.hypervisor, "none");
  EXPECT_EQ(facts.clocksource, "tsc");
  ASSERT_EQ(facts.vulnerabilities.size(), 3u);
  EXPECT_EQ(facts.vulnerabilities[0].first, "l1tf");
  EXPECT_EQ(facts.vulnerabilities[1],
            std::pair(std::string("mds"), std::string("Mitigation: Clear CPU buffers; SMT vulnerable")));
}

TEST(HostFacts, WhatCannotBeReadIsAbsent) {
  Tree empty;
  empty.write("devices/system/cpu/smt/active", "maybe");
  empty.write("devices/system/cpu/smt/control", "");
  const HostFacts facts = read_host_facts(empty.root(), empty.root());
  EXPECT_FALSE(facts.name.empty());  // from uname
  EXPECT_FALSE(facts.kernel.empty());
  EXPECT_EQ(facts.cpu_model, std::nullopt);
  EXPECT_EQ(facts.smt_control, std::nullopt);
  EXPECT_EQ(facts.smt_active, std::nullopt);
  EXPECT_EQ(facts.hypervisor, std::nullopt);
  EXPECT_EQ(facts.clocksource, std::nullopt);
  EXPECT_TRUE(facts.vulnerabilities.empty());
}

TEST(HostFacts, ReadsTheRealMachine) {
  const HostFacts facts = read_host_facts("/sys", "/proc");
  EXPECT_FALSE(facts.name.empty());
  EXPECT_FALSE(facts.kernel.empty());
  uint64_t cookie = 0;
  if (core_scheduling_cookie(getpid(), &cookie) == EINVAL) {
    EXPECT_EQ(facts.core_scheduling, "unsupported");
  }
  Topology topology;
  attest(topology, facts, Attestation::automatic);
  EXPECT_EQ(topology.attested, facts.hypervisor == "none");
  EXPECT_FALSE(topology.attested_reason.empty());
}

}  // namespace
}  // namespace smtscope
