#pragma once

#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

namespace cli {

/// Packs a folder and sends it for an app, part by part, with its progress; what is there already is not sent again.
/// Broken connections and a server that restarts are waited for. `only`: of a static site, the folder that it serves.
/// Answers the upload's id.
async::Task<base::Result<std::string>> send_folder(Session& session, std::string app, std::string folder,
                                                   std::string only);

}  // namespace cli
