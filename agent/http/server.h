// SPDX-License-Identifier: Apache-2.0
// The agent's HTTP server: a few read-only paths, one thread, and nothing that a client does costs more than a
// bounded amount of memory and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/route.h"
#include "http/tls.h"
#include "model/result.h"

namespace smtscope {

// Both times are from beginning to end, however little arrives or leaves in between.
struct HttpLimits {
  std::chrono::milliseconds read_timeout{5000};     // for a whole request, TLS handshake and idling included
  std::chrono::milliseconds answer_timeout{15000};  // for the client to take the answer
  unsigned connections = 32;                        // more wait to be accepted
  size_t connection_bytes = 16 * 1024;              // request line and headers; above it 431 or 414
};

struct HttpServerOptions {
  std::string listen = {};  // "127.0.0.1:9464", "[::1]:9464", ":9464"; port 0: any
  std::optional<std::string> bearer_token_file = {};
  std::optional<HttpTlsFiles> tls = {};
  std::vector<HttpRoute> routes = {};
  HttpLimits limits = {};
};

// GET and HEAD only. A token file that changes counts at once; certificates are read at the start.
class HttpServer {
 public:
  // Listens and serves when it returns.
  static Result<std::unique_ptr<HttpServer>> make(HttpServerOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  // Closes all connections at once, half-written answers included; waits only for a route that is running.
  ~HttpServer();

  [[nodiscard]] uint16_t port() const;
  [[nodiscard]] std::string address() const;  // "127.0.0.1:9464"; "[::]:9464" for all

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace smtscope
