#pragma once

#include <string>
#include <string_view>

#include "worker-agent/runtime/types.hpp"

namespace runtime {

/// The body of `POST /containers/create`. `user`: with whom the image starts, `user[:group]` by name or number; empty
/// is root. Only root gets the capabilities that ordinary images need to start. Pure.
std::string container_body(ContainerSpec spec, std::string_view user);

}  // namespace runtime
