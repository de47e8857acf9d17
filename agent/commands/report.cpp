// SPDX-License-Identifier: Apache-2.0
// smtscope report: one page of a measurement or a recording, for a ticket.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <set>

#include "commands/print.h"
#include "commands/report_live.h"
#include "commands/report_options.h"
#include "commands/stop.h"
#include "kernel/fd.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

Result<> check(const ReportOptions& options) {
  const bool live = options.file.empty();
  const auto refuse = [](std::string_view name, std::string_view why) {
    return fail(ErrorKind::usage, fmt::format("{} {}", name, why), "see smtscope report --help");
  };
  if (live && (options.from || options.to)) return refuse("--from and --to", "are for a recording");
  if (live) return {};
  static constexpr std::string_view kNeedsLive = "is for a measurement, not for a recording";
  if (!options.duration.empty()) return refuse("--duration", kNeedsLive);
  if (!options.interval.empty()) return refuse("--interval", kNeedsLive);
  if (options.measure.siblings) return refuse("--siblings", kNeedsLive);
  if (options.measure.by) return refuse("--by", kNeedsLive);
  if (options.measure.cgroup_hierarchy) return refuse("--cgroup-hierarchy", kNeedsLive);
  return {};
}

// The page's times are those of this machine's time zone, as those of --from are.
int utc_offset_seconds() {
  const time_t now = time(nullptr);
  tm local{};
  localtime_r(&now, &local);
  return static_cast<int>(local.tm_gmtoff);
}

// In a recording: exactly one entity, as for a measurement.
Result<> check_of(const ReportOptions& options, const ReportView& view) {
  if (!options.of || options.file.empty()) return {};
  std::set<std::string> found, some;
  for (const EntityFigures& e : view.whole.entities) {
    if (called(e.who, *options.of)) found.insert(text::clean(e.who.cgroup.value_or(e.who.name)));
    else if (some.size() < 8) some.insert(text::clean(e.who.name));
  }
  if (found.size() == 1) return {};
  if (found.empty())
    return fail(ErrorKind::usage,
                fmt::format("--of: nothing is called '{}' in this recording", text::clean(*options.of)),
                fmt::format("it has {}", fmt::join(some, ", ")));
  return fail(ErrorKind::usage, fmt::format("--of: several are called '{}'", text::clean(*options.of)),
              fmt::format("one of {}", fmt::join(found, ", ")));
}

Failure write_failure(const std::string& path) {
  const int number = errno;
  return fail(ErrorKind::io, fmt::format("cannot write {}: {}", path, std::strerror(number)),
              "is there room, and may you write there?", number);
}

// Whole or not at all: a temporary file beside it is renamed.
Result<> write_file(const std::string& path, const std::string& content) {
  std::string temporary = path + ".XXXXXX";
  Fd file(mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return write_failure(path);
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = write(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const Failure failure = write_failure(path);
      (void)unlink(temporary.c_str());
      return failure;
    }
    done += static_cast<size_t>(n);
  }
  // Readable for all, as the user's mask allows: it is made to be handed on.
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(file.get(), 0666 & ~mask) != 0 || rename(temporary.c_str(), path.c_str()) != 0) {
    const Failure failure = write_failure(path);
    (void)unlink(temporary.c_str());
    return failure;
  }
  return {};
}

}  // namespace

Result<int> run_report(const ReportOptions& options) {
  if (auto r = check(options); !r) return Failure(r.error());
  const bool json = options.measure.format == "json";
  const std::string output = !options.output.empty() ? options.output : json ? "-" : "report.html";
  catch_stop_signals();
  Knots knots;
  ReportSource source;
  source.version = SMTSCOPE_VERSION;
  source.utc_offset_seconds = utc_offset_seconds();
  source.of = options.of;
  const auto got = options.file.empty() ? measure_report(options, knots) : read_report(options, knots, source);
  if (!got) return Failure(got.error());
  for (const std::string& warning : source.warnings) fmt::print(stderr, "smtscope: {}\n", text::clean(warning));
  const ReportView view = report_view(knots, std::move(source));
  if (auto r = check_of(options, view); !r) return Failure(r.error());
  const std::string content = json ? report_json(view) + "\n" : report_html(view);
  if (output == "-") {
    if (auto r = print_result(content); !r) return Failure(r.error());
  } else if (auto r = write_file(output, content); !r) {
    return Failure(r.error());
  }
  fmt::print(stderr, "{}{}\n", output == "-" ? "" : output + ": ", view.verdict.front().text);
  return 0;
}

}  // namespace smtscope
