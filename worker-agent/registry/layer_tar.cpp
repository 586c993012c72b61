#include "worker-agent/registry/layer_tar.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include "common/base/failure.hpp"

namespace registry {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kLongestName = 99;

struct Header {
  std::array<char, 100> name{};
  std::array<char, 8> mode{};
  std::array<char, 8> uid{};
  std::array<char, 8> gid{};
  std::array<char, 12> size{};
  std::array<char, 12> mtime{};
  std::array<char, 8> checksum{};
  char type{'0'};
  std::array<char, 100> target{};
  std::array<char, 6> magic{'u', 's', 't', 'a', 'r', '\0'};
  std::array<char, 2> version{'0', '0'};
  std::array<char, 247> rest{};
};
static_assert(sizeof(Header) == kBlock);

template <std::size_t N>
void octal(std::array<char, N>& field, unsigned long long value) {
  std::snprintf(field.data(), N, "%0*llo", static_cast<int>(N - 1), value);
}

}  // namespace

void LayerTar::header(std::string_view name, unsigned mode, std::size_t size, char type, std::string_view target) {
  BASE_CHECK(name.size() <= kLongestName && target.size() <= kLongestName, "a name is too long for ustar");
  Header header;
  std::memcpy(header.name.data(), name.data(), name.size());
  std::memcpy(header.target.data(), target.data(), target.size());
  octal(header.mode, mode);
  octal(header.uid, 0);
  octal(header.gid, 0);
  octal(header.size, size);
  octal(header.mtime, 0);
  header.type = type;
  header.checksum.fill(' ');
  std::array<unsigned char, kBlock> bytes{};
  std::memcpy(bytes.data(), &header, kBlock);
  unsigned sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  std::snprintf(header.checksum.data(), header.checksum.size(), "%06o", sum);
  out_.append(reinterpret_cast<const char*>(&header), kBlock);
}

void LayerTar::folder(std::string_view name, unsigned mode) {
  header(name, mode, 0, '5', "");
}

void LayerTar::file(std::string_view name, unsigned mode, std::string_view content) {
  header(name, mode, content.size(), '0', "");
  out_ += content;
  out_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
}

void LayerTar::link(std::string_view name, std::string_view target) {
  header(name, 0777, 0, '2', target);
}

std::string LayerTar::finish() && {
  out_.append(2 * kBlock, '\0');
  return std::move(out_);
}

}  // namespace registry
