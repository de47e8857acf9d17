// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/clock.h"
#include "kernel/process_usage.h"

namespace smtscope {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kTidyEveryNs = 10 * kSecondNs;
constexpr uint64_t kLeastForgetIdleNs = 60 * kSecondNs;
constexpr uint64_t kLeastHealthyNs = 30 * kSecondNs;
constexpr uint64_t kHealthyIntervals = 10;
constexpr unsigned kScrapesAtOnce = 2;

uint64_t to_ns(std::chrono::nanoseconds duration) { return static_cast<uint64_t>(duration.count()); }

ExportLimits limits_of(const Config& config) { return {config.limits.entities, config.limits.pairs}; }

// `system` costs nothing and tells of the node what must not be lost.
bool optional_collector(std::string_view name) { return name != "system"; }

}  // namespace

Result<std::unique_ptr<Pipeline>> Pipeline::make(const Config& config, Kept& kept) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(config, kept));
  if (auto r = pipeline->open_exporters(); !r) return Failure(r.error());
  if (auto r = pipeline->open_http(); !r) return Failure(r.error());
  if (auto r = pipeline->open_session(); !r) return Failure(r.error());
  pipeline->make_lanes();
  pipeline->last_tick_ns_ = monotonic_ns();
  pipeline->publish_status();
  return pipeline;
}

Result<> Pipeline::open_exporters() {
  for (const ExporterConfig& config : config_.exporters) {
    Exporter exporter;
    exporter.config = config;
    exporter.interval_ns = to_ns(config.interval.value_or(config_.interval));
    if (config.type == "prometheus") {
      exporter.page = std::make_unique<PrometheusExporter>();
    } else {
      auto out = JsonlExporter::append(config.path);
      if (!out) return Failure(Error(out.error()).within("exporter " + config.name));
      auto cancel = out->canceller();
      exporter.destination = std::make_unique<Destination>(
          config.name, config_.delivery.queue_bytes,
          [out = std::make_shared<JsonlExporter>(std::move(*out))](const Batch& batch) { return out->write(batch); },
          std::move(cancel));
    }
    exporters_.push_back(std::move(exporter));
  }
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
    return signal == "scheduler" && config_.collectors.scheduler == Enabled::no ? Wanted::no : Wanted::optional;
  };
  auto session = Session::open(options);
  if (!session) return Failure(session.error());
  session_ = std::make_unique<Session>(std::move(*session));
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
  for (const Exporter& exporter : exporters_) {
    if (!exporter.page) continue;
    options.routes.push_back({"/metrics",
                              [page = exporter.page.get()] {
                                return HttpReply{200, std::string(kPrometheusContentType), page->text()};
                              },
                              false, false, kScrapesAtOnce});
  }
  auto server = HttpServer::make(std::move(options));
  if (!server) return Failure(Error(server.error()).within("http"));
  http_ = std::move(*server);
  return {};
}

void Pipeline::make_lanes() {
  std::vector<Attribute> node;
  if (const auto& model = session_->host().cpu_model) node.push_back({"smtscope.cpu.model", *model, false});
  for (const auto& [name, value] : config_.attributes) node.push_back({name, value, false});
  for (const Exporter& exporter : exporters_) {
    const auto [at, is_new] =
        kept_.lanes.try_emplace(exporter.interval_ns, exporter.interval_ns, limits_of(config_), config_.limits.series);
    if (!is_new) at->second.set_limits(limits_of(config_), config_.limits.series);
    at->second.set_node_attributes(node);
    at->second.restart();
  }
}

void Pipeline::tick() {
  const uint64_t begun = monotonic_ns();
  auto snapshot = session_->sample();
  if (snapshot) {
    sample_error_.clear();
    run_lanes(std::make_shared<const Snapshot>(std::move(*snapshot)), false);
  } else {
    kept_.ticks_failed++;
    sample_error_ = snapshot.error().what;
  }
  grid_++;
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

void Pipeline::run_lanes(const std::shared_ptr<const Snapshot>& snapshot, bool all) {
  readings_ = agent_readings();
  const auto active = [&](std::string_view signal) { return session_->collectors().active(signal); };
  for (auto& [interval_ns, lane] : kept_.lanes) {
    const auto used = [&](const Exporter& e) { return e.interval_ns == lane.interval_ns(); };
    if (std::none_of(exporters_.begin(), exporters_.end(), used)) continue;  // of an earlier configuration
    const uint64_t every = std::max<uint64_t>(1, interval_ns / to_ns(config_.interval));
    if (!all && grid_ % every != 0) continue;
    if (auto batch = lane.take(snapshot, readings_, active)) export_to(lane, batch);
  }
}

void Pipeline::export_to(const Lane& lane, const std::shared_ptr<const Batch>& batch) {
  for (Exporter& exporter : exporters_) {
    if (exporter.interval_ns != lane.interval_ns()) continue;
    auto part = at_detail(batch, exporter.config.detail);
    if (exporter.page) {
      exporter.shown += part->points.size();
      exporter.page->write(std::move(part));
    } else {
      exporter.destination->accept(std::move(part));
    }
  }
}

void Pipeline::measure_budget() {
  const auto blown = fuse_.tick(monotonic_ns(), [this] { return fuse_reading(); });
  if (!blown) return;
  kept_.blown[blown->collector] = blown->why;
  session_->collectors().detach(blown->collector, CollectorState::degraded, Reason::over_budget,
                                "over budget: " + blown->why);
}

// Failed collectors are tried again, and what is gone is forgotten. A lane's open interval may be as long as its whole;
// an entity must have been idle through all of it.
void Pipeline::tidy(uint64_t now_ns) {
  if (now_ns < next_tidy_ns_) return;
  next_tidy_ns_ = now_ns + kTidyEveryNs;
  session_->retry_failed();
  uint64_t idle_ns = kLeastForgetIdleNs;
  for (const Exporter& exporter : exporters_) idle_ns = std::max(idle_ns, 2 * exporter.interval_ns);
  const std::vector<Entity> gone = session_->forget_gone(idle_ns);
  for (auto& [interval_ns, lane] : kept_.lanes) lane.limiter().ended(gone);
}

void Pipeline::stop(uint64_t deadline_ns) {
  if (auto snapshot = session_->sample()) run_lanes(std::make_shared<const Snapshot>(std::move(*snapshot)), true);
  for (Exporter& exporter : exporters_) {
    if (!exporter.destination || exporter.destination->flush(deadline_ns)) continue;
    spdlog::error("exporter {}: {} points were not delivered in time", exporter.config.name,
                  exporter.destination->reading().queued);
  }
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
  for (const Exporter& exporter : exporters_) {
    if (!exporter.destination) continue;
    const auto error = exporter.destination->error();
    if (!changed("exporter " + exporter.config.name, error ? error->what : "")) continue;
    if (error) spdlog::error("exporter {}: {}; {}", exporter.config.name, error->what, error->mend);
    else if (grid_ > 1) spdlog::info("exporter {}: delivers again", exporter.config.name);
  }
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

AgentReadings Pipeline::agent_readings() const {
  AgentReadings readings;
  const CollectorSet& collectors = session_->collectors();
  for (const CollectorStatus& c : collectors.status()) {
    readings.collectors.push_back({std::string(c.name), static_cast<uint32_t>(c.state), c.reason});
    bool first = true;
    for (ProgramStats& program : collectors.programs(c.name)) {
      ProgramReading reading{std::move(program.name), program.run_ns, program.runs, std::nullopt};
      if (std::exchange(first, false)) reading.memory_bytes = collectors.map_bytes(c.name);
      readings.programs.push_back(std::move(reading));
    }
  }
  for (const Exporter& exporter : exporters_) {
    ExporterReading reading;
    if (exporter.destination) reading = exporter.destination->reading();
    else reading = {exporter.config.name, exporter.shown, exporter.shown, 0, 0, 0, 0};
    readings.exporters.push_back(std::move(reading));
  }
  for (const auto& [interval_ns, lane] : kept_.lanes) readings.series_dropped += lane.series_dropped();
  const ProcessUsage usage = process_usage();
  readings.ticks = kept_.ticks;
  readings.user_ns = usage.user_ns;
  readings.system_ns = usage.system_ns;
  readings.memory_bytes = usage.resident_bytes;
  return readings;
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
  for (size_t i = 0; i < exporters_.size(); i++) {
    const Exporter& exporter = exporters_[i];
    const auto error = exporter.destination ? exporter.destination->error() : std::nullopt;
    status.exporters.push_back({exporter.config.name, exporter.config.type, exporter.interval_ns,
                                i < readings_.exporters.size() ? readings_.exporters[i] : ExporterReading{},
                                error ? error->what : ""});
  }
  for (auto& [interval_ns, lane] : kept_.lanes) {
    status.entities = std::max<uint64_t>(status.entities, lane.limiter().entities());
    status.pairs = std::max<uint64_t>(status.pairs, lane.limiter().pairs());
  }
  status.series_dropped = readings_.series_dropped;
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
