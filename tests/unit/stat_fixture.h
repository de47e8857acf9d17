// SPDX-License-Identifier: Apache-2.0
// Screens of `stat` made by hand, for the tests of its writers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "views/stat_view.h"

namespace smtscope::test {

inline constexpr uint64_t kStartNs = 9'007'199'254'740'993;  // above 2^53: a double could not hold it
inline constexpr uint64_t kWindowNs = 5'000'000'000;

// `cores` cores of `siblings` CPUs on `packages` packages; siblings are CPU c and c + cores, as Linux numbers them.
inline Topology made_topology(uint32_t cores, uint32_t siblings, uint32_t packages = 1) {
  Topology topology;
  for (uint32_t c = 0; c < cores; c++) {
    Core core;
    core.id = c;
    core.package = c * packages / cores;
    core.node = core.package;
    for (uint32_t s = 0; s < siblings; s++) core.cpus.push_back(c + s * cores);
    topology.cores.push_back(core);
  }
  for (uint32_t cpu = 0; cpu < cores * siblings; cpu++) topology.cpus.push_back({cpu, true, false, cpu % cores});
  topology.possible_cpus = cores * siblings;
  topology.attested = true;
  topology.attested_reason = "bare metal, topology from sysfs";
  return topology;
}

// Each core is busy with k siblings for shares[k] of the window.
inline void add_cores(StatView& view, const std::vector<double>& shares) {
  const double window = static_cast<double>(kWindowNs) * 1e-9;
  for (const Core& core : view.topology.cores) {
    CoreFigures figures;
    figures.id = core.id;
    figures.package = core.package;
    figures.node = core.node;
    figures.cpus = core.cpus;
    figures.start_ns = kStartNs + core.id;
    figures.end_ns = figures.start_ns + kWindowNs;
    const size_t n = core.cpus.size();
    for (size_t k = 0; k <= n; k++) figures.busy_siblings.push_back(shares[k] * window);
    StateSeconds& s = figures.seconds;
    s.idle = figures.busy_siblings[0];
    s.single = figures.busy_siblings[1];
    if (n > 1) s.all_busy = figures.busy_siblings[n];
    for (size_t k = 2; k < n; k++) s.partial = s.partial.value_or(0) + figures.busy_siblings[k];
    StateSeconds& node = view.figures.node;
    node.idle += s.idle;
    node.single += s.single;
    if (s.all_busy) node.all_busy = node.all_busy.value_or(0) + *s.all_busy;
    if (s.partial) node.partial = node.partial.value_or(0) + *s.partial;
    view.figures.cores.push_back(std::move(figures));
  }
  view.figures.start_ns = kStartNs;
  view.figures.end_ns = view.figures.cores.back().end_ns;
  view.figures.window_seconds = window;
}

inline RunqueueFigures waits(std::vector<WaitBucket> buckets, double p50_us, double p99_us) {
  RunqueueFigures out;
  for (const WaitBucket& bucket : buckets) out.count += bucket.count;
  out.sum_seconds = static_cast<double>(out.count) * p50_us * 1e-6;
  out.p50_us = p50_us;
  out.p99_us = p99_us;
  out.max_us = buckets.back().upper_us;
  out.buckets = std::move(buckets);
  return out;
}

inline EntityFigures workload(uint32_t id, std::string name, EntityKind kind, std::array<double, kClassColumns> oncpu) {
  EntityFigures out;
  out.who.id = id;
  out.who.kind = kind;
  out.who.name = std::move(name);
  out.oncpu = oncpu;
  if (kind == EntityKind::unit || kind == EntityKind::cgroup) {
    out.who.cgroup = "/" + out.who.name;
    out.who.cgroup_id = 7000 + id;
  }
  if (kind == EntityKind::process) {
    out.who.pid = 70000 + id;
    out.who.comm = out.who.name;
  }
  out.runqueue = waits({{1.024, 100}, {6.144, 9000}, {57.344, 700}, {1900.544, 200}, {30408.704, 3}}, 6.144, 1900.544);
  return out;
}

inline HostFacts made_host() {
  HostFacts host;
  host.name = "node-0417";
  host.kernel = "6.1.0-18-amd64";
  host.cpu_model = "Example CPU 6338";
  host.smt_control = "on";
  host.smt_active = true;
  host.core_scheduling = "not in use";
  host.hypervisor = "none";
  host.clocksource = "tsc";
  host.vulnerabilities = {{"mds", "Mitigation: Clear CPU buffers; SMT vulnerable"},
                          {"mmio_stale_data", "Vulnerable: Clear CPU buffers attempted, no microcode; SMT vulnerable"}};
  return host;
}

// Two sockets with SMT, a small workload beside a large one.
inline StatView smt_view() {
  StatView view;
  view.host = made_host();
  view.topology = made_topology(64, 2, 2);
  view.grouping = "cgroup v2";
  add_cores(view, {0.325, 0.35, 0.325});
  view.figures.unix_offset_ns = 1'700'000'000'123'456'789 - static_cast<int64_t>(kStartNs);
  view.figures.capacity = {0.5, 0.675, 0.325, CapacityFigures::TrueUse{0.53, 0.68, 0.9, 1.7}, Reason::ok};
  view.figures.entities = {
      workload(5, "system.slice/batch.service", EntityKind::unit, {19.36, 53.68, 14.96, 0, 0}),
      workload(4, "redis.service", EntityKind::unit, {1.271, 0, 2.829, 0, 0}),
      workload(kKernelEntity, "kernel", EntityKind::kernel, {1.856, 0.064, 1.28, 0, 0}),
  };
  view.figures.pairs = {{5, 5, 26.84}, {4, 5, 2.5}, {2, 4, 0.2}, {2, 2, 0.03}};
  view.figures.placement.transitions = 160'000;
  view.figures.placement.sampled = 10'000;
  view.figures.placement.avoidable = 600;
  view.figures.placement.avoidable_low = 0.0555;
  view.figures.placement.avoidable_high = 0.0648;
  view.figures.placement.buckets = {{20.0, 500}, {50.0, 99}, {std::nullopt, 1}};
  view.not_measured = {{"instructions", "later"}, {"top-down", "later"}, {"cost of a neighbour", "needs instructions"}};
  return view;
}

// A virtual machine that shows no sibling.
inline StatView plain_view() {
  StatView view = smt_view();
  view.topology = made_topology(2, 1);
  view.topology.attested = false;
  view.topology.attested_reason = "hypervisor (kvm): siblings may be invented, virtual CPUs not pinned";
  view.host.smt_control = "notsupported";
  view.host.smt_active = false;
  view.host.vulnerabilities.clear();
  view.host.hypervisor = "kvm";
  view.figures.cores.clear();
  view.figures.node = {};
  view.figures.pairs.clear();
  view.figures.placement = {};
  add_cores(view, {0.75, 0.25});
  view.figures.capacity = {0.25, 0.25, std::nullopt, std::nullopt, Reason::not_attested};
  view.figures.entities = {workload(4, "redis.service", EntityKind::unit, {0, 0, 0, 0, 2.1}),
                           workload(kKernelEntity, "kernel", EntityKind::kernel, {0, 0, 0, 0, 0.4})};
  return view;
}

// The same machine, siblings stated by hand.
inline StatView stated_view() {
  StatView view = plain_view();
  view.topology = made_topology(1, 2);
  view.topology.source = TopologySource::override_;
  view.topology.attested = false;
  view.topology.attested_reason = "siblings were stated by hand";
  view.figures.cores.clear();
  view.figures.node = {};
  add_cores(view, {0.5, 0.3, 0.2});
  view.figures.capacity = {0.35, 0.5, 0.2, std::nullopt, Reason::not_attested};
  view.figures.entities = {workload(4, "redis-server", EntityKind::process, {1.5, 0, 0.8, 0.02, 0}),
                           workload(6, "kworker/0:1", EntityKind::kernel, {0, 0, 0.8, 0, 0})};
  view.figures.pairs = {{4, 6, 0.8}};
  return view;
}

// Cores of more than two siblings.
inline StatView wide_view(uint32_t cores, uint32_t siblings) {
  StatView view = smt_view();
  view.topology = made_topology(cores, siblings);
  view.figures.cores.clear();
  view.figures.node = {};
  std::vector<double> shares(siblings + 1, 0.4 / (siblings - 1));
  shares[0] = 0.3;
  shares[siblings] = 0.3;
  add_cores(view, shares);
  view.figures.capacity.true_used.reset();
  view.figures.capacity.true_used_reason = Reason::unsupported;
  return view;
}

}  // namespace smtscope::test
