#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

/// Variables as the text of a `.env` file.
namespace text {

struct DotenvEntry {
  std::string name;
  std::string value;
  /// The value holds references (`${name}`); then `$${` in it stands for `${` itself.
  bool expand{false};
  bool operator==(const DotenvEntry&) const = default;
};

/// Reads `NAME=value` lines: comments (`#`), `export` before the name, values bare, in single quotes (as they stand) or
/// in double quotes (\n \r \t \\ \" \$); quoted values may run over several lines. `${` that is not escaped, outside
/// single quotes, makes the value one with references. A name that comes twice is refused. Error `dotenv.malformed`
/// says the line and never what is in it.
base::Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text);

/// The same, back: what `parse_dotenv` reads is what was given, byte for byte. Names must be names of variables, values
/// without NUL; a value with `expand` must hold `${`.
std::string print_dotenv(const std::vector<DotenvEntry>& entries);

}  // namespace text
