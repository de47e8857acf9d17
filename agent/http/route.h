// SPDX-License-Identifier: Apache-2.0
// What the HTTP server serves: paths, and the functions that answer them.
#pragma once

#include <functional>
#include <string>

namespace smtscope {

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
};

// Answers GET and HEAD of exactly this path, on the server's thread: one at a time, so it must be quick.
struct HttpRoute {
  std::string path = {};  // "/metrics"
  std::function<HttpReply()> get = {};
  bool open = false;               // answered without the bearer token too
  bool loopback_or_token = false;  // without a token set: 403 to clients that are not on loopback
  unsigned most_at_once = 0;       // answers on their way, slow readers included; above it 503. 0: no limit
};

}  // namespace smtscope
