#include "worker-agent/builds/spec.hpp"

#include <algorithm>

#include "common/json/json.hpp"
#include "common/text/git_source.hpp"

namespace builds {
namespace {

constexpr std::string_view kUploadScheme = "upload:";

using base::Result;

bool is_image_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-' || c == '/' || c == ':';
}

/// Names of images, tags and registries: nothing that could be an option or another reference.
Result<void> check_image_text(const char* pointer, const std::string& text) {
  const bool plain = !text.empty() && text.size() <= 255 && text.front() != '-' && text.front() != '/' &&
                     std::ranges::all_of(text, is_image_character) && text.find("..") == std::string::npos;
  if (plain) return {};
  return base::invalid(pointer, std::string(pointer) + " is not the name of an image or registry.");
}

Result<void> check_limits(const LimitsSpec& limits, std::uint32_t timeout_s) {
  constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 20U;
  if (limits.memory_bytes < kLeastMemory || limits.pids < 16 || limits.cpu_millis < 10 ||
      limits.disk_bytes < kLeastMemory) {
    return base::invalid(
        "/limits",
        "The build's limits are too small: at least 64 MiB of memory and disk, 16 processes, 10 cpu millis.");
  }
  if (timeout_s == 0 || timeout_s > 24 * 3600) return base::invalid("/timeout_s", "timeout_s must be from 1 to 86400.");
  return {};
}

/// A variable's name becomes a file's and an argument.
bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 128 && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::optional<base::Uuid> upload_of(const std::string& source) {
  if (!source.starts_with(kUploadScheme)) return std::nullopt;
  const auto id = base::Uuid::parse(std::string_view(source).substr(kUploadScheme.size()));
  return id ? std::optional(*id) : std::nullopt;
}

Result<BuildSpec> read_spec(const std::string& spec_json) {
  TRY_ASSIGN(BuildSpec spec, json::decode<BuildSpec>(spec_json, json::Unknown::ignore));
  if (!upload_of(spec.source.git_url)) {
    TRY_ASSIGN(const text::GitUrl url, text::parse_git_url(spec.source.git_url));
    spec.source.git_url = url.to_string();
  }
  TRY_CHECK(text::check_branch(spec.source.branch));
  if (spec.source.commit) TRY_CHECK(text::check_commit(*spec.source.commit));
  if (spec.containerfile) TRY_CHECK(text::check_containerfile(*spec.containerfile));
  if (spec.static_directory) TRY_CHECK(text::check_static_directory(*spec.static_directory));
  if (spec.commands) TRY_CHECK(text::check_build_commands(*spec.commands));
  TRY_CHECK(check_image_text("/image/repository", spec.image.repository));
  TRY_CHECK(check_image_text("/image/tag", spec.image.tag));
  TRY_CHECK(check_image_text("/image/registry", spec.image.registry));
  for (const auto& image : spec.base_images) {
    TRY_CHECK(check_image_text("/base_images/name", image.name));
    TRY_CHECK(check_image_text("/base_images/repository", image.repository));
    TRY_CHECK(check_image_text("/base_images/tag", image.tag));
  }
  TRY_CHECK(check_limits(spec.limits, spec.timeout_s));
  return spec;
}

Result<void> open_variables(BuildSpec& spec, const OpenSealed& open) {
  if (!spec.secrets) return {};
  if (!open) return base::fail(base::ErrorKind::unavailable, "build.secrets", "This worker cannot open variables.");
  TRY_ASSIGN(const auto plain, open(spec.secrets->bytes));
  using Texts = std::map<std::string, std::string>;
  TRY_ASSIGN(auto texts, json::decode<Texts>(plain.reveal(), json::Unknown::ignore));
  for (auto& [name, value] : texts) {
    if (!is_variable_name(name)) return base::invalid("/secrets", "One of the names is no variable's.");
    if (value.find('\0') != std::string::npos) return base::invalid("/secrets", "A variable's value has a NUL in it.");
    spec.variables.emplace(name, base::SecretString(std::move(value)));
  }
  return {};
}

}  // namespace builds
