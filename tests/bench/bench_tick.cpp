// SPDX-License-Identifier: Apache-2.0
// ms of one tick by CPUs and used cells, with a synthetic kernel side: ledgers in memory -> drained cells ->
// totals -> snapshot -> interval -> figures. Without the system calls of the close and its 1 ms of waiting.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "collectors/scheduler_totals.h"
#include "derive/scheduler_figures.h"
#include "kernel/clock.h"
#include "kernel/ledger_reader.h"

namespace smtscope {
namespace {

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

// Half pairs of `entities` entities, half waits, different on each CPU.
void fill(smtscope_buffer& buffer, uint32_t cpu, uint32_t cells, uint32_t entities) {
  for (uint32_t i = 0; i < cells; i++) {
    const uint32_t a = SMTSCOPE_ID_FIRST + (cpu * 7 + i) % entities,
                   b = SMTSCOPE_ID_FIRST + (cpu * 13 + i * 5) % entities;
    if (i % 2) put(buffer, SMTSCOPE_KEY(SMTSCOPE_CELL_PAIR, std::min(a, b), std::max(a, b)), 1000);
    else put(buffer, SMTSCOPE_KEY(SMTSCOPE_CELL_WAIT, a, i % 100), (1ull << SMTSCOPE_WAIT_SUM_BITS) | 64);
  }
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
  double drain_ms, totals_ms, figures_ms;
};

Times one_tick(std::vector<std::unique_ptr<smtscope_buffer>>& buffers, SchedulerTotals& totals, Snapshot& previous,
               const std::shared_ptr<Topology>& topology, const std::shared_ptr<std::vector<uint64_t>>& bounds) {
  const uint64_t t0 = monotonic_ns();
  Drain drain;
  Spill spill;
  for (uint32_t cpu = 0; cpu < buffers.size(); cpu += 2) {
    CoreDrain& core = drain.cores.emplace_back();
    core.core_id = cpu;
    core.siblings = 2;
    core.end_ns = 1'000'000'000;
    drain_buffer(*buffers[cpu], 2, core.cells, spill);
    drain_buffer(*buffers[cpu + 1], 2, core.cells, spill);
  }
  const uint64_t t1 = monotonic_ns();
  totals.take(drain, [](uint32_t id) { return id; });
  Snapshot now;
  now.topology = topology;
  now.bucket_upper_ns = bounds;
  totals.write(now, true);
  for (const uint32_t id : totals.entities())
    now.entities.push_back(
        {.id = id, .kind = EntityKind::cgroup, .name = "e", .cgroup = {}, .cgroup_id = {}, .pid = {}, .comm = {}});
  const uint64_t t2 = monotonic_ns();
  const auto figures = scheduler_figures(make_interval(previous, now));
  const uint64_t t3 = monotonic_ns();
  if (!previous.tables.empty() && figures.pairs.empty()) std::abort();  // the work must have been done
  previous = std::move(now);
  return {static_cast<double>(t1 - t0) / 1e6, static_cast<double>(t2 - t1) / 1e6, static_cast<double>(t3 - t2) / 1e6};
}

void measure(uint32_t cpus, uint32_t cells, uint32_t entities, int rounds) {
  std::vector<std::unique_ptr<smtscope_buffer>> buffers;
  for (uint32_t cpu = 0; cpu < cpus; cpu++) buffers.push_back(std::make_unique<smtscope_buffer>());
  const auto topology = topology_of(cpus);
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  SchedulerTotals totals;
  Snapshot previous;
  Times best{1e9, 1e9, 1e9};
  for (int round = 0; round < rounds; round++) {
    for (uint32_t cpu = 0; cpu < cpus; cpu++) fill(*buffers[cpu], cpu, cells, entities);
    const Times t = one_tick(buffers, totals, previous, topology, bounds);
    if (round == 0) continue;  // no interval before the second snapshot
    best = {std::min(best.drain_ms, t.drain_ms), std::min(best.totals_ms, t.totals_ms),
            std::min(best.figures_ms, t.figures_ms)};
  }
  fmt::print("{:>5}{:>11}{:>10}{:>11.3f}{:>12.3f}{:>13.3f}{:>10.3f}\n", cpus, cells, entities, best.drain_ms,
             best.totals_ms, best.figures_ms, best.drain_ms + best.totals_ms + best.figures_ms);
}

}  // namespace
}  // namespace smtscope

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  fmt::print("{:>5}{:>11}{:>10}{:>11}{:>12}{:>13}{:>10}   best of {}\n", "CPUs", "cells/CPU", "entities", "drain ms",
             "totals ms", "figures ms", "sum ms", quick ? 5 : 30);
  for (const uint32_t cpus : {2u, 64u, 256u})
    for (const uint32_t cells : {20u, 100u, 1000u}) smtscope::measure(cpus, cells, 500, quick ? 5 : 30);
  return 0;
}
