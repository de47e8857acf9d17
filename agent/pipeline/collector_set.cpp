// SPDX-License-Identifier: Apache-2.0
#include "pipeline/collector_set.h"

#include <algorithm>

#include "derive/agent.h"
#include "kernel/clock.h"

namespace smtscope {
namespace {

Reason reason_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::permission: return Reason::permission;
    case ErrorKind::unsupported: return Reason::unsupported;
    default: return Reason::lost;
  }
}

CollectorStatus status_of(std::string_view name, const Error& error) {
  CollectorStatus status;
  status.name = name;
  status.state = error.kind == ErrorKind::unsupported ? CollectorState::unsupported : CollectorState::failed;
  status.reason = reason_of(error.kind);
  status.why = error.what;
  status.mend = error.mend;
  return status;
}

}  // namespace

std::string_view collector_state_word(CollectorState state) { return kCollectorStateParts[static_cast<size_t>(state)]; }

Result<CollectorSet::Entry> CollectorSet::make_entry(const Signal& signal, Wanted wanted,
                                                     const CollectorContext& context) {
  Entry entry;
  entry.signal = &signal;
  entry.wanted = wanted;
  entry.status.name = signal.name;
  if (wanted == Wanted::no) {
    entry.status.state = CollectorState::disabled;
    entry.status.reason = Reason::disabled;
    entry.status.why = "switched off by the configuration";
    return entry;
  }
  if (std::string why = signal.nothing_to_measure ? signal.nothing_to_measure(context) : ""; !why.empty()) {
    entry.status.state = CollectorState::unsupported;
    entry.status.reason = Reason::not_applicable;
    entry.status.why = std::move(why);
    return entry;
  }
  auto collector = signal.make_collector(context);
  if (!collector && wanted == Wanted::required) return Failure(Error(collector.error()).within(signal.name));
  if (collector) {
    entry.collector = std::move(*collector);
    entry.map_bytes = entry.collector->map_bytes();
  } else {
    entry.status = status_of(signal.name, collector.error());
  }
  return entry;
}

Result<CollectorSet> CollectorSet::make(const CollectorContext& context,
                                        const std::function<Wanted(std::string_view)>& wanted) {
  CollectorSet set;
  for (const Signal& signal : signals()) {
    auto entry = make_entry(signal, wanted(signal.name), context);
    if (!entry) return Failure(entry.error());
    set.entries_.push_back(std::move(*entry));
  }
  return set;
}

// A collector that fails is ended: half a reading is worse than none.
Result<> CollectorSet::each(const std::function<Result<>(Entry&)>& act) {
  for (Entry& entry : entries_) {
    if (!entry.collector) continue;
    const uint64_t begun = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    const auto done = act(entry);
    entry.cpu_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun;
    if (done) continue;
    if (entry.wanted == Wanted::required) return Failure(Error(done.error()).within(entry.signal->name));
    entry.collector.reset();
    entry.status = status_of(entry.signal->name, done.error());
    entry.status.state = CollectorState::failed;  // it could be measured before
  }
  return {};
}

Result<> CollectorSet::sample(Snapshot& snapshot) {
  if (auto r = each([&](Entry& entry) { return entry.collector->sample(snapshot); }); !r) return r;
  for (const Entry& entry : entries_) {
    if (entry.collector) continue;
    for (const Reading reading : entry.signal->readings) {
      snapshot.tables.erase(reading);  // of one that failed half-way
      snapshot.missing[reading] = entry.status.reason;
    }
  }
  return {};
}

Result<> CollectorSet::drain() {
  return each([](Entry& entry) { return entry.collector->drain(); });
}

Result<> CollectorSet::follow(const std::shared_ptr<const Topology>& topology) {
  return each([&](Entry& entry) { return entry.collector->follow(topology); });
}

void CollectorSet::retry_failed(const CollectorContext& context) {
  for (Entry& entry : entries_) {
    if (entry.status.state != CollectorState::failed) continue;
    auto again = make_entry(*entry.signal, Wanted::optional, context);
    if (!again) continue;
    again->cpu_ns = entry.cpu_ns;
    entry = std::move(*again);
  }
}

std::vector<uint32_t> CollectorSet::entities() const { return idle_since(UINT64_MAX); }

// With several collectors an entity is idle if it is for all that know it.
std::vector<uint32_t> CollectorSet::idle_since(uint64_t ns) const {
  std::vector<uint32_t> idle, busy;
  for (const Entry& entry : entries_) {
    if (!entry.collector) continue;
    const std::vector<uint32_t> all = entry.collector->entities(), some = entry.collector->idle_since(ns);
    idle.insert(idle.end(), some.begin(), some.end());
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(busy));
  }
  std::sort(idle.begin(), idle.end());
  idle.erase(std::unique(idle.begin(), idle.end()), idle.end());
  std::sort(busy.begin(), busy.end());
  std::vector<uint32_t> result;
  std::set_difference(idle.begin(), idle.end(), busy.begin(), busy.end(), std::back_inserter(result));
  return result;
}

void CollectorSet::forget(const std::vector<uint32_t>& entities) {
  for (Entry& entry : entries_)
    if (entry.collector) entry.collector->forget(entities);
}

std::vector<CollectorStatus> CollectorSet::status() const {
  std::vector<CollectorStatus> all;
  for (const Entry& entry : entries_) {
    all.push_back(entry.status);
    all.back().sample_cpu_ns = entry.cpu_ns;
    if (entry.collector) all.back().shortfalls = entry.collector->shortfalls();
  }
  return all;
}

const CollectorSet::Entry* CollectorSet::find(std::string_view name) const {
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.signal->name == name; });
  return at == entries_.end() ? nullptr : &*at;
}

bool CollectorSet::active(std::string_view name) const {
  const Entry* entry = find(name);
  return entry && entry->collector;
}

std::vector<ProgramStats> CollectorSet::programs(std::string_view name) const {
  return active(name) ? find(name)->collector->programs() : std::vector<ProgramStats>();
}

uint64_t CollectorSet::map_bytes(std::string_view name) const { return active(name) ? find(name)->map_bytes : 0; }

void CollectorSet::detach(std::string_view name, CollectorState state, Reason reason, std::string why) {
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.signal->name == name; });
  if (entry == entries_.end()) return;
  entry->collector.reset();
  entry->status.state = state;
  entry->status.reason = reason;
  entry->status.why = std::move(why);
}

}  // namespace smtscope
