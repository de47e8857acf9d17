// SPDX-License-Identifier: Apache-2.0
// Drives a world by choices made elsewhere: a seeded generator in the tests, bytes in the fuzz target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "world.h"

namespace smtscope::native {

class Choices {
 public:
  virtual ~Choices() = default;
  // A number below n (n > 0).
  virtual std::uint32_t below(std::uint32_t n) = 0;
  // True: nothing is left to choose from.
  [[nodiscard]] virtual bool done() const = 0;
};

// Numbers of a seed, the same on every machine.
class SeededChoices : public Choices {
 public:
  explicit SeededChoices(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t n) override;
  [[nodiscard]] bool done() const override { return false; }

 private:
  std::uint64_t state_;
};

// Bytes as a script; zero after their end.
class ByteChoices : public Choices {
 public:
  ByteChoices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint32_t below(std::uint32_t n) override;
  [[nodiscard]] bool done() const override { return size_ == 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

class Driver {
 public:
  // Makes the world itself, by the first choices.
  Driver(Choices& choices, Variant variant, const std::vector<unsigned>& siblings);

  // At most `limit` steps, those in the middle of other runs included; then everything is closed.
  void run(std::size_t limit);
  [[nodiscard]] std::size_t steps() const { return steps_; }
  World& world() { return *world_; }

 private:
  void step();
  void meanwhile(native_point point);
  void change(unsigned cpu, bool seen);
  void close(unsigned core);
  void pass(std::uint64_t ns) { world_->now_ns += ns; }
  bool disturb(unsigned core);
  Task* pick(unsigned cpu);

  Choices& choices_;
  std::unique_ptr<World> world_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::size_t steps_ = 0, limit_ = 0;
  std::uint32_t back_one_in_ = 0;  // clock readings that are too old; 0: none
  std::size_t storm_ = 0;          // depth of the run that is disturbed at every try; 0: none
};

}  // namespace smtscope::native
