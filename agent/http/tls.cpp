// SPDX-License-Identifier: Apache-2.0
#include "http/tls.h"

#include <gnutls/x509.h>

#include <memory>

#include "http/files.h"

namespace smtscope {
namespace {

constexpr size_t kMaxPemBytes = 1024 * 1024;

gnutls_datum_t datum(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

Failure refused(const std::string& key, const std::string& path, int error, std::string mend) {
  std::string why = gnutls_strerror(error);
  if (why.ends_with('.')) why.pop_back();
  return fail(ErrorKind::config, key + ": " + path + ": " + why, std::move(mend));
}

int check_certificates(std::string& pem) {
  const gnutls_datum_t data = datum(pem);
  gnutls_x509_crt_t* list = nullptr;
  unsigned count = 0;
  const int error = gnutls_x509_crt_list_import2(&list, &count, &data, GNUTLS_X509_FMT_PEM, 0);
  if (error < 0) return error;
  for (unsigned i = 0; i < count; i++) gnutls_x509_crt_deinit(list[i]);
  gnutls_free(list);
  return 0;
}

int check_key(std::string& pem) {
  const gnutls_datum_t data = datum(pem);
  gnutls_x509_privkey_t key = nullptr;
  int error = gnutls_x509_privkey_init(&key);
  if (error < 0) return error;
  error = gnutls_x509_privkey_import2(key, &data, GNUTLS_X509_FMT_PEM, nullptr, 0);
  gnutls_x509_privkey_deinit(key);
  return error;
}

int check_pair(std::string& cert_pem, std::string& key_pem) {
  gnutls_certificate_credentials_t credentials = nullptr;
  int error = gnutls_certificate_allocate_credentials(&credentials);
  if (error < 0) return error;
  const gnutls_datum_t cert = datum(cert_pem), key = datum(key_pem);
  error = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key, GNUTLS_X509_FMT_PEM);
  gnutls_certificate_free_credentials(credentials);
  return error;
}

}  // namespace

Result<TlsMaterial> load_tls(const HttpTlsFiles& files) {
  const std::string cert_key = "http.tls.cert_file", key_key = "http.tls.key_file";
  auto cert = read_named_file(cert_key, files.cert_file, kMaxPemBytes);
  if (!cert) return Failure(cert.error());
  auto key = read_named_file(key_key, files.key_file, kMaxPemBytes);
  if (!key) return Failure(key.error());
  if (const int error = check_certificates(*cert); error < 0)
    return refused(cert_key, files.cert_file, error, "name a file with certificates in PEM");
  if (const int error = check_key(*key); error < 0)
    return refused(key_key, files.key_file, error, "name a file with a private key in PEM, without a passphrase");
  if (const int error = check_pair(*cert, *key); error < 0)
    return refused(key_key, files.key_file, error, "name the key that belongs to " + files.cert_file);
  return TlsMaterial{std::move(*cert), std::move(*key)};
}

}  // namespace smtscope
