#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "worker-agent/registry/image_parts.hpp"

namespace registry {

/// The image `FROM localhost/wisehosting/busybox:1`: /bin/busybox and a link for each applet, /etc/passwd, /tmp. The
/// same busybox gives the same digest. Pure.
ImageParts make_busybox_image(const std::string& busybox, const std::vector<std::string>& applets);

/// Gives a token that permits pull and push on one repository.
using PushTokens = std::function<async::Task<base::Result<std::string>>(std::string repository)>;

inline constexpr const char* kBaseRepository = "library/busybox";
inline constexpr const char* kBaseTag = "1";
inline constexpr const char* kBaseName = "localhost/wisehosting/busybox:1";

/// Pushes the base image to the registry at `host`:`port` unless it is there; answers its digest. About 50 ms.
/// Errors: `base_image.no_busybox` (the package busybox-static is missing), `base_image.refused`, those of the token
/// and of http_client.
async::Task<base::Result<std::string>> seed_base_image(async::BlockingPool& pool, const base::Clock& clock,
                                                       std::string host, std::uint16_t port, PushTokens tokens);

/// The same for any base image, as tag `1` of `repository`.
async::Task<base::Result<std::string>> push_base_image(const base::Clock& clock, std::string host, std::uint16_t port,
                                                       PushTokens tokens, std::string repository, ImageParts image);

}  // namespace registry
