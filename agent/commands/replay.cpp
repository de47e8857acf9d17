// SPDX-License-Identifier: Apache-2.0
// smtscope replay: a recording through the derive and export path of a live run.
#include "pipeline/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "commands/recording_options.h"
#include "commands/stop.h"
#include "commands/time_range.h"
#include "config/load.h"
#include "jsonl.h"
#include "kernel/clock.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kSayEveryNs = 200'000'000;

// "10", "0.5x"; none: as fast as it goes.
Result<std::optional<double>> speed_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::string number = text.ends_with("x") ? text.substr(0, text.size() - 1) : text;
  char* end = nullptr;
  const double speed = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != '\0' || !(speed > 0 && speed <= 1e6))
    return fail(ErrorKind::usage, "--speed: '" + text + "' is not a speed", "1 is real time, 60 a minute in a second");
  return speed;
}

Result<ReplayOptions> replay_options(const ReplayCommandOptions& options) {
  ReplayOptions out;
  if (options.config || !options.sets.empty()) {
    const auto config = load_config(options.config, options.sets);
    if (!config) return Failure(config.error());
    out.exporters = config->exporters;
    out.queue_bytes = config->delivery.queue_bytes;
    out.http = config->http;
    for (const ExporterConfig& exporter : out.exporters)
      if (exporter.type != "prometheus" && exporter.type != "jsonl")
        return fail(ErrorKind::config, "exporter " + exporter.name + ": " + exporter.type + " is not in this version");
  } else {
    out.exporters = {{.type = "jsonl", .name = "jsonl", .detail = Detail::cpu, .path = options.output}};
  }
  const auto speed = speed_of(options.speed);
  if (!speed) return Failure(speed.error());
  out.speed = *speed;
  out.stop = stop_requested;
  return out;
}

// A file of that name is made anew, as by every command that writes one.
Result<> empty_output(const ReplayCommandOptions& options) {
  if (options.output == "-" || options.config || !options.sets.empty()) return {};
  auto made = JsonlExporter::open(options.output);
  if (!made) return Failure(Error(made.error()).within("--output"));
  return {};
}

}  // namespace

Result<int> run_replay(const ReplayCommandOptions& options) {
  const auto range = parse_time_range(options.from, options.to);
  if (!range) return Failure(range.error());
  auto how = replay_options(options);
  if (!how) return Failure(how.error());
  auto reader = RecordingReader::open(options.file, *range);
  if (!reader) return Failure(reader.error());
  if (auto r = empty_output(options); !r) return Failure(r.error());
  catch_stop_signals();
  const bool terminal = isatty(STDERR_FILENO) && !(options.output == "-" && isatty(STDOUT_FILENO));
  uint64_t said_ns = 0, frames = 0;
  how->progress = [&](const Frame&) {
    frames++;
    if (!terminal || monotonic_ns() - said_ns < kSayEveryNs) return;
    said_ns = monotonic_ns();
    fmt::print(stderr, "\r{:3.0f} %, {} ticks ", 100 * reader->progress(), frames);
    std::fflush(stderr);
  };
  const auto counts = replay([&] { return reader->next(); }, *how);
  if (terminal && said_ns != 0) fmt::print(stderr, "\r");
  for (const std::string& warning : reader->warnings()) fmt::print(stderr, "smtscope: warning: {}\n", warning);
  if (!counts) return Failure(counts.error());
  fmt::print(stderr, "{} ticks, {} points\n", counts->frames, counts->points);
  return 0;
}

}  // namespace smtscope
