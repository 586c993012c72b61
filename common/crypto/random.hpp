#pragma once

#include <cstddef>
#include <string>

namespace crypto {

/// `count` bytes from the kernel's generator. Thread-safe.
std::string random_bytes(std::size_t count);

}  // namespace crypto
