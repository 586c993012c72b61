#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {
namespace {

void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("the image has no " + from);
  text.replace(at, from.size(), to);
}

}  // namespace

void BuildWorld::push_image(const std::string& repository, const std::string& env) {
  auto image = ::registry::make_busybox_image(base::blocking_read_file("/bin/busybox"), {"sh", "env", "cat", "ls"});
  const auto begin = image.config.find("\"Env\":[");
  const auto end = image.config.find(']', begin);
  const auto old_size = image.config.size();
  image.config.replace(begin, end + 1 - begin, "\"Env\":" + env);
  const auto digest = crypto::sha256_hex(image.config);
  replace(image.manifest, image.config_digest, "sha256:" + digest);
  replace(image.manifest, "\"size\":" + std::to_string(old_size), "\"size\":" + std::to_string(image.config.size()));
  const auto folder = folder_ / "crafted";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  base::blocking_write_file(folder / "version", "Directory Transport Version: 1.1\n", 0600);
  base::blocking_write_file(folder / "manifest.json", image.manifest, 0600);
  base::blocking_write_file(folder / digest, image.config, 0600);
  base::blocking_write_file(folder / image.layer_digest.substr(7), image.layer, 0600);
  run_program({"skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", "--dest-registry-token",
               token(repository, {"pull", "push"}), "dir:" + folder.string(),
               "docker://" + network_.registry_address() + "/" + repository + ":1"},
              folder_);
}

std::filesystem::path BuildWorld::pull(const std::string& repository, const std::string& digest) {
  const auto folder = folder_ / "pulled";
  std::filesystem::remove_all(folder);
  run_program({"skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false", "--src-registry-token",
               token(repository, {"pull"}), "docker://" + network_.registry_address() + "/" + repository + "@" + digest,
               "dir:" + folder.string()},
              folder_);
  return folder;
}

}  // namespace builds::testing
