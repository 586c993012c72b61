#include "common/archive/tar_writer.hpp"

#include <algorithm>
#include <cstdio>

namespace archive {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kShort = 100;

void put(std::string& block, std::size_t at, std::string_view text) {
  std::ranges::copy(text, block.begin() + static_cast<std::ptrdiff_t>(at));
}

std::string octal(std::uint64_t value, int digits) {
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%0*lo", digits, static_cast<unsigned long>(value));
  return {text, static_cast<std::size_t>(length)};
}

std::string header(std::string_view name, std::string_view target, char type, std::uint64_t size, unsigned mode) {
  std::string block(kBlock, '\0');
  put(block, 0, name.substr(0, kShort));
  put(block, 100, octal(mode, 7));
  put(block, 108, octal(0, 7));
  put(block, 116, octal(0, 7));
  put(block, 124, octal(size, 11));
  put(block, 136, octal(0, 11));
  put(block, 148, "        ");
  block[156] = type;
  put(block, 157, target.substr(0, kShort));
  put(block, 257, std::string_view("ustar\00000", 8));
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(block, 148, octal(sum, 6) + std::string("\0 ", 2));
  return block;
}

/// "27 path=some/name\n": the length counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + std::string(key) + "=" + std::string(value) + "\n";
}

}  // namespace

std::string tar_header(const Entry& entry) {
  const bool folder = entry.kind == Entry::Kind::folder;
  const std::string name = entry.path + (folder ? "/" : "");
  std::string pax;
  if (name.size() > kShort) pax += pax_record("path", name);
  if (entry.target.size() > kShort) pax += pax_record("linkpath", entry.target);
  std::string text;
  if (!pax.empty()) text = header("pax", "", 'x', pax.size(), 0644) + pax + tar_padding(pax.size());
  const char type = folder ? '5' : entry.kind == Entry::Kind::link ? '2' : '0';
  const unsigned mode = folder || entry.executable ? 0755 : 0644;
  return text + header(name, entry.target, type, entry.kind == Entry::Kind::file ? entry.size : 0, mode);
}

std::string tar_padding(std::uint64_t size) {
  return std::string((kBlock - size % kBlock) % kBlock, '\0');
}

std::string tar_end() {
  return std::string(2 * kBlock, '\0');
}

}  // namespace archive
