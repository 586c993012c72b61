#include "worker-agent/runtime/images.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <iterator>
#include <utility>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/log/log.hpp"
#include "worker-agent/host/secret_argument.hpp"

namespace runtime {
namespace {

using boost::asio::experimental::awaitable_operators::operator||;

// The folder that holds a layer, an image's `/`, is made under it: with the agent's own mask a program that gave up
// root could not open a file in there.
constexpr mode_t kLayersMask = 022;
constexpr base::Duration kLookAtDisk = std::chrono::milliseconds(200);
constexpr base::Duration kTidyTime = std::chrono::minutes(5);

bool made_of(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
  });
}

std::unexpected<base::Error> malformed() {
  return base::invalid("image", "an image is named as registry/repository@sha256:digest");
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const auto start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

}  // namespace

base::Result<ImageName> parse_image(std::string_view image) {
  const auto slash = image.find('/');
  const auto at = image.find("@sha256:");
  if (slash == std::string_view::npos || at == std::string_view::npos || at < slash || image.size() > 512)
    return malformed();
  ImageName name;
  name.registry = image.substr(0, slash);
  name.repository = image.substr(slash + 1, at - slash - 1);
  name.digest = image.substr(at + 1);
  const auto hex = std::string_view(name.digest).substr(7);
  const bool sound = made_of(name.registry, ".-:[]") && name.registry.front() != '-' &&
                     made_of(name.repository, "._-/") && hex.size() == 64 &&
                     hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!sound) return malformed();
  return name;
}

std::vector<std::string> unused_images(const std::vector<StoredImage>& stored,
                                       const std::function<bool(const std::string&)>& needed, std::size_t keep_unused) {
  struct Unused {
    std::int64_t built_at;
    std::string name;
    auto operator<=>(const Unused&) const = default;
  };
  std::map<std::string, std::vector<Unused>> by_repository;
  for (const auto& image : stored) {
    if (image.containers > 0) continue;
    for (const auto& name : image.names) {
      const auto parsed = parse_image(name);
      if (!parsed || needed(name)) continue;
      by_repository[parsed->registry + "/" + parsed->repository].push_back({image.built_at, name});
    }
  }
  std::vector<Unused> all;
  for (auto& [repository, images] : by_repository) {
    std::ranges::sort(images);
    images.resize(images.size() - std::min(keep_unused, images.size()));
    std::ranges::move(images, std::back_inserter(all));
  }
  std::ranges::sort(all);
  std::vector<std::string> names;
  for (auto& image : all) names.push_back(std::move(image.name));
  return names;
}

Images::Images(boost::asio::any_io_executor executor, Podman& podman, agent::RegistryTokens& tokens,
               const host::ContainerSetup& setup, const base::Clock& clock, Options options)
    : executor_(executor),
      podman_(podman),
      tokens_(tokens),
      setup_(setup),
      clock_(clock),
      options_(std::move(options)),
      pulls_folder_(std::filesystem::path(setup.env.at("TMPDIR")) / "pulls"),
      pulls_in_flight_(executor) {
  std::error_code ignored;
  std::filesystem::remove_all(pulls_folder_, ignored);
}

async::Task<base::Result<bool>> Images::present(std::string image, base::Deadline deadline) {
  co_await while_removed(image);
  co_return co_await podman_.image_exists(std::move(image), deadline);
}

async::Task<base::Result<void>> Images::tidy(std::function<bool(const std::string&)> needed, std::size_t keep_unused) {
  const auto deadline = base::Deadline::after(clock_, kTidyTime);
  CO_TRY_ASSIGN(const auto stored, co_await podman_.images(deadline));
  for (const auto& image : unused_images(stored, needed, keep_unused)) {
    if (needed(image) || pulls_.contains(image)) continue;
    CO_TRY_CHECK(co_await remove(image, deadline));
    logging::info("image.removed", {{"image", image}});
  }
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Images::remove(std::string image, base::Deadline deadline) {
  struct Removal {
    Images& images;
    ~Removal() {
      images.being_removed_.clear();
      for (const auto& nudge : std::exchange(images.waiting_for_removal_, {})) nudge->notify();
    }
  } const removal(*this);
  being_removed_ = image;
  co_return co_await podman_.remove_image(std::move(image), deadline);
}

async::Task<void> Images::while_removed(std::string image) {
  while (being_removed_ == image) {
    waiting_for_removal_.push_back(std::make_shared<async::Nudge>(executor_));
    const auto nudge = waiting_for_removal_.back();
    co_await nudge->wait(std::chrono::minutes(1));
  }
}

async::Task<base::Result<void>> Images::ensure(std::string image) {
  co_await while_removed(image);
  auto& entry = pulls_[image];
  if (!entry) {
    entry = std::make_shared<Pull>();
    pulls_in_flight_.spawn("image.pull", run_pull(image, entry));
  }
  const auto pull = entry;
  auto nudge = std::make_shared<async::Nudge>(executor_);
  pull->waiting.push_back(nudge);
  while (!pull->outcome) co_await nudge->wait(std::chrono::minutes(1));
  co_return *pull->outcome;
}

async::Task<void> Images::run_pull(std::string image, std::shared_ptr<Pull> pull) {
  std::optional<base::Result<void>> outcome;
  try {
    outcome = co_await this->pull(image);
  } catch (const std::exception& problem) {
    outcome = base::fail(base::ErrorKind::internal, "image.pull_failed",
                         std::string("the pull was stopped: ") + problem.what());
  }
  pulls_.erase(image);
  pull->outcome = std::move(outcome);
  for (const auto& nudge : pull->waiting) nudge->notify();
}

async::Task<base::Result<void>> Images::pull(std::string image) {
  CO_TRY_ASSIGN(const auto name, parse_image(image));
  const auto deadline = base::Deadline::after(clock_, options_.pull_timeout);
  CO_TRY_ASSIGN(const auto there, co_await podman_.image_exists(image, deadline));
  if (there) co_return base::Result<void>{};
  const auto began = clock_.steady_now();
  // skopeo leaves its half-made layers where they are when it is ended.
  const auto folder = pulls_folder_ / std::to_string(++pulls_begun_);
  std::filesystem::create_directories(folder);
  const auto copied = co_await copy(image, name, folder, deadline);
  co_await async::run_process({.argv = {"/usr/bin/rm", "-rf", "--", folder.string()}, .env = setup_.env},
                              base::Deadline::after(clock_, kTidyTime));  // also when the pull had no time left
  CO_TRY_CHECK(copied);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - began);
  logging::info("image.pulled", {{"image", image}, {"took_ms", took.count()}});
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Images::copy(std::string image, ImageName name, std::filesystem::path folder,
                                             base::Deadline deadline) {
  CO_TRY_ASSIGN(auto token, co_await tokens_.pull_token(name.repository));
  async::ProcessSpec skopeo{.argv = {"/usr/bin/skopeo", "--policy", setup_.policy_file.string(), "--tmpdir",
                                     folder.string(), "copy", "--quiet"},
                            .env = setup_.env,
                            .umask = kLayersMask};
  if (options_.plain_http_registries.contains(name.registry)) skopeo.argv.emplace_back("--src-tls-verify=false");
  skopeo.argv.insert(skopeo.argv.end(), {"--src-registry-token", host::kSecretArgument, "--", "docker://" + image,
                                         "containers-storage:" + image});
  CO_TRY_CHECK(host::pass_secret(skopeo, base::SecretString(std::move(token))));
  auto copying = async::run_process(std::move(skopeo), deadline);
  auto first = co_await (std::move(copying) || until_full());
  if (first.index() == 1) {
    co_return base::fail(base::ErrorKind::unavailable, "image.no_room",
                         "the image does not fit on this worker's disk: less than " +
                             std::to_string(options_.keep_free >> 20U) +
                             " MB would be left. Free some, or make it smaller");
  }
  CO_TRY_ASSIGN(const auto ran, std::move(std::get<0>(first)));
  if (!ran.ok()) {
    co_return base::fail(base::ErrorKind::unavailable, "image.pull_failed",
                         "could not pull the image: " + (ran.timed_out ? "it took too long" : last_line(ran.err)));
  }
  co_return base::Result<void>{};
}

/// A small image may unpack to very much: looks while it does.
async::Task<void> Images::until_full() {
  for (;;) {
    std::error_code error;
    const auto disk = std::filesystem::space(setup_.graph_root, error);
    if (!error && disk.available < options_.keep_free) co_return;
    co_await async::sleep(kLookAtDisk);
  }
}

}  // namespace runtime
