#include "worker-agent/builds/image.hpp"

#include <algorithm>
#include <utility>

#include "common/async/timer.hpp"
#include "common/json/json.hpp"
#include "worker-agent/builds/commands.hpp"
#include "worker-agent/builds/failures.hpp"
#include "worker-agent/builds/jail/variables.hpp"

namespace builds {
namespace {

constexpr int kCopies = 5;
constexpr std::chrono::seconds kBetweenCopies{3};

constexpr const char* kPodman = "/usr/bin/podman";
constexpr const char* kSkopeo = "/usr/bin/skopeo";
constexpr const char* kLocalName = "localhost/wh-build:current";
constexpr std::size_t kSmallFile = 1024;
constexpr std::size_t kManifest = std::size_t{1} << 20U;

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 64 && text.starts_with(kPrefix) &&
         std::ranges::all_of(text.substr(kPrefix.size()),
                             [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// What a tool left in the outbox; the jail's content is not ours, so it is read with care and checked.
async::Task<StepResult<std::string>> read_digest(Workshop& shop, std::string file, std::string step) {
  const auto outbox = shop.outbox();
  auto text = co_await shop.pool.run([outbox, file] { return blocking_read_beneath(outbox, file, kSmallFile); });
  if (!text) co_return std::unexpected(step_error(std::move(text).error(), step));
  while (!text->empty() && text->back() == '\n') text->pop_back();
  if (!is_digest(*text)) {
    co_return std::unexpected(StepError{
        .code = step + ".failed", .message = "The tool left no digest of the image.", .step = step, .exit_code = {}});
  }
  co_return std::move(*text);
}

struct ManifestPart {
  std::uint64_t size{0};
  template <class F>
  void map(F& f) {
    f.required("size", size);
  }
};
struct Manifest {
  ManifestPart config;
  std::vector<ManifestPart> layers;
  template <class F>
  void map(F& f) {
    f.required("config", config);
    f.required("layers", layers);
  }
};

std::optional<std::uint64_t> blocking_image_bytes(const std::filesystem::path& store, const std::string& id) {
  const auto text = blocking_read_beneath(store, "storage/overlay-images/" + id + "/manifest", kManifest);
  if (!text) return std::nullopt;
  const auto manifest = json::decode<Manifest>(*text, json::Unknown::ignore);
  if (!manifest) return std::nullopt;
  std::uint64_t bytes = manifest->config.size;
  for (const auto& layer : manifest->layers) bytes += layer.size;
  return bytes;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// Not what a limit ended, a token that is refused, or an image that is not there: that stays so.
bool may_pass(const std::string& code) {
  return code.ends_with(".registry_unreachable") || code.ends_with(".failed");
}

/// A copy to or from the registry, tried again while the registry is away: the agent starts it anew within seconds, and
/// a whole build is worth the wait. What the registry says of a copy that met its end has many forms: what is not known
/// to stay is tried again, too.
async::Task<StepResult<void>> copy_image(Workshop& shop, jail::Options options, base::SecretString token,
                                         std::string step) {
  for (int tries = 1;; ++tries) {
    auto once = options;
    STEP_ASSIGN(const JailEnd end, co_await run_logged(shop, std::move(once), token), step);
    if (end.ok()) co_return StepResult<void>{};
    auto error = explain_copy(failure_input(shop, end), step);
    if (tries == kCopies || !may_pass(error.code)) co_return std::unexpected(std::move(error));
    shop.log.heading(error.code.ends_with(".failed") ? "The copy failed; trying again"
                                                     : "The registry was away; trying again");
    co_await async::sleep(kBetweenCopies);
  }
}

/// The jail's own environment is not for a Containerfile to change.
bool is_of_the_jail(std::string_view name) {
  return name == "PATH" || name == "HOME" || name == "LANG" || name == "TMPDIR" || name.starts_with("LD_");
}

/// All of them in one secret, as a shell reads them.
base::SecretString give_shell_variables(Workshop& shop, jail::Options& options) {
  const auto text = shell_variables(shop.spec.variables);
  if (text.empty()) return {};
  options.variables_from_stdin = true;
  const std::string secret =
      std::string("id=") + kCommandVariables + ",src=" + jail::kVariables + "/" + kCommandVariables;
  options.command.insert(options.command.begin() + 2, {"--secret", secret});
  std::vector<jail::Variable> one{{.name = kCommandVariables, .value = std::string(text.reveal()), .argument = false}};
  base::SecretString given(jail::encode_variables(one));
  base::wipe(one.front().value.data(), one.front().value.size());
  return given;
}

/// Every variable as a secret of the build (`RUN --mount=type=secret,id=NAME`): in no layer, no history, no argument.
/// As a build argument only where the Containerfile says `ARG NAME`, for then it is in the image's history.
base::SecretString give_variables(Workshop& shop, const Recipe& recipe, jail::Options& options) {
  if (recipe.shell_variables) return give_shell_variables(shop, options);
  std::vector<jail::Variable> variables;
  std::string arguments;
  std::vector<std::string> flags;
  for (const auto& [name, value] : shop.spec.variables) {
    const bool argument = declares_argument(recipe.containerfile.content, name) && !is_of_the_jail(name);
    variables.push_back({.name = name, .value = std::string(value.reveal()), .argument = argument});
    flags.insert(flags.end(), {"--secret", "id=" + name + ",src=" + jail::kVariables + "/" + name});
    // Without a value podman takes it from its environment.
    if (argument) flags.insert(flags.end(), {"--build-arg", name});
    if (argument) arguments += (arguments.empty() ? "" : ", ") + name;
  }
  if (variables.empty()) return {};
  options.variables_from_stdin = true;
  options.command.insert(options.command.begin() + 2, flags.begin(), flags.end());
  if (!arguments.empty()) {
    shop.log.heading("Given as ARG, and so in the image's history: " + arguments +
                     ". For what is secret: RUN --mount=type=secret,id=NAME");
  }
  auto text = jail::encode_variables(variables);
  for (auto& variable : variables) base::wipe(variable.value.data(), variable.value.size());
  return base::SecretString(std::move(text));
}

}  // namespace

bool was_cached(std::string_view output) {
  std::size_t steps = 0;
  for (auto at = output.find("STEP "); at != std::string_view::npos; at = output.find("STEP ", at + 1)) {
    if (at != 0 && output[at - 1] != '\n' && output[at - 1] != ' ') continue;
    const std::string_view line = output.substr(at, std::min(output.find('\n', at), output.size()) - at);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos && !line.substr(colon + 2).starts_with("FROM ")) ++steps;
  }
  return steps > 0 && count(output, "--> Using cache ") >= steps;
}

async::Task<StepResult<void>> clean_store(Workshop& shop, Stores& stores) {
  shop.log.heading("An earlier build of this app was interrupted; cleaning its store");
  auto options = podman_jail(shop);
  options.network = {};
  options.command = {kPodman, "image", "prune", "--external", "--force"};
  STEP_ASSIGN(const JailEnd end, co_await run_logged(shop, std::move(options)), "build");
  if (end.ok()) co_return StepResult<void>{};
  shop.log.heading("It could not be cleaned; starting with an empty cache");
  co_await shop.pool.run([&stores, store = shop.store] { stores.blocking_empty(store); });
  co_return StepResult<void>{};
}

async::Task<StepResult<void>> bring_base_images(Workshop& shop, const Containerfile& containerfile) {
  for (const auto& image : shop.spec.base_images) {
    if (!names_image(containerfile.content, image.name)) continue;
    shop.log.heading("Fetching the base image " + image.name);
    auto options = podman_jail(shop);
    options.secret_from_stdin = true;
    options.command = {kSkopeo,
                       "copy",
                       "--quiet",
                       "--src-tls-verify=false",
                       "--src-registry-token",
                       "@secret",
                       "docker://" + shop.spec.image.registry + "/" + image.repository + ":" + image.tag,
                       "containers-storage:" + image.name};
    if (auto copied = co_await copy_image(shop, std::move(options), image.token, "build"); !copied)
      co_return std::unexpected(std::move(copied).error());
  }
  co_return StepResult<void>{};
}

async::Task<StepResult<BuiltImage>> build_image(Workshop& shop, const Recipe& recipe) {
  auto options = podman_jail(shop);
  options.seccomp = shop.seccomp;
  options.command = {kPodman,
                     "build",
                     "--security-opt",
                     "seccomp=" + std::string(jail::kSeccompProfile),
                     "--network",
                     "host",
                     "--isolation",
                     "chroot",
                     "--format",
                     "docker",
                     "--layers",
                     "--iidfile",
                     "/job/out/iid",
                     "--tag",
                     kLocalName,
                     "--file",
                     recipe.folder + "/" + recipe.containerfile.path,
                     recipe.context};
  auto variables = give_variables(shop, recipe, options);
  STEP_ASSIGN(const JailEnd end, co_await run_logged(shop, std::move(options), std::move(variables)), "build");
  if (!end.ok()) co_return std::unexpected(explain_build(failure_input(shop, end)));
  const bool cached = was_cached(shop.log.text_since_mark());
  STEP_ASSIGN(const std::string digest, co_await read_digest(shop, "iid", "build"), "build");
  BuiltImage image{.id = digest.substr(digest.find(':') + 1), .bytes = {}, .cached = cached};
  const auto measure = [store = shop.store.folder, id = image.id] { return blocking_image_bytes(store, id); };
  image.bytes = co_await shop.pool.run(measure);
  co_return image;
}

async::Task<StepResult<std::string>> push_image(Workshop& shop, const BuiltImage& image) {
  auto options = podman_jail(shop);
  options.secret_from_stdin = true;
  const ImageSpec& target = shop.spec.image;
  options.command = {kSkopeo,
                     "copy",
                     "--quiet",
                     "--dest-tls-verify=false",
                     "--dest-registry-token",
                     "@secret",
                     "--digestfile",
                     "/job/out/digest",
                     "containers-storage:@" + image.id,
                     "docker://" + target.registry + "/" + target.repository + ":" + target.tag};
  if (auto copied = co_await copy_image(shop, std::move(options), shop.spec.registry_token, "push"); !copied)
    co_return std::unexpected(std::move(copied).error());
  STEP_ASSIGN(std::string digest, co_await read_digest(shop, "digest", "push"), "push");
  co_return digest;
}

}  // namespace builds
