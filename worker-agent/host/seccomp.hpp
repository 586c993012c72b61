#pragma once

#include <string>

#include "common/base/result.hpp"

namespace host {

/// Podman's seccomp profile (`/usr/share/containers/seccomp.json`) without what only container engines and attackers of
/// the kernel need: new namespaces, mounts, keyrings. Debian's profile permits them, so that containers can be nested;
/// a user namespace made inside gives every capability over what it owns, and with that most of the kernel's network
/// and file system code. Pure. Error `host.seccomp` when the profile is not of the form that is known: then nothing
/// runs.
base::Result<std::string> strict_seccomp(const std::string& profile);

}  // namespace host
