#include <algorithm>
#include <filesystem>

#include "common/config/config.hpp"
#include "common/config/sources.hpp"

namespace config {
namespace detail {
namespace {

/// Where a value came from, for the text of a mistake.
struct Origin {
  const Source* source;
  std::string (*name)(std::string_view key);
};

std::string flag_name(std::string_view key) {
  return "flag --" + std::string(key);
}
std::string variable_name(std::string_view key) {
  return "environment variable " + variable_of(key);
}
std::string file_name(std::string_view) {
  return "configuration file";
}
std::string credential_name(std::string_view) {
  return "$CREDENTIALS_DIRECTORY";
}

/// Secrets that a service manager handed over, as paths.
Source read_credentials(const Table& table, const std::map<std::string, std::string>& environment) {
  Source source;
  const auto folder = environment.find("CREDENTIALS_DIRECTORY");
  if (folder == environment.end() || folder->second.empty()) return source;
  for (const auto& entry : table.entries()) {
    const auto path = std::filesystem::path(folder->second) / entry.key;
    std::error_code ignored;
    if (entry.secret && std::filesystem::exists(path, ignored)) {
      source.values[written_key(entry)] = Written{Written::Form::text, {path.string()}};
    }
  }
  return source;
}

/// An explicitly named file must exist; the default one may be missing.
Source read_file(const Table& table, const Flags& flags, const std::map<std::string, std::string>& environment,
                 const Options& options) {
  if (flags.config_file) return read_toml(table, *flags.config_file);
  if (const auto named = environment.find("WISEHOSTING_CONFIG"); named != environment.end()) {
    return read_toml(table, named->second);
  }
  std::error_code ignored;
  if (options.default_file && std::filesystem::exists(*options.default_file, ignored)) {
    return read_toml(table, *options.default_file);
  }
  return {};
}

void apply(const Entry& entry, const std::vector<Origin>& origins, std::vector<base::FieldError>& mistakes) {
  const std::string key = written_key(entry);
  for (const auto& origin : origins) {
    const auto found = origin.source->values.find(key);
    if (found == origin.source->values.end()) continue;
    if (auto set = entry.set(found->second); !set) {
      mistakes.push_back({key, set.error().message + " (" + origin.name(key) + ")"});
    }
    return;
  }
  if (entry.rule.required) {
    mistakes.push_back({key, "is required: set " + flag_name(key) + ", " + variable_of(key) +
                                 " or the key in the configuration file"});
  }
}

base::Error report(std::vector<base::FieldError> mistakes) {
  std::string message = "The configuration has mistakes:";
  for (const auto& mistake : mistakes) message += "\n  " + mistake.pointer + " " + mistake.message;
  return base::Error(base::ErrorKind::invalid, "config.invalid", std::move(message), std::move(mistakes));
}

}  // namespace

base::Result<void> fill(Table& table, int argc, const char* const* argv, const Options& options) {
  const auto environment = options.environment ? *options.environment : process_environment();
  Flags flags = read_flags(table, argc, argv);
  const Source variables = read_environment(table, environment);
  const Source file = read_file(table, flags, environment, options);
  const Source credentials = read_credentials(table, environment);
  std::vector<base::FieldError> mistakes = flags.source.mistakes;
  mistakes.insert(mistakes.end(), file.mistakes.begin(), file.mistakes.end());
  if (options.positionals != nullptr) {
    *options.positionals = std::move(flags.positionals);
  } else {
    for (const auto& extra : flags.positionals) mistakes.push_back({extra, "is not a flag"});
  }
  const std::vector<Origin> origins{
      {&flags.source, flag_name}, {&variables, variable_name}, {&file, file_name}, {&credentials, credential_name}};
  for (const auto& entry : table.entries()) apply(entry, origins, mistakes);
  if (!mistakes.empty()) return base::fail(report(std::move(mistakes)));
  return {};
}

}  // namespace detail

bool wants_help(int argc, const char* const* argv) {
  return std::any_of(argv + std::min(argc, 1), argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--help" || std::string_view(argument) == "-h";
  });
}

}  // namespace config
