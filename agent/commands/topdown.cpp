// SPDX-License-Identifier: Apache-2.0
// smtscope topdown --counts FILE: our arithmetic on somebody's counts.
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "commands/print.h"
#include "commands/topdown_options.h"
#include "topdown/dialects.h"
#include "topdown/read_counts.h"
#include "views/topdown_view.h"

namespace smtscope {
namespace {

constexpr size_t kMaxBytes = 256ul << 20;

struct Close {
  void operator()(FILE* file) const { std::fclose(file); }
};

Failure cannot(const char* verb, const std::string& path, int error) {
  return fail(ErrorKind::no_input, fmt::format("cannot {} {}: {}", verb, path, std::generic_category().message(error)),
              "", error);
}

Result<std::string> read_whole(const std::string& path) {
  // By name, so that a pipe of the shell and stdin are read like a file.
  const std::unique_ptr<FILE, Close> file(std::fopen(path == "-" ? "/dev/stdin" : path.c_str(), "re"));
  if (!file) return cannot("open", path, errno);
  std::string out;
  std::array<char, 65536> part{};
  while (const size_t n = std::fread(part.data(), 1, part.size(), file.get())) {
    out.append(part.data(), n);
    if (out.size() > kMaxBytes)
      return fail(ErrorKind::input, fmt::format("{} is larger than {} MiB", path, kMaxBytes >> 20),
                  "cut it into parts");
  }
  if (std::ferror(file.get())) return cannot("read", path, errno);
  return out;
}

}  // namespace

Result<int> run_topdown(const TopdownOptions& options) {
  auto topdown = topdown::Topdown::make(options.dialect);
  if (!topdown) return Failure(Error(topdown.error()).within("--dialect " + *options.dialect));
  const auto text = read_whole(options.counts);
  if (!text) return Failure(text.error());
  const auto file = topdown::read_counts(*text, options.counts);
  if (!file) return Failure(file.error());
  const bool json = options.format == "json";
  std::string out;
  for (const topdown::CountRecord& record : file->records) {
    const auto metrics = topdown->evaluate(record);
    if (!metrics) return Failure(metrics.error());
    if (json) out += topdown_json(*metrics) + "\n";
    else out += (out.empty() ? "" : "\n") + topdown_text(*metrics);
  }
  for (const auto& remarks : {file->remarks, topdown->remarks()})
    for (const std::string& remark : remarks) fmt::print(stderr, "smtscope: {}\n", remark);
  if (auto r = print_result(out); !r) return Failure(r.error());
  return 0;
}

}  // namespace smtscope
