// SPDX-License-Identifier: Apache-2.0
#include "http/gzip.h"

#include <strings.h>
#include <zlib.h>

#include <charconv>
#include <limits>

namespace smtscope {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib: + 16 makes gzip
constexpr int kMemory = 8;                   // zlib's default

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// "q=0.5" among the parameters; 1 without one, 0 if it is broken.
double weight(std::string_view parameters) {
  const std::string_view q = trimmed(parameters);
  if (q.empty()) return 1;
  if (q.size() < 3 || (q[0] != 'q' && q[0] != 'Q') || q[1] != '=') return 0;
  double value = 0;
  const auto [end, error] = std::from_chars(q.data() + 2, q.data() + q.size(), value);
  return error == std::errc() && end == q.data() + q.size() ? value : 0;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> named, any;
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size() : comma + 1);
    const size_t semicolon = item.find(';');
    const std::string_view coding = trimmed(item.substr(0, semicolon));
    const double q = weight(semicolon == std::string_view::npos ? std::string_view() : item.substr(semicolon + 1));
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) named = q;
    else if (coding == "*") any = q;
  }
  return named.value_or(any.value_or(0)) > 0;
}

std::optional<std::string> gzip(std::string_view text) {
  if (text.size() > std::numeric_limits<uInt>::max() / 2) return std::nullopt;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  out.shrink_to_fit();  // a slow reader keeps it for seconds
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return out;
}

}  // namespace smtscope
