#include "control-plane/modules/projects/rules_variables.hpp"

#include <algorithm>

#include "common/crypto/hash.hpp"

namespace projects {

const char* to_string(Level level) {
  switch (level) {
    case Level::organization: return "organization";
    case Level::project: return "project";
    case Level::environment: return "environment";
    case Level::app: return "app";
  }
  return "app";
}

namespace rules {
namespace {

constexpr std::size_t kLongestReference = 200;

bool is_variable_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_service_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

std::optional<Reference> reference(std::string_view text) {
  if (text.empty() || text.size() > kLongestReference) return std::nullopt;
  auto parsed = parse_reference(text);
  const bool good_service = std::ranges::all_of(parsed.service, is_service_char);
  const bool good_name = !parsed.name.empty() && std::ranges::all_of(parsed.name, is_variable_char) &&
                         (parsed.name.front() < '0' || parsed.name.front() > '9');
  if (!good_service || !good_name || text.front() == '.') return std::nullopt;
  return parsed;
}

}  // namespace

Reference parse_reference(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

base::Result<std::vector<Piece>> parse_template(std::string_view text) {
  std::vector<Piece> pieces(1);
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with("$${")) {
      pieces.back().text += "${";
      at += 3;
    } else if (text.substr(at).starts_with("${")) {
      const auto end = text.find('}', at);
      const auto found = end == std::string_view::npos ? std::nullopt : reference(text.substr(at + 2, end - at - 2));
      if (!found) {
        return base::fail(base::ErrorKind::invalid, "variable.reference",
                          "At character " + std::to_string(at + 1) +
                              " begins no reference: it is ${NAME} or ${service.name}. To mean ${ itself, write $${.");
      }
      pieces.push_back({"", found});
      pieces.emplace_back();
      at = end + 1;
    } else {
      pieces.back().text += text[at++];
    }
  }
  return pieces;
}

std::vector<std::string> references_of(std::string_view text) {
  std::vector<std::string> found;
  const auto pieces = parse_template(text);
  if (!pieces) return found;
  for (const auto& piece : *pieces) {
    if (!piece.reference) continue;
    const auto name = piece.reference->to_string();
    if (std::ranges::find(found, name) == found.end()) found.push_back(name);
  }
  return found;
}

std::map<std::string, Effective> effective(const std::vector<VariableMeta>& all) {
  std::map<std::string, Effective> winners;
  for (const auto& meta : all) {
    auto [known, fresh] = winners.try_emplace(meta.name, Effective{meta, {}});
    if (fresh) continue;
    auto& winner = known->second;
    if (meta.level > winner.meta.level) {
      winner.hides.push_back(winner.meta.level);
      winner.meta = meta;
    } else {
      winner.hides.push_back(meta.level);
    }
  }
  for (auto& [name, winner] : winners) std::ranges::sort(winner.hides);
  return winners;
}

std::int64_t effective_generation(const VariableMeta& meta, const std::vector<std::int64_t>& of_referred) {
  if (meta.level == Level::app && of_referred.empty()) return meta.generation;
  std::string text = std::string(to_string(meta.level)) + "\n" + std::to_string(meta.generation);
  for (const auto generation : of_referred) text += "\n" + std::to_string(generation);
  return generation_of_text(text);
}

std::int64_t generation_of_text(std::string_view text) {
  const auto digest = crypto::sha256(text);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = (number << 8U) | static_cast<unsigned char>(digest[i]);
  return static_cast<std::int64_t>((number >> 1U) | 1U);
}

std::string set_text(const base::Uuid& scope, std::int64_t version, std::vector<VariableMeta> all) {
  std::ranges::sort(all, {}, &VariableMeta::name);
  std::string text = scope.to_string() + "\n" + std::to_string(version) + "\n";
  for (const auto& meta : all) {
    text += meta.name + "\n" + std::to_string(meta.generation) + (meta.build_time ? "b" : "-") +
            (meta.run_time ? "r" : "-") + (meta.expand ? "e" : "-") + meta.fingerprint.value_or("") + "\n";
  }
  return text;
}

}  // namespace rules
}  // namespace projects
