// SPDX-License-Identifier: Apache-2.0
// make_recording [--cpus N] [--threads N] [--entities N] [--pairs N] [--ticks N] [--interval SECONDS] [--seed N] FILE:
// a made-up recording of a node as busy as stated, for what the machine at hand is too small for. The same arguments
// make the same readings. Prints bytes and CPU time a tick.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernel/ledger_reader.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kStartNs = 1'000'000'000'000;
constexpr int64_t kUnixOffsetNs = 1'790'000'000'000'000'000 - static_cast<int64_t>(kStartNs);

struct Size {
  uint32_t cpus = 64, threads = 2, entities = 200, pairs = 1200, ticks = 120, seed = 1;
  double interval_seconds = 1;
};

// Shares of idle, one busy, all busy of a core that move slowly, and entities whose share falls with their rank.
class Node {
 public:
  explicit Node(const Size& size) : size_(size), random_(size.seed) {
    auto bounds = std::make_shared<std::vector<uint64_t>>();
    for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
    bounds_ = bounds;
    auto topology = std::make_shared<Topology>();
    const uint32_t cores = size.cpus / size.threads;
    for (uint32_t c = 0; c < cores; c++) {
      Core core;
      core.id = c;
      core.package = core.node = core.llc = c / std::max(1u, cores / 2) ? 1 : 0;
      core.core_label = c % std::max(1u, cores / 2);
      for (uint32_t t = 0; t < size.threads; t++) core.cpus.push_back(c + t * cores);
      topology->cores.push_back(std::move(core));
    }
    for (uint32_t cpu = 0; cpu < cores * size.threads; cpu++) topology->cpus.push_back({cpu, true, false, cpu % cores});
    topology->possible_cpus = size.cpus;
    topology->attested = true;
    topology->attested_reason = "made up";
    topology_ = topology;
    auto run = std::make_shared<RunFacts>();
    run->started_unix_ns = static_cast<uint64_t>(kUnixOffsetNs) + kStartNs;
    run->version = "0.1.0";
    run->architecture = "x86_64";
    run->interval_ns = interval_ns();
    run->host.name = "made-up";
    run->host.kernel = "6.1.0-made-up";
    run->host.cpu_model = "Imaginary CPU with " + std::to_string(size.threads) + " threads a core";
    run->host.smt_control = size.threads > 1 ? "on" : "notsupported";
    run->host.smt_active = size.threads > 1;
    run->grouping = "cgroup v2";
    run->most_series = 20000;
    run->node_attributes = {{"smtscope.cpu.model", *run->host.cpu_model}};
    run->not_measured = {{"instructions, top-down, NUMA, TCP", "not in this version"}};
    run_ = run;
    entities_.push_back({kKernelEntity, EntityKind::kernel, "kernel", {}, {}, {}, {}});
    entities_.push_back({kOtherEntity, EntityKind::other, "other", {}, {}, {}, {}});
    for (uint32_t i = 0; i < size.entities; i++) {
      const std::string name = "service-" + std::to_string(i) + ".service";
      entities_.push_back({kFirstEntity + i, EntityKind::unit, name, "/system.slice/" + name, 5000u + i, {}, {}});
    }
    core_state_.assign(cores, std::vector<uint64_t>(kCoreColumns));
    closed_.assign(cores, kStartNs);
  }

  Frame next() {
    Frame frame;
    if (tick_ > 0) step();
    auto s = std::make_shared<Snapshot>();
    s->end_ns = now_;
    s->start_ns = now_ - 300'000;
    s->unix_offset_ns = kUnixOffsetNs;
    s->topology = topology_;
    s->bucket_upper_ns = bounds_;
    s->entities = entities_;
    put(*s);
    frame.snapshot = s;
    frame.run = run_;
    frame.active = {"scheduler", "system"};
    frame.agent.collectors = {{"scheduler", 0, Reason::ok}, {"system", 0, Reason::ok}};
    frame.agent.ticks.sum = 0;
    frame.agent.user_ns = tick_ * 900'000;
    frame.agent.system_ns = tick_ * 1'100'000;
    frame.agent.memory_bytes = 24u << 20;
    frame.begin = tick_ == 0;
    frame.tick = tick_++;
    frame.last = tick_ == size_.ticks;
    return frame;
  }

 private:
  [[nodiscard]] uint64_t interval_ns() const { return static_cast<uint64_t>(size_.interval_seconds * 1e9); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  uint64_t below(uint64_t n) { return n == 0 ? 0 : random_() % n; }
  // As the kernel side counts: in 16 ns.
  static uint64_t ticks(uint64_t ns) { return ns & ~15ull; }

  void step() {
    now_ += interval_ns();
    step_cores();
    step_entities();
    step_pairs();
    transitions_ += 3000 + below(500);
    sampled_ += 200 + below(30);
    avoidable_ += below(12);
  }

  void step_cores() {
    for (size_t c = 0; c < core_state_.size(); c++) {
      const uint64_t end = ticks(now_ - below(200'000)), window = end - closed_[c];
      closed_[c] = end;
      const double load = 0.5 + 0.45 * std::sin(static_cast<double>(tick_) / 17 + static_cast<double>(c) / 9);
      uint64_t left = window;
      for (uint32_t busy = size_.threads; busy > 0; busy--) {
        const uint64_t part = ticks(static_cast<uint64_t>(static_cast<double>(left) * load * (0.3 + 0.4 * uniform())));
        core_state_[c][busy] += part;
        left -= part;
      }
      core_state_[c][0] += left;
    }
  }

  void step_entities() {
    for (const Entity& entity : entities_) {
      const double rank = entity.id < kFirstEntity ? 20 : entity.id - kFirstEntity + 1;
      const auto busy = static_cast<uint64_t>(static_cast<double>(interval_ns()) * size_.cpus / 8 / rank * uniform());
      auto& row = times_[entity.id];
      row[kClassIdle] += ticks(busy / 2 + below(1000));
      row[kClassOther] += ticks(busy / 3 + below(1000));
      if (below(3) == 0) row[kClassSame] += ticks(busy / 7);
      // Waits lie around a few us, with a long tail.
      for (uint64_t n = 20 + below(60); n > 0; n--) {
        const double ns = std::exp(9.5 + 1.6 * (uniform() + uniform() + uniform() - 1.5));
        const auto at = std::lower_bound(bounds_->begin(), bounds_->end() - 1, static_cast<uint64_t>(ns));
        waits_[{entity.id, static_cast<uint32_t>(at - bounds_->begin())}] += 1 + below(9);
        wait_ns_[entity.id] += ticks(static_cast<uint64_t>(ns));
      }
    }
  }

  // Busy ones meet more often.
  void step_pairs() {
    for (uint32_t i = 0; i < size_.pairs; i++) {
      const auto one = [&] {
        const double u = uniform();
        return entities_[static_cast<size_t>(u * u * static_cast<double>(entities_.size()))].id;
      };
      const auto [a, b] = std::minmax({one(), one()});
      pairs_[{a, b}] += ticks(below(4'000'000));
    }
  }

  void put(Snapshot& s) const {
    Table& state = s.tables[Reading::core_state];
    Table& window = s.tables[Reading::core_window];
    state.width = kCoreColumns;
    window.width = 2;
    for (uint32_t c = 0; c < core_state_.size(); c++) {
      std::copy(core_state_[c].begin(), core_state_[c].end(), state.append({KeyKind::core, c, 0}));
      uint64_t* row = window.append({KeyKind::core, c, 0});
      row[0] = closed_[c] - kStartNs;
      row[1] = closed_[c];
    }
    Table& time = s.tables[Reading::entity_time];
    time.width = kClassColumns;
    for (const auto& [id, row] : times_) std::copy(row.begin(), row.end(), time.append({KeyKind::entity, id, 0}));
    const auto single = [&](Reading reading, KeyKind kind, const auto& rows, auto key) {
      Table& table = s.tables[reading];
      table.width = 1;
      for (const auto& [id, value] : rows) *table.append(key(kind, id)) = value;
    };
    const auto by_pair = [](KeyKind kind, const std::pair<uint32_t, uint32_t>& id) {
      return Key{kind, id.first, id.second};
    };
    single(Reading::pair_time, KeyKind::pair, pairs_, by_pair);
    single(Reading::runqueue_count, KeyKind::entity, waits_, by_pair);
    single(Reading::runqueue_sum, KeyKind::entity, wait_ns_, [](KeyKind kind, uint32_t id) {
      return Key{kind, id, 0};
    });
    put_node(s);
  }

  void put_node(Snapshot& s) const {
    Table& placement = s.tables[Reading::placement];
    placement.width = 3;
    uint64_t* row = placement.append({});
    row[0] = transitions_;
    row[1] = sampled_;
    row[2] = avoidable_;
    s.tables[Reading::placement_count].width = 1;
    *s.tables[Reading::placement_count].append({KeyKind::node, 40, 0}) = avoidable_;
    s.tables[Reading::anomaly].width = kAnomalyColumns;
    s.tables[Reading::anomaly].append({});
    Table& cpu = s.tables[Reading::cpu_time];
    cpu.width = kCpuColumns;
    for (const Cpu& one : topology_->cpus) {
      const auto& states = core_state_[*one.core];
      uint64_t* times = cpu.append({KeyKind::cpu, one.id, 0});
      times[kCpuBusyNs] = (states[1] / size_.threads + states[size_.threads]) / 10'000'000 * 10'000'000;
      times[kCpuIdleNs] = (closed_[*one.core] - kStartNs - times[kCpuBusyNs]) / 10'000'000 * 10'000'000;
    }
  }

  const Size size_;
  std::mt19937_64 random_;
  std::shared_ptr<const Topology> topology_;
  std::shared_ptr<const std::vector<uint64_t>> bounds_;
  std::shared_ptr<const RunFacts> run_;
  std::vector<Entity> entities_;
  std::vector<std::vector<uint64_t>> core_state_;
  std::vector<uint64_t> closed_;
  std::map<uint32_t, std::array<uint64_t, kClassColumns>> times_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> waits_, pairs_;
  std::map<uint32_t, uint64_t> wait_ns_;
  uint64_t transitions_ = 0, sampled_ = 0, avoidable_ = 0;
  uint64_t now_ = kStartNs;
  uint64_t tick_ = 0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int make(const Size& size, const std::string& path) {
  Node node(size);
  auto writer = RecordingWriter::create(path);
  if (!writer) {
    std::fprintf(stderr, "make_recording: %s\n", writer.error().what.c_str());
    return 1;
  }
  double spent = 0;
  uint64_t first = 0;
  for (uint32_t i = 0; i < size.ticks; i++) {
    const Frame frame = node.next();
    const double before = cpu_seconds();
    if (auto r = writer->write(frame); !r) {
      std::fprintf(stderr, "make_recording: %s\n", r.error().what.c_str());
      return 1;
    }
    spent += cpu_seconds() - before;
    if (i == 0) first = writer->bytes();
  }
  const double per_tick = static_cast<double>(writer->bytes() - first) / std::max(1u, size.ticks - 1);
  std::printf("%u ticks, %llu bytes, %.0f bytes a tick, %.1f us of CPU time a tick; a day at %g s: %.0f MB\n",
              size.ticks, static_cast<unsigned long long>(writer->bytes()), per_tick, 1e6 * spent / size.ticks,
              size.interval_seconds, per_tick * 86400 / size.interval_seconds / 1e6);
  return 0;
}

int run(int argc, char** argv) {
  Size size;
  const std::map<std::string, uint32_t*> numbers = {{"--cpus", &size.cpus},         {"--threads", &size.threads},
                                                    {"--entities", &size.entities}, {"--pairs", &size.pairs},
                                                    {"--ticks", &size.ticks},       {"--seed", &size.seed}};
  std::string path;
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    const auto number = numbers.find(word);
    if (number != numbers.end() && i + 1 < argc) *number->second = static_cast<uint32_t>(std::atoi(argv[++i]));
    else if (word == "--interval" && i + 1 < argc) size.interval_seconds = std::atof(argv[++i]);
    else path = word;
  }
  if (path.empty() || size.threads == 0 || size.threads > kMaxSiblings || size.cpus < size.threads || size.ticks == 0 ||
      !(size.interval_seconds > 0)) {
    std::fprintf(stderr,
                 "usage: make_recording [--cpus N] [--threads N] [--entities N] [--pairs N] [--ticks N] "
                 "[--interval SECONDS] [--seed N] FILE\n");
    return 2;
  }
  return make(size, path);
}

}  // namespace
}  // namespace smtscope

int main(int argc, char** argv) { return smtscope::run(argc, argv); }
