#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker-agent/builds/recipe.hpp"
#include "worker-agent/builds/workshop.hpp"

namespace builds {

struct BuiltImage {
  std::string id;  ///< 64 hexadecimal digits
  std::optional<std::uint64_t> bytes;
  bool cached{false};  ///< no step had to be run
};

/// Makes a store usable in which a build was killed; empties it when podman cannot.
async::Task<StepResult<void>> clean_store(Workshop& shop, Stores& stores);

/// Copies the base images that the Containerfile names from our registry into the app's store.
async::Task<StepResult<void>> bring_base_images(Workshop& shop, const Containerfile& containerfile);

/// `podman build` in the jail: chroot isolation, layers cached in the app's own store. Codes `build.*`, step "build".
async::Task<StepResult<BuiltImage>> build_image(Workshop& shop, const Recipe& recipe);

/// Pushes from inside the jail with the one-repository token; answers the manifest's digest `sha256:…`. Codes `push.*`.
async::Task<StepResult<std::string>> push_image(Workshop& shop, const BuiltImage& image);

/// True when podman's output shows that every step came from the cache. Pure.
bool was_cached(std::string_view output);

}  // namespace builds
