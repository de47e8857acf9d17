// SPDX-License-Identifier: Apache-2.0
#include "config/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/units.h"

namespace smtscope {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kRemoteInterval = 10s;

class Rules {
 public:
  Rules(const YamlNode& root, const Config& config, Problems& problems)
      : root_(root), config_(config), problems_(problems) {}

  void check() {
    const auto& tls = config_.http.tls;
    if (tls && tls->cert_file.empty() && good("http.tls.cert_file"))
      wrong("http.tls.cert_file", "missing; allowed: a path");
    if (tls && tls->key_file.empty() && good("http.tls.key_file"))
      wrong("http.tls.key_file", "missing; allowed: a path");
    if (config_.delivery.backoff_initial > config_.delivery.backoff_max && good("delivery.backoff"))
      wrong("delivery.backoff",
            fmt::format("initial {} is above max {}", format_duration(config_.delivery.backoff_initial),
                        format_duration(config_.delivery.backoff_max)));
    std::map<std::string, size_t> first_of_type, first_of_name;
    for (size_t i = 0; i < config_.exporters.size(); ++i) {
      const ExporterConfig& exporter = config_.exporters[i];
      if (exporter.type.empty()) continue;
      const std::string path = fmt::format("exporters.{}", i);
      name(exporter, path, first_of_type.emplace(exporter.type, i), first_of_name);
      interval(exporter, path);
      if (exporter.type == "prometheus" && !config_.http.listen && good("http.listen"))
        wrong("http.listen", fmt::format("null, but {} needs an address to be scraped at", path));
      if (exporter.type == "otlp") client_tls(exporter.otlp.tls, path);
      if (exporter.type == "elasticsearch") elasticsearch(exporter.elasticsearch, path);
    }
  }

 private:
  using Names = std::map<std::string, size_t>;

  [[nodiscard]] bool good(std::string_view path) const { return !problems_.about(path); }
  void wrong(const std::string& path, std::string what) {
    problems_.add(origin_of(root_, path), path, std::move(what));
  }

  void name(const ExporterConfig& exporter, const std::string& path, std::pair<Names::iterator, bool> type,
            Names& names) {
    const auto [first, is_first] = type;
    if (!is_first && exporter.type == "prometheus") {
      wrong(path, fmt::format("exporters.{} is a prometheus exporter already; there can be one", first->second));
      return;
    }
    if (!good(path + ".name")) return;
    if (!is_first && exporter.name.empty()) {
      wrong(path, fmt::format("exporters.{} is of type {} too: this one needs a `name`", first->second, exporter.type));
      return;
    }
    const std::string name = exporter.name.empty() ? exporter.type : exporter.name;
    const auto [twin, is_new] = names.emplace(name, std::stoul(path.substr(path.rfind('.') + 1)));
    if (!is_new) wrong(path + ".name", fmt::format("exporters.{} is named {} already", twin->second, name));
  }

  void interval(const ExporterConfig& exporter, const std::string& path) {
    if (!exporter.interval || !good("interval") || !good(path + ".interval")) return;
    if (*exporter.interval % config_.interval == nanoseconds(0)) return;
    wrong(path + ".interval", fmt::format("{} is no whole multiple of the agent's interval, {}",
                                          format_duration(*exporter.interval), format_duration(config_.interval)));
  }

  void client_tls(const std::optional<ClientTlsConfig>& tls, const std::string& path) {
    if (!tls || tls->cert_file.has_value() == tls->key_file.has_value() || !good(path + ".tls")) return;
    wrong(path + ".tls",
          fmt::format("cert_file and key_file go together; {} is missing", tls->cert_file ? "key_file" : "cert_file"));
  }

  void elasticsearch(const ElasticsearchConfig& c, const std::string& path) {
    client_tls(c.tls, path);
    if (!good(path + ".username") || !good(path + ".password_file") || !good(path + ".api_key_file")) return;
    if (c.username.has_value() != c.password_file.has_value())
      wrong(path, fmt::format("username and password_file go together; {} is missing",
                              c.username ? "password_file" : "username"));
    else if (c.username && c.api_key_file) wrong(path, "api_key_file and username exclude each other");
  }

  const YamlNode& root_;
  const Config& config_;
  Problems& problems_;
};

void drop_empty(std::optional<ClientTlsConfig>& tls) {
  if (tls && *tls == ClientTlsConfig{}) tls.reset();
}

}  // namespace

Origin origin_of(const YamlNode& root, std::string_view path) {
  const YamlNode* node = &root;
  Origin at = root.at;
  while (!path.empty()) {
    const std::string part(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (node->kind == YamlNode::Kind::list) {
      const size_t index = std::stoul(part);
      node = index < node->items.size() ? &node->items[index] : nullptr;
    } else {
      node = node->find(part);
    }
    if (!node) break;
    at = node->at;
  }
  return at;
}

void complete(Config& config) {
  for (ExporterConfig& exporter : config.exporters) {
    if (exporter.name.empty()) exporter.name = exporter.type;
    drop_empty(exporter.otlp.tls);
    drop_empty(exporter.elasticsearch.tls);
    if (exporter.interval || exporter.type == "prometheus") continue;
    const bool remote = exporter.type != "jsonl";
    const auto ticks = remote ? (kRemoteInterval + config.interval - nanoseconds(1)) / config.interval : 1;
    exporter.interval = ticks * config.interval;
  }
}

void check_rules(const YamlNode& root, const Config& config, Problems& problems) {
  Rules(root, config, problems).check();
}

}  // namespace smtscope
