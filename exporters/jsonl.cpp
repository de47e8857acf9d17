// SPDX-License-Identifier: Apache-2.0
#include "jsonl.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <climits>
#include <cmath>
#include <ctime>
#include <system_error>
#include <utility>

#include "json_text.h"

namespace smtscope {
namespace {

// A closed pipe is an error of write(), not the end of the process: SIGPIPE goes to the writing thread, where it
// is held back and taken away again, unless somebody else's was already waiting.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigset_t pending;
    sigpending(&pending);
    waiting_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    const int kept = errno;
    const timespec now{};
    while (!waiting_ && sigtimedwait(&pipe_, nullptr, &now) == -1 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = kept;
  }

 private:
  sigset_t pipe_{}, before_{};
  bool waiting_ = false;
};

// 0 or errno.
// A pipe that nobody reads takes no more; whoever waits on us must not wait for it. Pieces of PIPE_BUF do not block
// once poll() says so.
int write_all(int fd, std::string_view text, const std::atomic<bool>& cancelled) {
  const NoSigpipe guard;
  while (!text.empty()) {
    pollfd wait{fd, POLLOUT, 0};
    const int ready = poll(&wait, 1, 100);
    if (ready < 0 && errno != EINTR) return errno;
    if (ready <= 0) {
      if (cancelled) return ECANCELED;
      continue;
    }
    const ssize_t n = ::write(fd, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
    if (n >= 0) text.remove_prefix(static_cast<size_t>(n));
    else if (errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

Failure io_failure(const std::string& what, int error) {
  std::string mend;
  if (error == ENOSPC || error == EDQUOT) mend = "make room, or choose another place";
  if (error == EPIPE) mend = "the reader is gone";
  return fail(ErrorKind::io, what + ": " + std::generic_category().message(error), mend, error);
}

class Line {
 public:
  void key(std::string_view name) {
    out_ += out_.size() == 1 ? "" : ",";
    json::append_string(out_, name);
    out_ += ':';
  }
  template <class T>
  void number(std::string_view name, T value) {
    key(name);
    json::append_number(out_, value);
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    json::append_string(out_, value);
  }
  void raw(std::string_view name, std::string_view value) {
    key(name);
    out_ += value;
  }
  [[nodiscard]] std::string done() && { return std::move(out_ += '}'); }
  [[nodiscard]] bool empty() const { return out_.size() == 1; }

 private:
  std::string out_ = "{";
};

std::string buckets(const Histogram& histogram) {
  std::string out = "[";
  for (size_t i = 0; i < histogram.counts.size(); i++) {
    if (!histogram.counts[i]) continue;
    out += out.size() == 1 ? "[" : ",[";
    if (i < kLadderBounds) json::append_number(out, static_cast<double>(ladder_upper_ns(static_cast<int>(i))) / 1e9);
    else out += "null";
    out += ',';
    json::append_number(out, histogram.counts[i]);
    out += ']';
  }
  return out += ']';
}

// A value, or null and the reason.
void value(std::string_view name, double number, bool known, Reason reason, Line& line, Line& why) {
  if (known && std::isfinite(number)) return line.number(name, number);
  line.raw(name, "null");
  why.text(name, reason_word(known || reason == Reason::ok ? Reason::implausible : reason));
}

void count_and_sum(std::string_view name, const Histogram& histogram, Line& line, Line& why) {
  Line inner;
  inner.number("count", histogram.count);
  if (histogram.sum && std::isfinite(*histogram.sum)) {
    inner.number("sum", *histogram.sum);
  } else {
    inner.raw("sum", "null");
    why.text(std::string(name) + ".sum", reason_word(histogram.sum ? Reason::implausible : Reason::not_counted));
  }
  line.raw(name, std::move(inner).done());
}

void put_histogram(const Point& point, Line& line, Line& why) {
  const bool known = point.known() && point.delta_histogram;
  if (known) {
    count_and_sum("delta", *point.delta_histogram, line, why);
  } else {
    value("delta", 0, false, point.quality.reason, line, why);
  }
  if (point.total_histogram) count_and_sum("total", *point.total_histogram, line, why);
  else value("total", 0, false, Reason::too_few, line, why);
  if (known) line.raw("buckets", buckets(*point.delta_histogram));
  else value("buckets", 0, false, point.quality.reason, line, why);
}

std::string attributes(const Point& point) {
  Line out;
  for (const Attribute& attribute : point.attributes) {
    if (const auto* text = std::get_if<std::string>(&attribute.value)) out.text(attribute.name, *text);
    else if (const auto* number = std::get_if<int64_t>(&attribute.value)) out.number(attribute.name, *number);
    else out.raw(attribute.name, std::get<bool>(attribute.value) ? "true" : "false");
  }
  if (point.part < point.desc->parts.size()) out.text(point.desc->part_attribute, point.desc->parts[point.part]);
  return std::move(out).done();
}

}  // namespace

std::string jsonl_line(const Point& point, const Batch& batch) {
  Line line, why;
  const MetricDesc& desc = *point.desc;
  line.number("time_unix_ms", (static_cast<int64_t>(batch.end_ns) + batch.unix_offset_ns) / 1'000'000);
  line.number("start_ns", batch.start_ns);
  line.number("end_ns", batch.end_ns);
  line.text("metric", desc.name);
  line.text("unit", desc.unit);
  line.text("kind", metric_kind_word(desc.kind));
  if (desc.kind == MetricKind::counter) {
    value("delta", point.delta, point.known(), point.quality.reason, line, why);
    value("total", point.total, true, Reason::ok, line, why);
  } else if (desc.kind == MetricKind::histogram) {
    put_histogram(point, line, why);
  } else {
    value("value", point.value, point.known(), point.quality.reason, line, why);
  }
  line.raw("attributes", attributes(point));
  Line quality;
  quality.text("reason", reason_word(point.quality.reason));
  // Widened as it prints: 0.3f is 0.3, not 0.30000001192092896.
  quality.number("running", std::round(static_cast<double>(point.quality.running_share) * 1e6) / 1e6);
  line.raw("quality", std::move(quality).done());
  if (!point.source.empty()) line.text("source", point.source);
  if (!why.empty()) line.raw("why", std::move(why).done());
  return std::move(line).done();
}

Result<JsonlExporter> JsonlExporter::open(const std::string& path) {
  if (path == "-") return JsonlExporter(STDOUT_FILENO, "stdout");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return io_failure("cannot open " + path, errno);
  return JsonlExporter(fd, path);
}

Result<JsonlExporter> JsonlExporter::append(const std::string& path) {
  if (path == "-") return JsonlExporter(STDOUT_FILENO, "stdout");
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return io_failure("cannot open " + path, errno);
  JsonlExporter exporter(fd, path);
  exporter.appends_ = true;
  return exporter;
}

JsonlExporter::JsonlExporter(JsonlExporter&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      appends_(other.appends_),
      cancelled_(std::move(other.cancelled_)) {}

JsonlExporter& JsonlExporter::operator=(JsonlExporter&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(name_, other.name_);
  std::swap(appends_, other.appends_);
  std::swap(cancelled_, other.cancelled_);
  return *this;
}

JsonlExporter::~JsonlExporter() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

Result<> JsonlExporter::write(const Batch& batch) {
  std::string text;
  for (const Point& point : batch.points) (text += jsonl_line(point, batch)) += '\n';
  struct stat file {};
  const bool regular = fstat(fd_, &file) == 0 && S_ISREG(file.st_mode);
  const off_t start = !regular ? -1 : appends_ ? file.st_size : lseek(fd_, 0, SEEK_CUR);
  const int error = write_all(fd_, text, *cancelled_);
  if (error == 0) return {};
  if (start >= 0 && ftruncate(fd_, start) == 0) (void)lseek(fd_, start, SEEK_SET);
  return io_failure("cannot write metrics to " + name_, error);
}

}  // namespace smtscope
