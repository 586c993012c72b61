#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace logs {

/// Replaces secret values in a stream of bytes by `•••`, in all their forms (secret_forms.hpp), also when the border of
/// two chunks cuts one. Values under 6 bytes are not masked: they would hit by chance. About 1 ns a byte where nothing
/// is found; copies share what was made of the values. Not thread-safe.
class Masker {
 public:
  static constexpr std::size_t kShortest = 6;

  Masker() = default;
  explicit Masker(const std::vector<std::string>& values);

  /// What of the stream so far can be shown; keeps back a tail that may be the beginning of a value.
  std::string add(std::string_view chunk);
  /// The rest, at the end of the stream; the next `add` begins a new one.
  std::string finish();

  /// One whole text: false when nothing in it had to be masked; else `shown` is what may be seen.
  bool mask(std::string_view text, std::string& shown) const;
  bool empty() const { return patterns_ == nullptr; }

 private:
  class Patterns;
  struct Range {
    std::size_t begin;
    std::size_t end;
    bool part{false};  ///< ends with a part of a value: what goes on with its alphabet is hidden, too
  };
  std::vector<Range> ranges();

  std::shared_ptr<const Patterns> patterns_;
  std::string pending_;
  std::size_t hidden_{0};  ///< so many of the pending bytes are hidden already: their mask was shown
  bool inside_{false};     ///< … and the last of them belongs to a part
};

}  // namespace logs
