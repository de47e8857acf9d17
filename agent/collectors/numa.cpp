// SPDX-License-Identifier: Apache-2.0
#include "collectors/numa.h"

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/numa_files.h"

namespace smtscope {
namespace {

Reason reason_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::permission: return Reason::permission;
    case ErrorKind::no_input:
    case ErrorKind::unsupported: return Reason::unsupported;
    case ErrorKind::input: return Reason::implausible;
    default: return Reason::lost;
  }
}

}  // namespace

std::string NumaCollector::nothing_to_measure(const CollectorContext& context) {
  const auto nodes = read_numa_nodes(context.sys_root);
  return nodes && nodes->size() < 2 ? "one NUMA node: all memory is local" : "";
}

Result<std::unique_ptr<Collector>> NumaCollector::make(const CollectorContext& context) {
  if (std::string why = nothing_to_measure(context); !why.empty()) return fail(ErrorKind::unsupported, std::move(why));
  const auto nodes = read_numa_nodes(context.sys_root);
  if (!nodes) return Failure(nodes.error());
  if (auto first = read_numastat(context.sys_root, nodes->front()); !first) return Failure(first.error());
  std::unique_ptr<NumaCollector> collector(new NumaCollector(context));
  collector->start_probe(context.topology->possible_cpus);
  return std::unique_ptr<Collector>(std::move(collector));
}

void NumaCollector::start_probe(uint32_t possible_cpus) {
  auto probe = NumaProbe::make(possible_cpus);
  if (!probe) {
    no_probe_ = reason_of(probe.error());
    hooks_.push_back({"NUMA decisions of the scheduler", probe.error().what});
    return;
  }
  for (const NumaHook& hook : probe->hooks())
    if (!hook.why.empty()) hooks_.push_back({hook.name, hook.why});
  probe_.emplace(std::move(*probe));
}

void NumaCollector::sample_allocations(Snapshot& snapshot) {
  no_allocations_.clear();
  const auto missing = [&](Reason reason, const Error& error) {
    snapshot.tables.erase(Reading::numa_alloc);
    snapshot.missing[Reading::numa_alloc] = reason;
    no_allocations_ = error.what;
  };
  if (auto counted = numastat_counts(proc_root_); !counted) return missing(Reason::disabled, counted.error());
  const auto nodes = read_numa_nodes(sys_root_);  // each time: memory can be plugged in
  if (!nodes) return missing(reason_of(nodes.error()), nodes.error());
  Table& table = snapshot.tables[Reading::numa_alloc];
  table.width = reading_width(Reading::numa_alloc);
  for (const uint32_t node : *nodes) {
    const auto stat = read_numastat(sys_root_, node);
    if (!stat) return missing(reason_of(stat.error()), stat.error());
    std::copy(stat->begin(), stat->end(), table.append({KeyKind::numa_node, node, 0}));
  }
}

// With balancing off the counters stand still, which must not read as "no remote access".
void NumaCollector::sample_hints(Snapshot& snapshot) {
  no_hints_.clear();
  const auto missing = [&](Reason reason, std::string why) {
    snapshot.missing[Reading::numa_hint] = reason;
    no_hints_ = std::move(why);
  };
  const auto mode = read_numa_balancing(proc_root_);
  if (!mode) return missing(reason_of(mode.error()), mode.error().what);
  if (*mode == NumaBalancing::off) return missing(Reason::disabled, "kernel.numa_balancing is 0");
  if (*mode == NumaBalancing::tiers_only)
    return missing(Reason::disabled, "kernel.numa_balancing is 2: only slow memory is sampled");
  const auto hints = read_numa_hints(proc_root_);
  if (!hints) return missing(reason_of(hints.error()), hints.error().what);
  Table& table = snapshot.tables[Reading::numa_hint];
  table.width = reading_width(Reading::numa_hint);
  std::copy(hints->begin(), hints->end(), table.append({KeyKind::node, 0, 0}));
}

void NumaCollector::sample_resident(Snapshot& snapshot) {
  no_resident_.clear();
  const std::vector<EntityCgroup> cgroups = cgroups_ ? cgroups_() : std::vector<EntityCgroup>();
  const uint64_t now_ns = monotonic_ns();
  resident_.read(cgroups, now_ns);
  resident_.write(snapshot, now_ns);
  if (snapshot.missing.contains(Reading::entity_resident)) no_resident_ = resident_.why();
}

Result<> NumaCollector::sample(Snapshot& snapshot) {
  sample_allocations(snapshot);
  sample_hints(snapshot);
  sample_resident(snapshot);
  if (!probe_) {
    snapshot.missing[Reading::numa_placement] = no_probe_;
    return {};
  }
  const auto counts = probe_->read();
  Table& table = snapshot.tables[Reading::numa_placement];
  table.width = reading_width(Reading::numa_placement);
  std::copy(counts.begin(), counts.end(), table.append({KeyKind::node, 0, 0}));
  return {};
}

std::vector<Shortfall> NumaCollector::shortfalls() const {
  std::vector<Shortfall> all;
  if (!no_allocations_.empty()) all.push_back({"NUMA allocations", no_allocations_});
  if (!no_hints_.empty()) all.push_back({"NUMA hint faults", no_hints_});
  if (!no_resident_.empty()) all.push_back({"resident memory by node", no_resident_});
  all.insert(all.end(), hooks_.begin(), hooks_.end());
  return all;
}

std::vector<ProgramStats> NumaCollector::programs() const {
  return probe_ ? probe_->program_stats() : std::vector<ProgramStats>();
}

}  // namespace smtscope
