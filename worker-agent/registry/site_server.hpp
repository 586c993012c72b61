#pragma once

#include <string_view>

namespace registry {

/// How the web server of static sites is started: the port is known when it runs, not when it is built. `exec`, so that
/// signals reach it.
extern const std::string_view kSiteStart;

/// nginx's configuration with `@PORT@` in it.
extern const std::string_view kSiteConfiguration;

}  // namespace registry
