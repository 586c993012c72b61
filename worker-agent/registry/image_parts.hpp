#pragma once

#include <string>
#include <vector>

namespace registry {

/// One image, ready to be pushed: what its manifest's digest depends on is all in here.
struct ImageParts {
  std::string layer;     ///< uncompressed tar
  std::string config;    ///< JSON
  std::string manifest;  ///< JSON, OCI
  std::string layer_digest;
  std::string config_digest;
  std::string manifest_digest;  ///< `sha256:…`
};

inline constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";

/// How the image is run, unless a Containerfile that begins with it says otherwise.
struct ImageRun {
  std::vector<std::string> command;
  std::string user;         ///< `65534:65534`; empty: root
  std::string stop_signal;  ///< `SIGQUIT`; empty: SIGTERM
};

/// An image of this one layer. `made_of` is its history. Pure.
ImageParts make_image(std::string layer, const ImageRun& run, std::string made_of);

}  // namespace registry
