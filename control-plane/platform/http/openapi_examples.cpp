#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "control-plane/platform/http/openapi_text.hpp"

namespace http {
namespace {

using Sample = nlohmann::ordered_json;

constexpr const char* kId = "01993b2e-7c00-7000-8000-000000000001";
constexpr const char* kTime = "2026-11-21T20:00:00.000Z";

/// What people would see under such a name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 51> kTexts{{
    {"name", "hello"},
    {"app_name", "hello"},
    {"slug", "shop"},
    {"organization", "acme"},
    {"project", "default"},
    {"environment", "production"},
    {"git_url", "https://git.example.com/me/hello.git"},
    {"branch", "main"},
    {"containerfile", "Containerfile"},
    {"static_directory", "dist"},
    {"image", "node:22"},
    {"install_command", "npm ci"},
    {"build_command", "npm run build"},
    {"start_command", "npm start"},
    {"commit", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
    {"commit_message", "Say hello"},
    {"url", "http://hello.localhost:7080"},
    {"health_path", "/healthz"},
    {"trigger", "manual"},
    {"status_text", "Serving."},
    {"email", "ada@example.com"},
    {"theme", "dark"},
    {"role", "member"},
    {"scope", "deploy"},
    {"token", "wh_pat_…"},
    {"code", "123456"},
    {"sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"image_digest", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"content_hash", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"created_by", "Ada"},
    {"kind", "git"},
    {"worker", "worker-1"},
    {"address", "10.91.0.2"},
    {"value", "text"},
    {"text", "GREETING=hello\n"},
    {"message", "A sentence for people."},
    {"title", "Unprocessable Content"},
    {"detail", "A sentence for people."},
    {"action", "app.create"},
    {"actor", "Ada"},
    {"phase", "build"},
    {"version", "0.1.0"},
    {"agent_version", "0.1.0"},
    {"issuer", "https://accounts.google.com"},
    {"level", "app"},
    {"fingerprint", "c2hvcnQ"},
    {"step", "build"},
    {"health", "healthy"},
    {"next_cursor", "aGVsbG8"},
    {"pointer", "/name"},
    {"upload", kId},
}};
constexpr std::array<std::pair<std::string_view, int>, 13> kNumbers{{
    {"port", 8080},
    {"number", 3},
    {"desired_replicas", 2},
    {"release_number", 3},
    {"cpu_millis", 500},
    {"memory_bytes", 268'435'456},
    {"pids", 512},
    {"disk_bytes", 1'073'741'824},
    {"limit", 50},
    {"expires_in", 3600},
    {"bytes", 12'345},
    {"part_bytes", 1'048'576},
    {"undo_hours", 24},
}};

Sample text_for(std::string_view name, const Sample& schema) {
  const auto format = schema.value("format", std::string());
  if (format == "uuid") return kId;
  if (format == "date-time") return kTime;
  const auto found = std::ranges::find(kTexts, name, [](const auto& one) { return one.first; });
  if (found != kTexts.end()) return found->second;
  // "live, failed or deleting": the first of the words that the description lists.
  const auto what = schema.value("description", std::string());
  const auto first = what.substr(0, what.find_first_of(", "));
  const bool listed = what.contains(" or ") && !first.empty() &&
                      std::ranges::all_of(first, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return listed ? first : "text";
}

Sample number_for(std::string_view name, const Sample& schema) {
  const auto found = std::ranges::find(kNumbers, name, [](const auto& one) { return one.first; });
  int value = found == kNumbers.end() ? 1 : found->second;
  if (schema.contains("minimum") && schema["minimum"].is_number()) {
    value = static_cast<int>(std::max<double>(value, schema["minimum"].get<double>()));
  }
  return value;
}

Sample sample(const Sample& schema, std::string_view name);

Sample object_for(const Sample& schema) {
  Sample object = Sample::object();
  const auto properties = schema.value("properties", Sample::object());
  const auto required = schema.value("required", Sample::array());
  for (const auto& [name, property] : properties.items()) {
    const bool needed = std::ranges::find(required, Sample(name)) != required.end();
    // Of a Containerfile, which the example has.
    const bool instead = properties.contains("containerfile") && (name == "static_directory" || name == "commands");
    if (needed || (properties.size() <= 5 && !instead)) object[name] = sample(property, name);
  }
  return object;
}

Sample sample(const Sample& schema, std::string_view name) {
  if (!schema.is_object()) return nullptr;
  if (schema.contains("const")) return schema["const"];
  if (schema.contains("enum") && !schema["enum"].empty()) return schema["enum"].front();
  for (const char* either : {"anyOf", "oneOf"}) {
    if (schema.contains(either) && !schema[either].empty()) return sample(schema[either].front(), name);
  }
  auto type = schema.value("type", Sample());
  if (type.is_array() && !type.empty()) type = type.front();
  if (type == "object" || schema.contains("properties")) return object_for(schema);
  if (type == "array") return Sample::array({sample(schema.value("items", Sample::object()), name)});
  if (type == "string") return text_for(name, schema);
  if (type == "integer" || type == "number") return number_for(name, schema);
  if (type == "boolean") return false;
  if (type == "null") return nullptr;
  return Sample::object();
}

}  // namespace

std::string example_of(const std::string& schema) {
  const auto parsed = Sample::parse(schema, nullptr, false);
  return sample(parsed.is_discarded() ? Sample::object() : parsed, "").dump();
}

}  // namespace http
