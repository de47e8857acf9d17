// SPDX-License-Identifier: Apache-2.0
// Neoverse N1, V1, N2, V2, N3, V3. The kernel lists the events that the CPU says it has; of those alone it is believed.
#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kArm = "Arm telemetry data, Arm ARM common events";
constexpr std::string_view kInst = "inst_retired", kCycles = "cpu_cycles", kStall = "stall_slot",
                           kFront = "stall_slot_frontend", kBack = "stall_slot_backend", kRetired = "op_retired",
                           kSpec = "op_spec", kBranch = "br_mis_pred", kFlush = "stall_frontend_flush";

std::vector<Event> cycle_events() {
  return {
      {.name = kCycles,
       .code = 0x11,
       .library = "CPU_CYCLES",
       .what = "cycles, not halted",
       .source = kArm,
       .counters = kGeneral | fixed(0),
       .listed = true},
      {.name = kInst,
       .code = 0x08,
       .library = "INST_RETIRED",
       .what = "instructions retired",
       .source = kArm,
       .listed = true},
      {.name = "stall_frontend",
       .code = 0x23,
       .library = "STALL_FRONTEND",
       .what = "cycles with nothing from the front end",
       .source = kArm,
       .listed = true},
      {.name = "stall_backend",
       .code = 0x24,
       .library = "STALL_BACKEND",
       .what = "cycles stalled by the back end",
       .source = kArm,
       .listed = true},
      {.name = kBranch,
       .code = 0x10,
       .library = "BR_MIS_PRED",
       .what = "branches mispredicted",
       .source = kArm,
       .listed = true},
      {.name = "ll_cache_miss_rd",
       .code = 0x37,
       .library = "LL_CACHE_MISS_RD",
       .what = "reads that missed the last level cache (which that is, the firmware says)",
       .source = kArm,
       .listed = true},
      {.name = "remote_access",
       .code = 0x31,
       .library = "REMOTE_ACCESS",
       .what = "accesses to another chip, if the interconnect tells; 0 on one socket",
       .source = kArm,
       .listed = true},
  };
}

std::vector<Event> slot_events(bool flush) {
  std::vector<Event> out = cycle_events();
  out.insert(out.end(), {{.name = kStall,
                          .code = 0x3f,
                          .library = "STALL_SLOT",
                          .what = "slots not used",
                          .source = kArm,
                          .listed = true},
                         {.name = kFront,
                          .code = 0x3e,
                          .library = "STALL_SLOT_FRONTEND",
                          .what = "slots lost by the front end",
                          .source = kArm,
                          .listed = true},
                         {.name = kBack,
                          .code = 0x3d,
                          .library = "STALL_SLOT_BACKEND",
                          .what = "slots lost by the back end",
                          .source = kArm,
                          .listed = true},
                         {.name = kRetired,
                          .code = 0x3a,
                          .library = "OP_RETIRED",
                          .what = "operations retired",
                          .source = kArm,
                          .listed = true},
                         {.name = kSpec,
                          .code = 0x3b,
                          .library = "OP_SPEC",
                          .what = "operations executed, also in vain",
                          .source = kArm,
                          .listed = true},
                         {.name = "stall_backend_mem",
                          .code = 0x4005,
                          .library = "STALL_BACKEND_MEM",
                          .what = "cycles stalled by memory",
                          .source = kArm,
                          .listed = true}});
  // Beyond what the kernel's list covers.
  if (flush)
    out.push_back({.name = kFlush, .code = 0x8162, .what = "cycles of the front end's flushes", .source = kArm});
  return out;
}

std::vector<Plan> slot_plans(std::string_view dialect, bool flush) {
  const std::string_view third = flush ? kFlush : kBranch;
  return {
      {.dialect = dialect,
       .groups = {{kCycles, kInst, kFront, kBack, kRetired, kSpec, third}},
       .derived = {{"stall_slot", "stall_slot_frontend + stall_slot_backend"}},
       .remark = "slots not used are those of front and back end: derived"},
      {.dialect = "neoverse_cycles",
       .groups = {{kCycles, kInst, "stall_frontend", "stall_backend"}},
       .remark = "shares of cycles, not of slots: the events of slots do not fit, or the kernel does not list them"},
      {.purpose = Purpose::check,
       .dialect = dialect,
       .groups = {{kCycles, kFront, kBack, kStall, kRetired, kSpec, third}},
       .remark = "instructions are not counted: all counters check each other"},
  };
}

Microarchitecture core(std::string_view id, std::string_view title, uint32_t part, std::string_view library) {
  Microarchitecture out;
  out.id = id;
  out.title = title;
  out.vendor = CpuVendor::arm;
  out.implementer = 0x41;
  out.part = part;
  out.library = library;
  out.general = out.general_single = 6;
  out.fixed_counters = fixed(0);
  out.instructions = kInst;
  out.cycles = kCycles;
  out.extras = {{Topic::numa, {"remote_access"}}, {Topic::misses, {kBranch, "ll_cache_miss_rd"}}};
  return out;
}

Microarchitecture with_slots(Microarchitecture out, uint32_t slots, std::string_view dialect, bool flush = false) {
  out.slots_per_cycle = slots;
  out.events = slot_events(flush);
  out.plans = slot_plans(dialect, flush);
  out.extras.push_back({Topic::misses, {"stall_backend_mem"}});
  return out;
}

}  // namespace

std::vector<Microarchitecture> arm_neoverse() {
  Microarchitecture n1 = core("neoverse-n1", "Neoverse N1", 0xd0c, "arm_n1");
  n1.events = cycle_events();
  n1.plans = {{.dialect = "neoverse_cycles", .groups = {{kCycles, kInst, "stall_frontend", "stall_backend"}}}};
  n1.notes = {"shares of cycles: this core has no events of slots"};
  const auto n2 = [](std::string_view id, std::string_view title) { return core(id, title, 0xd49, "arm_n2"); };
  constexpr std::string_view kErratum =
      "this revision counts every cycle as a stalled slot more: the formulas take it off";
  Microarchitecture n2_old = with_slots(n2("neoverse-n2-r0p0", "Neoverse N2 r0p0 to r0p2"), 5, "neoverse_arm_n2_r0p0");
  n2_old.revisions = {0x00, 0x02};
  n2_old.notes = {kErratum};
  Microarchitecture n2_new = with_slots(n2("neoverse-n2", "Neoverse N2 r0p3 or later"), 5, "neoverse_arm_n2_r0p3");
  n2_new.revisions = {0x03, 0xff};
  Microarchitecture cobalt = n2_old;
  cobalt.id = "cobalt-100";
  cobalt.title = "Azure Cobalt 100 (Neoverse N2 r0p0)";
  cobalt.implementer = 0x6d;
  cobalt.revisions = {0x00, 0xff};
  return {n1,
          with_slots(core("neoverse-v1", "Neoverse V1", 0xd40, "arm_v1"), 8, "neoverse_arm_v1"),
          n2_old,
          n2_new,
          cobalt,
          with_slots(core("neoverse-v2", "Neoverse V2", 0xd4f, "arm_v2"), 8, "neoverse_arm_v2"),
          with_slots(core("neoverse-n3", "Neoverse N3", 0xd8e, {}), 5, "neoverse_arm_n3", true),
          with_slots(core("neoverse-v3", "Neoverse V3", 0xd84, {}), 10, "neoverse_arm_v3", true)};
}

}  // namespace smtscope::pmu
