// SPDX-License-Identifier: Apache-2.0
// Which answer a request gets. No sockets here; for one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/route.h"
#include "http/token.h"

namespace smtscope {

struct HttpRequest {
  std::string_view method, path;
  std::string_view authorization, accept_encoding;  // headers; empty: not sent
  bool has_body = false;
  bool from_loopback = false;
};

// One of the answers that a route may have on their way; given back when the object goes.
class HttpSlot {
 public:
  HttpSlot() = default;
  explicit HttpSlot(unsigned& in_use) : in_use_(&in_use) { in_use++; }
  HttpSlot(HttpSlot&& other) noexcept : in_use_(std::exchange(other.in_use_, nullptr)) {}
  HttpSlot& operator=(HttpSlot&& other) noexcept {
    std::swap(in_use_, other.in_use_);
    return *this;
  }
  HttpSlot(const HttpSlot&) = delete;
  HttpSlot& operator=(const HttpSlot&) = delete;
  ~HttpSlot() {
    if (in_use_) --*in_use_;
  }

 private:
  unsigned* in_use_ = nullptr;
};

struct HttpAnswer {
  HttpReply reply;
  std::vector<std::pair<const char*, std::string>> headers;  // beside Content-Type
  HttpSlot slot;                                             // to be kept until the client has the answer
};

class Router {
 public:
  Router(std::vector<HttpRoute> routes, std::optional<BearerToken> token);
  // Answers: 200 (or what the route says), 401, 403, 404, 405, 413, 500, 503. Lives shorter than the router.
  [[nodiscard]] HttpAnswer answer(const HttpRequest& request);

 private:
  struct Entry {
    HttpRoute route;
    unsigned in_use = 0;
  };
  [[nodiscard]] std::optional<HttpAnswer> refusal(const HttpRequest& request, const Entry& entry) const;
  [[nodiscard]] HttpAnswer not_found() const;

  std::vector<Entry> entries_;
  std::optional<BearerToken> token_;
};

}  // namespace smtscope
