#include "worker-agent/logs/k8s_log.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace logs {
namespace {

constexpr std::uint64_t kStep = 64 * 1024;

/// The text of one raw line; `goes_on` when it was cut by conmon and continues in the next.
std::string_view text_of(std::string_view line, bool& goes_on) {
  goes_on = false;
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || second + 2 >= line.size() + 1) return line;
  const auto stream = line.substr(first + 1, second - first - 1);
  const bool tagged = second + 1 < line.size() && (line[second + 1] == 'F' || line[second + 1] == 'P') &&
                      (second + 2 == line.size() || line[second + 2] == ' ');
  if ((stream != "stdout" && stream != "stderr") || !tagged) return line;
  goes_on = line[second + 1] == 'P';
  return second + 3 <= line.size() ? line.substr(second + 3) : std::string_view();
}

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

}  // namespace

void PrefixStripper::feed(std::string_view raw, std::string& out) {
  while (!raw.empty()) {
    const auto end = raw.find('\n');
    if (end == std::string_view::npos) {
      pending_.append(raw);
      return;
    }
    pending_.append(raw.substr(0, end));
    bool goes_on = false;
    out.append(text_of(pending_, goes_on));
    if (!goes_on) out.push_back('\n');
    pending_.clear();
    raw.remove_prefix(end + 1);
  }
}

std::vector<std::string> blocking_last_lines(const std::filesystem::path& file, std::uint64_t from, std::size_t count) {
  const auto size = size_of(file);
  // conmon began a new file when it was full: all of it is of this run.
  if (size < from) from = 0;
  const auto start = std::max(from, size > kStep ? size - kStep : 0);
  std::string text;
  PrefixStripper stripper;
  auto raw = read_range(file, start, size - start);
  if (start > from) raw.erase(0, std::min(raw.size(), raw.find('\n') + 1));
  stripper.feed(raw, text);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, std::min<std::size_t>(500, end - at)));
    at = end + 1;
  }
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

std::uint64_t blocking_offset_of_last(const std::filesystem::path& file, std::size_t lines) {
  const auto size = size_of(file);
  std::size_t seen = 0;
  for (auto end = size; end > 0;) {
    const auto begin = end > kStep ? end - kStep : 0;
    const auto bytes = read_range(file, begin, end - begin);
    for (auto at = bytes.size(); at > 0; --at) {
      const bool last_byte = begin + at == size;
      if (bytes[at - 1] != '\n' || last_byte) continue;
      if (++seen == lines) return begin + at;
    }
    end = begin;
  }
  return lines == 0 ? size : 0;
}

}  // namespace logs
