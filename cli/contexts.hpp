#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace cli {

inline constexpr const char* kDefaultContext = "default";

/// The sign-ins of one person, each at a server of its own: `context.json` is the one called "default", others are
/// `contexts/NAME.json`; `current-context` names the one in use.
class Contexts {
 public:
  explicit Contexts(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Lower-case letters, digits and dashes, at most 40. Error `cli.usage`.
  static base::Result<void> check_name(const std::string& name);
  /// Where the sign-in of that name is kept, whether or not there is one.
  std::filesystem::path file(const std::string& name) const;
  /// In order of their names. Blocks, as all of these do.
  std::vector<std::string> blocking_names() const;
  bool blocking_exists(const std::string& name) const;
  /// "default" unless another was chosen.
  std::string blocking_current() const;
  /// Error `cli.context` when the file cannot be written.
  base::Result<void> blocking_use(const std::string& name) const;
  void blocking_remove(const std::string& name) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace cli
