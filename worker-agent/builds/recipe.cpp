#include "worker-agent/builds/recipe.hpp"

#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hmac.hpp"
#include "worker-agent/builds/commands.hpp"
#include "worker-agent/builds/site_folder.hpp"

namespace builds {
namespace {

constexpr const char* kSiteStep = "source";
constexpr std::size_t kMostNamed = 5;
constexpr std::size_t kLargestManifest = std::size_t{8} << 20U;

/// One layer. The base image says all else: the web server, its user, and how it is started and stopped.
std::string site_containerfile(const std::string& content_hash) {
  return "FROM localhost/wisehosting/static-site:1\nCOPY site /site\nLABEL wisehosting.content=sha256:" + content_hash +
         "\n";
}

std::string named(const std::vector<std::string>& paths) {
  std::string out;
  for (std::size_t i = 0; i < paths.size() && i < kMostNamed; ++i)
    out += (i == 0 ? "" : ", ") + printable_utf8(paths[i]);
  if (paths.size() > kMostNamed) out += " and " + std::to_string(paths.size() - kMostNamed) + " more";
  return out;
}

void tell(BuildLog& log, const std::string& directory, const SiteFolder& site) {
  log.heading("Serving " + std::to_string(site.files) + (site.files == 1 ? " file, " : " files, ") +
              std::to_string(site.bytes) + " bytes, of the folder " + directory +
              ": content sha256:" + site.content_hash);
  if (!site.left_out.empty()) log.heading("Left out, for names with a dot are not served: " + named(site.left_out));
  if (!site.has_index) log.heading("There is no index.html in it: the site's first page will be a 404");
}

async::Task<StepResult<Recipe>> stage_site(Workshop& shop, std::string directory) {
  const auto stage = [source = shop.source(), directory, to = shop.stage(), owner = shop.store.uid_base] {
    return blocking_stage_site(source, directory, to, owner);
  };
  STEP_ASSIGN(const SiteFolder site, co_await shop.pool.run(stage), kSiteStep);
  tell(shop.log, directory, site);
  Recipe recipe;
  recipe.containerfile = {.path = "Containerfile", .content = site_containerfile(site.content_hash)};
  recipe.folder = recipe.context = "/job/stage";
  recipe.content_hash = site.content_hash;
  recipe.title = "the static site";
  const auto write = [file = shop.stage() / "Containerfile", text = recipe.containerfile.content] {
    base::blocking_write_file(file, text, 0644);
  };
  co_await shop.pool.run(write);
  co_return recipe;
}

/// Tells sets of values apart. It stands in the image's history, so nobody without the key may find out from it what
/// they were.
std::string mark_of(const Workshop& shop) {
  if (shop.spec.variables.empty()) return {};
  const auto key = crypto::hmac_sha256(shop.marks_key.reveal(), shop.spec.app_environment_id.to_string());
  const auto variables = shell_variables(shop.spec.variables);
  return "variables " + base::hex_encode(crypto::hmac_sha256(key, variables.reveal())).substr(0, 32);
}

/// Blocks. Reads what the source has at its top, and writes the Containerfile outside of it.
Recipe blocking_write_commands(const Workshop& shop) {
  CommandsInput input{.commands = *shop.spec.commands, .install_files = {}, .variables_mark = {}};
  if (input.commands.install_command) {
    const ReadSource read = [root = shop.source()](const std::string& name) -> std::optional<std::string> {
      auto content = blocking_read_beneath(root, name, kLargestManifest);
      if (!content) return std::nullopt;
      return std::move(*content);
    };
    input.install_files = install_files(*input.commands.install_command, read);
  }
  input.variables_mark = mark_of(shop);
  Recipe recipe;
  recipe.containerfile = {.path = "Containerfile", .content = commands_containerfile(input)};
  recipe.folder = "/job/stage";
  recipe.shell_variables = true;
  recipe.title = "with the app's commands in the image " + input.commands.image;
  std::filesystem::create_directory(shop.stage());
  std::filesystem::permissions(shop.stage(), std::filesystem::perms(0755));
  base::blocking_write_file(shop.stage() / "Containerfile", recipe.containerfile.content, 0644);
  return recipe;
}

}  // namespace

async::Task<StepResult<Recipe>> find_recipe(Workshop& shop) {
  if (shop.spec.commands) co_return co_await shop.pool.run([&shop] { return blocking_write_commands(shop); });
  if (shop.spec.static_directory) co_return co_await stage_site(shop, *shop.spec.static_directory);
  const auto find = [root = shop.source(), wanted = shop.spec.containerfile] {
    return blocking_find_containerfile(root, wanted);
  };
  Recipe recipe;
  STEP_ASSIGN(recipe.containerfile, co_await shop.pool.run(find), kSiteStep);
  recipe.title = recipe.containerfile.path;
  co_return recipe;
}

}  // namespace builds
