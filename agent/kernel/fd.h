// SPDX-License-Identifier: Apache-2.0
// A file descriptor and a memory mapping that close themselves.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

namespace smtscope {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// A shared mapping of a BPF array: element i of type T, as the kernel lays it out (stride rounded up to 8).
template <class T>
class Mapped {
  static_assert(sizeof(T) % 8 == 0, "BPF arrays round the stride up to 8");

 public:
  Mapped() = default;
  Mapped(void* at, size_t count) : at_(static_cast<T*>(at)), count_(count) {}
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  Mapped(Mapped&& other) noexcept : at_(std::exchange(other.at_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  Mapped& operator=(Mapped&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~Mapped() {
    if (at_) munmap(at_, bytes(count_));
  }
  static size_t bytes(size_t count) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return (count * sizeof(T) + page - 1) / page * page;
  }

  [[nodiscard]] size_t size() const { return count_; }
  T& operator[](size_t i) const { return at_[i]; }

 private:
  T* at_ = nullptr;
  size_t count_ = 0;
};

}  // namespace smtscope
