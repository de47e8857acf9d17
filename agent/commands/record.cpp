// SPDX-License-Identifier: Apache-2.0
// smtscope record: a live session into a file, tick by tick.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "commands/live_loop.h"
#include "commands/measure.h"
#include "commands/recording_options.h"
#include "commands/stop.h"
#include "config/config.h"
#include "jsonl.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "model/units.h"
#include "pipeline/lanes.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kSyncEveryNs = 60 * kSecondNs;

class Recording {
 public:
  Recording(const LivePlan& plan, uint64_t max_bytes, Session session, RecordingWriter file,
            std::optional<JsonlExporter> metrics)
      : plan_(plan),
        max_bytes_(max_bytes),
        session_(std::move(session)),
        frames_(session_, facts()),
        file_(std::move(file)),
        metrics_(std::move(metrics)) {}

  Result<> run() {
    auto done = run_live(session_, frames_, plan_,
                         {[this](Frame& frame, uint64_t elapsed_ns) { return take(frame, elapsed_ns); },
                          [this] { return full_ = file_.bytes() >= max_bytes_; }});
    file_.sync();
    return done;
  }

  [[nodiscard]] uint64_t ticks() const { return ticks_; }
  [[nodiscard]] uint64_t bytes() const { return file_.bytes(); }
  // It ended because the file had grown to its limit.
  [[nodiscard]] bool full() const { return full_; }

 private:
  [[nodiscard]] RunFacts facts() const {
    const LimitsConfig limits;
    RunFacts facts;
    facts.started_unix_ns = clock_ns(CLOCK_REALTIME);
    facts.interval_ns = plan_.interval_ns;
    facts.limits = {limits.entities, limits.pairs};
    facts.most_series = limits.series;
    return facts;
  }

  Result<> take(Frame& frame, uint64_t elapsed_ns) {
    ticks_++;
    if (auto r = file_.write(frame); !r) return r;
    if (elapsed_ns >= sync_ns_) {
      file_.sync();
      sync_ns_ = elapsed_ns + kSyncEveryNs;
    }
    say_progress(elapsed_ns, frame.last);
    if (!metrics_) return {};
    Result<> written;
    lanes_.run(frame, {plan_.interval_ns},
               [&](uint64_t, const std::shared_ptr<const Batch>& batch) { written = metrics_->write(*batch); });
    return written;
  }

  void say_progress(uint64_t elapsed_ns, bool last) const {
    if (!isatty(STDERR_FILENO)) return;
    fmt::print(stderr, "\r{} s, {} ticks, {:.1f} MB{}", elapsed_ns / kSecondNs, ticks_,
               static_cast<double>(file_.bytes()) / 1e6, last ? "\n" : "; Ctrl-C ends ");
    std::fflush(stderr);
  }

  const LivePlan plan_;
  const uint64_t max_bytes_;
  Session session_;
  Frames frames_;
  RecordingWriter file_;
  std::optional<JsonlExporter> metrics_;
  Lanes lanes_;
  uint64_t ticks_ = 0, sync_ns_ = kSyncEveryNs;
  bool full_ = false;
};

}  // namespace

Result<int> run_record(const RecordOptions& options) {
  const auto plan = live_plan(options.interval, options.duration, {});
  if (!plan) return Failure(plan.error());
  const auto max_bytes = parse_size(options.max_size);
  if (!max_bytes) return Failure(Error(max_bytes.error()).within("--max-size"));
  auto file = RecordingWriter::create(options.file);
  if (!file) return Failure(Error(file.error()).within("record"));
  std::optional<JsonlExporter> metrics;
  if (options.metrics_file) {
    auto out = JsonlExporter::open(*options.metrics_file);
    if (!out) return Failure(Error(out.error()).within("--metrics"));
    metrics.emplace(std::move(*out));
  }
  catch_stop_signals();
  auto session = Session::open(session_options(options.measure));
  if (!session) {
    (void)unlink(options.file.c_str());  // it is ours, and empty
    return Failure(session.error());
  }
  // One of them is ours.
  if (const unsigned others = other_switch_programs(); others > 1) say_others(others - 1);
  Recording recording(*plan, *max_bytes, std::move(*session), std::move(*file), std::move(metrics));
  if (auto r = recording.run(); !r) return Failure(r.error());
  if (recording.full())
    fmt::print(stderr, "smtscope: --max-size {} is reached; the recording ends\n", options.max_size);
  fmt::print(stderr, "{}: {} ticks, {:.2f} MB; next: smtscope report {}\n", options.file, recording.ticks(),
             static_cast<double>(recording.bytes()) / 1e6, options.file);
  return 0;
}

}  // namespace smtscope
