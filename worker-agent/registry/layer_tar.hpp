#pragma once

#include <string>
#include <string_view>

namespace registry {

/// Writes a POSIX ustar archive with fixed times and owners (0, root): the same entries give the same bytes. Names and
/// link targets have at most 99 characters (checked).
class LayerTar {
 public:
  void folder(std::string_view name, unsigned mode);
  void file(std::string_view name, unsigned mode, std::string_view content);
  void link(std::string_view name, std::string_view target);
  std::string finish() &&;

 private:
  void header(std::string_view name, unsigned mode, std::size_t size, char type, std::string_view target);

  std::string out_;
};

}  // namespace registry
