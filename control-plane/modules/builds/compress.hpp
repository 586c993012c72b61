#pragma once

#include <string>
#include <string_view>

namespace builds {

/// One zstd frame.
std::string compress(std::string_view raw);
/// `raw_size`: how many bytes the frame must hold; throws `Failure` when it does not.
std::string decompress(std::string_view frame, std::size_t raw_size);

}  // namespace builds
