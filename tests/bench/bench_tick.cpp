// SPDX-License-Identifier: Apache-2.0
// ms of one tick of the agent by CPUs, entities and pairs, with a synthetic kernel side: ledgers in memory -> cells ->
// totals -> snapshot -> interval -> limits -> points -> totals of series. Without the system calls of the close and
// its 1 ms of waiting, and without what a scrape costs, which is not the tick's. What recording the tick costs stands
// beside the sum: a thread of its own does it.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "collectors/scheduler_totals.h"
#include "kernel/clock.h"
#include "kernel/ledger_reader.h"
#include "pipeline/lane.h"
#include "recording/recording.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

constexpr uint32_t kBucketsAnEntity = 6;  // different waits of one entity in a second
constexpr uint32_t kCpusAnEntity = 2;     // on which it ran alone
constexpr uint32_t kCoresAPair = 2;

// Fills a buffer as the program does: open addressing from the key's slot.
void put(smtscope_buffer& buffer, uint64_t key, uint64_t value) {
  const auto first = static_cast<uint32_t>((key * 0x9E3779B97F4A7C15ull) >> 32);
  for (uint32_t i = 0; i < SMTSCOPE_PROBES; i++) {
    const uint32_t at = (first + i) % SMTSCOPE_SLOTS;
    smtscope_slot& slot = buffer.slot[at];
    if (slot.key != 0 && slot.key != key) continue;
    slot.key = key;
    slot.value += value;
    buffer.used[at / 64] |= 1ull << (at % 64);
    return;
  }
}

struct Credit {
  uint32_t cpu;
  uint64_t key;
  uint64_t value;
};

// What one second leaves in the ledgers: each entity alone on some CPUs and waiting, each pair on some cores.
std::vector<Credit> one_second(uint32_t cpus, uint32_t entities, uint32_t pairs) {
  std::mt19937 random(1);
  std::vector<Credit> credits;
  const auto any_cpu = [&] { return static_cast<uint32_t>(random() % cpus); };
  for (uint32_t e = 0; e < entities; e++) {
    const uint32_t id = SMTSCOPE_ID_FIRST + e;
    for (uint32_t k = 0; k < kCpusAnEntity; k++)
      credits.push_back({any_cpu(), SMTSCOPE_KEY(SMTSCOPE_CELL_PAIR, SMTSCOPE_ID_IDLE, id), 1000 + e});
    for (uint32_t k = 0; k < kBucketsAnEntity; k++)
      credits.push_back({any_cpu(), SMTSCOPE_KEY(SMTSCOPE_CELL_WAIT, id, 10 + (e + k * 7) % 60),
                         (1ull << SMTSCOPE_WAIT_SUM_BITS) | 64});
  }
  for (uint32_t p = 0; p < pairs; p++) {
    const uint32_t a = SMTSCOPE_ID_FIRST + p % entities,
                   b = SMTSCOPE_ID_FIRST + (p % entities + 1 + p / entities) % entities;
    for (uint32_t k = 0; k < kCoresAPair; k++)
      credits.push_back({any_cpu(), SMTSCOPE_KEY(SMTSCOPE_CELL_PAIR, std::min(a, b), std::max(a, b)), 500 + p});
  }
  return credits;
}

std::shared_ptr<Topology> topology_of(uint32_t cpus) {
  auto topology = std::make_shared<Topology>();
  for (uint32_t core = 0; core < cpus; core += 2) {
    topology->cores.push_back({core, {}, {}, {}, {}, {core, core + 1}});
    topology->cpus.push_back({core, true, false, core});
    topology->cpus.push_back({core + 1, true, false, core});
  }
  topology->possible_cpus = cpus;
  return topology;
}

struct Times {
  double drain_ms = 1e9, totals_ms = 1e9, snapshot_ms = 1e9, points_ms = 1e9, sum_ms = 1e9, record_ms = 1e9;

  void keep_least(const Times& t) {
    if (t.sum_ms < sum_ms) *this = t;
  }
};

// One node: ledgers and everything after them.
class Node {
 public:
  Node(uint32_t cpus, uint32_t entities, uint32_t pairs)
      : topology_(topology_of(cpus)), credits_(one_second(cpus, entities, pairs)) {
    for (uint32_t cpu = 0; cpu < cpus; cpu++) buffers_.push_back(std::make_unique<smtscope_buffer>());
    auto bounds = std::make_shared<std::vector<uint64_t>>();
    for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
    bounds_ = std::move(bounds);
    auto run = std::make_shared<RunFacts>();
    run->interval_ns = 1'000'000'000;
    frame_.run = std::move(run);
    frame_.active = {"scheduler"};
    for (uint32_t e = 0; e < entities; e++) {
      Entity entity;
      entity.id = SMTSCOPE_ID_FIRST + e;
      entity.kind = EntityKind::cgroup;
      entity.name = fmt::format("/kubepods.slice/kubepods-pod{:08x}.slice/cri-containerd-{:016x}.scope", e, e);
      entity.cgroup = entity.name;
      entities_.push_back(std::move(entity));
    }
  }

  Times tick() {
    for (const Credit& credit : credits_) put(*buffers_[credit.cpu], credit.key, credit.value);
    second_++;
    const uint64_t t0 = monotonic_ns();
    Drain drain;
    Spill spill;
    for (const Core& core : topology_->cores) {
      CoreDrain& out = drain.cores.emplace_back();
      out.core_id = core.id;
      out.siblings = 2;
      out.start_ns = (second_ - 1) * 1'000'000'000;
      out.end_ns = second_ * 1'000'000'000;
      for (const uint32_t cpu : core.cpus) drain_buffer(*buffers_[cpu], 2, out.cells, spill);
      for (const Cell& cell : out.cells) cells_ += cell.value != 0;
    }
    const uint64_t t1 = monotonic_ns();
    totals_.take(drain, [](uint32_t id) { return id; });
    const uint64_t t2 = monotonic_ns();
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->end_ns = second_ * 1'000'000'000;
    snapshot->topology = topology_;
    snapshot->bucket_upper_ns = bounds_;
    totals_.write(*snapshot, true);
    snapshot->entities.assign(entities_.begin(), entities_.end());
    const uint64_t t3 = monotonic_ns();
    frame_.snapshot = std::move(snapshot);
    const auto batch = lane_.take(frame_);
    const uint64_t t4 = monotonic_ns();
    if (!file_->write(frame_)) std::abort();
    const uint64_t t5 = monotonic_ns();
    if (second_ > 1 && batch->points.size() < 100) std::abort();  // the work must have been done
    const auto ms = [](uint64_t a, uint64_t b) { return static_cast<double>(b - a) / 1e6; };
    return {ms(t0, t1), ms(t1, t2), ms(t2, t3), ms(t3, t4), ms(t0, t4), ms(t4, t5)};
  }

  [[nodiscard]] uint64_t cells_a_tick() const { return cells_ / second_; }

 private:
  std::shared_ptr<const Topology> topology_;
  std::vector<Credit> credits_;
  std::vector<std::unique_ptr<smtscope_buffer>> buffers_;
  std::shared_ptr<const std::vector<uint64_t>> bounds_;
  std::vector<Entity> entities_;
  SchedulerTotals totals_;
  Frame frame_;
  test::Tree folder_;
  Result<RecordingWriter> file_ = RecordingWriter::create(folder_.root() + "/bench.smtscope");
  Lane lane_{1'000'000'000, {200, 50}, 20000};
  uint64_t second_ = 0;
  uint64_t cells_ = 0;
};

void measure(uint32_t cpus, uint32_t entities, uint32_t pairs, int rounds) {
  Node node(cpus, entities, pairs);
  Times best;
  for (int round = 0; round < rounds; round++) {
    const Times t = node.tick();
    if (round > 1) best.keep_least(t);  // the first two fill what later ones find
  }
  fmt::print("{:>5}{:>10}{:>7}{:>8}{:>10.3f}{:>11.3f}{:>13.3f}{:>11.3f}{:>9.3f}{:>11.3f}\n", cpus, entities, pairs,
             node.cells_a_tick(), best.drain_ms, best.totals_ms, best.snapshot_ms, best.points_ms, best.sum_ms,
             best.record_ms);
}

}  // namespace
}  // namespace smtscope

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  const int rounds = quick ? 8 : 60;
  fmt::print("{:>5}{:>10}{:>7}{:>8}{:>10}{:>11}{:>13}{:>11}{:>9}{:>11}   best of {}; goal: 2 ms at 256 x 500 x 2000\n",
             "CPUs", "entities", "pairs", "cells", "drain ms", "totals ms", "snapshot ms", "points ms", "sum ms",
             "record ms", rounds - 2);
  smtscope::measure(2, 50, 100, rounds);
  smtscope::measure(64, 100, 500, rounds);
  smtscope::measure(128, 250, 1000, rounds);
  smtscope::measure(256, 500, 2000, rounds);
  smtscope::measure(512, 1000, 4000, rounds);
  return 0;
}
