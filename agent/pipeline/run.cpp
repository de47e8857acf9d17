// SPDX-License-Identifier: Apache-2.0
#include "pipeline/run.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "kernel/clock.h"
#include "kernel/fd.h"
#include "kernel/service_manager.h"
#include "pipeline/log.h"
#include "pipeline/pipeline.h"

namespace smtscope {
namespace {

Result<Fd> block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  if (const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr))
    return fail(ErrorKind::resource, fmt::format("cannot block signals: {}", std::strerror(error)), {}, error);
  Fd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(ErrorKind::resource, fmt::format("cannot make a signalfd: {}", std::strerror(errno)), {}, errno);
  return fd;
}

struct Asked {
  bool stop = false;
  bool reload = false;
};

// All signals that wait: a storm of SIGHUP is one reload.
Asked read_signals(int fd) {
  Asked asked;
  signalfd_siginfo info{};
  while (read(fd, &info, sizeof(info)) == sizeof(info)) (info.ssi_signo == SIGHUP ? asked.reload : asked.stop) = true;
  return asked;
}

// When the next tick is due: whole intervals of the wall clock at the start, then of CLOCK_MONOTONIC.
class Grid {
 public:
  explicit Grid(uint64_t interval_ns) : interval_ns_(interval_ns) {
    const uint64_t unix_ns = clock_ns(CLOCK_REALTIME);
    next_ns_ = monotonic_ns() + interval_ns - unix_ns % interval_ns;
  }
  [[nodiscard]] uint64_t next_ns() const { return next_ns_; }
  // Goes on to the first point after now; how many were left out.
  uint64_t advance() {
    next_ns_ += interval_ns_;
    const uint64_t now = monotonic_ns();
    if (now < next_ns_) return 0;
    const uint64_t missed = (now - next_ns_) / interval_ns_ + 1;
    next_ns_ += missed * interval_ns_;
    return missed;
  }

 private:
  uint64_t interval_ns_;
  uint64_t next_ns_;
};

class Agent {
 public:
  Agent(const std::function<Result<Config>()>& reload, Fd signals) : reload_(reload), signals_(std::move(signals)) {}

  Result<> run(const Config& config) {
    kept_.started_ns = monotonic_ns();
    kept_.started_unix_ns = clock_ns(CLOCK_REALTIME);
    kept_.ticks.sum = 0;
    auto pipeline = Pipeline::make(config, kept_);
    if (!pipeline) return Failure(pipeline.error());
    take(std::move(*pipeline));
    for (;;) {
      const Asked asked = wait();
      if (asked.stop) break;
      if (asked.reload) {
        if (auto r = reload(); !r) return r;
      }
    }
    spdlog::info("stopping");
    service_manager::notify("STOPPING=1");
    pipeline_->stop(flush_deadline(pipeline_->config()));
    return {};
  }

 private:
  static uint64_t flush_deadline(const Config& config) {
    return monotonic_ns() + static_cast<uint64_t>(config.delivery.flush_timeout.count());
  }

  void take(std::unique_ptr<Pipeline> pipeline) {
    pipeline_ = std::move(pipeline);
    const auto interval_ns = static_cast<uint64_t>(pipeline_->config().interval.count());
    pipeline_->tick();  // the base of the first interval
    grid_.emplace(interval_ns);
    drain_ns_ = monotonic_ns() + kSecondNs;
    const std::string where = pipeline_->address();
    spdlog::info("measuring every {} ms{}{}", interval_ns / 1'000'000, where.empty() ? "" : ", listening on ", where);
    service_manager::notify("READY=1\nSTATUS=measuring" + (where.empty() ? "" : ", listening on " + where));
  }

  // Ticks and drains until a signal comes.
  Asked wait() {
    for (;;) {
      const uint64_t now = monotonic_ns();
      if (now >= grid_->next_ns()) {
        pipeline_->tick();
        pipeline_->late(grid_->advance());
        drain_ns_ = monotonic_ns() + kSecondNs;
      } else if (now >= drain_ns_) {
        pipeline_->drain();
        drain_ns_ = monotonic_ns() + kSecondNs;
      }
      if (now >= pipeline_->next_measure_ns()) pipeline_->measure_budget();
      pat_watchdog();
      const uint64_t until = std::min({grid_->next_ns(), drain_ns_, watchdog_ns_, pipeline_->next_measure_ns()});
      const uint64_t left = until - std::min(until, monotonic_ns());
      timespec timeout{static_cast<time_t>(left / kSecondNs), static_cast<long>(left % kSecondNs)};
      pollfd wait{signals_.get(), POLLIN, 0};
      if (ppoll(&wait, 1, &timeout, nullptr) > 0) return read_signals(signals_.get());
    }
  }

  void pat_watchdog() {
    if (!watchdog_interval_ns_ || monotonic_ns() < watchdog_ns_) return;
    service_manager::notify("WATCHDOG=1");
    watchdog_ns_ = monotonic_ns() + *watchdog_interval_ns_;
  }

  // The old pipeline gives up its port and its probes before the new one takes them.
  Result<> reload() {
    service_manager::notify_reloading(monotonic_ns());
    auto config = reload_();
    if (!config) {
      spdlog::error("SIGHUP: the configuration is wrong, the old one stays: {}", config.error().what);
      service_manager::notify("READY=1");
      return {};
    }
    const Config old = pipeline_->config();
    pipeline_->stop(flush_deadline(old));
    pipeline_.reset();
    auto pipeline = Pipeline::make(*config, kept_);
    if (!pipeline) {
      spdlog::error("SIGHUP: cannot go on with the new configuration, back to the old one: {}", pipeline.error().what);
      pipeline = Pipeline::make(old, kept_);
      if (!pipeline) return Failure(Error(pipeline.error()).within("SIGHUP: nor with the old configuration"));
    } else {
      start_log(config->log.level, config->log.format);
      spdlog::info("SIGHUP: the configuration was read again");
    }
    take(std::move(*pipeline));
    return {};
  }

  const std::function<Result<Config>()>& reload_;
  Fd signals_;
  Kept kept_;
  std::unique_ptr<Pipeline> pipeline_;
  std::optional<Grid> grid_;
  uint64_t drain_ns_ = 0;
  std::optional<uint64_t> watchdog_interval_ns_ = service_manager::watchdog_interval_ns();
  uint64_t watchdog_ns_ = watchdog_interval_ns_ ? 0 : UINT64_MAX;
};

}  // namespace

Result<> run_agent(const Config& config, const std::function<Result<Config>()>& reload) {
  auto signals = block_signals();
  if (!signals) return Failure(signals.error());
  return Agent(reload, std::move(*signals)).run(config);
}

}  // namespace smtscope
