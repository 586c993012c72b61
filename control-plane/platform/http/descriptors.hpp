#pragma once

#include <cstddef>

namespace http {

/// Raises this process's limit of open files as far as the system lets it, and tells it. Once, at the start.
std::size_t raise_descriptor_limit();

/// How many open files this process may have now.
std::size_t descriptor_limit();

/// How many of `wanted` connections fit beside the files that the process needs for everything else. Pure.
std::size_t connections_within(std::size_t descriptors, std::size_t wanted);

}  // namespace http
