#include "common/config/sources.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#define TOML_HEADER_ONLY 1  // the shared library is built to throw
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "common/base/files.hpp"

namespace config::detail {
namespace {

std::string dashed(std::string_view key) {
  std::string text(key);
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return text;
}

const Entry* find_flag(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.entries().begin(), table.entries().end(), [&](const Entry& entry) {
    const std::string key = written_key(entry);
    return key == name || dashed(key) == name;
  });
  return found == table.entries().end() ? nullptr : &*found;
}

Written as_text(std::string value) {
  return Written{Written::Form::text, {std::move(value)}};
}

/// Walks the TOML tree and turns what it finds into texts.
class TomlReader {
 public:
  TomlReader(const Table& table, const std::filesystem::path& file, Source& out) : file_(file.string()), out_(out) {
    for (const auto& entry : table.entries()) known_.push_back(written_key(entry));
  }

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const bool leaf = std::find(known_.begin(), known_.end(), key) != known_.end();
      if (node.is_table() && !leaf) {
        read(*node.as_table(), key + ".");
      } else if (!leaf) {
        mistake(key, node, "is not known");
      } else {
        take(key, node);
      }
    }
  }

 private:
  void take(const std::string& key, const toml::node& node) {
    if (const auto* list = node.as_array()) {
      Written written{Written::Form::list, {}};
      for (const auto& item : *list) {
        if (!item.is_string()) return mistake(key, node, "must be a list of texts in quotes");
        written.parts.push_back(item.as_string()->get());
      }
      out_.values[key] = std::move(written);
    } else if (const auto* text = node.as_string()) {
      out_.values[key] = Written{Written::Form::string, {text->get()}};
    } else if (const auto* flag = node.as_boolean()) {
      out_.values[key] = Written{Written::Form::boolean, {flag->get() ? "true" : "false"}};
    } else if (const auto* whole = node.as_integer()) {
      out_.values[key] = Written{Written::Form::number, {std::to_string(whole->get())}};
    } else if (const auto* real = node.as_floating_point()) {
      std::ostringstream digits;
      digits.precision(17);
      digits << real->get();
      out_.values[key] = Written{Written::Form::number, {digits.str()}};
    } else {
      mistake(key, node, "must be a text, a number, true or false, or a list");
    }
  }

  void mistake(const std::string& key, const toml::node& node, const std::string& what) {
    out_.mistakes.push_back({key, what + " (" + file_ + ", line " + std::to_string(node.source().begin.line) + ")"});
  }

  std::string file_;
  Source& out_;
  std::vector<std::string> known_;
};

}  // namespace

std::string written_key(const Entry& entry) {
  return entry.secret ? entry.key + "_file" : entry.key;
}

std::string variable_of(std::string_view key) {
  std::string name = "WISEHOSTING_";
  for (const char c : key) name.push_back(c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return name;
}

Flags read_flags(const Table& table, int argc, const char* const* argv) {
  Flags flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with("--")) {
      flags.positionals.emplace_back(argument);
      continue;
    }
    const auto equals = std::min(argument.find('='), argument.size());
    const std::string_view name = argument.substr(2, equals - 2);
    const Entry* entry = find_flag(table, name);
    if (entry == nullptr && name != "config") {
      flags.source.mistakes.push_back({"--" + std::string(name), "is not known"});
      continue;
    }
    std::string value;
    if (equals < argument.size()) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < argc) {
      value = argv[++i];
    } else {
      flags.source.mistakes.push_back({"--" + std::string(name), "needs a value"});
      continue;
    }
    if (entry == nullptr) {
      flags.config_file = std::move(value);
    } else {
      flags.source.values[written_key(*entry)] = as_text(std::move(value));
    }
  }
  return flags;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> all;
  for (char** at = ::environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view pair = *at;
    const auto equals = std::min(pair.find('='), pair.size());
    all.emplace(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
  }
  return all;
}

Source read_environment(const Table& table, const std::map<std::string, std::string>& environment) {
  Source source;
  for (const auto& entry : table.entries()) {
    const std::string key = written_key(entry);
    if (const auto found = environment.find(variable_of(key)); found != environment.end()) {
      source.values[key] = as_text(found->second);
    }
  }
  return source;
}

Source read_toml(const Table& table, const std::filesystem::path& file) {
  Source source;
  std::string content;
  try {
    content = base::blocking_read_file(file, std::size_t{1} << 20U);
  } catch (const std::exception& e) {
    source.mistakes.push_back({"--config", std::string("cannot be read: ") + e.what()});
    return source;
  }
  const toml::parse_result parsed = toml::parse(content, file.string());
  if (!parsed) {
    source.mistakes.push_back({file.string(), std::string(parsed.error().description()) + " (line " +
                                                  std::to_string(parsed.error().source().begin.line) + ")"});
    return source;
  }
  TomlReader(table, file, source).read(parsed.table(), "");
  return source;
}

}  // namespace config::detail
