// SPDX-License-Identifier: Apache-2.0
#include "pipeline/exporter_set.h"

#include <algorithm>
#include <set>

#include "jsonl.h"
#include "pipeline/lane.h"

namespace smtscope {
namespace {

constexpr unsigned kScrapesAtOnce = 2;
// What a point takes in memory, with its attributes: near enough for a bound.
constexpr uint64_t kPointBytes = 600;

uint64_t bytes_of(const Batch& batch) { return sizeof(Batch) + batch.points.size() * kPointBytes; }

}  // namespace

Result<ExporterSet> ExporterSet::make(const std::vector<ExporterConfig>& exporters, std::chrono::nanoseconds interval,
                                      uint64_t queue_bytes, bool replayed) {
  ExporterSet set;
  set.queue_bytes_ = queue_bytes;
  for (const ExporterConfig& config : exporters) {
    Exporter exporter;
    exporter.config = config;
    exporter.interval_ns = static_cast<uint64_t>(config.interval.value_or(interval).count());
    if (config.type == "prometheus") {
      exporter.page = std::make_unique<PrometheusExporter>(replayed);
    } else {
      auto out = JsonlExporter::append(config.path);
      if (!out) return Failure(Error(out.error()).within("exporter " + config.name));
      exporter.destination = std::make_unique<Destination>(config.name, queue_bytes, out->canceller());
      exporter.write = [out = std::make_shared<JsonlExporter>(std::move(*out))](const Batch& batch) {
        return out->write(batch);
      };
    }
    set.exporters_.push_back(std::move(exporter));
  }
  return set;
}

std::vector<uint64_t> ExporterSet::intervals_ns() const {
  std::set<uint64_t> all;
  for (const Exporter& exporter : exporters_) all.insert(exporter.interval_ns);
  return {all.begin(), all.end()};
}

void ExporterSet::write(uint64_t interval_ns, const std::shared_ptr<const Batch>& batch) {
  for (Exporter& exporter : exporters_) {
    if (exporter.interval_ns != interval_ns) continue;
    auto part = at_detail(batch, exporter.config.detail);
    const uint64_t points = part->points.size();
    if (exporter.page) {
      exporter.shown += points;
      exporter.page->write(std::move(part));
    } else {
      exporter.destination->accept({[write = exporter.write, part] { return write(*part); }, points, bytes_of(*part)});
    }
  }
}

bool ExporterSet::flush(uint64_t deadline_ns, double most_queue) {
  bool done = true;
  const auto most = static_cast<uint64_t>(most_queue * static_cast<double>(queue_bytes_));
  for (Exporter& exporter : exporters_)
    if (exporter.destination) done &= exporter.destination->flush(deadline_ns, most);
  return done;
}

std::vector<HttpRoute> ExporterSet::routes() const {
  std::vector<HttpRoute> routes;
  for (const Exporter& exporter : exporters_) {
    if (!exporter.page) continue;
    routes.push_back({"/metrics",
                      [page = exporter.page.get()] {
                        return HttpReply{200, std::string(kPrometheusContentType), page->text()};
                      },
                      false, false, kScrapesAtOnce});
  }
  return routes;
}

std::vector<ExporterReading> ExporterSet::readings() const {
  std::vector<ExporterReading> all;
  for (const Exporter& exporter : exporters_) {
    if (exporter.destination) all.push_back(exporter.destination->reading());
    else all.push_back({exporter.config.name, exporter.shown, exporter.shown, 0, 0, 0, 0});
  }
  return all;
}

std::vector<ExporterStatus> ExporterSet::status() const {
  std::vector<ExporterStatus> all;
  const std::vector<ExporterReading> counts = readings();
  for (size_t i = 0; i < exporters_.size(); i++) {
    const Exporter& exporter = exporters_[i];
    all.push_back({exporter.config.name, exporter.config.type, exporter.interval_ns, counts[i],
                   exporter.destination ? exporter.destination->error() : std::nullopt});
  }
  return all;
}

}  // namespace smtscope
