#include "worker-agent/registry/base_image.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <utility>

#include "common/async/process.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"
#include "worker-agent/registry/layer_tar.hpp"

namespace registry {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr const char* kBusybox = "/bin/busybox";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";
constexpr const char* kBytesType = "application/octet-stream";
constexpr std::chrono::seconds kPatience{30};
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
  std::vector<std::string> Cmd{"/bin/sh"};
  template <class F>
  void map(F& f) {
    f.required("Env", Env);
    f.required("Cmd", Cmd);
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
  std::string created_by{"busybox-static and its links"};
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

std::string make_layer(const std::string& busybox, std::vector<std::string> applets) {
  std::ranges::sort(applets);
  LayerTar tar;
  tar.folder("bin/", 0755);
  tar.file("bin/busybox", 0755, busybox);
  for (const auto& applet : applets) {
    if (applet != "busybox" && applet.find('/') == std::string::npos && !applet.empty())
      tar.link("bin/" + applet, "busybox");
  }
  tar.folder("etc/", 0755);
  tar.file("etc/group", 0644, "root:x:0:\nnogroup:x:65534:\n");
  tar.file("etc/passwd", 0644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
  tar.folder("root/", 0700);
  tar.folder("tmp/", 01777);
  return std::move(tar).finish();
}

/// Requests to one repository of the registry.
class Pusher {
 public:
  Pusher(http_client::Client& client, const base::Clock& clock, std::string token)
      : client_(client), clock_(clock), token_(std::move(token)) {}

  async::Task<Result<http_client::Response>> send(std::string method, std::string target, std::string type,
                                                  std::string body) {
    http_client::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = {{"Authorization", "Bearer " + token_}, {"Accept", kManifestType}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", type);
    request.body = std::move(body);
    const auto deadline = base::Deadline::after(clock_, kPatience);
    co_return co_await client_.send(std::move(request), deadline);
  }

  async::Task<Result<void>> blob(std::string content, std::string digest) {
    const std::string root = std::string("/v2/") + kBaseRepository + "/blobs/";
    CO_TRY_ASSIGN(const auto known, co_await send("HEAD", root + digest, "", ""));
    if (known.status == 200) co_return Result<void>{};
    CO_TRY_ASSIGN(const auto begun, co_await send("POST", root + "uploads/", "", ""));
    const auto location = begun.header("Location");
    if (begun.status != 202 || !location) co_return refused(begun);
    std::string target(*location);
    if (const auto scheme = target.find("://"); scheme != std::string::npos)
      target.erase(0, target.find('/', scheme + 3));
    target += (target.find('?') == std::string::npos ? "?digest=" : "&digest=") + digest;
    CO_TRY_ASSIGN(const auto stored, co_await send("PUT", std::move(target), kBytesType, std::move(content)));
    if (stored.status != 201) co_return refused(stored);
    co_return Result<void>{};
  }

  static Result<void> refused(const http_client::Response& response) {
    return fail(ErrorKind::unavailable, "base_image.refused",
                "The registry refused the base image with status " + std::to_string(response.status) + ".");
  }

 private:
  http_client::Client& client_;
  const base::Clock& clock_;
  std::string token_;
};

async::Task<Result<ImageParts>> make_from_host(async::BlockingPool& pool) {
  async::ProcessSpec spec;
  spec.argv = {kBusybox, "--list"};
  const base::SystemClock clock;
  const auto deadline = base::Deadline::after(clock, kPatience);
  const auto listed = co_await async::run_process(std::move(spec), deadline);
  const auto missing = fail(ErrorKind::unavailable, "base_image.no_busybox",
                            "The package busybox-static is not installed on this worker.");
  if (!listed || !listed->ok()) co_return missing;
  std::vector<std::string> applets;
  for (std::size_t begin = 0; begin < listed->out.size();) {
    const auto end = std::min(listed->out.find('\n', begin), listed->out.size());
    applets.push_back(listed->out.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::string binary = co_await pool.run([] { return base::blocking_read_file(kBusybox); });
  // The package `busybox` has a program that needs libraries which an image from scratch does not have.
  if (binary.find("/ld-linux") != std::string::npos) co_return missing;
  co_return co_await pool.run([binary, applets] { return make_busybox_image(binary, applets); });
}

}  // namespace

ImageParts make_busybox_image(const std::string& busybox, const std::vector<std::string>& applets) {
  ImageParts out;
  out.layer = make_layer(busybox, applets);
  out.layer_digest = digest_of(out.layer);
  ImageConfig config;
  config.rootfs.diff_ids = {out.layer_digest};
  out.config = json::encode(config);
  out.config_digest = digest_of(out.config);
  Manifest manifest;
  manifest.config = Descriptor{.mediaType = kConfigType, .digest = out.config_digest, .size = out.config.size()};
  manifest.layers.push_back(Descriptor{.mediaType = kLayerType, .digest = out.layer_digest, .size = out.layer.size()});
  out.manifest = json::encode(manifest);
  out.manifest_digest = digest_of(out.manifest);
  return out;
}

async::Task<Result<std::string>> seed_base_image(async::BlockingPool& pool, const base::Clock& clock, std::string host,
                                                 std::uint16_t port, PushTokens tokens) {
  CO_TRY_ASSIGN(ImageParts image, co_await make_from_host(pool));
  auto asked = tokens(kBaseRepository);
  CO_TRY_ASSIGN(std::string token, co_await std::move(asked));
  http_client::Client client(co_await boost::asio::this_coro::executor,
                             http_client::Endpoint::tcp(std::move(host), port), clock);
  Pusher pusher(client, clock, std::move(token));
  const std::string manifest = std::string("/v2/") + kBaseRepository + "/manifests/" + kBaseTag;
  CO_TRY_ASSIGN(const auto there, co_await pusher.send("HEAD", manifest, "", ""));
  if (there.status == 200 && there.header("Docker-Content-Digest") == image.manifest_digest)
    co_return image.manifest_digest;
  CO_TRY_CHECK(co_await pusher.blob(std::move(image.layer), image.layer_digest));
  CO_TRY_CHECK(co_await pusher.blob(std::move(image.config), image.config_digest));
  CO_TRY_ASSIGN(const auto put, co_await pusher.send("PUT", manifest, kManifestType, std::move(image.manifest)));
  if (put.status != 201) {
    auto refused = Pusher::refused(put);
    co_return fail(std::move(refused).error());
  }
  co_return image.manifest_digest;
}

}  // namespace registry
