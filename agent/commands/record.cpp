// SPDX-License-Identifier: Apache-2.0
// smtscope record: a live session into a file, tick by tick.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "commands/measure.h"
#include "commands/recording_options.h"
#include "commands/stop.h"
#include "config/config.h"
#include "jsonl.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "model/units.h"
#include "pipeline/frames.h"
#include "pipeline/lanes.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kTidyEveryNs = 10 * kSecondNs;
constexpr uint64_t kLeastForgetIdleNs = 60 * kSecondNs;
constexpr uint64_t kSyncEveryNs = 60 * kSecondNs;

struct Plan {
  uint64_t interval_ns = kSecondNs;
  std::optional<uint64_t> total_ns;  // none: until Ctrl-C
  uint64_t max_bytes = 0;
};

Result<Plan> plan_of(const RecordOptions& options) {
  Plan plan;
  const auto interval = parse_duration(options.interval);
  if (!interval) return Failure(Error(interval.error()).within("--interval"));
  if (*interval < 10ms) return fail(ErrorKind::usage, "--interval is below 10ms", "100ms and more are useful");
  plan.interval_ns = static_cast<uint64_t>(interval->count());
  const auto max_bytes = parse_size(options.max_size);
  if (!max_bytes) return Failure(Error(max_bytes.error()).within("--max-size"));
  plan.max_bytes = *max_bytes;
  if (options.duration.empty()) return plan;
  const auto duration = parse_duration(options.duration);
  if (!duration) return Failure(Error(duration.error()).within("--duration"));
  plan.total_ns = static_cast<uint64_t>(duration->count());
  return plan;
}

class Recording {
 public:
  Recording(const Plan& plan, Session session, RecordingWriter file, std::optional<JsonlExporter> metrics)
      : plan_(plan),
        session_(std::move(session)),
        frames_(session_, facts()),
        file_(std::move(file)),
        metrics_(std::move(metrics)) {}

  Result<> run() {
    if (auto r = take(false); !r) return r;
    const uint64_t begun = monotonic_ns();
    const uint64_t end = plan_.total_ns ? begun + *plan_.total_ns : UINT64_MAX;
    uint64_t next = begun, tidy_ns = begun + kTidyEveryNs, sync_ns = begun + kSyncEveryNs;
    for (bool last = false; !last;) {
      // Ticks that were missed (a stopped machine) are left out, not made up for.
      while (next <= monotonic_ns()) next += plan_.interval_ns;
      if (auto r = wait(std::min(next, end)); !r) return r;
      full_ = file_.bytes() >= plan_.max_bytes;
      last = full_ || stop_requested() || monotonic_ns() >= end;
      if (auto r = take(last); !r) return r;
      say_progress(begun, last);
      const uint64_t now = monotonic_ns();
      if (now >= tidy_ns) {
        frames_.tidy(std::max(kLeastForgetIdleNs, 2 * plan_.interval_ns));
        tidy_ns = now + kTidyEveryNs;
      }
      if (now >= sync_ns) {
        file_.sync();
        sync_ns = now + kSyncEveryNs;
      }
    }
    file_.sync();
    return {};
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

  Result<> take(bool last) {
    auto frame = frames_.sample();
    if (!frame) return Failure(frame.error());
    frame->last = last;
    ticks_++;
    if (auto r = file_.write(*frame); !r) return r;
    if (!metrics_) return {};
    Result<> written;
    lanes_.run(*frame, {plan_.interval_ns},
               [&](uint64_t, const std::shared_ptr<const Batch>& batch) { written = metrics_->write(*batch); });
    return written;
  }

  // The kernel side is kept short once a second, whatever the interval.
  Result<> wait(uint64_t deadline_ns) {
    while (!stop_requested() && monotonic_ns() < deadline_ns) {
      sleep_until(std::min(deadline_ns, monotonic_ns() + kSecondNs));
      if (monotonic_ns() >= deadline_ns) break;
      if (auto r = session_.tick(); !r) return r;
    }
    return {};
  }

  void say_progress(uint64_t begun_ns, bool last) const {
    if (!isatty(STDERR_FILENO)) return;
    fmt::print(stderr, "\r{} s, {} ticks, {:.1f} MB{}", (monotonic_ns() - begun_ns) / kSecondNs, ticks_,
               static_cast<double>(file_.bytes()) / 1e6, last ? "\n" : "; Ctrl-C ends ");
    std::fflush(stderr);
  }

  const Plan plan_;
  Session session_;
  Frames frames_;
  RecordingWriter file_;
  std::optional<JsonlExporter> metrics_;
  Lanes lanes_;
  uint64_t ticks_ = 0;
  bool full_ = false;
};

}  // namespace

Result<int> run_record(const RecordOptions& options) {
  const auto plan = plan_of(options);
  if (!plan) return Failure(plan.error());
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
  if (const unsigned others = other_switch_programs(); others > 1)
    fmt::print(stderr, "another smtscope measures on this node: until this ends, each context switch is paid twice\n");
  Recording recording(*plan, std::move(*session), std::move(*file), std::move(metrics));
  if (auto r = recording.run(); !r) return Failure(r.error());
  if (recording.full())
    fmt::print(stderr, "smtscope: --max-size {} is reached; the recording ends\n", options.max_size);
  fmt::print(stderr, "{}: {} ticks, {:.2f} MB; next: smtscope report {}\n", options.file, recording.ticks(),
             static_cast<double>(recording.bytes()) / 1e6, options.file);
  return 0;
}

}  // namespace smtscope
