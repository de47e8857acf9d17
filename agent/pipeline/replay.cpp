// SPDX-License-Identifier: Apache-2.0
#include "pipeline/replay.h"

#include <algorithm>
#include <chrono>

#include "http/server.h"
#include "kernel/clock.h"
#include "pipeline/exporter_set.h"
#include "pipeline/lanes.h"

namespace smtscope {
namespace {

constexpr uint64_t kLookNs = 100'000'000;  // how often a wait looks for Ctrl-C and for errors
constexpr uint64_t kLongestGapNs = 10'000'000'000;

class Replay {
 public:
  explicit Replay(const ReplayOptions& options) : options_(options) {}

  Result<ReplayCounts> run(const NextFrame& next) {
    for (;;) {
      auto frame = next();
      if (!frame) return Failure(frame.error());
      if (!*frame || options_.stop()) break;
      if (!exporters_)
        if (auto r = open(**frame); !r) return Failure(r.error());
      pace(**frame);
      lanes_.run(**frame, intervals_ns_, [this](uint64_t interval_ns, const std::shared_ptr<const Batch>& batch) {
        exporters_->write(interval_ns, batch);
      });
      counts_.frames++;
      if (auto r = wait(0.5); !r) return Failure(r.error());
      options_.progress(**frame);
    }
    if (auto r = wait(0); !r) return Failure(r.error());
    for (const ExporterStatus& exporter : exporters_ ? exporters_->status() : std::vector<ExporterStatus>())
      counts_.points += exporter.counts.ok;
    return counts_;
  }

 private:
  // Exporters without an interval of their own take every frame.
  Result<> open(const Frame& first) {
    auto made = ExporterSet::make(options_.exporters, std::chrono::nanoseconds(first.run->interval_ns),
                                  options_.queue_bytes, true);
    if (!made) return Failure(made.error());
    exporters_ = std::make_unique<ExporterSet>(std::move(*made));
    intervals_ns_ = exporters_->intervals_ns();
    if (exporters_->routes().empty() || !options_.http.listen) return {};
    HttpServerOptions http;
    http.listen = *options_.http.listen;
    http.bearer_token_file = options_.http.bearer_token_file;
    if (options_.http.tls) http.tls = HttpTlsFiles{options_.http.tls->cert_file, options_.http.tls->key_file};
    http.routes = exporters_->routes();
    auto server = HttpServer::make(std::move(http));
    if (!server) return Failure(Error(server.error()).within("http"));
    http_ = std::move(*server);
    return {};
  }

  // Sleeps as long as passed between the frames; a gap of the recording is not waited out.
  void pace(const Frame& frame) {
    const uint64_t at = frame.snapshot->end_ns;
    if (options_.speed && last_ns_ != 0 && !frame.begin && at > last_ns_) {
      due_ns_ += static_cast<uint64_t>(static_cast<double>(std::min(at - last_ns_, kLongestGapNs)) / *options_.speed);
      for (uint64_t now = monotonic_ns(); now < due_ns_ && !options_.stop(); now = monotonic_ns())
        sleep_ns(std::min(due_ns_ - now, kLookNs));
    } else {
      due_ns_ = monotonic_ns();
    }
    last_ns_ = at;
  }

  Result<> wait(double most_queue) {
    while (exporters_) {
      const bool done = exporters_->flush(monotonic_ns() + kLookNs, most_queue);
      for (const ExporterStatus& exporter : exporters_->status()) {
        if (exporter.error) return Failure(Error(*exporter.error).within("exporter " + exporter.name));
        if (exporter.counts.dropped > 0)
          return fail(ErrorKind::resource, "exporter " + exporter.name + ": one interval is more than its queue holds",
                      "raise delivery.queue");
      }
      if (done || options_.stop()) break;
    }
    return {};
  }

  const ReplayOptions& options_;
  Lanes lanes_;
  std::unique_ptr<ExporterSet> exporters_;
  std::vector<uint64_t> intervals_ns_;
  uint64_t last_ns_ = 0;
  uint64_t due_ns_ = 0;
  ReplayCounts counts_;
  std::unique_ptr<HttpServer> http_;  // last: it reads the exporters
};

}  // namespace

Result<ReplayCounts> replay(const NextFrame& next, const ReplayOptions& options) { return Replay(options).run(next); }

}  // namespace smtscope
