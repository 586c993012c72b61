#include "tests/unit/cli/example_api.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

namespace cli_test {
namespace {

using Json = nlohmann::json;

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::istringstream text(path);
  for (std::string part; std::getline(text, part, '/');) parts.push_back(part);
  return parts;
}

/// Whether a path is one of those that the template describes: "{app}" stands for any part.
bool fits(const std::string& pattern, const std::string& path) {
  const auto wanted = parts_of(pattern);
  const auto given = parts_of(path);
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{') && wanted[i] != given[i]) return false;
  }
  return true;
}

const Json& described() {
  static const Json document = Json::parse(std::ifstream(WH_OPENAPI));
  return document;
}

/// The operation, of the most literal path that fits.
const Json* operation(const Asked& asked) {
  const auto path = asked.target.substr(0, asked.target.find('?'));
  std::string method = asked.method;
  for (auto& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const Json* best = nullptr;
  std::ptrdiff_t fewest = 100;
  for (const auto& [pattern, operations] : described().at("paths").items()) {
    const auto braces = std::ranges::count(pattern, '{');
    if (braces >= fewest || !operations.contains(method) || !fits(pattern, path)) continue;
    best = &operations.at(method);
    fewest = braces;
  }
  return best;
}

Json with_an_end(Json example) {
  if (example.contains("next_cursor")) example["next_cursor"] = nullptr;
  if (example.contains("log_bytes")) example["state"] = "live";
  if (example.contains("latest_deployment")) example["latest_deployment"]["state"] = "live";
  return example;
}

constexpr const char* kChange =
    "id: 7\nevent: change\ndata: "
    R"({"id":"01993b2e-7c00-7000-8000-000000000007","kind":"app.changed","at":"2026-11-21T20:00:00.000Z","data":{"a":1}})"
    "\n\n";
constexpr const char* kLog = "id: 5\nevent: log\ndata: {\"offset\":0,\"text\":\"one\\n\"}\n\nevent: end\ndata: {}\n\n";

}  // namespace

std::optional<Told> example_of(const Asked& asked) {
  const auto* found = operation(asked);
  if (found == nullptr) return std::nullopt;
  for (const auto& [status, response] : found->at("responses").items()) {
    if (!status.starts_with('2')) continue;
    const auto content = response.value("content", Json::object());
    const int code = std::stoi(status);
    if (content.contains("text/event-stream")) {
      return Told{code, asked.target.find("/feed") == std::string::npos ? kLog : kChange,
                  "Content-Type: text/event-stream\r\n", false};
    }
    if (content.contains("text/plain")) return Told{code, "one\ntwo\n", "", false};
    if (!content.contains("application/json")) return Told{code, "", "", false};
    const auto headers = asked.target == "/api/v1/setup" ? "Set-Cookie: wh_session=abc; Path=/\r\n" : "";
    return Told{code, with_an_end(content.at("application/json").at("example")).dump(), headers, false};
  }
  return std::nullopt;
}

}  // namespace cli_test
