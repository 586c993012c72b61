#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/config.hpp"

namespace config::detail {

/// Values by key (of secrets: the key with `_file`), and the mistakes made in writing them.
struct Source {
  std::map<std::string, Written> values;
  std::vector<base::FieldError> mistakes;
};

/// The key under which an entry's value is written.
std::string written_key(const Entry& entry);
/// `http.port` → `WISEHOSTING_HTTP_PORT`.
std::string variable_of(std::string_view key);

struct Flags {
  Source source;
  std::optional<std::string> config_file;
  std::vector<std::string> positionals;
};
Flags read_flags(const Table& table, int argc, const char* const* argv);
std::map<std::string, std::string> process_environment();
Source read_environment(const Table& table, const std::map<std::string, std::string>& environment);
/// Unknown keys and wrong forms are mistakes, with the line.
Source read_toml(const Table& table, const std::filesystem::path& file);

}  // namespace config::detail
