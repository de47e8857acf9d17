// SPDX-License-Identifier: Apache-2.0
// The parts of the HTTP server that need no socket.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "http/gzip.h"
#include "http/listener.h"
#include "http/router.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

TEST(HttpListen, Addresses) {
  const std::pair<const char*, ListenAddress> good[] = {
      {"127.0.0.1:9464", {"127.0.0.1", 9464}}, {"0.0.0.0:1", {"0.0.0.0", 1}}, {"[::1]:9464", {"::1", 9464}},
      {"[::]:65535", {"::", 65535}},           {":9464", {"", 9464}},         {"localhost:0", {"127.0.0.1", 0}}};
  for (const auto& [text, want] : good) {
    const auto got = parse_listen(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, want) << text;
  }
  for (const char* text : {"", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80 ", "::1:9464", "[::1]", "[127.0.0.1]:80", "[]:80", "example.org:80",
                           "1.2.3:x:80", "256.0.0.1:80", " 127.0.0.1:80", "http://127.0.0.1:80"}) {
    const auto got = parse_listen(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().kind, ErrorKind::config) << text;
    EXPECT_NE(got.error().what.find("'" + std::string(text) + "'"), std::string::npos) << got.error().what;
    EXPECT_NE(got.error().mend.find("127.0.0.1:9464"), std::string::npos) << got.error().mend;
  }
}

bool loopback(const std::string& text) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1)
    return is_loopback(reinterpret_cast<const sockaddr&>(ipv4));
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr), 1) << text;
  return is_loopback(reinterpret_cast<const sockaddr&>(ipv6));
}

TEST(HttpListen, Loopback) {
  for (const char* text : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:127.9.9.9"})
    EXPECT_TRUE(loopback(text)) << text;
  for (const char* text : {"0.0.0.0", "128.0.0.1", "126.255.255.255", "10.0.0.1", "1.0.0.127", "::", "::2", "fe80::1",
                           "::ffff:10.0.0.127", "::127.0.0.1", "7f00::1", "2001:db8::1"})
    EXPECT_FALSE(loopback(text)) << text;
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(is_loopback(other));
}

TEST(HttpGzip, WhoAcceptsIt) {
  for (const char* header : {"gzip", "GZIP", "deflate, gzip", "gzip;q=1.0", "gzip; q=0.001 ,br", "*", "x-gzip",
                             "identity;q=0.5, *;q=0.1", ",,gzip,"})
    EXPECT_TRUE(accepts_gzip(header)) << header;
  for (const char* header : {"", "deflate", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzipped", "notgzip",
                             "gzip;q=x", "gzip;level=9", "gzip;q="})
    EXPECT_FALSE(accepts_gzip(header)) << header;
}

TEST(HttpToken, Comparison) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  for (const char* given : {"", "a", "ab", "abd", "bbc", "abcabc", "abcd", "ABC"})
    EXPECT_FALSE(same_secret(given, "abc")) << given;
  EXPECT_FALSE(same_secret("", ""));
}

TEST(HttpToken, FilesWithoutAUsableToken) {
  test::Tree tree;
  tree.write_raw("good", " \n token\r\n");
  EXPECT_TRUE(BearerToken::make(tree.root() + "/good"));
  tree.write_raw("empty", "");
  tree.write_raw("blank", " \n\t\n");
  tree.write_raw("two", "one\ntwo\n");
  tree.write_raw("spaced", "one two");
  tree.write_raw("binary", std::string("a\0b", 3));
  tree.write_raw("accent", "caf\xc3\xa9");
  tree.write_raw("long", std::string(5000, 'x'));
  for (const char* name : {"empty", "blank", "two", "spaced", "binary", "accent", "long", "missing", ""}) {
    const std::string path = tree.root() + "/" + name;
    const auto token = BearerToken::make(path);
    ASSERT_FALSE(token) << name;
    EXPECT_EQ(token.error().kind, ErrorKind::config) << name;
    EXPECT_NE(token.error().what.find("http.bearer_token_file: " + path), std::string::npos) << token.error().what;
    EXPECT_FALSE(token.error().mend.empty()) << name;
  }
}

HttpRoute status_route() {
  return {.path = "/status", .get = [] { return HttpReply{200, "", "{}"}; }, .loopback_or_token = true};
}

TEST(HttpRouter, StatusIsForThisHostWithoutAToken) {
  Router router({status_route(), {.path = "/metrics", .get = [] { return HttpReply{}; }}}, std::nullopt);
  EXPECT_EQ(router.answer({"GET", "/status", {}, {}, false, true}).reply.status, 200);
  EXPECT_EQ(router.answer({"GET", "/status", {}, {}, false, false}).reply.status, 403);
  EXPECT_EQ(router.answer({"GET", "/status", "Bearer x", {}, false, false}).reply.status, 403) << "there is no token";
  EXPECT_EQ(router.answer({"GET", "/metrics", {}, {}, false, false}).reply.status, 200) << "is for everybody";
}

TEST(HttpRouter, StatusIsForWhoHasTheToken) {
  test::Tree tree;
  tree.write("token", "x");
  Router router({status_route()}, *BearerToken::make(tree.root() + "/token"));
  EXPECT_EQ(router.answer({"GET", "/status", "Bearer x", {}, false, false}).reply.status, 200);
  EXPECT_EQ(router.answer({"GET", "/status", {}, {}, false, false}).reply.status, 401);
  EXPECT_EQ(router.answer({"GET", "/status", {}, {}, false, true}).reply.status, 401) << "on loopback too";
}

TEST(HttpRouter, ASlotIsHeldAsLongAsTheAnswer) {
  Router router({{.path = "/m", .get = [] { return HttpReply{}; }, .most_at_once = 2}}, std::nullopt);
  const HttpRequest request{"GET", "/m", {}, {}, false, true};
  std::optional<HttpAnswer> one = router.answer(request);
  HttpAnswer two = router.answer(request);
  EXPECT_EQ(router.answer(request).reply.status, 503);
  EXPECT_EQ(router.answer(request).reply.status, 503) << "a refusal takes none";
  HttpAnswer moved = std::move(two);
  EXPECT_EQ(router.answer(request).reply.status, 503);
  one.reset();
  EXPECT_EQ(router.answer(request).reply.status, 200);
  EXPECT_EQ(router.answer(request).reply.status, 200) << "given back";
}

}  // namespace
}  // namespace smtscope
