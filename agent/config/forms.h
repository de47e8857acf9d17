// SPDX-License-Identifier: Apache-2.0
// Texts that must have a form: paths, addresses, URLs, names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtscope {

struct Form {
  std::string_view allowed;                  // for people
  size_t max_bytes;                          // none of the forms may be empty or have control characters
  std::string (*wrong)(const std::string&);  // what is wrong, "" if nothing; null: nothing more is asked for
};

extern const Form kPathForm;
extern const Form kNameForm;       // of a host, cluster, user, ..
extern const Form kListenForm;     // host:port
extern const Form kUrlForm;        // http:// or https://, without credentials
extern const Form kSiblingsForm;   // 0,1;2,3
extern const Form kLabelForm;      // the name of a Kubernetes label
extern const Form kNamespaceForm;  // the namespace part of a data stream
extern const Form kExporterForm;   // the name of an exporter

// host:port taken apart; host is empty for all addresses, IPv6 without its brackets.
struct HostPort {
  std::string host;
  uint16_t port = 0;
};
[[nodiscard]] std::optional<HostPort> split_host_port(std::string_view text);

// The host of a URL that has the form, without brackets.
[[nodiscard]] std::string url_host(std::string_view url);

[[nodiscard]] bool is_loopback(std::string_view host);

// A key as it can be shown in a path, whatever is in it.
[[nodiscard]] std::string key_text(std::string_view name);

}  // namespace smtscope
