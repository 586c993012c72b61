#pragma once

#include <cstddef>
#include <string_view>

namespace json {

/// Bytes of the well-formed UTF-8 sequence (Unicode table 3-7) that `text` begins with; 0 when there is none.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto continues = [&](std::size_t at, unsigned low = 0x80U, unsigned high = 0xbfU) {
    return at < text.size() && byte(at) >= low && byte(at) <= high;
  };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xc2U && lead <= 0xdfU) return continues(1) ? 2 : 0;
  if (lead >= 0xe0U && lead <= 0xefU) {
    const unsigned low = lead == 0xe0U ? 0xa0U : 0x80U;
    const unsigned high = lead == 0xedU ? 0x9fU : 0xbfU;  // no surrogates
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xf0U && lead <= 0xf4U) {
    const unsigned low = lead == 0xf0U ? 0x90U : 0x80U;
    const unsigned high = lead == 0xf4U ? 0x8fU : 0xbfU;  // up to U+10FFFF
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace json
