// SPDX-License-Identifier: Apache-2.0
// The HTTP server behind TLS. The certificate of tests/fixtures/http is its own authority and lasts 100 years.
#include <gnutls/gnutls.h>
#include <gtest/gtest.h>

#include "http/server.h"
#include "threads/http_client.h"

namespace smtscope {
namespace {

using namespace std::chrono_literals;

std::string fixture(const std::string& name) { return std::string(SMTSCOPE_FIXTURES) + "/http/" + name; }

HttpServerOptions options_with(const std::string& cert, const std::string& key) {
  HttpServerOptions options{.listen = "127.0.0.1:0", .tls = HttpTlsFiles{cert, key}};
  options.routes = {{.path = "/metrics", .get = [] {
                       return HttpReply{200, "text/plain", std::string(300'000, 'x')};
                     }}};
  return options;
}

std::unique_ptr<HttpServer> serve(const HttpLimits& limits = {}) {
  HttpServerOptions options = options_with(fixture("cert.pem"), fixture("key.pem"));
  options.limits = limits;
  auto server = HttpServer::make(std::move(options));
  EXPECT_TRUE(server) << (server ? "" : server.error().what);
  return server ? std::move(*server) : nullptr;
}

struct TlsResponse {
  bool shaken = false;    // hands
  bool verified = false;  // the certificate, for localhost
  std::string version;
  test::Response response;
};

TlsResponse fetch_tls(uint16_t port, const char* priorities) {
  TlsResponse out;
  const test::Client client(port);
  gnutls_certificate_credentials_t credentials = nullptr;
  gnutls_session_t session = nullptr;
  gnutls_certificate_allocate_credentials(&credentials);
  gnutls_certificate_set_x509_trust_file(credentials, fixture("cert.pem").c_str(), GNUTLS_X509_FMT_PEM);
  gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  gnutls_priority_set_direct(session, priorities, nullptr);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_transport_set_int(session, client.fd());
  gnutls_handshake_set_timeout(session, 10'000);
  int error = GNUTLS_E_AGAIN;
  while (error < 0 && gnutls_error_is_fatal(error) == 0) error = gnutls_handshake(session);
  out.shaken = error == 0;
  if (out.shaken) {
    unsigned status = 1;
    out.verified = gnutls_certificate_verify_peers3(session, "localhost", &status) == 0 && status == 0;
    out.version = gnutls_protocol_get_name(gnutls_protocol_get_version(session));
    const std::string text = test::request("/metrics", "Connection: close\r\n");
    gnutls_record_send(session, text.data(), text.size());
    std::string got;
    char piece[16 * 1024];
    for (ssize_t n = 0; (n = gnutls_record_recv(session, piece, sizeof piece)) != 0;) {
      if (n > 0) got.append(piece, static_cast<size_t>(n));
      else if (gnutls_error_is_fatal(static_cast<int>(n)) != 0) break;
    }
    out.response = test::parse_response(got);
  }
  gnutls_deinit(session);
  gnutls_certificate_free_credentials(credentials);
  return out;
}

TEST(HttpTls, AnswersWithTheCertificate) {
  const auto server = serve();
  for (const auto& [priorities, version] :
       {std::pair("NORMAL:-VERS-ALL:+VERS-TLS1.3", "TLS1.3"), std::pair("NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLS1.2")}) {
    const TlsResponse got = fetch_tls(server->port(), priorities);
    ASSERT_TRUE(got.shaken) << version;
    EXPECT_TRUE(got.verified) << version;
    EXPECT_EQ(got.version, version);
    EXPECT_EQ(got.response.status, 200) << version;
    EXPECT_EQ(got.response.body, std::string(300'000, 'x')) << version;
  }
}

TEST(HttpTls, OldVersionsAreRefused) {
  const auto server = serve();
  for (const char* old : {"NORMAL:-VERS-ALL:+VERS-TLS1.1", "NORMAL:-VERS-ALL:+VERS-TLS1.0"})
    EXPECT_FALSE(fetch_tls(server->port(), old).shaken) << old;
  EXPECT_TRUE(fetch_tls(server->port(), "NORMAL").shaken);
}

TEST(HttpTls, PlainTextAndSilenceAreClosed) {
  const auto server = serve({.read_timeout = 500ms});
  EXPECT_EQ(test::fetch(server->port(), "/metrics").status, 0);
  test::Client silent(server->port());
  EXPECT_TRUE(silent.closes_within(5s)) << "no handshake";
  EXPECT_TRUE(fetch_tls(server->port(), "NORMAL").shaken);
}

TEST(HttpTls, FilesThatDoNotServeAreNamed) {
  const std::string cert = fixture("cert.pem"), key = fixture("key.pem");
  const struct {
    std::string cert, key;
    const char* what;
  } cases[] = {
      {fixture("none.pem"), key, "http.tls.cert_file: "},
      {cert, fixture("none.pem"), "http.tls.key_file: "},
      {key, key, "http.tls.cert_file: "},
      {cert, cert, "http.tls.key_file: "},
      {cert, fixture("other_key.pem"), "http.tls.key_file: "},
      {cert, fixture("encrypted_key.pem"), "http.tls.key_file: "},
      {fixture(""), key, "http.tls.cert_file: "},
      {cert, "/dev/null", "http.tls.key_file: "},
  };
  for (const auto& test : cases) {
    const auto server = HttpServer::make(options_with(test.cert, test.key));
    const std::string about = test.cert + " " + test.key;
    ASSERT_FALSE(server) << about;
    EXPECT_EQ(server.error().kind, ErrorKind::config) << about;
    EXPECT_TRUE(server.error().what.starts_with(test.what)) << server.error().what;
    const std::string& named = std::string(test.what).find("cert") != std::string::npos ? test.cert : test.key;
    EXPECT_NE(server.error().what.find(named), std::string::npos) << server.error().what;
    EXPECT_FALSE(server.error().mend.empty()) << server.error().what;
  }
}

}  // namespace
}  // namespace smtscope
