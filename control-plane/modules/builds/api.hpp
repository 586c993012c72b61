#pragma once

#include <string>

#include "common/json/json.hpp"
#include "common/protocol/text_forms.hpp"
#include "common/text/build_commands.hpp"
#include "control-plane/modules/builds/types.hpp"

namespace builds {

/// `spec` of a build job, as the agent reads it.
struct JobSpec {
  struct Source {
    std::string git_url;
    std::string branch;
    std::optional<std::string> commit;
    template <class F>
    void map(F& f) {
      f.required("git_url", git_url);
      f.required("branch", branch);
      f.optional("commit", commit);
    }
  };
  struct Image {
    std::string repository;
    std::string tag;
    std::string registry;
    template <class F>
    void map(F& f) {
      f.required("repository", repository);
      f.required("tag", tag);
      f.required("registry", registry);
    }
  };
  struct BaseImage {
    std::string name;
    std::string repository;
    std::string tag;
    std::string token;
    template <class F>
    void map(F& f) {
      f.required("name", name);
      f.required("repository", repository);
      f.required("tag", tag);
      f.required("token", token);
    }
  };
  struct Limits {
    int cpu_millis{2000};
    std::int64_t memory_bytes{std::int64_t{2} << 30U};
    int pids{2048};
    std::int64_t disk_bytes{std::int64_t{10} << 30U};
    std::int64_t output_bytes{std::int64_t{50} << 20U};
    template <class F>
    void map(F& f) {
      f.required("cpu_millis", cpu_millis);
      f.required("memory_bytes", memory_bytes);
      f.required("pids", pids);
      f.required("disk_bytes", disk_bytes);
      f.required("output_bytes", output_bytes);
    }
  };
  base::DeploymentId deployment_id;
  base::OrganizationId organization_id;
  base::AppEnvironmentId app_environment_id;
  Source source;
  std::optional<std::string> containerfile;
  /// Its files are served as they are, from the base image with a web server in it; no Containerfile is read.
  std::optional<std::string> static_directory;
  /// The image is made of these; no Containerfile is read.
  std::optional<text::BuildCommands> commands;
  Image image;
  std::string registry_token;
  std::vector<BaseImage> base_images;
  /// Sealed box of a JSON object: the build-time variables. Absent when there are none.
  std::optional<protocol::Binary> secrets;
  Limits limits;
  int timeout_s{900};
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
    f.required("base_images", base_images);
    f.optional("secrets", secrets);
    f.required("limits", limits);
    f.required("timeout_s", timeout_s);
    f.required("allow_private_sources", allow_private_sources);
  }
};

/// `result` of a finished build; everything in it comes from the agent and is checked before it is used.
struct JobResult {
  std::optional<std::string> commit;
  std::optional<std::string> commit_message;
  std::optional<std::string> image_digest;
  std::optional<std::string> content_hash;
  std::vector<std::string> last_lines;
  template <class F>
  void map(F& f) {
    f.optional("commit", commit);
    f.optional("commit_message", commit_message);
    f.optional("image_digest", image_digest);
    f.optional("content_hash", content_hash);
    f.defaulted("last_lines", last_lines);
  }
};

/// The stored form of a Failure.
struct StoredFailure {
  std::string step{"build"};
  std::string code;
  std::string message;
  std::optional<int> exit_code;
  std::vector<std::string> last_lines;
  template <class F>
  void map(F& f) {
    f.required("step", step);
    f.required("code", code);
    f.required("message", message);
    f.optional("exit_code", exit_code);
    f.defaulted("last_lines", last_lines);
  }
};

std::string write_failure(const Failure& failure);
/// Both read what `write_failure` and the agent wrote; values that do not fit are left out.
std::optional<Failure> read_failure(const std::string& json);
std::optional<Result> read_result(const std::string& json);

}  // namespace builds
