// SPDX-License-Identifier: Apache-2.0
// smtscope diff: what changed from one recording to another.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "commands/diff_options.h"
#include "commands/diff_read.h"
#include "commands/print.h"
#include "commands/stop.h"
#include "commands/time_range.h"
#include "compare/work_rate.h"
#include "model/units.h"
#include "views/diff_view.h"

namespace smtscope {
namespace {

unsigned terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::clamp<unsigned>(size.ws_col, 80, 160);
  return 80;
}

// The times are those of this machine's time zone, as those of --from are.
int utc_offset_seconds() {
  const time_t now = time(nullptr);
  tm local{};
  localtime_r(&now, &local);
  return static_cast<int>(local.tm_gmtoff);
}

// A side's own range goes before that of both.
Result<DiffInput> input_of(const std::string& file, const std::string& side, const std::optional<std::string>& from,
                           const std::optional<std::string>& to) {
  const auto range = parse_time_range(from, to);
  if (!range) return Failure(Error(range.error()).within(side));
  return DiffInput{file, *range};
}

Result<std::optional<DiffWork>> work_of(const DiffCommandOptions& options) {
  if (!options.work_a && !options.work_b) return std::nullopt;
  if (!options.work_a || !options.work_b)
    return fail(ErrorKind::usage, fmt::format("--work-{} is missing", options.work_a ? "b" : "a"),
                "state the work of both, or of neither");
  const auto a = parse_work_rate(*options.work_a), b = parse_work_rate(*options.work_b);
  if (!a) return Failure(Error(a.error()).within("--work-a"));
  if (!b) return Failure(Error(b.error()).within("--work-b"));
  return DiffWork{*a, *b};
}

Result<uint64_t> window_of(const DiffCommandOptions& options) {
  if (options.window.empty()) return uint64_t{0};
  const auto window = parse_duration(options.window);
  if (!window) return Failure(Error(window.error()).within("--window"));
  return static_cast<uint64_t>(window->count());
}

}  // namespace

Result<int> run_diff(const DiffCommandOptions& options) {
  const auto or_both = [](const auto& own, const auto& both) { return own ? own : both; };
  const auto from_a = or_both(options.from_a, options.from), to_a = or_both(options.to_a, options.to);
  const auto from_b = or_both(options.from_b, options.from), to_b = or_both(options.to_b, options.to);
  const auto a = input_of(options.a, "A", from_a, to_a), b = input_of(options.b, "B", from_b, to_b);
  if (!a) return Failure(a.error());
  if (!b) return Failure(b.error());
  const auto work = work_of(options);
  if (!work) return Failure(work.error());
  const auto window = window_of(options);
  if (!window) return Failure(window.error());
  catch_stop_signals();
  auto sides = read_sides(*a, *b, *window);
  if (!sides) return Failure(sides.error());
  DiffOptions how;
  how.window_ns = sides->window_ns;
  how.asked_window_ns = *window;
  how.utc_offset_seconds = utc_offset_seconds();
  how.work = *work;
  how.of = options.of;
  const auto view = diff_view(*sides->a, *sides->b, {"A", options.a, from_a, to_a, std::move(sides->warnings_a)},
                              {"B", options.b, from_b, to_b, std::move(sides->warnings_b)}, *sides->names, how);
  if (!view) return Failure(view.error());
  const std::string content =
      options.format == "json" ? diff_json(*view) + "\n" : diff_text(*view, {options.all, terminal_columns()});
  if (auto r = print_result(content); !r) return Failure(r.error());
  return 0;
}

}  // namespace smtscope
