// SPDX-License-Identifier: Apache-2.0
// Any bytes as the file of a recording: an error, or frames and a warning.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "recording/recording.h"

namespace smtscope {
namespace {

void check(const uint8_t* data, size_t size) {
  static const int fd = memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) abort();
  const TimeRange ranges[] = {{}, {1'790'000'001'000'000'000, {}}, {{}, 1'790'000'001'000'000'000}};
  for (const TimeRange& range : ranges) {
    auto reader = RecordingReader::open(path, range);
    if (!reader && reader.error().what.empty()) abort();
    while (reader) {
      const auto frame = reader->next();
      if (!frame || !*frame) break;
    }
    if (reader && !(reader->progress() >= 0 && reader->progress() <= 1)) abort();
  }
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(data, size);
  return 0;
}
