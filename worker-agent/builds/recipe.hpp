#pragma once

#include <optional>
#include <string>

#include "worker-agent/builds/source_tree.hpp"
#include "worker-agent/builds/workshop.hpp"

namespace builds {

/// What podman builds.
struct Recipe {
  std::string title;                        ///< for the log
  Containerfile containerfile;              ///< its path is relative to `folder`
  std::string folder{"/job/src"};           ///< as the jail shows it
  std::string context{"/job/src"};          ///< likewise
  std::optional<std::string> content_hash;  ///< of a static site
  bool shell_variables{false};              ///< it takes all variables as one file for a shell (commands.hpp)
};

/// Finds out what is built of the fetched source: its Containerfile; or, where the job names a static directory, that
/// folder on the base image with a web server in it; or, where it has commands, those: by a Containerfile of ours.
/// Errors: codes `source.*`, step "source".
async::Task<StepResult<Recipe>> find_recipe(Workshop& shop);

}  // namespace builds
