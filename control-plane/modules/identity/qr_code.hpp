#pragma once

#include <string>

namespace identity {

/// A QR code (medium error correction) as an SVG document without script or style: black on white with a quiet zone,
/// one unit a module. At most 1,000 bytes of text. Pure.
std::string qr_svg(const std::string& text);

}  // namespace identity
