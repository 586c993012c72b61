#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "worker-agent/registry/base_image.hpp"

/// The base image of static sites: nginx as the packages of this host have it, and our configuration of it. The files
/// come into /site/current; it listens on $PORT, as nobody, and needs nothing to write to but /tmp.
namespace registry {

inline constexpr const char* kSiteRepository = "library/static-site";
inline constexpr const char* kSiteName = "localhost/wisehosting/static-site:1";

/// The absolute paths of the libraries, and the loader, in what `ldd` says of a program. Pure.
std::vector<std::string> libraries_in(std::string_view ldd);

/// `programs`: absolute path and content of nginx, its libraries and busybox, which starts it. The same give the same
/// digest. Pure.
ImageParts make_site_image(const std::map<std::string, std::string>& programs);

/// As `seed_base_image`. Errors: `base_image.no_nginx` when the package nginx or busybox-static is missing.
async::Task<base::Result<std::string>> seed_site_image(async::BlockingPool& pool, const base::Clock& clock,
                                                       std::string host, std::uint16_t port, PushTokens tokens);

}  // namespace registry
