// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "recording/codec.h"
#include "recording/facts.h"
#include "recording/schema.h"
#include "recording/schema_text.h"
#include "recording/tables.h"

namespace smtscope {
namespace {

std::string serialized(const recording::Recording& recording) { return recording.SerializeAsString(); }

void put_tables(const Snapshot* before, const Snapshot& now, recording::Tick& out) {
  for (const auto& [reading, table] : now.tables) {
    const Table* base = nullptr;
    if (before)
      if (const auto at = before->tables.find(reading); at != before->tables.end() && at->second.width == table.width)
        base = &at->second;
    const TableChanges changes = table_changes(base, table);
    recording::Table& one = *out.add_tables();
    one.set_reading(static_cast<uint32_t>(reading));
    one.set_key_kind(static_cast<uint32_t>(reading_names()[static_cast<size_t>(reading)].key));
    one.set_whole(base == nullptr);
    one.set_shift(changes.shift);
    one.mutable_rows()->Add(changes.rows.begin(), changes.rows.end());
    one.mutable_gone()->Add(changes.gone.begin(), changes.gone.end());
  }
  for (const auto& [reading, reason] : now.missing) {
    recording::Missing& one = *out.add_missing();
    one.set_reading(static_cast<uint32_t>(reading));
    one.set_reason(static_cast<uint32_t>(reason));
  }
}

// Both lists are sorted by id.
void put_entities(const Snapshot* before, const Snapshot& now, recording::Tick& out) {
  static const std::vector<Entity> none;
  const std::vector<Entity>& old = before ? before->entities : none;
  size_t i = 0;
  for (const Entity& entity : now.entities) {
    for (; i < old.size() && old[i].id < entity.id; i++) out.add_entities_gone(old[i].id);
    const bool known = i < old.size() && old[i].id == entity.id;
    if (!known || old[i] != entity) put_entity(entity, *out.add_entities());
    if (known) i++;
  }
  for (; i < old.size(); i++) out.add_entities_gone(old[i].id);
}

void put_counters(const Snapshot* before, const Snapshot& now, recording::Tick& out) {
  static const std::vector<CounterPlan> none;
  const auto plans = [](const Snapshot* s) -> const std::vector<CounterPlan>& {
    return s && s->counter_plans ? *s->counter_plans : none;
  };
  if (plans(before) != plans(&now)) put_plans(plans(&now), *out.mutable_counter_plans());
  for (const auto& [key, reason] : now.unread) {
    recording::Unread& one = *out.add_unread();
    one.set_cpu(key.a);
    one.set_event(key.b);
    one.set_reason(static_cast<uint32_t>(reason));
  }
}

bool same_topology(const Topology& l, const Topology& r) {
  return l.same_tree(r) && l.generation == r.generation && l.attested == r.attested && l.source == r.source &&
         l.attested_reason == r.attested_reason && l.possible_cpus == r.possible_cpus;
}

}  // namespace

std::string header_block(std::string_view program) {
  recording::Recording recording;
  recording::Header& header = *recording.add_blocks()->mutable_header();
  header.set_format(std::string(kRecordingFormat));
  header.set_version(kRecordingVersion);
  header.set_program(std::string(program));
  for (const ReadingName& name : reading_names()) {
    recording::ReadingSchema& one = *header.add_readings();
    one.set_name(std::string(name.name));
    one.set_unit(std::string(name.unit));
    for (const std::string_view column : name.columns) one.add_columns(std::string(column));
  }
  header.set_schema(kRecordingSchemaText);
  return serialized(recording);
}

std::string FrameEncoder::block(const Frame& frame, bool full) {
  const Snapshot& now = *frame.snapshot;
  const Snapshot* before = full ? nullptr : before_.get();
  recording::Recording recording;
  recording::Tick& out = *recording.add_blocks()->mutable_tick();
  out.set_full(before == nullptr);
  out.set_start_ns(now.start_ns);
  out.set_end_ns(now.end_ns);
  out.set_unix_offset_ns(now.unix_offset_ns);
  out.set_tick(frame.tick);
  out.set_begin(frame.begin);
  out.set_last(frame.last);
  out.set_word_variant(now.word_variant);
  out.set_full_waits(now.full_waits);
  put_tables(before, now, out);
  put_entities(before, now, out);
  for (const Entity& entity : frame.ended) put_entity(entity, *out.add_ended());
  for (const std::string& signal : frame.active) out.add_active(signal);
  put_agent(frame.agent, *out.mutable_agent());
  if (!before || *run_ != *frame.run) put_run(*frame.run, *out.mutable_run());
  if (now.topology && (!before || !before->topology || !same_topology(*before->topology, *now.topology)))
    put_topology(*now.topology, *out.mutable_topology());
  if (now.bucket_upper_ns && (!before || !before->bucket_upper_ns || *before->bucket_upper_ns != *now.bucket_upper_ns))
    out.mutable_bucket_upper_ns()->Add(now.bucket_upper_ns->begin(), now.bucket_upper_ns->end());
  put_counters(before, now, out);
  before_ = frame.snapshot;
  run_ = frame.run;
  return serialized(recording);
}

}  // namespace smtscope
