#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace builds {

/// Replaces secret values in a stream of bytes by `•••`, also when a value is cut by the border of two chunks, and also
/// in the forms base64, hexadecimal and percent-encoding. Values under 6 bytes are not masked: they would hit by
/// chance.
class Masker {
 public:
  static constexpr std::size_t kShortest = 6;

  Masker() = default;
  explicit Masker(const std::vector<std::string>& values);

  /// What of the stream so far can be shown; keeps back a tail that may be the beginning of a value.
  std::string add(std::string_view chunk);
  /// The rest, at the end of the stream.
  std::string finish();

 private:
  std::size_t longest_beginning() const;
  void replace_whole_values();

  std::vector<std::string> patterns_;  ///< longest first
  std::string pending_;
};

}  // namespace builds
