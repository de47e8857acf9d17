// SPDX-License-Identifier: Apache-2.0
// Where the HTTP server listens: "127.0.0.1:9464", "[::1]:9464", or ":9464" for all addresses of both families.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "kernel/fd.h"
#include "model/result.h"

namespace smtscope {

struct ListenAddress {
  std::string host;  // numeric; empty: all addresses
  uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};

// Kind config, with what is wrong and an example. No names but "localhost": they may mean several addresses.
[[nodiscard]] Result<ListenAddress> parse_listen(const std::string& text);

struct Listener {
  Fd socket;            // listens; not blocking
  std::string address;  // "127.0.0.1:9464" with the port that port 0 became
  uint16_t port = 0;
};

// Kinds: config (not an address of this machine, or wrong), permission (privileged port), resource (in use).
[[nodiscard]] Result<Listener> open_listener(const std::string& text);

// 127.0.0.0/8, ::1, and the former as IPv6 (::ffff:127.0.0.1), as a socket of both families sees it.
[[nodiscard]] bool is_loopback(const sockaddr& address);

}  // namespace smtscope
