#include "worker-agent/link/sealed_file.hpp"

#include <vector>

#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;

}  // namespace

void blocking_write_sealed(const fs::path& file, std::string_view json_line) {
  const std::string text(json_line);
  base::blocking_write_file(file, text + "\n" + crypto::sha256_hex(text) + "\n", kPrivate);
}

base::Result<std::string> unseal(std::string_view text) {
  const auto end = text.find('\n');
  const std::string line(text.substr(0, end));
  const std::string_view rest = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  if (rest.empty() || rest == crypto::sha256_hex(line) + "\n") return line;
  return base::fail(base::ErrorKind::malformed, "link.torn", "The file is not what was written.");
}

base::Result<std::string> blocking_read_sealed(const fs::path& file) {
  return unseal(base::blocking_read_file(file));
}

void blocking_remove_half_written(const fs::path& folder) {
  std::vector<fs::path> half;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".new-") != std::string::npos || name.ends_with(".part")) half.push_back(entry.path());
  }
  for (const fs::path& file : half) fs::remove(file);
}

}  // namespace agent
