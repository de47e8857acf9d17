// SPDX-License-Identifier: Apache-2.0
#include "collectors/scheduler.h"

#include "kernel/clock.h"

namespace smtscope {
namespace {

static_assert(kIdleEntity == SMTSCOPE_ID_IDLE && kUnknownEntity == SMTSCOPE_ID_UNKNOWN &&
              kKernelEntity == SMTSCOPE_ID_KERNEL && kOtherEntity == SMTSCOPE_ID_OTHER);

}  // namespace

Result<std::unique_ptr<SchedulerCollector>> SchedulerCollector::make(std::shared_ptr<const Topology> topology,
                                                                     const SwitchOptions& options,
                                                                     const BpfFeatures& features, Resolve resolve) {
  std::unique_ptr<SchedulerCollector> collector(new SchedulerCollector(std::move(topology), std::move(resolve)));
  auto probe = SwitchProbe::make(*collector->topology_, options, features);
  if (!probe) return Failure(probe.error());
  collector->probe_ = std::move(*probe);
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  collector->bucket_upper_ns_ = std::move(bounds);
  if (auto started = collector->probe_->start(); !started) return Failure(started.error());
  return collector;
}

Result<> SchedulerCollector::drain() {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  take(drain);
  return {};
}

Result<> SchedulerCollector::follow(std::shared_ptr<const Topology> topology) {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  if (auto r = probe_->follow(*topology, drain); !r) return r;
  take(drain);
  topology_ = std::move(topology);
  return {};
}

Result<> SchedulerCollector::sample(Snapshot& snapshot) {
  snapshot.start_ns = monotonic_ns();
  if (auto r = drain(); !r) return r;
  snapshot.end_ns = monotonic_ns();
  snapshot.unix_offset_ns = unix_offset_ns();
  snapshot.topology = topology_;
  snapshot.bucket_upper_ns = bucket_upper_ns_;
  snapshot.word_variant = choice().variant == SwitchVariant::word;
  snapshot.full_waits = choice().run_queue == SMTSCOPE_RUNQUEUE_FULL;
  totals_.write(snapshot, choice().run_queue != SMTSCOPE_RUNQUEUE_OFF);
  return {};
}

void SchedulerCollector::take(const Drain& drain) {
  totals_.take(drain, [&](uint32_t id) { return resolve_(id, probe_->who(id)); });
}

}  // namespace smtscope
