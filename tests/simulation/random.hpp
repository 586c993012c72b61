#pragma once

#include <cstdint>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace simulation {

/// The only source of chance in a run (splitmix64): the same seed gives the same run on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 0x5851f42d4c957f2dU) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// 0 … below - 1.
  int below(int below) { return static_cast<int>(next() % static_cast<std::uint64_t>(below)); }
  bool chance(int per_mille) { return below(1000) < per_mille; }
  base::Duration between(base::Duration low, base::Duration high) {
    const auto span = static_cast<std::uint64_t>((high - low).count() / 1000) + 1;
    return low + std::chrono::microseconds(static_cast<std::int64_t>(next() % span));
  }
  base::Duration millis(int low, int high) {
    return between(std::chrono::milliseconds(low), std::chrono::milliseconds(high));
  }

 private:
  std::uint64_t state_;
};

/// Ids in the order in which they are asked for; in UUIDv7's form.
class Ids {
 public:
  template <class Id>
  Id make() {
    std::array<std::uint8_t, 16> bytes{};
    const std::uint64_t number = ++last_;
    for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (40U - 8U * i));
    bytes[6] = 0x70;
    bytes[8] = 0x80;
    return Id(base::Uuid(bytes));
  }

 private:
  std::uint64_t last_{0};
};

}  // namespace simulation
