#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace jail {

/// Where the jail shows the build's variables, each a file of root's: memory, gone with the jail.
inline constexpr const char* kVariables = "/run/wh-variables";

struct Variable {
  std::string name;      ///< letters, digits and underscores
  std::string value;     ///< any bytes but NUL
  bool argument{false};  ///< it is in the program's environment, too
  bool operator==(const Variable&) const = default;
};

/// What wh-jail reads from its standard input with `--variables-from-stdin`: no argument and no file holds it.
std::string encode_variables(const std::vector<Variable>& variables);
base::Result<std::vector<Variable>> decode_variables(std::string_view text);

/// Inside the jail's root. Throws `base::Failure`.
void write_variables(const std::vector<Variable>& variables);

}  // namespace jail
