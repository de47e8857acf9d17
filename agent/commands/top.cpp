// SPDX-License-Identifier: Apache-2.0
// smtscope top: this node or a recording, live in the terminal.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>

#include "commands/top_feed.h"
#include "commands/top_options.h"
#include "commands/top_run.h"
#include "model/units.h"
#include "terminal/terminal.h"

namespace smtscope {
namespace {

using namespace std::chrono_literals;

Result<uint64_t> interval_of(const TopOptions& options) {
  if (options.interval.empty()) return 1'000'000'000;
  const auto interval = parse_duration(options.interval);
  if (!interval) return Failure(Error(interval.error()).within("--interval"));
  if (*interval < 100ms || *interval > 60s)
    return fail(ErrorKind::usage, "--interval " + options.interval + ": it must be 100ms .. 60s");
  return static_cast<uint64_t>(interval->count());
}

Result<double> speed_of(const TopOptions& options) {
  const std::string& text = options.speed;
  if (text.empty()) return 1;
  double speed = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !(speed >= 0.01 && speed <= 1e6))
    return fail(ErrorKind::usage, "--speed " + text + ": it must be a number from 0.01 on", "for example --speed 10");
  return speed;
}

}  // namespace

Result<int> run_top(const TopOptions& options) {
  const auto interval_ns = interval_of(options);
  if (!interval_ns) return Failure(interval_ns.error());
  const auto speed = speed_of(options);
  if (!speed) return Failure(speed.error());
  if (auto r = Terminal::check(); !r) return Failure(r.error());
  auto feed = TopFeed::open(options, *interval_ns);
  if (!feed) return Failure(feed.error());
  Result<> result;
  {
    auto terminal = Terminal::take();
    if (!terminal) return Failure(terminal.error());
    result = TopRun(**feed, *terminal, *interval_ns, *speed).run();
  }
  for (const std::string& warning : (*feed)->warnings()) fmt::print(stderr, "smtscope: {}\n", warning);
  if (!result) return Failure(result.error());
  return 0;
}

}  // namespace smtscope
