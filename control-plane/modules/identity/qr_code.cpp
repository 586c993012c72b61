#include "control-plane/modules/identity/qr_code.hpp"

#include <qrencode.h>

#include <memory>

#include "common/base/failure.hpp"

namespace identity {
namespace {

constexpr int kQuiet = 4;

struct Release {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

/// Horizontal runs of dark modules as one path.
std::string dark_path(const QRcode& code) {
  std::string path;
  for (int y = 0; y < code.width; ++y) {
    const unsigned char* row = code.data + static_cast<std::ptrdiff_t>(y) * code.width;
    for (int x = 0; x < code.width;) {
      int end = x;
      while (end < code.width && (row[end] & 1U) != 0) ++end;
      if (end > x) {
        const auto length = std::to_string(end - x);
        path +=
            "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + length + "v1h-" + length + "z";
      }
      x = end + 1;
    }
  }
  return path;
}

}  // namespace

std::string qr_svg(const std::string& text) {
  if (text.size() > 1000) throw base::Failure("this is too long for a QR code");
  const std::unique_ptr<QRcode, Release> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M));
  if (!code) throw base::Failure("the QR code could not be made");
  const auto side = std::to_string(code->width + 2 * kQuiet);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side + "H0z\"/><path d=\"" +
         dark_path(*code) + "\"/></svg>";
}

}  // namespace identity
