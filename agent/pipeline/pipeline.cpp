// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/process_usage.h"

namespace smtscope {
namespace {

constexpr uint64_t kTidyEveryNs = 10 * kSecondNs;
constexpr uint64_t kLeastForgetIdleNs = 60 * kSecondNs;
constexpr uint64_t kLeastHealthyNs = 30 * kSecondNs;
constexpr uint64_t kHealthyIntervals = 10;

uint64_t to_ns(std::chrono::nanoseconds duration) { return static_cast<uint64_t>(duration.count()); }

// `system` costs nothing and tells of the node what must not be lost.
bool optional_collector(std::string_view name) { return name != "system"; }

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::make(const Config& config, Kept& kept) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(config, kept));
  if (auto r = pipeline->open_destinations(); !r) return Failure(r.error());
  if (auto r = pipeline->open_http(); !r) return Failure(r.error());
  if (auto r = pipeline->open_session(); !r) return Failure(r.error());
  pipeline->last_tick_ns_ = monotonic_ns();
  pipeline->publish_status();
  return pipeline;
}

Result<> Pipeline::open_destinations() {
  auto exporters = ExporterSet::make(config_.exporters, config_.interval, config_.delivery.queue_bytes);
  if (!exporters) return Failure(exporters.error());
  exporters_ = std::make_unique<ExporterSet>(std::move(*exporters));
  intervals_ns_ = exporters_->intervals_ns();
  if (!config_.recorder.path) return {};
  auto recorder = Recorder::make(config_.recorder, config_.interval, config_.delivery.queue_bytes);
  if (!recorder) return Failure(Error(recorder.error()).within("recorder"));
  recorder_ = std::move(*recorder);
  return {};
}

Result<> Pipeline::open_session() {
  SessionOptions options;
  options.roots = {config_.host.sys, config_.host.proc, config_.host.cgroup};
  options.siblings = config_.topology.siblings;
  static constexpr Attestation kAttestation[] = {Attestation::no, Attestation::yes, Attestation::automatic};
  options.attestation = kAttestation[static_cast<size_t>(config_.topology.attested)];
  options.wanted = [&](std::string_view signal) {
    if (kept_.blown.contains(std::string(signal))) return Wanted::no;
    const CollectorsConfig& collectors = config_.collectors;
    const bool off = (signal == "scheduler" && collectors.scheduler == Enabled::no) ||
                     (signal == "counters" && collectors.counters == Enabled::no) ||
                     (signal == "numa" && collectors.numa == Enabled::no);
    return off ? Wanted::no : Wanted::optional;
  };
  options.first_entity = kept_.next_entity;
  auto session = Session::open(options);
  if (!session) return Failure(session.error());
  session_ = std::make_unique<Session>(std::move(*session));
  RunFacts facts;
  facts.started_unix_ns = kept_.started_unix_ns;
  facts.interval_ns = to_ns(config_.interval);
  facts.limits = {config_.limits.entities, config_.limits.pairs};
  facts.most_series = config_.limits.series;
  facts.node_attributes = config_.attributes;
  frames_ = std::make_unique<Frames>(*session_, std::move(facts));
  for (const auto& [name, why] : kept_.blown)
    session_->collectors().detach(name, CollectorState::degraded, Reason::over_budget, "over budget: " + why);
  return {};
}

Result<> Pipeline::open_http() {
  if (!config_.http.listen) return {};
  HttpServerOptions options;
  options.listen = *config_.http.listen;
  options.bearer_token_file = config_.http.bearer_token_file;
  if (config_.http.tls) options.tls = HttpTlsFiles{config_.http.tls->cert_file, config_.http.tls->key_file};
  options.routes.push_back({"/healthz", [this] { return health(); }, true, false, 0});
  options.routes.push_back({"/status",
                            [this] {
                              return HttpReply{200, "application/json", status_page()};
                            },
                            false, true, 0});
  for (HttpRoute& route : exporters_->routes()) options.routes.push_back(std::move(route));
  auto server = HttpServer::make(std::move(options));
  if (!server) return Failure(Error(server.error()).within("http"));
  http_ = std::move(*server);
  return {};
}

void Pipeline::tick() {
  const uint64_t begun = monotonic_ns();
  if (auto frame = frames_->sample()) {
    sample_error_.clear();
    run(std::move(*frame));
  } else {
    frames_->skip();
    kept_.ticks_failed++;
    sample_error_ = frame.error().what;
  }
  kept_.next_entity = session_->next_entity();
  kept_.ticks_done++;
  const uint64_t now = monotonic_ns();
  kept_.ticks.counts[ladder_cell(now - begun)]++;
  kept_.ticks.count++;
  *kept_.ticks.sum += static_cast<double>(now - begun) / 1e9;
  measure_budget();
  tidy(now);
  log_changes();
  publish_status();
  last_tick_ns_ = now;
}

void Pipeline::drain() {
  if (auto r = session_->tick(); !r) sample_error_ = r.error().what;
}

void Pipeline::run(Frame frame) {
  add_readings(frame.agent);
  if (recorder_) recorder_->accept(frame);
  kept_.lanes.run(frame, intervals_ns_, [&](uint64_t interval_ns, const std::shared_ptr<const Batch>& batch) {
    exporters_->write(interval_ns, batch);
  });
}

void Pipeline::measure_budget() {
  const auto blown = fuse_.tick(monotonic_ns(), [this] { return fuse_reading(); });
  if (!blown) return;
  kept_.blown[blown->collector] = blown->why;
  session_->collectors().detach(blown->collector, CollectorState::degraded, Reason::over_budget,
                                "over budget: " + blown->why);
}

// A lane's open interval may be as long as its whole; an entity must have been idle through all of it.
void Pipeline::tidy(uint64_t now_ns) {
  if (now_ns < next_tidy_ns_) return;
  next_tidy_ns_ = now_ns + kTidyEveryNs;
  uint64_t idle_ns = kLeastForgetIdleNs;
  for (const uint64_t interval_ns : intervals_ns_) idle_ns = std::max(idle_ns, 2 * interval_ns);
  if (recorder_) idle_ns = std::max(idle_ns, 2 * to_ns(config_.recorder.interval));
  frames_->tidy(idle_ns);
}

void Pipeline::stop(uint64_t deadline_ns) {
  if (auto frame = frames_->sample()) {
    frame->last = true;
    run(std::move(*frame));
  }
  kept_.next_entity = session_->next_entity();
  bool done = exporters_->flush(deadline_ns);
  if (recorder_) done &= recorder_->flush(deadline_ns);
  if (done) return;
  for (const ExporterStatus& exporter : status().exporters)
    if (exporter.counts.queued > 0)
      spdlog::error("exporter {}: {} items were not delivered in time", exporter.name, exporter.counts.queued);
}

void Pipeline::log_changes() {
  const auto changed = [&](const std::string& part, const std::string& state) {
    std::string& last = logged_[part];
    if (last == state) return false;
    last = state;
    return true;
  };
  if (changed("sample", sample_error_) && !sample_error_.empty()) spdlog::error("tick: {}", sample_error_);
  for (const CollectorStatus& c : session_->collectors().status()) {
    const std::string state = fmt::format("{}{}{}", collector_state_word(c.state), c.why.empty() ? "" : ": ", c.why);
    if (!changed(std::string(c.name), state)) continue;
    const bool bad = c.state == CollectorState::failed || c.state == CollectorState::degraded;
    spdlog::log(bad ? spdlog::level::err : spdlog::level::info, "collector {}: {}{}{}", c.name, state,
                c.mend.empty() ? "" : "; ", c.mend);
    for (const Shortfall& less : c.shortfalls) spdlog::info("collector {}: {}: {}", c.name, less.what, less.reason);
  }
  for (const ExporterStatus& exporter : status().exporters) {
    if (!changed("exporter " + exporter.name, exporter.error ? exporter.error->what : "")) continue;
    if (exporter.error) spdlog::error("exporter {}: {}; {}", exporter.name, exporter.error->what, exporter.error->mend);
    else if (logged_once_) spdlog::info("exporter {}: delivers again", exporter.name);
  }
  logged_once_ = true;
}

FuseReading Pipeline::fuse_reading() const {
  const ProcessUsage usage = process_usage();
  FuseReading reading{usage.user_ns + usage.system_ns, usage.own_bytes, {}};
  const CollectorSet& collectors = session_->collectors();
  for (const CollectorStatus& c : collectors.status()) {
    if (!collectors.active(c.name)) continue;
    const uint64_t map_bytes = collectors.map_bytes(c.name);
    reading.memory_bytes += map_bytes;
    if (optional_collector(c.name))
      reading.collectors.push_back({c.name, c.sample_cpu_ns, map_bytes, collectors.programs(c.name)});
  }
  return reading;
}

void Pipeline::add_readings(AgentReadings& readings) const {
  readings.exporters = exporters_->readings();
  if (recorder_) readings.exporters.push_back(recorder_->status().counts);
  readings.ticks = kept_.ticks;
  readings.series_dropped = kept_.lanes.series_dropped();
}

Status Pipeline::status() const {
  Status status;
  status.version = SMTSCOPE_VERSION;
  status.uptime_ns = monotonic_ns() - kept_.started_ns;
  status.ticks = kept_.ticks_done;
  status.ticks_failed = kept_.ticks_failed;
  status.ticks_late = kept_.ticks_late;
  status.sample_error = sample_error_;
  status.collectors = session_->collectors().status();
  status.exporters = exporters_->status();
  if (recorder_) status.exporters.push_back(recorder_->status());
  status.entities = kept_.lanes.entities();
  status.pairs = kept_.lanes.pairs();
  status.series_dropped = kept_.lanes.series_dropped();
  status.fuse = fuse_.last();
  status.fuse_not_counted = fuse_.not_counted();
  return status;
}

void Pipeline::publish_status() {
  auto now = std::make_shared<const Status>(status());
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(now);
}

// Written when it is asked for, not at each tick.
std::string Pipeline::status_page() const {
  std::shared_ptr<const Status> status;
  {
    const std::lock_guard lock(status_mutex_);
    status = status_;
  }
  return status ? status_json(*status) : "{}\n";
}

HttpReply Pipeline::health() const {
  const uint64_t age = monotonic_ns() - last_tick_ns_;
  const uint64_t most = std::max(kHealthyIntervals * to_ns(config_.interval), kLeastHealthyNs);
  if (age < most) return {200, "text/plain; charset=utf-8", "ok\n"};
  return {503, "text/plain; charset=utf-8", fmt::format("the last tick was {} s ago\n", age / kSecondNs)};
}

}  // namespace smtscope
