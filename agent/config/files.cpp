// SPDX-License-Identifier: Apache-2.0
// The files with credentials and certificates that a configuration names.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <functional>
#include <system_error>

#include "config/load.h"
#include "config/rules.h"
#include "kernel/fd.h"

namespace smtscope {
namespace {

std::string why_not_readable(const std::string& path) {
  // O_NONBLOCK: a FIFO without a writer must not hold us up.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0)
    return fmt::format("cannot read {}: {}", path, std::generic_category().message(errno));
  if (S_ISDIR(about.st_mode)) return fmt::format("cannot read {}: it is a folder", path);
  if (S_ISREG(about.st_mode) && about.st_size == 0) return fmt::format("{} is empty", path);
  return {};
}

using File = std::function<void(const std::string& key, const std::optional<std::string>& path)>;

void client_tls_files(const std::optional<ClientTlsConfig>& tls, const std::string& path, const File& file) {
  if (!tls) return;
  file(path + ".tls.ca_file", tls->ca_file);
  file(path + ".tls.cert_file", tls->cert_file);
  file(path + ".tls.key_file", tls->key_file);
}

void each_file(const Config& config, const File& file) {
  file("identity.kubernetes.kubeconfig", config.kubernetes.kubeconfig);
  file("http.bearer_token_file", config.http.bearer_token_file);
  if (const auto& tls = config.http.tls) {
    if (!tls->cert_file.empty()) file("http.tls.cert_file", tls->cert_file);
    if (!tls->key_file.empty()) file("http.tls.key_file", tls->key_file);
  }
  for (size_t i = 0; i < config.exporters.size(); ++i) {
    const ExporterConfig& exporter = config.exporters[i];
    const std::string path = fmt::format("exporters.{}", i);
    file(path + ".headers_file", exporter.otlp.headers_file);
    file(path + ".api_key_file", exporter.elasticsearch.api_key_file);
    file(path + ".password_file", exporter.elasticsearch.password_file);
    client_tls_files(exporter.type == "otlp" ? exporter.otlp.tls : exporter.elasticsearch.tls, path, file);
  }
}

}  // namespace

void check_file_keys(const YamlNode& root, const Config& config, Problems& problems) {
  each_file(config, [&](const std::string& key, const std::optional<std::string>& path) {
    if (!path) return;
    if (std::string what = why_not_readable(*path); !what.empty())
      problems.add(origin_of(root, key), key, std::move(what));
  });
}

std::vector<std::string> check_files(const Config& config) {
  std::vector<std::string> out;
  each_file(config, [&](const std::string& key, const std::optional<std::string>& path) {
    if (!path) return;
    if (const std::string what = why_not_readable(*path); !what.empty()) out.push_back(key + ": " + what);
  });
  return out;
}

}  // namespace smtscope
