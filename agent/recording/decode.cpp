// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "recording/codec.h"
#include "recording/facts.h"
#include "recording/schema.h"
#include "recording/tables.h"

namespace smtscope {
namespace {

constexpr uint64_t kMaxNs = 1ull << 62;  // 146 years: sums of a time and an offset stay in range
constexpr size_t kMaxCells = 2'000'000;  // of all tables
constexpr int kMaxBuckets = 4096;        // of a histogram
constexpr int kMaxReadings = 1000;       // of a schema
constexpr int kMaxSignals = 1000;

Failure broken(const std::string& what) { return fail(ErrorKind::input, what); }

Result<recording::Block> parse(std::string_view block) {
  recording::Recording recording;
  if (block.size() > INT32_MAX || !recording.ParseFromArray(block.data(), static_cast<int>(block.size())))
    return broken("a block is not what it should be");
  if (recording.blocks_size() != 1) return broken("a block is empty, or two");
  return std::move(*recording.mutable_blocks(0));
}

// As of ours with this name and these columns; -1: not known here.
int known_reading(const recording::ReadingSchema& schema) {
  for (const ReadingName& name : reading_names()) {
    if (schema.name() != name.name || static_cast<size_t>(schema.columns_size()) != name.columns.size()) continue;
    if (std::equal(name.columns.begin(), name.columns.end(), schema.columns().begin()))
      return static_cast<int>(name.reading);
  }
  return -1;
}

// Ids that are used to index must be in range.
bool keys_fit(Reading reading, const Table& table, size_t buckets) {
  return std::all_of(table.keys.begin(), table.keys.end(), [&](const Key& key) {
    switch (reading) {
      case Reading::runqueue_count: return key.b < buckets;
      case Reading::placement_count: return key.a < buckets;
      case Reading::placement:
      case Reading::anomaly: return key.a == 0 && key.b == 0;
      case Reading::pair_time: return key.a <= key.b;
      case Reading::cpu_counter: return key.b < kMaxRecordedEvents;
      case Reading::entity_counter: return key.b < static_cast<uint32_t>(SliceClass::kCount);
      case Reading::entity_resident:
      case Reading::entity_node_time: return key.b < kMaxRecordedCpus;
      default: return key.b == 0;
    }
  });
}

}  // namespace

Result<> FrameDecoder::header(std::string_view block) {
  const auto parsed = parse(block);
  if (!parsed) return Failure(parsed.error());
  const recording::Header& header = parsed->header();
  if (header.format() != kRecordingFormat || header.readings_size() > kMaxReadings) return broken("no header");
  if (header.version() > kRecordingVersion)
    return fail(ErrorKind::input,
                "made by a newer smtscope (" + header.program() + ", format " + std::to_string(header.version()) +
                    "); this one reads formats up to " + std::to_string(kRecordingVersion),
                "read it with that version");
  for (const recording::ReadingSchema& schema : header.readings()) {
    reading_of_.push_back(known_reading(schema));
    if (reading_of_.back() < 0) unknown_.push_back(schema.name());
  }
  return {};
}

Result<> FrameDecoder::take_facts(const recording::Tick& in, Snapshot& snapshot) {
  if (in.has_run()) {
    auto run = get_run(in.run());
    if (!run) return Failure(run.error());
    if (!run_ || *run_ != *run) run_ = std::make_shared<const RunFacts>(std::move(*run));
  }
  if (in.has_topology()) {
    auto topology = get_topology(in.topology());
    if (!topology) return Failure(topology.error());
    snapshot.topology = std::make_shared<const Topology>(std::move(*topology));
  } else if (!in.full()) {
    snapshot.topology = before_->topology;
  }
  if (in.bucket_upper_ns_size() > kMaxBuckets) return broken("too many buckets");
  if (in.bucket_upper_ns_size() > 0) {
    snapshot.bucket_upper_ns =
        std::make_shared<const std::vector<uint64_t>>(in.bucket_upper_ns().begin(), in.bucket_upper_ns().end());
  } else if (!in.full()) {
    snapshot.bucket_upper_ns = before_->bucket_upper_ns;
  }
  if (in.has_counter_plans()) {
    auto plans = get_plans(in.counter_plans());
    if (!plans) return Failure(plans.error());
    if (!plans->empty()) snapshot.counter_plans = std::make_shared<const std::vector<CounterPlan>>(std::move(*plans));
  } else if (!in.full()) {
    snapshot.counter_plans = before_->counter_plans;
  }
  if (!run_ || !snapshot.topology) return broken("a tick without its run or topology");
  return {};
}

Result<> FrameDecoder::take_tables(const recording::Tick& in, Snapshot& snapshot) {
  const size_t buckets = snapshot.bucket_upper_ns ? snapshot.bucket_upper_ns->size() : 0;
  size_t cells = 0;
  for (const recording::Table& table : in.tables()) {
    if (table.reading() >= reading_of_.size()) return broken("a table of a reading that the header does not name");
    const int known = reading_of_[table.reading()];
    if (known < 0) continue;
    const auto reading = static_cast<Reading>(known);
    const ReadingName& name = reading_names()[static_cast<size_t>(known)];
    if (table.key_kind() != static_cast<uint32_t>(name.key)) return broken("a table's keys are of another kind");
    const Table* base = nullptr;
    if (!table.whole()) {
      if (in.full()) return broken("a full tick with a change in it");
      const auto at = before_->tables.find(reading);
      if (at == before_->tables.end()) return broken("a change of a table that is not there");
      base = &at->second;
    }
    auto now = apply_changes(base, name.key, reading_width(reading),
                             {table.shift(),
                              {table.rows().data(), static_cast<size_t>(table.rows_size())},
                              {table.gone().data(), static_cast<size_t>(table.gone_size())}});
    if (!now) return Failure(now.error());
    cells += now->values.size();
    if (cells > kMaxCells) return broken("more readings than any node has");
    if (!keys_fit(reading, *now, buckets)) return broken("keys of " + std::string(name.name) + " are out of range");
    if (!snapshot.tables.emplace(reading, std::move(*now)).second) return broken("a table twice");
  }
  if (static_cast<size_t>(in.unread_size()) > kMaxCells) return broken("more counters than any node has");
  for (const recording::Unread& one : in.unread())
    snapshot.unread[{KeyKind::counter, one.cpu(), one.event()}] = get_reason(one.reason());
  for (const recording::Missing& missing : in.missing())
    if (missing.reading() < reading_of_.size() && reading_of_[missing.reading()] >= 0)
      snapshot.missing[static_cast<Reading>(reading_of_[missing.reading()])] = get_reason(missing.reason());
  // Readings that came later than this recording.
  for (const ReadingName& name : reading_names())
    if (std::find(reading_of_.begin(), reading_of_.end(), static_cast<int>(name.reading)) == reading_of_.end())
      snapshot.missing[name.reading] = Reason::not_counted;
  return {};
}

Result<> FrameDecoder::take_entities(const recording::Tick& in, Snapshot& snapshot) {
  std::vector<Entity> changed;
  for (const recording::Entity& one : in.entities()) {
    auto entity = get_entity(one);
    if (!entity) return Failure(entity.error());
    if (!changed.empty() && changed.back().id >= entity->id) return broken("entities are not in order");
    changed.push_back(std::move(*entity));
  }
  const std::vector<uint32_t> gone(in.entities_gone().begin(), in.entities_gone().end());
  if (!std::is_sorted(gone.begin(), gone.end())) return broken("entities that went are not in order");
  size_t i = 0;
  if (!in.full()) {
    for (const Entity& old : before_->entities) {
      if (std::binary_search(gone.begin(), gone.end(), old.id)) continue;
      for (; i < changed.size() && changed[i].id < old.id; i++) snapshot.entities.push_back(std::move(changed[i]));
      if (i < changed.size() && changed[i].id == old.id) snapshot.entities.push_back(std::move(changed[i++]));
      else snapshot.entities.push_back(old);
    }
  }
  for (; i < changed.size(); i++) snapshot.entities.push_back(std::move(changed[i]));
  if (snapshot.entities.size() > kMaxRecordedEntities) return broken("more entities than any node has");
  return {};
}

Result<> FrameDecoder::take_said(const recording::Tick& in, Frame& frame) {
  auto agent = get_agent(in.agent());
  if (!agent) return Failure(agent.error());
  frame.agent = std::move(*agent);
  for (const recording::Entity& one : in.ended()) {
    auto entity = get_entity(one);
    if (!entity) return Failure(entity.error());
    frame.ended.push_back(std::move(*entity));
  }
  if (in.active_size() > kMaxSignals) return broken("too many signals");
  frame.active.assign(in.active().begin(), in.active().end());
  frame.tick = in.tick();
  frame.begin = in.begin();
  frame.last = in.last();
  return {};
}

Result<Frame> FrameDecoder::tick(std::string_view block) {
  const auto parsed = parse(block);
  if (!parsed) return Failure(parsed.error());
  if (!parsed->has_tick()) return broken("a block without a tick");
  const recording::Tick& in = parsed->tick();
  if (!in.full() && !before_) return broken("a change of a tick that is not there");
  const uint64_t offset = in.unix_offset_ns() < 0 ? 0 - static_cast<uint64_t>(in.unix_offset_ns())
                                                  : static_cast<uint64_t>(in.unix_offset_ns());
  if (in.start_ns() > in.end_ns() || in.end_ns() > kMaxNs || offset > kMaxNs) return broken("impossible times");
  if (before_ && !in.begin() && in.end_ns() <= before_->end_ns) return broken("time goes back");
  Frame frame;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->start_ns = in.start_ns();
  snapshot->end_ns = in.end_ns();
  snapshot->unix_offset_ns = in.unix_offset_ns();
  snapshot->word_variant = in.word_variant();
  snapshot->full_waits = in.full_waits();
  if (auto r = take_facts(in, *snapshot); !r) return Failure(r.error());
  if (auto r = take_tables(in, *snapshot); !r) return Failure(r.error());
  if (auto r = take_entities(in, *snapshot); !r) return Failure(r.error());
  if (auto r = take_said(in, frame); !r) return Failure(r.error());
  before_ = snapshot;
  frame.snapshot = std::move(snapshot);
  frame.run = run_;
  return frame;
}

}  // namespace smtscope
