// SPDX-License-Identifier: Apache-2.0
#include "recording/codec.h"

#include <gtest/gtest.h>

#include "unit/recording_frames.h"

namespace smtscope {
namespace {

using test::some_entity;
using test::some_frame;
using test::some_run;

void expect_same(const Snapshot& got, const Snapshot& wanted) {
  EXPECT_EQ(got.start_ns, wanted.start_ns);
  EXPECT_EQ(got.end_ns, wanted.end_ns);
  EXPECT_EQ(got.unix_offset_ns, wanted.unix_offset_ns);
  EXPECT_TRUE(got.topology->same_tree(*wanted.topology));
  EXPECT_EQ(got.topology->generation, wanted.topology->generation);
  EXPECT_EQ(got.topology->possible_cpus, wanted.topology->possible_cpus);
  EXPECT_EQ(got.topology->source, wanted.topology->source);
  EXPECT_EQ(got.topology->attested, wanted.topology->attested);
  EXPECT_EQ(got.topology->attested_reason, wanted.topology->attested_reason);
  EXPECT_EQ(*got.bucket_upper_ns, *wanted.bucket_upper_ns);
  EXPECT_EQ(got.missing, wanted.missing);
  EXPECT_EQ(got.unread, wanted.unread);
  ASSERT_EQ(got.counter_plans != nullptr, wanted.counter_plans != nullptr);
  if (wanted.counter_plans) {
    EXPECT_EQ(*got.counter_plans, *wanted.counter_plans);
  }
  EXPECT_EQ(got.entities, wanted.entities);
  EXPECT_EQ(got.word_variant, wanted.word_variant);
  EXPECT_EQ(got.full_waits, wanted.full_waits);
  ASSERT_EQ(got.tables.size(), wanted.tables.size());
  for (const auto& [reading, table] : wanted.tables) {
    ASSERT_TRUE(got.tables.contains(reading));
    EXPECT_EQ(got.tables.at(reading).keys, table.keys);
    EXPECT_EQ(got.tables.at(reading).values, table.values);
    EXPECT_EQ(got.tables.at(reading).width, table.width);
  }
}

void expect_same(const Result<Frame>& got, const Frame& wanted) {
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(*got->run, *wanted.run);
  expect_same(*got->snapshot, *wanted.snapshot);
  EXPECT_EQ(got->active, wanted.active);
  EXPECT_EQ(got->ended, wanted.ended);
  EXPECT_EQ(got->tick, wanted.tick);
  EXPECT_EQ(got->begin, wanted.begin);
  EXPECT_EQ(got->last, wanted.last);
  EXPECT_EQ(got->agent.ticks, wanted.agent.ticks);
  EXPECT_EQ(got->agent.user_ns, wanted.agent.user_ns);
  ASSERT_EQ(got->agent.collectors.size(), 1u);
  EXPECT_EQ(got->agent.collectors[0].reason, Reason::over_budget);
  ASSERT_EQ(got->agent.programs.size(), 1u);
  EXPECT_EQ(got->agent.programs[0].memory_bytes, wanted.agent.programs[0].memory_bytes);
  ASSERT_EQ(got->agent.exporters.size(), 1u);
  EXPECT_EQ(got->agent.exporters[0].queue_bytes, 6u);
}

class Codec : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(decoder_.header(header_block("smtscope 0.1.0"))); }
  Result<Frame> through(const Frame& frame, bool full) { return decoder_.tick(encoder_.block(frame, full)); }

  FrameEncoder encoder_;
  FrameDecoder decoder_;
};

TEST_F(Codec, FramesComeBackTheSame) {
  Frame frame = some_frame(1, 1000);
  frame.begin = true;
  expect_same(through(frame, true), frame);
  frame = some_frame(2, 2500);
  frame.ended = {some_entity(8, "/gone")};
  expect_same(through(frame, false), frame);
  frame = some_frame(3, 2600);
  frame.last = true;
  expect_same(through(frame, true), frame);
}

TEST_F(Codec, AllThatMayChangeBetweenTicks) {
  expect_same(through(some_frame(1, 10), true), some_frame(1, 10));
  auto run = std::make_shared<RunFacts>(*some_run());
  run->not_measured.push_back({"scheduler", "over budget"});
  Frame frame = some_frame(2, 20, run);
  auto snapshot = std::make_shared<Snapshot>(*frame.snapshot);
  auto topology = std::make_shared<Topology>(*snapshot->topology);
  topology->cpus[1] = {1, false, false, {}};
  topology->cores[0].cpus = {0};
  topology->generation = 2;
  snapshot->topology = topology;
  snapshot->tables.erase(Reading::pair_time);
  snapshot->missing[Reading::pair_time] = Reason::lost;
  snapshot->counter_plans = nullptr;
  snapshot->unread.clear();
  snapshot->entities = {some_entity(2, "kernel"), some_entity(4, "/renamed"), some_entity(11, "/new")};
  frame.snapshot = snapshot;
  expect_same(through(frame, false), frame);
  expect_same(through(some_frame(3, 30), false), some_frame(3, 30));
}

TEST_F(Codec, AChangeNeedsTheTickBefore) {
  (void)encoder_.block(some_frame(1, 1), true);
  const auto frame = decoder_.tick(encoder_.block(some_frame(2, 2), false));
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().kind, ErrorKind::input);
}

TEST_F(Codec, TimeDoesNotGoBackWithinARun) {
  ASSERT_TRUE(through(some_frame(5, 1), true));
  EXPECT_FALSE(through(some_frame(5, 2), false));
  Frame frame = some_frame(3, 1);
  frame.begin = true;  // the machine was started again
  EXPECT_TRUE(through(frame, true));
}

recording::Recording parsed(const std::string& block) {
  recording::Recording recording;
  EXPECT_TRUE(recording.ParseFromString(block));
  return recording;
}

TEST(RecordingHeader, OfALaterVersionIsRefusedByName) {
  recording::Recording recording = parsed(header_block("smtscope 9.1"));
  recording.mutable_blocks(0)->mutable_header()->set_version(kRecordingVersion + 1);
  FrameDecoder decoder;
  const auto r = decoder.header(recording.SerializeAsString());
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, ErrorKind::input);
  EXPECT_NE(r.error().what.find("newer smtscope (smtscope 9.1"), std::string::npos) << r.error().what;
}

TEST(RecordingHeader, ReadingsOfALaterProgramAreLeftOutAndNamed) {
  recording::Recording recording = parsed(header_block("smtscope 0.2"));
  auto& header = *recording.mutable_blocks(0)->mutable_header();
  header.mutable_readings(3)->set_name("quantum_time");  // was pair_time
  FrameDecoder decoder;
  ASSERT_TRUE(decoder.header(recording.SerializeAsString()));
  EXPECT_EQ(decoder.unknown_readings(), std::vector<std::string>{"quantum_time"});
  FrameEncoder encoder;
  const auto frame = decoder.tick(encoder.block(some_frame(1, 1), true));
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_FALSE(frame->snapshot->tables.contains(Reading::pair_time));
  EXPECT_EQ(frame->snapshot->missing.at(Reading::pair_time), Reason::not_counted) << "unknown, not zero";
  EXPECT_TRUE(frame->snapshot->tables.contains(Reading::runqueue_sum));
}

// Each of these would be trusted somewhere behind the reader.
TEST_F(Codec, HostileTicksAreRefused) {
  const auto with = [](auto change) {
    FrameEncoder encoder;
    recording::Recording recording = parsed(encoder.block(some_frame(1, 1), true));
    change(*recording.mutable_blocks(0)->mutable_tick());
    return recording.SerializeAsString();
  };
  const auto refused = [&](const char* what, auto change) {
    FrameDecoder decoder;
    ASSERT_TRUE(decoder.header(header_block("x")));
    const auto frame = decoder.tick(with(change));
    ASSERT_FALSE(frame) << what;
    EXPECT_EQ(frame.error().kind, ErrorKind::input) << what;
  };
  using Tick = recording::Tick;
  refused("times", [](Tick& t) { t.set_end_ns(UINT64_MAX); });
  refused("ends before it starts", [](Tick& t) { t.set_start_ns(t.end_ns() + 1); });
  refused("offset", [](Tick& t) { t.set_unix_offset_ns(INT64_MIN); });
  refused("no run", [](Tick& t) { t.clear_run(); });
  refused("no topology", [](Tick& t) { t.clear_topology(); });
  refused("no interval", [](Tick& t) { t.mutable_run()->set_interval_ns(0); });
  refused("a table that the header does not name", [](Tick& t) { t.mutable_tables(0)->set_reading(1000); });
  refused("a table twice", [](Tick& t) { *t.add_tables() = t.tables(0); });
  refused("keys of another kind", [](Tick& t) { t.mutable_tables(0)->set_key_kind(3); });
  refused("a change of nothing", [](Tick& t) { t.mutable_tables(0)->set_whole(false); });
  refused("no buckets", [](Tick& t) { t.clear_bucket_upper_ns(); });
  refused("a core without CPUs", [](Tick& t) { t.mutable_topology()->mutable_cores(0)->clear_cpus(); });
  refused("a core with a foreign CPU", [](Tick& t) { t.mutable_topology()->mutable_cores(1)->set_cpus(0, 3); });
  refused("cores not in order", [](Tick& t) { t.mutable_topology()->mutable_cores()->SwapElements(0, 1); });
  refused("nine siblings", [](Tick& t) {
    for (uint32_t i = 0; i < 9; i++) t.mutable_topology()->mutable_cores(0)->add_cpus(10 + i);
  });
  refused("entities not in order", [](Tick& t) { t.mutable_entities()->SwapElements(0, 1); });
  refused("an entity without a name", [](Tick& t) { t.mutable_entities(0)->clear_name(); });
  refused("an entity of no kind", [](Tick& t) { t.mutable_entities(0)->set_kind(77); });
  refused("a plan without the event it names",
          [](Tick& t) { t.mutable_counter_plans()->mutable_plans(0)->set_cycles(2); });
  refused("too many kinds of CPUs", [](Tick& t) {
    for (int i = 0; i < 20; i++) t.mutable_counter_plans()->add_plans();
  });
  refused("too many tick buckets", [](Tick& t) {
    for (int i = 0; i < 40; i++) t.mutable_agent()->add_tick_counts(1);
  });
}

TEST_F(Codec, RandomBytesAreRefused) {
  EXPECT_FALSE(decoder_.tick(""));
  EXPECT_FALSE(decoder_.tick(std::string(100, '\xff')));
  EXPECT_FALSE(decoder_.tick(header_block("x")));
  FrameDecoder other;
  EXPECT_FALSE(other.header("zzzz"));
  EXPECT_FALSE(other.header(FrameEncoder().block(some_frame(1, 1), true)));
}

}  // namespace
}  // namespace smtscope
