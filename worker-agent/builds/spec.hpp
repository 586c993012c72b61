#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/protocol/text_forms.hpp"
#include "common/text/build_commands.hpp"

namespace builds {

/// The `spec` of a signed job command of kind `build`. Sizes in bytes.
struct SourceSpec {
  std::string git_url;
  std::string branch{"main"};
  std::optional<std::string> commit;
  template <class F>
  void map(F& f) {
    f.required("git_url", git_url);
    f.defaulted("branch", branch);
    f.optional("commit", commit);
  }
};

struct ImageSpec {
  std::string repository;  ///< `<org>/<app>`
  std::string tag;         ///< `d-<deployment id>`
  std::string registry;    ///< `10.91.0.1:7050`
  template <class F>
  void map(F& f) {
    f.required("repository", repository);
    f.required("tag", tag);
    f.required("registry", registry);
  }
};

/// The upload that a source names (`upload:<id>`), if it is none of git's.
std::optional<base::Uuid> upload_of(const std::string& source);

/// An image of our own registry that a Containerfile may name in FROM as `name`.
struct BaseImageSpec {
  std::string name;
  std::string repository;
  std::string tag;
  base::SecretString token;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("repository", repository);
    f.required("tag", tag);
    f.required("token", token);
  }
};

struct LimitsSpec {
  std::uint64_t cpu_millis{2000};
  std::uint64_t memory_bytes{std::uint64_t{2} << 30U};
  std::uint64_t pids{1024};
  std::uint64_t disk_bytes{std::uint64_t{10} << 30U};
  std::uint64_t output_bytes{std::uint64_t{50} << 20U};
  template <class F>
  void map(F& f) {
    f.defaulted("cpu_millis", cpu_millis);
    f.defaulted("memory_bytes", memory_bytes);
    f.defaulted("pids", pids);
    f.defaulted("disk_bytes", disk_bytes);
    f.defaulted("output_bytes", output_bytes);
  }
};

struct BuildSpec {
  base::DeploymentId deployment_id;
  base::OrganizationId organization_id;
  base::AppEnvironmentId app_environment_id;
  SourceSpec source;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;  ///< its files are served as they are; no Containerfile is read
  std::optional<text::BuildCommands> commands;  ///< the image is made of these; no Containerfile is read
  ImageSpec image;
  base::SecretString registry_token;
  std::vector<BaseImageSpec> base_images;
  std::optional<protocol::Binary> secrets;  ///< sealed box of a JSON object: the build-time variables
  /// What was in `secrets`; filled by `open_variables`.
  std::map<std::string, base::SecretString> variables;
  LimitsSpec limits;
  std::uint32_t timeout_s{900};
  bool allow_private_sources{false};
  template <class F>
  void map(F& f) {
    f.required("deployment_id", deployment_id);
    f.required("organization_id", organization_id);
    f.required("app_environment_id", app_environment_id);
    f.required("source", source);
    f.optional("containerfile", containerfile);
    f.optional("static_directory", static_directory);
    f.optional("commands", commands);
    f.required("image", image);
    f.required("registry_token", registry_token);
    f.defaulted("base_images", base_images);
    f.optional("secrets", secrets);
    f.defaulted("limits", limits);
    f.defaulted("timeout_s", timeout_s);
    f.defaulted("allow_private_sources", allow_private_sources);
  }
};

/// Decodes, and checks every value that becomes an argument of a program.
base::Result<BuildSpec> read_spec(const std::string& spec_json);

/// Opens what was sealed to this worker (Link::open_sealed).
using OpenSealed = std::function<base::Result<base::SecretString>(std::string_view box)>;
/// Fills `variables`. Errors: that of `open`; `invalid` for a name that is no variable's.
base::Result<void> open_variables(BuildSpec& spec, const OpenSealed& open);

struct PhaseTime {
  std::string name;
  std::int64_t took_ms{0};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("took_ms", took_ms);
  }
};

/// The `result` of the job. On failure only what is known, and `last_lines`.
struct BuildResult {
  std::optional<std::string> commit;
  std::optional<std::string> commit_message;
  std::optional<std::string> image_digest;
  std::optional<std::string> content_hash;  ///< of a static site
  std::optional<std::uint64_t> image_bytes;
  std::optional<bool> cached;
  std::vector<PhaseTime> phases;
  std::optional<std::vector<std::string>> last_lines;
  template <class F>
  void map(F& f) {
    f.optional("commit", commit);
    f.optional("commit_message", commit_message);
    f.optional("image_digest", image_digest);
    f.optional("content_hash", content_hash);
    f.optional("image_bytes", image_bytes);
    f.optional("cached", cached);
    f.required("phases", phases);
    f.optional("last_lines", last_lines);
  }
};

}  // namespace builds
