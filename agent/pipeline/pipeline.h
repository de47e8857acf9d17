// SPDX-License-Identifier: Apache-2.0
// The agent's pipeline: a session, lanes of points, exporters, and the HTTP server, built from one configuration.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/config.h"
#include "http/server.h"
#include "model/result.h"
#include "pipeline/exporter_set.h"
#include "pipeline/frames.h"
#include "pipeline/fuse.h"
#include "pipeline/fuse_times.h"
#include "pipeline/lanes.h"
#include "pipeline/recorder.h"
#include "pipeline/session.h"
#include "pipeline/status.h"

namespace smtscope {

// What outlives a reload: totals that must not be lowered, and collectors that the fuse took out for good.
struct Kept {
  Lanes lanes;
  uint32_t next_entity = kFirstEntity;       // ids below were given out
  std::map<std::string, std::string> blown;  // collector -> why
  Histogram ticks;
  uint64_t ticks_done = 0;
  uint64_t ticks_failed = 0;
  uint64_t ticks_late = 0;
  uint64_t started_ns = 0;       // of the agent
  uint64_t started_unix_ns = 0;  // the same, in wall time
};

class Pipeline {
 public:
  // Probes are running, sockets listen and files are open when this returns; on failure `kept` is as before.
  static Result<std::unique_ptr<Pipeline>> make(const Config& config, Kept& kept);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline() = default;

  // One tick of the grid: sample, derive, hand over. A failure is logged, counted and shown, never fatal.
  void tick();
  // Between ticks, about once a second: keeps the kernel side short.
  void drain();
  // Between ticks, when the budget is measured: at next_measure_ns().
  void measure_budget();
  [[nodiscard]] uint64_t next_measure_ns() const { return fuse_.next_ns(); }
  // `n` ticks of the grid were missed.
  void late(uint64_t n) { kept_.ticks_late += n; }
  // A last sample, then waits for the destinations, until the deadline at most. What is lost is logged.
  void stop(uint64_t deadline_ns);

  [[nodiscard]] const Config& config() const { return config_; }
  // Where it listens; empty if nowhere.
  [[nodiscard]] std::string address() const { return http_ ? http_->address() : ""; }

 private:
  Pipeline(const Config& config, Kept& kept) : config_(config), kept_(kept), fuse_(config.budget, fuse_times()) {}
  Result<> open_destinations();
  Result<> open_session();
  Result<> open_http();
  void run(Frame frame);
  void tidy(uint64_t now_ns);
  void log_changes();
  [[nodiscard]] FuseReading fuse_reading() const;
  void add_readings(AgentReadings& readings) const;
  [[nodiscard]] Status status() const;
  [[nodiscard]] HttpReply health() const;
  void publish_status();
  [[nodiscard]] std::string status_page() const;

  const Config config_;
  Kept& kept_;
  std::unique_ptr<ExporterSet> exporters_;
  std::vector<uint64_t> intervals_ns_;  // of the exporters
  std::unique_ptr<Recorder> recorder_;  // null: off
  std::unique_ptr<Session> session_;
  std::unique_ptr<Frames> frames_;
  Fuse fuse_;
  uint64_t next_tidy_ns_ = 0;
  std::string sample_error_;
  std::map<std::string, std::string> logged_;  // part -> state as last logged
  bool logged_once_ = false;
  std::atomic<uint64_t> last_tick_ns_{0};
  mutable std::mutex status_mutex_;
  std::shared_ptr<const Status> status_;  // guarded by status_mutex_
  std::unique_ptr<HttpServer> http_;      // last: it reads all of the above
};

}  // namespace smtscope
