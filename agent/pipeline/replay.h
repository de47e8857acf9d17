// SPDX-License-Identifier: Apache-2.0
// Recorded frames through the lanes and exporters of a live run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "model/frame.h"

namespace smtscope {

struct ReplayOptions {
  std::vector<ExporterConfig> exporters;
  uint64_t queue_bytes = 32u << 20;
  HttpConfig http;                             // listens only if one of the exporters has a page
  std::optional<double> speed;                 // times real time; none: as fast as the exporters take it
  std::function<bool()> stop;                  // Ctrl-C
  std::function<void(const Frame&)> progress;  // after each frame
};

struct ReplayCounts {
  uint64_t frames = 0;
  uint64_t points = 0;  // delivered
};

// Until the frames are over. Nothing is dropped: a slow exporter slows the replay. Fails if an exporter does.
[[nodiscard]] Result<ReplayCounts> replay(const NextFrame& next, const ReplayOptions& options);

}  // namespace smtscope
