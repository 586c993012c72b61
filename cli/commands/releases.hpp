#pragma once

#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Releases: what an app can go back to. cli/grammar/releases.cpp says how it is typed.
namespace cli {

/// The newest first, each with what became of its image.
async::Task<Outcome> list_releases(Session& session, std::string app, std::size_t limit);
/// Keeps the image of a release whatever its age, or lets it go its way again.
async::Task<Outcome> pin_release(Session& session, std::string app, int release, bool pinned);
/// Builds what a deployment was built of once more, with the variables and settings of now. The deployment is named as
/// elsewhere: by its id, by APP/NUMBER, or by APP (the latest).
async::Task<Outcome> redeploy(Session& session, std::string deployment, bool wait);

}  // namespace cli
