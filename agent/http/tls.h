// SPDX-License-Identifier: Apache-2.0
// The server's certificate and key, from PEM files.
#pragma once

#include <string>

#include "model/result.h"

namespace smtscope {

struct HttpTlsFiles {
  std::string cert_file;  // the certificate, and those of the authorities between it and the root
  std::string key_file;   // not encrypted
};

struct TlsMaterial {
  std::string cert_pem;
  std::string key_pem;
};

// 1.2 and 1.3 only, as a GnuTLS priority string.
inline constexpr const char* kTlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

// Reads both and makes sure that they are what they should be and belong together.
[[nodiscard]] Result<TlsMaterial> load_tls(const HttpTlsFiles& files);

}  // namespace smtscope
