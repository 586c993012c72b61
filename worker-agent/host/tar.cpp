#include "worker-agent/host/tar.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include "common/base/failure.hpp"

namespace host {
namespace {

constexpr std::size_t kBlock = 512;

struct Header {
  std::array<char, 100> name;
  std::array<char, 8> mode;
  std::array<char, 8> uid;
  std::array<char, 8> gid;
  std::array<char, 12> size;
  std::array<char, 12> modified;
  std::array<char, 8> checksum;
  char type;
  std::array<char, 100> link;
  std::array<char, 8> magic;
  std::array<char, 247> rest;
};
static_assert(sizeof(Header) == kBlock);

}  // namespace

std::string tar_with_one_file(std::string_view name, std::string_view content) {
  BASE_CHECK(name.size() < 100, "a short name");
  Header header{};
  std::memcpy(header.name.data(), name.data(), name.size());
  std::snprintf(header.mode.data(), header.mode.size(), "%07o", 0755U);
  std::snprintf(header.uid.data(), header.uid.size(), "%07o", 0U);
  std::snprintf(header.gid.data(), header.gid.size(), "%07o", 0U);
  std::snprintf(header.size.data(), header.size.size(), "%011zo", content.size());
  std::snprintf(header.modified.data(), header.modified.size(), "%011o", 0U);
  header.type = '0';
  std::memcpy(header.magic.data(), "ustar\00000", 8);
  header.checksum.fill(' ');
  unsigned int sum = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
  for (std::size_t i = 0; i < kBlock; ++i) sum += bytes[i];
  std::snprintf(header.checksum.data(), header.checksum.size(), "%06o", sum);

  std::string archive(reinterpret_cast<const char*>(&header), kBlock);
  archive.append(content);
  archive.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  archive.append(2 * kBlock, '\0');
  return archive;
}

}  // namespace host
