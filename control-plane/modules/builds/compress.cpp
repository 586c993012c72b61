#include "control-plane/modules/builds/compress.hpp"

#include <zstd.h>

#include "common/base/failure.hpp"

namespace builds {
namespace {

constexpr int kLevel = 3;

}  // namespace

std::string compress(std::string_view raw) {
  std::string frame(ZSTD_compressBound(raw.size()), '\0');
  const auto size = ZSTD_compress(frame.data(), frame.size(), raw.data(), raw.size(), kLevel);
  BASE_CHECK(ZSTD_isError(size) == 0, "zstd compresses into a buffer of its own bound");
  frame.resize(size);
  return frame;
}

std::string decompress(std::string_view frame, std::size_t raw_size) {
  std::string raw(raw_size, '\0');
  const auto size = ZSTD_decompress(raw.data(), raw.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0 || size != raw_size) throw base::Failure("a stored log chunk is damaged");
  return raw;
}

}  // namespace builds
