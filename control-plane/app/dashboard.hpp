#pragma once

#include <map>
#include <string>

#include "control-plane/platform/http/static_files.hpp"

namespace app {

/// The built dashboard, embedded at build time from spa/dist.
std::map<std::string, http::StaticFile> dashboard_files();

}  // namespace app
