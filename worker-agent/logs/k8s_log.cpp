#include "worker-agent/logs/k8s_log.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>

#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

constexpr std::uint64_t kStep = 64 * 1024;

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

std::string read_range(const std::filesystem::path& file, std::uint64_t from, std::uint64_t size) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(from));
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  return bytes;
}

/// The texts of the whole raw lines, pieces joined.
std::string plain_text(std::string_view raw) {
  std::string out;
  for (auto end = raw.find('\n'); end != std::string_view::npos; end = raw.find('\n')) {
    const auto line = raw.substr(0, end);
    const auto parsed = parse_raw(line);
    out.append(parsed ? parsed->text : line);
    if (!parsed || parsed->whole) out.push_back('\n');
    raw.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

std::vector<std::string> blocking_last_lines(const std::filesystem::path& file, std::uint64_t from, std::size_t count) {
  const auto size = size_of(file);
  // conmon began a new file when it was full: all of it is of this run.
  if (size < from) from = 0;
  const auto start = std::max(from, size > kStep ? size - kStep : 0);
  auto raw = read_range(file, start, size - start);
  if (start > from) raw.erase(0, std::min(raw.size(), raw.find('\n') + 1));
  const std::string text = plain_text(raw);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, std::min<std::size_t>(kLongestLastLine, end - at)));
    at = end + 1;
  }
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

}  // namespace logs
