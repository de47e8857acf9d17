// SPDX-License-Identifier: Apache-2.0
// The HTTP server over real sockets: what it answers.
#include "http/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "threads/http_client.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

using test::Client;
using test::fetch;
using test::request;
using test::Response;

std::string page(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "smtscope_core_time_seconds_total{smtscope_core_id=\"0\"} 1\n";
  return text;
}

std::vector<HttpRoute> routes() {
  std::vector<HttpRoute> all(4);
  all[0] = {.path = "/healthz", .get = [] { return HttpReply{200, "text/plain", "ok\n"}; }, .open = true};
  all[1] = {.path = "/status",
            .get =
                [] {
                  return HttpReply{200, "application/json", "{}"};
                },
            .loopback_or_token = true};
  all[2] = {.path = "/metrics",
            .get =
                [] {
                  return HttpReply{200, "text/plain; version=0.0.4", page(20'000)};
                },
            .most_at_once = 2};
  all[3] = {.path = "/broken", .get = []() -> HttpReply { throw std::runtime_error("secret"); }};
  return all;
}

std::unique_ptr<HttpServer> serve(HttpServerOptions options = {}) {
  if (options.listen.empty()) options.listen = "127.0.0.1:0";
  if (options.routes.empty()) options.routes = routes();
  auto server = HttpServer::make(std::move(options));
  EXPECT_TRUE(server) << (server ? "" : server.error().what);
  return server ? std::move(*server) : nullptr;
}

TEST(HttpServer, AnswersWithItsHeaders) {
  const auto server = serve();
  EXPECT_EQ(server->address(), "127.0.0.1:" + std::to_string(server->port()));
  const Response got = fetch(server->port(), "/healthz");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "ok\n");
  EXPECT_EQ(got.header("content-type"), "text/plain");
  EXPECT_EQ(got.header("content-length"), "3");
  EXPECT_EQ(got.header("cache-control"), "no-store");
  EXPECT_EQ(got.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(got.headers.count("server"), 0u) << "says what it runs";
  EXPECT_EQ(got.headers.count("content-encoding"), 0u);
  EXPECT_EQ(fetch(server->port(), "/status").status, 200) << "a client on loopback";
  EXPECT_EQ(fetch(server->port(), "/metrics?a=b").body, page(20'000));
}

TEST(HttpServer, KeepsAConnectionOpen) {
  const auto server = serve();
  Client client(server->port());
  for (int i = 0; i < 3; i++) {
    ASSERT_TRUE(client.send(request("/metrics")));
    EXPECT_EQ(client.response().body, page(20'000)) << i;
  }
  // Two requests at once, as HTTP/1.1 allows.
  ASSERT_TRUE(client.send(request("/healthz") + request("/status")));
  EXPECT_EQ(client.response().body, "ok\n");
  EXPECT_EQ(client.response().body, "{}");
}

TEST(HttpServer, SpeaksHttp10) {
  const auto server = serve();
  Client client(server->port());
  ASSERT_TRUE(client.send("GET /healthz HTTP/1.0\r\n\r\n"));
  const Response got = client.rest();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "ok\n");
}

TEST(HttpServer, AnswersAClientThatHasSaidAll) {
  const auto server = serve();
  for (int i = 0; i < 20; i++) {
    Client client(server->port());
    ASSERT_TRUE(client.send(request("/metrics")));
    shutdown(client.fd(), SHUT_WR);
    EXPECT_EQ(client.rest().body, page(20'000));
  }
}

TEST(HttpServer, HeadHasTheHeadersOnly) {
  const auto server = serve();
  Client client(server->port());
  ASSERT_TRUE(client.send(request("/metrics", {}, "HEAD")));
  const Response got = client.response(true);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("content-length"), std::to_string(page(20'000).size()));
  EXPECT_EQ(got.body, "");
  ASSERT_TRUE(client.send(request("/healthz")));
  EXPECT_EQ(client.response().body, "ok\n") << "nothing of the body was sent";
}

TEST(HttpServer, UnknownPathsAreToldWhatThereIs) {
  const auto server = serve();
  for (const char* path : {"/", "/metrics/", "//metrics", "/METRICS", "/%00", "/../etc/passwd"}) {
    const Response got = fetch(server->port(), path);
    EXPECT_EQ(got.status, 404) << path;
    EXPECT_EQ(got.body, "not found; there are: /healthz /status /metrics /broken\n");
  }
}

TEST(HttpServer, OtherMethodsAreRefused) {
  const auto server = serve();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "FOO"}) {
    const Response got = fetch(server->port(), "/metrics", {}, method);
    EXPECT_EQ(got.status, 405) << method;
    EXPECT_EQ(got.header("allow"), "GET, HEAD") << method;
  }
}

TEST(HttpServer, ARouteThatThrowsIsAnAnswer) {
  const auto server = serve();
  const Response got = fetch(server->port(), "/broken");
  EXPECT_EQ(got.status, 500);
  EXPECT_EQ(got.body, "internal error\n");
  EXPECT_EQ(fetch(server->port(), "/healthz").status, 200);
}

TEST(HttpServer, BodiesAreRefusedAndNotRead) {
  const auto server = serve();
  for (const char* headers : {"Content-Length: 1\r\n", "Content-Length: 10000000000\r\n",
                              "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\nExpect: 100-continue\r\n"}) {
    Client client(server->port());
    ASSERT_TRUE(client.send(request("/metrics", headers)));
    const Response got = client.rest();  // without one byte of the body
    EXPECT_EQ(got.status, 413) << headers;
    EXPECT_EQ(got.header("connection"), "close") << headers;
  }
  EXPECT_EQ(fetch(server->port(), "/metrics", "Content-Length: 3\r\n", "POST").status, 405);
  EXPECT_EQ(fetch(server->port(), "/metrics", "Content-Length: 0\r\n").status, 200) << "that is no body";
}

TEST(HttpServer, ABodyThatComesAnywayEndsTheConnection) {
  const auto server = serve();
  Client client(server->port());
  ASSERT_TRUE(client.send(request("/metrics", "Content-Length: 100000000\r\n", "POST")));
  const std::string piece(1 << 20, 'x');
  int sent = 0;
  while (sent < 100 && client.send(piece)) sent++;
  EXPECT_LT(sent, 100);
  EXPECT_EQ(fetch(server->port(), "/healthz").status, 200);
}

TEST(HttpServer, AFloodOfHeadersIsRefused) {
  const auto server = serve();
  std::string many;
  for (int i = 0; i < 2000; i++) many += "X-Header-" + std::to_string(i) + ": value\r\n";
  for (const std::string& headers : {many, "X-Long: " + std::string(100'000, 'x') + "\r\n"}) {
    Client client(server->port());
    (void)client.send(request("/metrics", headers));
    const Response got = client.rest();
    EXPECT_TRUE(got.status == 431 || got.status == 0) << got.status;  // 0: unread bytes reset the connection
  }
  Client client(server->port());
  (void)client.send(request("/" + std::string(100'000, 'a')));
  const Response got = client.rest();
  EXPECT_TRUE(got.status == 414 || got.status == 431 || got.status == 0) << got.status;
  EXPECT_EQ(fetch(server->port(), "/metrics", "X-Long: " + std::string(8000, 'x') + "\r\n").status, 200);
}

TEST(HttpServer, NoiseIsNoRequest) {
  const auto server = serve();
  for (const std::string& noise : {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15),
                                   std::string("GET\r\n\r\n"), std::string(1000, '\0') + "\r\n\r\n",
                                   std::string("GET /healthz HTTP/9.9\r\n\r\n"), std::string("\r\n\r\n\r\n\r\n")}) {
    Client client(server->port());
    (void)client.send(noise);
    shutdown(client.fd(), SHUT_WR);
    EXPECT_NE(client.rest().status, 200);
  }
  EXPECT_EQ(fetch(server->port(), "/healthz").status, 200);
}

std::string inflated(const std::string& packed) {
  z_stream stream{};
  std::string out(1 << 20, '\0');
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return status == Z_STREAM_END ? out : "broken";
}

TEST(HttpServer, CompressesForClientsThatAcceptIt) {
  const auto server = serve();
  const Response got = fetch(server->port(), "/metrics", "Accept-Encoding: deflate, gzip;q=0.5\r\n");
  EXPECT_EQ(got.header("content-encoding"), "gzip");
  EXPECT_EQ(got.header("vary"), "Accept-Encoding");
  EXPECT_EQ(got.header("content-length"), std::to_string(got.body.size()));
  EXPECT_LT(got.body.size(), 2000u);
  EXPECT_EQ(inflated(got.body), page(20'000));
  EXPECT_EQ(fetch(server->port(), "/metrics", "Accept-Encoding: gzip;q=0\r\n").body, page(20'000));
  EXPECT_EQ(fetch(server->port(), "/healthz", "Accept-Encoding: gzip\r\n").body, "ok\n") << "too small to be worth it";
}

TEST(HttpServer, TheTokenIsWanted) {
  test::Tree tree;
  tree.write("token", "correct-horse");
  const auto server = serve({.bearer_token_file = tree.root() + "/token"});
  const auto status = [&](const std::string& path, const std::string& headers) {
    return fetch(server->port(), path, headers).status;
  };
  for (const char* path : {"/metrics", "/status"}) {
    const Response missing = fetch(server->port(), path);
    EXPECT_EQ(missing.status, 401) << path;
    EXPECT_EQ(missing.header("www-authenticate"), "Bearer");
    EXPECT_EQ(status(path, "Authorization: Bearer correct-horse\r\n"), 200);
    EXPECT_EQ(status(path, "authorization: bearer   correct-horse \r\n"), 200);
    for (const char* wrong : {"Bearer correct-hors", "Bearer correct-horses", "Bearer correct-horsE", "Bearer ",
                              "Bearer", "Basic correct-horse", "correct-horse", ""})
      EXPECT_EQ(status(path, std::string("Authorization: ") + wrong + "\r\n"), 401) << wrong;
  }
  EXPECT_EQ(status("/healthz", ""), 200) << "is open";
}

TEST(HttpServer, ANewTokenCountsAtOnce) {
  test::Tree tree;
  tree.write("token", "first");
  const auto server = serve({.bearer_token_file = tree.root() + "/token"});
  const auto status = [&](const std::string& token) {
    return fetch(server->port(), "/metrics", "Authorization: Bearer " + token + "\r\n").status;
  };
  EXPECT_EQ(status("first"), 200);
  tree.write("token", "other");  // of the same length, in the same instant
  EXPECT_EQ(status("first"), 401);
  EXPECT_EQ(status("other"), 200);
  tree.write("token.new", "third one's");
  tree.write("token.new", "third");
  std::filesystem::rename(tree.root() + "/token.new", tree.root() + "/token");
  EXPECT_EQ(status("third"), 200);
  for (const char* unusable : {"", "two words"}) {
    tree.write_raw("token", unusable);
    EXPECT_EQ(status("third"), 503) << unusable;
    EXPECT_EQ(status(unusable), 503) << unusable;
  }
  tree.remove("token");
  EXPECT_EQ(status("third"), 503);
  tree.write("token", "back");
  EXPECT_EQ(status("back"), 200);
}

TEST(HttpServer, ListensOnAllAddresses) {
  const auto server = serve({.listen = ":0"});
  EXPECT_EQ(fetch(server->port(), "/healthz").status, 200) << server->address();
  EXPECT_EQ(fetch(server->port(), "/status").status, 200) << "127.0.0.1 as IPv6 is loopback";
}

TEST(HttpServer, WhatCannotBeServedIsAnErrorWithAMend) {
  const auto first = serve();
  test::Tree tree;
  tree.write("empty", "");
  const struct {
    HttpServerOptions options;
    ErrorKind kind;
    const char* what;
  } cases[] = {
      {{.listen = first->address()}, ErrorKind::resource, "Address already in use"},
      {{.listen = "192.0.2.1:0"}, ErrorKind::config, "cannot listen on 192.0.2.1:0: Cannot assign requested address"},
      {{.listen = "9464"}, ErrorKind::config, "'9464' has no port"},
      {{.listen = "127.0.0.1:0", .bearer_token_file = tree.root() + "/empty"}, ErrorKind::config, "/empty is empty"},
      {{.listen = "127.0.0.1:0", .bearer_token_file = tree.root() + "/no"}, ErrorKind::config, "/no cannot be read"},
  };
  for (const auto& test : cases) {
    HttpServerOptions options = test.options;
    options.routes = routes();
    const auto server = HttpServer::make(std::move(options));
    ASSERT_FALSE(server) << test.what;
    EXPECT_EQ(server.error().kind, test.kind) << server.error().what;
    EXPECT_NE(server.error().what.find(test.what), std::string::npos) << server.error().what;
    EXPECT_FALSE(server.error().mend.empty()) << server.error().what;
  }
}

TEST(HttpServer, SignalsAreNotForItsThread) {
  const auto server = serve();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  EXPECT_EQ(sigismember(&before, SIGTERM), 0) << "the caller's mask stays as it was";
  size_t blocked = 0, threads = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    bool ours = false;
    for (std::string line; std::getline(status, line);) {
      if (line == "Name:\tsmtscope-http") ours = true;
      if (!ours || !line.starts_with("SigBlk:")) continue;
      threads++;
      const uint64_t mask = std::stoull(line.substr(7), nullptr, 16);
      blocked += (mask >> (SIGTERM - 1) & 1) && (mask >> (SIGPIPE - 1) & 1) ? 1 : 0;
    }
  }
  EXPECT_EQ(threads, 1u);
  EXPECT_EQ(blocked, 1u);
}

}  // namespace
}  // namespace smtscope
