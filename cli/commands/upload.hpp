#pragma once

#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

namespace cli {

/// Packs a folder and sends it for an app, part by part, with its progress; what is there already is not sent again.
/// Broken connections and a server that restarts are waited for. Answers the upload's id.
async::Task<base::Result<std::string>> send_folder(Session& session, std::string app, std::string folder);

}  // namespace cli
