#pragma once

#include <string>

#include "worker-agent/runtime/types.hpp"

namespace runtime {

/// The body of `POST /containers/create`. Only an image that starts as root gets the capabilities that ordinary images
/// need to start. Of the image's environment only what has a name and a value: Podman would fill in a bare name, or
/// `*`, from its own. Its health check does not run: the agent looks itself. Pure.
std::string container_body(ContainerSpec spec, const ImageDefaults& image);

}  // namespace runtime
