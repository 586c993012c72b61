#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/base/unique_fd.hpp"

namespace runtime {

/// The annotation of a container that says where its secret variables are.
inline constexpr const char* kVariablesAnnotation = "wh.variables";

/// The secret variables of a container while it is started: a memory file of this process, and a link to it that only
/// root can follow. `wh-oci-runtime` reads it when the container's process is made; nothing of it is ever on a disk.
/// After a kill the link leads nowhere, and the container does not start.
class HandedVariables {
 public:
  /// Replaces a link that is there. Throws `base::Failure`.
  HandedVariables(std::filesystem::path link, const std::map<std::string, std::string>& values);
  ~HandedVariables();
  HandedVariables(const HandedVariables&) = delete;
  HandedVariables& operator=(const HandedVariables&) = delete;

 private:
  std::filesystem::path link_;
  base::UniqueFd memory_;
};

}  // namespace runtime
