#include "worker-agent/registry/base_image.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <utility>

#include "common/async/process.hpp"
#include "common/base/files.hpp"
#include "common/http_client/client.hpp"
#include "worker-agent/registry/layer_tar.hpp"

namespace registry {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr const char* kBusybox = "/bin/busybox";
constexpr const char* kBytesType = "application/octet-stream";
constexpr std::chrono::seconds kPatience{30};

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
  Pusher(http_client::Client& client, const base::Clock& clock, std::string repository, std::string token)
      : client_(client), clock_(clock), root_("/v2/" + repository), token_(std::move(token)) {}

  const std::string& root() const { return root_; }

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
    const std::string root = root_ + "/blobs/";
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
  std::string root_;
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
  return make_image(make_layer(busybox, applets), {.command = {"/bin/sh"}, .user = "", .stop_signal = ""},
                    "busybox-static and its links");
}

async::Task<Result<std::string>> push_base_image(const base::Clock& clock, std::string host, std::uint16_t port,
                                                 PushTokens tokens, std::string repository, ImageParts image) {
  auto asked = tokens(repository);
  CO_TRY_ASSIGN(std::string token, co_await std::move(asked));
  http_client::Client client(co_await boost::asio::this_coro::executor,
                             http_client::Endpoint::tcp(std::move(host), port), clock);
  Pusher pusher(client, clock, std::move(repository), std::move(token));
  const std::string manifest = pusher.root() + "/manifests/" + kBaseTag;
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

async::Task<Result<std::string>> seed_base_image(async::BlockingPool& pool, const base::Clock& clock, std::string host,
                                                 std::uint16_t port, PushTokens tokens) {
  CO_TRY_ASSIGN(ImageParts image, co_await make_from_host(pool));
  co_return co_await push_base_image(clock, std::move(host), port, std::move(tokens), kBaseRepository,
                                     std::move(image));
}

}  // namespace registry
