// SPDX-License-Identifier: Apache-2.0
// The HTTP server against clients that are slow, many, or gone; and how it ends.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <thread>

#include "http/server.h"
#include "threads/http_client.h"

namespace smtscope {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::fetch;
using test::request;
using Clock = std::chrono::steady_clock;

constexpr size_t kBigBytes = 16 << 20;    // more than both sockets' buffers hold
constexpr size_t kPageBytes = 200 << 10;  // as a page may be

std::unique_ptr<HttpServer> serve(const HttpLimits& limits = {}) {
  HttpServerOptions options{.listen = "127.0.0.1:0", .limits = limits};
  options.routes.resize(3);
  options.routes[0] = {.path = "/healthz", .get = [] { return HttpReply{200, "text/plain", "ok\n"}; }};
  options.routes[1] = {.path = "/big",
                       .get =
                           [] {
                             return HttpReply{200, "text/plain", std::string(kBigBytes, 'x')};
                           },
                       .most_at_once = 2};
  options.routes[2] = {.path = "/page", .get = [] {
                         return HttpReply{200, "text/plain", std::string(kPageBytes, 'x')};
                       }};
  auto server = HttpServer::make(std::move(options));
  EXPECT_TRUE(server) << (server ? "" : server.error().what);
  return server ? std::move(*server) : nullptr;
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Asks again until it is the answer: what another connection did reaches the server a little later.
bool soon(uint16_t port, const std::string& path, int status) {
  for (int i = 0; i < 200; i++) {
    if (fetch(port, path).status == status) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(HttpLimits, AClientThatSaysNothingIsClosed) {
  const auto server = serve({.read_timeout = 300ms});
  Client silent(server->port()), half(server->port());
  ASSERT_TRUE(half.send("GET /healthz HT"));
  const auto start = Clock::now();
  EXPECT_TRUE(silent.closes_within(5s));
  EXPECT_TRUE(half.closes_within(5s));
  EXPECT_GE(seconds_since(start), .25);
  EXPECT_LT(seconds_since(start), 2);
}

TEST(HttpLimits, ATrickleDoesNotKeepAConnectionAlive) {
  const auto server = serve({.read_timeout = 400ms});
  Client slow(server->port());
  const auto start = Clock::now();
  bool closed = false;
  for (const char c : request("/healthz", "X-Slow: " + std::string(200, 'x') + "\r\n")) {
    if (!slow.send({&c, 1}) || slow.closes_within(50ms)) {
      closed = true;
      break;
    }
  }
  EXPECT_TRUE(closed);
  EXPECT_GE(seconds_since(start), .35);
  EXPECT_LT(seconds_since(start), 3);
}

TEST(HttpLimits, TheTimeIsOfOneRequestNotOfTheConnection) {
  const auto server = serve({.read_timeout = 600ms});
  Client client(server->port());
  const auto start = Clock::now();
  while (seconds_since(start) < 1.5) {
    ASSERT_TRUE(client.send(request("/healthz")));
    ASSERT_EQ(client.response().status, 200) << "after " << seconds_since(start) << " s";
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_TRUE(client.closes_within(3s)) << "idle";
}

TEST(HttpLimits, AReaderThatStopsIsClosed) {
  const auto server = serve({.answer_timeout = 400ms});
  Client reader(server->port(), 4096);
  ASSERT_TRUE(reader.send(request("/big")));
  std::this_thread::sleep_for(1s);
  const auto got = reader.rest();  // what the kernel still held
  EXPECT_EQ(got.status, 200);
  EXPECT_LT(got.body.size(), kBigBytes);
}

TEST(HttpLimits, OnlyTwoAtOnceSlowReadersIncluded) {
  const auto server = serve({.answer_timeout = 60s});
  {
    Client one(server->port(), 1 << 20), two(server->port(), 4096);
    ASSERT_TRUE(one.send(request("/big")) && two.send(request("/big")));
    ASSERT_TRUE(one.receive() && two.receive());
    const auto third = fetch(server->port(), "/big");
    EXPECT_EQ(third.status, 503);
    EXPECT_EQ(third.header("retry-after"), "1");
    EXPECT_EQ(fetch(server->port(), "/healthz").status, 200) << "others are answered";
    EXPECT_EQ(one.response().body.size(), kBigBytes) << "one of the two reads to the end";
    EXPECT_EQ(fetch(server->port(), "/big").status, 200);
  }
  // Both are free again when their clients have gone.
  Client one(server->port(), 4096);
  ASSERT_TRUE(one.send(request("/big")) && one.receive());
  EXPECT_TRUE(soon(server->port(), "/big", 200));
}

TEST(HttpLimits, MoreConnectionsWaitTheirTurn) {
  const auto server = serve({.read_timeout = 5s, .connections = 4});
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 4; i++) idle.push_back(std::make_unique<Client>(server->port()));
  std::this_thread::sleep_for(100ms);  // they are accepted
  Client next(server->port());
  ASSERT_TRUE(next.send(request("/healthz")));
  EXPECT_FALSE(next.receive(200ms)) << "the limit does not hold";
  idle.pop_back();
  EXPECT_TRUE(next.receive(2s)) << "waits though there is room";
  EXPECT_EQ(next.response().status, 200);
}

TEST(HttpLimits, AThousandConnectionsLeakNothing) {
  const auto server = serve();
  ASSERT_EQ(fetch(server->port(), "/healthz").status, 200);
  const size_t before = open_descriptors();
  for (int i = 0; i < 1000; i++) {
    Client client(server->port());
    ASSERT_TRUE(client.connected()) << i;
    if (i % 4 == 0) continue;  // gone without a word
    ASSERT_TRUE(client.send(i % 4 == 1 ? "GET /healthz HT" : request("/healthz", "Connection: close\r\n")));
    if (i % 4 == 2) {
      ASSERT_EQ(client.rest().status, 200) << i;
    }
  }
  ASSERT_EQ(fetch(server->port(), "/healthz").status, 200);
  for (int i = 0; i < 200 && open_descriptors() > before; i++) std::this_thread::sleep_for(10ms);
  EXPECT_LE(open_descriptors(), before);
}

TEST(HttpLimits, StopsAtOnceWithOpenConnections) {
  const size_t before = open_descriptors();
  auto server = serve();
  const uint16_t port = server->port();
  Client silent(port), half(port), idle(port), reader(port, 4096);
  ASSERT_TRUE(half.send("GET /hea") && idle.send(request("/healthz")) && reader.send(request("/big")));
  ASSERT_EQ(idle.response().status, 200);
  ASSERT_TRUE(reader.receive());
  const auto start = Clock::now();
  server.reset();
  EXPECT_LT(seconds_since(start), 1);
  for (Client* client : {&silent, &half, &idle, &reader}) EXPECT_TRUE(client->closes_within(1s));
  EXPECT_FALSE(Client(port).connected()) << "nobody listens any more";
  EXPECT_EQ(open_descriptors(), before + 4) << "those of the clients";
  // The port is free at once, though connections of before are in TIME_WAIT.
  auto again = HttpServer::make({.listen = "127.0.0.1:" + std::to_string(port), .routes = {}});
  EXPECT_TRUE(again) << (again ? "" : again.error().what);
}

// The default action of SIGPIPE would end the process.
TEST(HttpLimits, AReaderThatVanishesHarmsNobody) {
  const auto handler = signal(SIGPIPE, SIG_DFL);
  const auto server = serve();
  for (int i = 0; i < 8; i++) {
    Client reader(server->port(), 4096);
    ASSERT_TRUE(reader.send(request("/big")) && reader.receive());
    const linger reset{1, 0};
    (void)setsockopt(reader.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  EXPECT_TRUE(soon(server->port(), "/big", 200));
  (void)signal(SIGPIPE, handler);
}

TEST(HttpLimits, ManyAtOnceGetWholeAnswers) {
  const auto server = serve();
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; c++)
    clients.emplace_back([&, c] {
      for (int i = 0; i < 10; i++) {
        const auto got = fetch(server->port(), c % 2 ? "/page" : "/healthz");
        right += got.status == 200 && got.body.size() == (c % 2 ? kPageBytes : 3) ? 1 : 0;
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 80);
}

// Without descriptors accept() fails again and again: the server must neither spin nor give up. In a process of its
// own, because the limit holds for all of it.
int serve_without_descriptors() {
  const auto server = serve();
  if (fetch(server->port(), "/healthz").status != 200) return 1;
  std::this_thread::sleep_for(200ms);  // that connection is closed
  const Fd client(socket(AF_INET, SOCK_STREAM, 0));
  const rlimit few{open_descriptors() + 10, open_descriptors() + 10};
  if (setrlimit(RLIMIT_NOFILE, &few) != 0) return 2;
  std::vector<Fd> taken;
  for (int fd = dup(0); fd >= 0; fd = dup(0)) taken.emplace_back(fd);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(server->port());
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return 3;
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  std::this_thread::sleep_for(1s);
  getrusage(RUSAGE_SELF, &after);
  const auto cpu_us = [](const rusage& use) {
    return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1'000'000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
  };
  if (cpu_us(after) - cpu_us(before) > 200'000) return 4;
  taken.clear();
  return soon(server->port(), "/healthz", 200) ? 0 : 5;
}

TEST(HttpLimitsDeathTest, OutOfDescriptorsItWaits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(_exit(serve_without_descriptors()), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace smtscope
