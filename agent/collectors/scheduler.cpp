// SPDX-License-Identifier: Apache-2.0
#include "collectors/scheduler.h"

#include "kernel/bpf_features.h"

namespace smtscope {
namespace {

static_assert(kIdleEntity == SMTSCOPE_ID_IDLE && kUnknownEntity == SMTSCOPE_ID_UNKNOWN &&
              kKernelEntity == SMTSCOPE_ID_KERNEL && kOtherEntity == SMTSCOPE_ID_OTHER);

}  // namespace

Result<std::unique_ptr<Collector>> SchedulerCollector::make(const CollectorContext& context) {
  if (auto may = may_load_bpf(); !may) return Failure(may.error());
  std::unique_ptr<SchedulerCollector> collector(new SchedulerCollector(context));
  auto probe = SwitchProbe::make(*context.topology, context.switch_options, *context.features);
  if (!probe) return Failure(probe.error());
  collector->probe_ = std::move(*probe);
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  collector->bucket_upper_ns_ = std::move(bounds);
  collector->totals_.set_nodes(*context.topology);
  if (auto started = collector->probe_->start(); !started) return Failure(started.error());
  collector->shared_->probe = collector->probe_.get();
  return std::unique_ptr<Collector>(std::move(collector));
}

Result<> SchedulerCollector::drain() {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  take(drain);
  return {};
}

Result<> SchedulerCollector::follow(const std::shared_ptr<const Topology>& topology) {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  if (auto r = probe_->follow(*topology, drain); !r) return r;
  take(drain);
  topology_ = topology;
  totals_.set_nodes(*topology);
  return {};
}

Result<> SchedulerCollector::sample(Snapshot& snapshot) {
  if (auto r = drain(); !r) return r;
  snapshot.bucket_upper_ns = bucket_upper_ns_;
  snapshot.word_variant = choice().variant == SwitchVariant::word;
  snapshot.full_waits = choice().run_queue == SMTSCOPE_RUNQUEUE_FULL;
  totals_.write(snapshot, choice().run_queue != SMTSCOPE_RUNQUEUE_OFF);
  return {};
}

std::vector<Shortfall> SchedulerCollector::shortfalls() const {
  if (choice().run_queue_reason.empty()) return {};
  return {{choice().run_queue == SMTSCOPE_RUNQUEUE_OFF ? "run queue" : "whole waits", choice().run_queue_reason}};
}

void SchedulerCollector::take(const Drain& drain) {
  totals_.take(drain, [&](uint32_t id) { return resolve_(id, probe_->who(id)); });
  if (shared_->drained) shared_->drained(drain);
}

}  // namespace smtscope
