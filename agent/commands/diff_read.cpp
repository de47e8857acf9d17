// SPDX-License-Identifier: Apache-2.0
#include "commands/diff_read.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "commands/stop.h"
#include "compare/window_plan.h"
#include "kernel/clock.h"

namespace smtscope {
namespace {

constexpr uint64_t kSayEveryNs = 200'000'000;

// Calls `take` with every frame until it says no.
Result<std::vector<std::string>> read_frames(const DiffInput& input, const char* what,
                                             const std::function<bool(const Frame&)>& take) {
  auto reader = RecordingReader::open(input.file, input.range);
  if (!reader) return Failure(reader.error());
  const bool terminal = isatty(STDERR_FILENO);
  uint64_t said_ns = monotonic_ns();
  bool said = false;
  for (;;) {
    auto frame = reader->next();
    if (!frame) return Failure(frame.error());
    if (!*frame || !take(**frame)) break;
    if (stop_requested()) return fail(ErrorKind::io, "stopped before both recordings were read");
    if (!terminal || monotonic_ns() - said_ns < kSayEveryNs) continue;
    said_ns = monotonic_ns();
    said = true;
    fmt::print(stderr, "\r{} {:3.0f} % read ", what, 100 * reader->progress());
    std::fflush(stderr);
  }
  if (said) fmt::print(stderr, "\r                   \r");
  return reader->warnings();
}

struct Extent {
  uint64_t span_ns = 0;  // at least kLongSpanNs where it is longer
  uint64_t interval_ns = 0;
};

Result<Extent> extent_of(const DiffInput& input, const char* what) {
  Extent out;
  int64_t first_ns = -1;
  const auto take = [&](const Frame& frame) {
    const int64_t at = static_cast<int64_t>(frame.snapshot->end_ns) + frame.snapshot->unix_offset_ns;
    if (first_ns < 0) first_ns = at;
    out.span_ns = static_cast<uint64_t>(std::max<int64_t>(0, at - first_ns));
    out.interval_ns = std::max(out.interval_ns, frame.run->interval_ns);
    return out.span_ns < kLongSpanNs;
  };
  const auto read = read_frames(input, what, take);
  if (!read) return Failure(Error(read.error()).within(what));
  return out;
}

// False: there would be too many windows.
Result<bool> fill(const DiffInput& input, const char* what, diff::Side& side, std::vector<std::string>& warnings) {
  const auto take = [&](const Frame& frame) {
    side.add(frame);
    return side.windows() <= kMostWindows;
  };
  auto read = read_frames(input, what, take);
  if (!read) return Failure(Error(read.error()).within(what));
  side.finish();
  warnings = std::move(*read);
  return side.windows() <= kMostWindows;
}

}  // namespace

Result<DiffSides> read_sides(const DiffInput& a, const DiffInput& b, uint64_t asked_window_ns) {
  const auto extent_a = extent_of(a, "A"), extent_b = extent_of(b, "B");
  if (!extent_a) return Failure(extent_a.error());
  if (!extent_b) return Failure(extent_b.error());
  const uint64_t interval = std::max(extent_a->interval_ns, extent_b->interval_ns);
  uint64_t window = asked_window_ns ? asked_window_ns : choose_window_ns(extent_a->span_ns, extent_b->span_ns);
  window = whole_intervals_ns(window, interval);
  for (;; window *= 2) {
    DiffSides out;
    out.window_ns = window;
    out.names = std::make_unique<NamedEntities>();
    out.a = std::make_unique<diff::Side>(*out.names, window);
    out.b = std::make_unique<diff::Side>(*out.names, window);
    const auto all_a = fill(a, "A", *out.a, out.warnings_a);
    if (!all_a) return Failure(all_a.error());
    if (!*all_a) continue;
    const auto all_b = fill(b, "B", *out.b, out.warnings_b);
    if (!all_b) return Failure(all_b.error());
    if (*all_b) return out;
  }
}

}  // namespace smtscope
