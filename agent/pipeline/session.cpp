// SPDX-License-Identifier: Apache-2.0
#include "pipeline/session.h"

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/clock_check.h"
#include "kernel/textfile.h"
#include "pipeline/counter_planning.h"

namespace smtscope {
namespace {

std::vector<EntityCgroup> cgroups_of(EntityRegistry& registry) {
  registry.name_new();
  std::vector<EntityCgroup> all;
  for (auto& [entity, folder] : registry.cgroup_folders()) all.push_back({entity, std::move(folder)});
  return all;
}

}  // namespace

Result<Session> Session::open(const SessionOptions& options) {
  Session session;
  session.roots_ = options.roots;
  session.siblings_ = options.siblings;
  session.attestation_ = options.attestation;
  session.mark_ = session.topology_mark().value_or("");
  auto topology = load_topology(session.roots_.sys, options.siblings);
  if (!topology) return Failure(topology.error());
  session.host_ = read_host_facts(session.roots_.sys, session.roots_.proc);
  if (auto r = check_clock(session.host_, session.roots_.proc); !r) return Failure(r.error());
  attest(*topology, session.host_, options.attestation);
  session.topology_ = std::make_shared<const Topology>(std::move(*topology));
  auto grouping = choose_grouping(options.grouping, session.roots_);
  if (!grouping) return Failure(grouping.error());
  session.grouping_ = std::move(*grouping);
  session.features_ = std::make_unique<BpfFeatures>(probe_bpf_features());
  session.registry_ = std::make_unique<EntityRegistry>(session.grouping_.by, session.grouping_.hierarchy,
                                                       session.roots_.proc, options.first_entity);
  auto knobs = switch_options(session.grouping_, *session.features_);
  if (!knobs) return Failure(knobs.error());
  EntityRegistry* registry = session.registry_.get();
  session.context_ = {session.roots_.sys,
                      session.roots_.proc,
                      session.topology_,
                      *knobs,
                      session.features_.get(),
                      [registry](uint32_t kernel_id, const IdInfo& info) { return registry->resolve(kernel_id, info); },
                      [registry] { return cgroups_of(*registry); }};
  session.context_.counter_mode = options.counter_mode;
  if (options.wanted("counters") != Wanted::no) {
    session.context_.counter_plans = plan_counters(session.roots_.sys, session.roots_.proc);
    if (session.context_.counter_plans)
      session.context_.switch_options.counters = counters_at_switch(*session.context_.counter_plans);
  }
  auto collectors = CollectorSet::make(session.context_, options.wanted);
  if (!collectors) return Failure(collectors.error());
  session.collectors_ = std::make_unique<CollectorSet>(std::move(*collectors));
  return session;
}

std::optional<std::string> Session::topology_mark() const {
  const std::string cpu = roots_.sys + "/devices/system/cpu/";
  const auto online = read_text_file(cpu + "online", kMaxSysfsBytes);
  if (!online) return std::nullopt;
  return *online + "/" + read_text_file(cpu + "smt/active", kMaxSysfsBytes).value_or("");
}

Result<> Session::follow_topology() {
  const auto mark = topology_mark();
  if (!mark || *mark == mark_) return {};  // what cannot be read now says nothing of a change
  auto topology = load_topology(roots_.sys, siblings_);
  if (!topology) {
    // Caught in the middle of a change, or siblings stated for a CPU that went offline: try again next tick.
    return siblings_ ? Result<>(Failure(Error(topology.error()).within("CPUs went on- or offline"))) : Result<>();
  }
  mark_ = *mark;
  if (topology->same_tree(*topology_)) return {};
  topology->generation = topology_->generation + 1;
  attest(*topology, host_, attestation_);
  auto now = std::make_shared<const Topology>(std::move(*topology));
  if (auto r = collectors_->follow(now); !r) return r;
  topology_ = std::move(now);
  context_.topology = topology_;
  return {};
}

Result<> Session::tick() {
  if (auto r = follow_topology(); !r) return r;
  return collectors_->drain();
}

Result<Snapshot> Session::sample() {
  if (auto r = follow_topology(); !r) return Failure(r.error());
  Snapshot snapshot;
  snapshot.start_ns = monotonic_ns();
  if (auto r = collectors_->sample(snapshot); !r) return Failure(r.error());
  snapshot.end_ns = monotonic_ns();
  snapshot.unix_offset_ns = unix_offset_ns();
  snapshot.topology = topology_;
  registry_->name_new();
  for (const uint32_t id : collectors_->entities())
    if (const Entity* entity = registry_->find(id)) snapshot.entities.push_back(*entity);
  return snapshot;
}

std::vector<Entity> Session::forget_gone(uint64_t idle_ns) {
  const uint64_t now = monotonic_ns();
  const std::vector<uint32_t> gone = registry_->gone_of(collectors_->idle_since(now > idle_ns ? now - idle_ns : 0));
  std::vector<Entity> entities;
  for (const uint32_t id : gone)
    if (const Entity* entity = registry_->find(id)) entities.push_back(*entity);
  collectors_->forget(gone);
  registry_->forget(gone);
  return entities;
}

}  // namespace smtscope
