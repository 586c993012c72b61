#include "worker-agent/registry/site_image.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "common/async/process.hpp"
#include "common/base/files.hpp"
#include "worker-agent/registry/layer_tar.hpp"
#include "worker-agent/registry/site_server.hpp"

namespace registry {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr const char* kNginx = "/usr/sbin/nginx";
constexpr const char* kStarter = "/bin/busybox";
constexpr const char* kStart = "etc/wisehosting/start";
constexpr const char* kNobody = "65534:65534";
constexpr std::chrono::seconds kLddTime{30};

/// The folders above a path, in the order in which an archive must name them.
void add_folders(LayerTar& tar, std::set<std::string>& made, const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash + 1);
    if (made.insert(folder).second) tar.folder(folder, 0755);
  }
}

std::string make_layer(const std::map<std::string, std::string>& programs) {
  LayerTar tar;
  std::set<std::string> made;
  const auto put = [&](const std::string& path, unsigned mode, std::string_view content) {
    add_folders(tar, made, path);
    tar.file(path, mode, content);
  };
  for (const auto& [path, content] : programs) put(path.substr(1), 0755, content);
  put("etc/group", 0644, "root:x:0:\nnogroup:x:65534:\n");
  put("etc/passwd", 0644, "root:x:0:0:root:/root:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n");
  put("etc/wisehosting/site.conf", 0644, kSiteConfiguration);
  put(kStart, 0755, kSiteStart);
  tar.folder("site/", 0755);
  tar.folder("tmp/", 01777);
  return std::move(tar).finish();
}

std::map<std::string, std::string> blocking_read_all(const std::vector<std::string>& paths) {
  std::map<std::string, std::string> out;
  for (const auto& path : paths) out[path] = base::blocking_read_file(path);
  return out;
}

async::Task<Result<ImageParts>> make_from_host(async::BlockingPool& pool, const base::Clock& clock) {
  const auto missing = fail(ErrorKind::unavailable, "base_image.no_nginx",
                            "The packages nginx and busybox-static are not both installed on this worker.");
  std::error_code error;
  if (!std::filesystem::exists(kNginx, error) || !std::filesystem::exists(kStarter, error)) co_return missing;
  async::ProcessSpec spec;
  spec.argv = {"/usr/bin/ldd", kNginx};
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LC_ALL", "C"}};
  const auto listed = co_await async::run_process(std::move(spec), base::Deadline::after(clock, kLddTime));
  if (!listed || !listed->ok()) co_return missing;
  auto paths = libraries_in(listed->out);
  paths.insert(paths.end(), {kNginx, kStarter});
  co_return co_await pool.run([paths] { return make_site_image(blocking_read_all(paths)); });
}

}  // namespace

std::vector<std::string> libraries_in(std::string_view ldd) {
  std::vector<std::string> out;
  while (!ldd.empty()) {
    const std::string_view line = ldd.substr(0, ldd.find('\n'));
    ldd.remove_prefix(std::min(line.size() + 1, ldd.size()));
    const auto slash = line.find('/');
    if (slash == std::string_view::npos) continue;
    out.emplace_back(line.substr(slash, line.find(" (", slash) - slash));
  }
  std::ranges::sort(out);
  return out;
}

ImageParts make_site_image(const std::map<std::string, std::string>& programs) {
  const ImageRun run{.command = {kStarter, "sh", std::string("/") + kStart}, .user = kNobody, .stop_signal = "SIGQUIT"};
  return make_image(make_layer(programs), run, "nginx, its libraries and busybox-static");
}

async::Task<Result<std::string>> seed_site_image(async::BlockingPool& pool, const base::Clock& clock, std::string host,
                                                 std::uint16_t port, PushTokens tokens) {
  CO_TRY_ASSIGN(ImageParts image, co_await make_from_host(pool, clock));
  co_return co_await push_base_image(clock, std::move(host), port, std::move(tokens), kSiteRepository,
                                     std::move(image));
}

}  // namespace registry
