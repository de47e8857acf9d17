// SPDX-License-Identifier: Apache-2.0
// What is allowed, yet hardly meant.
#include <fmt/format.h>

#include <algorithm>

#include "config/forms.h"
#include "config/load.h"

namespace smtscope {
namespace {

using Warnings = std::vector<std::string>;

void listening(const HttpConfig& http, Warnings& out) {
  const auto address = http.listen ? split_host_port(*http.listen) : std::nullopt;
  if (!address || is_loopback(address->host)) return;
  if (!http.bearer_token_file)
    out.push_back(
        fmt::format("http.listen: whoever reaches {} can read the metrics; http.bearer_token_file asks for a "
                    "token{}",
                    *http.listen, http.tls ? "" : ", http.tls encrypts"));
  else if (!http.tls)
    out.push_back(fmt::format("http.listen: the token travels to {} unencrypted; http.tls encrypts", *http.listen));
}

void sending(const std::string& key, const std::vector<std::string>& urls, bool credentials,
             const std::optional<ClientTlsConfig>& tls, Warnings& out) {
  const auto plain = [](const std::string& url) { return url.starts_with("http://"); };
  const auto far = std::find_if(urls.begin(), urls.end(),
                                [&](const std::string& url) { return plain(url) && !is_loopback(url_host(url)); });
  if (credentials && far != urls.end())
    out.push_back(fmt::format("{}: credentials are sent to {} unencrypted; https:// encrypts", key, *far));
  if (tls && std::all_of(urls.begin(), urls.end(), plain))
    out.push_back(fmt::format("{}: tls is not used, no URL starts with https://", key));
  else if (tls && tls->insecure)
    out.push_back(fmt::format("{}: with tls.insecure anybody may stand in for the server", key));
}

}  // namespace

std::vector<std::string> config_warnings(const Config& config) {
  Warnings out;
  listening(config.http, out);
  for (size_t i = 0; i < config.exporters.size(); ++i) {
    const ExporterConfig& e = config.exporters[i];
    const std::string key = fmt::format("exporters.{}", i);
    if (e.type == "otlp") sending(key, {e.otlp.endpoint}, e.otlp.headers_file.has_value(), e.otlp.tls, out);
    if (e.type == "elasticsearch")
      sending(key, e.elasticsearch.endpoints, e.elasticsearch.api_key_file || e.elasticsearch.username,
              e.elasticsearch.tls, out);
  }
  return out;
}

}  // namespace smtscope
