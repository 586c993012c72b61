#include "common/config/config.hpp"
#include "common/config/sources.hpp"

namespace config::detail {
namespace {

std::string bounds(const Rule& rule) {
  if (!rule.low && !rule.high) return {};
  if (!rule.high) return ", at least " + std::to_string(*rule.low);
  return ", " + std::to_string(rule.low.value_or(0)) + " to " + std::to_string(*rule.high);
}

}  // namespace

std::string describe(const Table& table) {
  std::string text;
  for (const auto& entry : table.entries()) {
    const std::string key = written_key(entry);
    const std::string standard = entry.rule.required ? "required" : "default: " + entry.show();
    text += "--" + key + "  (" + variable_of(key) + ")\n    " + entry.description + " [" + entry.type +
            bounds(entry.rule) + "; " + standard + "]\n";
  }
  return text;
}

std::string print(const Table& table) {
  std::string text;
  for (const auto& entry : table.entries()) text += entry.key + " = " + entry.show() + "\n";
  return text;
}

}  // namespace config::detail
