#include "worker-agent/registry/image_parts.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "common/crypto/hash.hpp"
#include "common/json/json.hpp"

namespace registry {
namespace {

constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";
#if defined(__aarch64__)
constexpr const char* kArchitecture = "arm64";
#else
constexpr const char* kArchitecture = "amd64";
#endif

struct Descriptor {
  std::string mediaType;
  std::string digest;
  std::uint64_t size{0};
  template <class F>
  void map(F& f) {
    f.required("mediaType", mediaType);
    f.required("digest", digest);
    f.required("size", size);
  }
};
struct Manifest {
  int schemaVersion{2};
  std::string mediaType{kManifestType};
  Descriptor config;
  std::vector<Descriptor> layers;
  template <class F>
  void map(F& f) {
    f.required("schemaVersion", schemaVersion);
    f.required("mediaType", mediaType);
    f.required("config", config);
    f.required("layers", layers);
  }
};
struct RunConfig {
  std::vector<std::string> Env{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  std::vector<std::string> Cmd;
  std::optional<std::string> User;
  std::optional<std::string> StopSignal;
  template <class F>
  void map(F& f) {
    f.required("Env", Env);
    f.required("Cmd", Cmd);
    f.optional("User", User);
    f.optional("StopSignal", StopSignal);
  }
};
struct RootFs {
  std::string type{"layers"};
  std::vector<std::string> diff_ids;
  template <class F>
  void map(F& f) {
    f.required("type", type);
    f.required("diff_ids", diff_ids);
  }
};
struct HistoryEntry {
  std::string created{"1970-01-01T00:00:00Z"};
  std::string created_by;
  template <class F>
  void map(F& f) {
    f.required("created", created);
    f.required("created_by", created_by);
  }
};
struct ImageConfig {
  std::string created{"1970-01-01T00:00:00Z"};
  std::string architecture{kArchitecture};
  std::string os{"linux"};
  RunConfig config;
  RootFs rootfs;
  /// One for each layer: podman refuses to build on an image whose history it cannot follow.
  std::vector<HistoryEntry> history{HistoryEntry{}};
  template <class F>
  void map(F& f) {
    f.required("created", created);
    f.required("architecture", architecture);
    f.required("os", os);
    f.required("config", config);
    f.required("rootfs", rootfs);
    f.required("history", history);
  }
};

std::string digest_of(const std::string& bytes) {
  return "sha256:" + crypto::sha256_hex(bytes);
}

}  // namespace

ImageParts make_image(std::string layer, const ImageRun& run, std::string made_of) {
  ImageParts out;
  out.layer = std::move(layer);
  out.layer_digest = digest_of(out.layer);
  ImageConfig config;
  config.config.Cmd = run.command;
  if (!run.user.empty()) config.config.User = run.user;
  if (!run.stop_signal.empty()) config.config.StopSignal = run.stop_signal;
  config.rootfs.diff_ids = {out.layer_digest};
  config.history.front().created_by = std::move(made_of);
  out.config = json::encode(config);
  out.config_digest = digest_of(out.config);
  Manifest manifest;
  manifest.config = Descriptor{.mediaType = kConfigType, .digest = out.config_digest, .size = out.config.size()};
  manifest.layers.push_back(Descriptor{.mediaType = kLayerType, .digest = out.layer_digest, .size = out.layer.size()});
  out.manifest = json::encode(manifest);
  out.manifest_digest = digest_of(out.manifest);
  return out;
}

}  // namespace registry
