#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/archive/tar_reader.hpp"

namespace archive {

/// The header of a member (ustar, a pax header before it where a name is long): its content follows, padded by
/// `tar_padding`. Times and owners are left out, so that the same files are the same bytes.
std::string tar_header(const Entry& entry);
/// Zeros that fill the last block of content.
std::string tar_padding(std::uint64_t size);
/// The end of an archive.
std::string tar_end();

}  // namespace archive
