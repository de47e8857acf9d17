// SPDX-License-Identifier: Apache-2.0
#include "pipeline/frames.h"

#include <sys/utsname.h>

#include <iterator>

#include "kernel/process_usage.h"

namespace smtscope {
namespace {

std::string machine() {
  utsname names{};
  uname(&names);
  return names.machine;
}

}  // namespace

RunFacts run_facts(const Session& session) {
  RunFacts facts;
  facts.version = SMTSCOPE_VERSION;
  facts.architecture = machine();
  facts.host = session.host();
  facts.grouping = session.grouping().label();
  facts.not_measured.push_back({"instructions, top-down, NUMA, TCP", "not in this version"});
  for (const CollectorStatus& collector : session.collectors().status()) {
    if (!collector.why.empty()) facts.not_measured.push_back({std::string(collector.name), collector.why});
    for (const Shortfall& less : collector.shortfalls) facts.not_measured.push_back({less.what, less.reason});
  }
  facts.not_measured.push_back({"cost of a neighbour", "needs instructions"});
  return facts;
}

AgentReadings own_readings(const CollectorSet& collectors) {
  AgentReadings readings;
  for (const CollectorStatus& c : collectors.status()) {
    readings.collectors.push_back({std::string(c.name), static_cast<uint32_t>(c.state), c.reason});
    bool first = true;
    for (ProgramStats& program : collectors.programs(c.name)) {
      ProgramReading reading{std::move(program.name), program.run_ns, program.runs, std::nullopt};
      if (std::exchange(first, false)) reading.memory_bytes = collectors.map_bytes(c.name);
      readings.programs.push_back(std::move(reading));
    }
  }
  const ProcessUsage usage = process_usage();
  readings.ticks.sum = 0;
  readings.user_ns = usage.user_ns;
  readings.system_ns = usage.system_ns;
  readings.memory_bytes = usage.resident_bytes;
  return readings;
}

std::shared_ptr<const RunFacts> Frames::facts_now() {
  RunFacts now = run_facts(session_);
  now.started_unix_ns = facts_.started_unix_ns;
  now.interval_ns = facts_.interval_ns;
  now.limits = facts_.limits;
  now.most_series = facts_.most_series;
  now.node_attributes = facts_.node_attributes;
  if (now.host.cpu_model)
    now.node_attributes.insert(now.node_attributes.begin(), {"smtscope.cpu.model", *now.host.cpu_model});
  if (!last_facts_ || *last_facts_ != now) last_facts_ = std::make_shared<const RunFacts>(std::move(now));
  return last_facts_;
}

Result<Frame> Frames::sample() {
  auto snapshot = session_.sample();
  if (!snapshot) return Failure(snapshot.error());
  Frame frame;
  frame.run = facts_now();
  frame.snapshot = std::make_shared<const Snapshot>(std::move(*snapshot));
  frame.agent = own_readings(session_.collectors());
  for (const CollectorStatus& c : session_.collectors().status())
    if (session_.collectors().active(c.name)) frame.active.emplace_back(c.name);
  frame.ended = std::exchange(ended_, {});
  frame.tick = tick_++;
  frame.begin = !std::exchange(begun_, true);
  return frame;
}

void Frames::tidy(uint64_t idle_ns) {
  session_.retry_failed();
  std::vector<Entity> gone = session_.forget_gone(idle_ns);
  std::move(gone.begin(), gone.end(), std::back_inserter(ended_));
}

}  // namespace smtscope
