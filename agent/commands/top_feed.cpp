// SPDX-License-Identifier: Apache-2.0
#include "commands/top_feed.h"
#include "commands/live_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "commands/measure.h"
#include "commands/time_range.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "pipeline/frames.h"
#include "recording/recording.h"
#include "views/text_format.h"
#include "views/top_view.h"

namespace smtscope {
namespace {

constexpr uint64_t kTidyEveryNs = 60 * kSecondNs;
constexpr uint64_t kForgetIdleNs = 600 * kSecondNs;  // longer than any interval
constexpr size_t kMostCandidates = 10;

class LiveFeed : public TopFeed {
 public:
  LiveFeed(Session session, uint64_t interval_ns, unsigned others)
      : session_(std::move(session)), frames_(session_, facts(interval_ns)), others_(others) {}

  Result<std::optional<Frame>> next() override {
    auto frame = frames_.sample();
    if (!frame) return Failure(frame.error());
    if (const uint64_t now = monotonic_ns(); now >= tidy_ns_) {
      frames_.tidy(kForgetIdleNs);
      tidy_ns_ = now + kTidyEveryNs;
    }
    return std::optional<Frame>(std::move(*frame));
  }
  Result<> tick() override { return session_.tick(); }
  [[nodiscard]] bool recorded() const override { return false; }
  [[nodiscard]] std::vector<std::string> warnings() const override {
    if (others_ == 0) return {};
    return {kOthersMeasure};
  }
  [[nodiscard]] std::optional<std::string> of() const override {
    const auto& of = session_.grouping().of;
    return of ? std::optional(of->name) : std::nullopt;
  }
  [[nodiscard]] bool is_of(const Entity& who) const override {
    const auto& of = session_.grouping().of;
    return of && of->matches(who);
  }

 private:
  static RunFacts facts(uint64_t interval_ns) {
    RunFacts facts;
    facts.started_unix_ns = clock_ns(CLOCK_REALTIME);
    facts.interval_ns = interval_ns;
    return facts;
  }

  Session session_;
  Frames frames_;
  unsigned others_;
  uint64_t tidy_ns_ = monotonic_ns() + kTidyEveryNs;
};

class RecordedFeed : public TopFeed {
 public:
  RecordedFeed(std::string path, TimeRange range, std::optional<std::string> of, RecordingReader reader)
      : path_(std::move(path)), range_(range), of_(std::move(of)), reader_(std::move(reader)) {}

  // Reads the first frame: a recording without one is an error, and --of must not mean several.
  Result<> begin() {
    auto first = reader_.next();
    if (!first) return Failure(first.error());
    first_ = std::move(*first);
    if (!first_) return fail(ErrorKind::input, path_ + ": nothing was recorded in this range", "see --from and --to");
    return check_of();
  }
  Result<std::optional<Frame>> next() override {
    if (first_) return std::exchange(first_, std::nullopt);
    return reader_.next();
  }
  Result<> rewind() override {
    auto reader = RecordingReader::open(path_, range_);
    if (!reader) return Failure(reader.error());
    reader_ = std::move(*reader);
    first_.reset();
    return {};
  }
  [[nodiscard]] bool recorded() const override { return true; }
  [[nodiscard]] double progress() const override { return reader_.progress(); }
  [[nodiscard]] std::vector<std::string> warnings() const override { return reader_.warnings(); }
  [[nodiscard]] std::optional<std::string> of() const override { return of_; }
  [[nodiscard]] bool is_of(const Entity& who) const override { return of_ && is_named(who, *of_); }

 private:
  // Who comes later in the recording is waited for.
  Result<> check_of() {
    if (!of_) return {};
    std::vector<const Entity*> found;
    for (const Entity& entity : first_->snapshot->entities) {
      if (!is_of(entity)) continue;
      if (entity.name == *of_) return {};
      found.push_back(&entity);
    }
    if (found.size() < 2) return {};
    std::string candidates = "one of:";
    for (size_t i = 0; i < std::min(found.size(), kMostCandidates); i++)
      candidates += (i ? ", " : " ") + text::clean(found[i]->name);
    return fail(ErrorKind::usage, fmt::format("--of {}: {} entities are called that", text::clean(*of_), found.size()),
                candidates);
  }

  std::string path_;
  TimeRange range_;
  std::optional<std::string> of_;
  RecordingReader reader_;
  std::optional<Frame> first_;
};

Result<std::unique_ptr<TopFeed>> open_live(const TopOptions& options, uint64_t interval_ns) {
  if (options.from || options.to || !options.speed.empty())
    return fail(ErrorKind::usage, "--from, --to and --speed are for recordings", "name one: smtscope top FILE");
  const unsigned others = other_switch_programs();
  auto session = Session::open(session_options(options.measure, options.of));
  if (!session) return Failure(session.error());
  return std::make_unique<LiveFeed>(std::move(*session), interval_ns, others);
}

Result<std::unique_ptr<TopFeed>> open_recorded(const TopOptions& options) {
  if (options.measure.siblings || options.measure.by || options.measure.cgroup_hierarchy || !options.interval.empty())
    return fail(ErrorKind::usage, "--siblings, --by, --cgroup-hierarchy and --interval are for live measurements",
                "a recording has what it was made with");
  const auto range = parse_time_range(options.from, options.to);
  if (!range) return Failure(range.error());
  auto reader = RecordingReader::open(options.file, *range);
  if (!reader) return Failure(reader.error());
  auto feed = std::make_unique<RecordedFeed>(options.file, *range, options.of, std::move(*reader));
  if (auto r = feed->begin(); !r) return Failure(r.error());
  return feed;
}

}  // namespace

Result<std::unique_ptr<TopFeed>> TopFeed::open(const TopOptions& options, uint64_t interval_ns) {
  return options.file.empty() ? open_live(options, interval_ns) : open_recorded(options);
}

}  // namespace smtscope
