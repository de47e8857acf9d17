// SPDX-License-Identifier: Apache-2.0
// A client of plain sockets that can be slow, rude and broken.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "kernel/fd.h"

namespace smtscope::test {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

struct Response {
  int status = 0;                              // 0: the connection ended without an answer
  std::string head;                            // status line and headers as they came
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string() : at->second;
  }
};

inline Response parse_response(const std::string& text) {
  Response out;
  const size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || end == std::string::npos) return out;
  out.head = text.substr(0, end + 2);
  out.body = text.substr(end + 4);
  out.status = std::atoi(text.c_str() + 9);
  for (size_t at = out.head.find("\r\n") + 2; at < out.head.size();) {
    const size_t stop = out.head.find("\r\n", at), colon = out.head.find(": ", at);
    if (colon >= stop) break;
    std::string name = out.head.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    out.headers[name] = out.head.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
  return out;
}

class Client {
 public:
  // receive_bytes: of the socket's buffer, for slow readers; 0: as the kernel likes.
  explicit Client(uint16_t port, int receive_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes) (void)setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return socket_.get(); }

  // False if the other side has closed.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // Waits for one more piece; false at the end, or if nothing comes in time.
  bool receive(std::chrono::milliseconds patience = 10s) {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(patience.count())) <= 0) return false;
    char piece[64 * 1024];
    const ssize_t n = recv(socket_.get(), piece, sizeof piece, 0);
    if (n <= 0) {
      ended_ = true;
      return false;
    }
    text_.append(piece, static_cast<size_t>(n));
    return true;
  }

  // One answer of a connection that stays open: as long as it says.
  Response response(bool head_only = false) {
    size_t end = 0;
    while ((end = text_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return {};
    const std::string length = parse_response(text_.substr(0, end + 4)).header("content-length");
    const size_t size = end + 4 + (head_only || length.empty() ? 0 : std::stoul(length));
    while (text_.size() < size && receive()) {
    }
    Response out = parse_response(text_.substr(0, size));
    text_.erase(0, size);
    return out;
  }

  // All that comes until the other side closes.
  Response rest(std::chrono::milliseconds patience = 10s) {
    while (receive(patience)) {
    }
    return parse_response(text_);
  }

  // Whether the other side closes within this time; what it sends is kept.
  bool closes_within(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!ended_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      (void)receive(left);
    }
    return true;
  }

 private:
  Fd socket_;
  std::string text_;  // received, not yet returned
  bool connected_ = false;
  bool ended_ = false;
};

inline std::string request(const std::string& path, const std::string& headers = {},
                           const std::string& method = "GET") {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

// One request on a connection of its own.
inline Response fetch(uint16_t port, const std::string& path, const std::string& headers = {},
                      const std::string& method = "GET") {
  Client client(port);
  if (!client.send(request(path, headers + "Connection: close\r\n", method))) return {};
  return client.rest();
}

}  // namespace smtscope::test
