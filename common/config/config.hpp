#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/config/table.hpp"

// One plain struct per process, with defaults in the struct and one field table:
//
//   struct Config {
//     struct Http { int port{7070}; } http;
//     base::SecretString master_key;
//     template <class F>
//     void map(F& f) {
//       f.key("http.port", http.port, "TCP port of the dashboard and API", config::range(0, 65535));
//       f.secret("master_key", master_key, "32 bytes in hexadecimal");
//     }
//   };
//
// Strength: flag `--http.port 7071` (or `--http.port=…`, or `--http-port`) > environment WISEHOSTING_HTTP_PORT > TOML
// file > default. A secret `x` comes only from a private file: flag `--x_file`, WISEHOSTING_X_FILE, TOML key `x_file`,
// or $CREDENTIALS_DIRECTORY/x. Lists: TOML arrays; elsewhere separated by commas.

namespace config {

struct Options {
  /// Read when it exists; `--config FILE` or WISEHOSTING_CONFIG name another, which must exist.
  std::optional<std::filesystem::path> default_file{};
  /// Takes the arguments that are not flags; without it they are mistakes.
  std::vector<std::string>* positionals{nullptr};
  /// For tests; by default the process's.
  std::optional<std::map<std::string, std::string>> environment{};
};

namespace detail {
base::Result<void> fill(Table& table, int argc, const char* const* argv, const Options& options);
std::string describe(const Table& table);
std::string print(const Table& table);
}  // namespace detail

/// Reads the configuration. All mistakes together: kind invalid, code `config.invalid`, one field error each (pointer:
/// the key), and all of them in `message`. `argv[0]` is skipped. Blocks on reading files.
template <class T>
base::Result<T> load(int argc, const char* const* argv, const Options& options = {}) {
  T value{};
  Table table;
  value.map(table);
  TRY_CHECK(detail::fill(table, argc, argv, options));
  return value;
}

/// One paragraph for each key: flag, variable, meaning, range, default. For `--help` and the documentation.
template <class T>
std::string describe() {
  T value{};
  Table table;
  value.map(table);
  return detail::describe(table);
}

/// `key = value` lines in the order of the table, secrets as "(set)" or "(not set)".
template <class T>
std::string print_redacted(const T& value) {
  Table table;
  const_cast<T&>(value).map(table);  // the one table serves reading and printing
  return detail::print(table);
}

/// True when the arguments hold `--help` or `-h`.
bool wants_help(int argc, const char* const* argv);

}  // namespace config
