// SPDX-License-Identifier: Apache-2.0
// Numbers of many things over many windows, only where there are any, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace smtscope {

class WindowRows {
 public:
  struct Thing {
    std::vector<uint32_t> windows;  // ascending
    std::vector<double> values;     // windows.size() * width
    std::vector<double> sums;       // width, of all windows
    double weight = 0;
    bool dropped = false;  // its windows had to make room: only the sums are known
  };

  // `most`: rows that are kept; above, the things with the least weight lose theirs.
  WindowRows(uint32_t width, size_t most, size_t most_things = 100'000)
      : width_(width), most_(most), most_things_(most_things) {}

  // `values`: width numbers. `weight`: how much it matters, added up. Windows come in ascending order.
  void add(uint64_t thing, uint32_t window, const double* values, double weight);
  [[nodiscard]] uint32_t width() const { return width_; }
  [[nodiscard]] const std::unordered_map<uint64_t, Thing>& things() const { return things_; }
  [[nodiscard]] const Thing* find(uint64_t thing) const;
  // Things without windows, and numbers of things for which there was no room at all.
  [[nodiscard]] size_t dropped() const { return dropped_; }
  [[nodiscard]] size_t refused() const { return refused_; }

 private:
  void make_room();

  uint32_t width_;
  size_t most_;
  size_t most_things_;
  size_t rows_ = 0;
  size_t dropped_ = 0;
  size_t refused_ = 0;
  std::unordered_map<uint64_t, Thing> things_;
};

}  // namespace smtscope
