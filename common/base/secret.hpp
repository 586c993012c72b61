#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// Overwrites memory so that the compiler cannot leave it out.
void wipe(void* data, std::size_t size) noexcept;
/// Compares in time that depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

template <class T>
class Secret;

/// A value that cannot be printed, logged, compared carelessly or put into JSON; wiped when it goes.
/// Read it only where it is used, through `reveal()`.
template <>
class Secret<std::string> {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.clear(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      clear();
      value_ = other.value_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      value_ = std::move(other.value_);
      other.clear();
    }
    return *this;
  }
  ~Secret() { clear(); }

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }
  bool equals(std::string_view other) const noexcept { return equal_constant_time(value_, other); }

 private:
  void clear() noexcept {
    value_.resize(value_.capacity());
    wipe(value_.data(), value_.size());
    value_.clear();
  }
  std::string value_;
};

using SecretString = Secret<std::string>;

}  // namespace base
