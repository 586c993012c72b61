#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "worker-agent/edge/layout.hpp"

namespace edge {

/// The edge's folder: the layout (the truth), and what HAProxy reads, rendered from it. Everything blocks and throws
/// base::Failure when the disk does not work; files are replaced durably, the layout first.
class Disk {
 public:
  explicit Disk(std::filesystem::path folder);

  /// Makes the folder and writes the pages.
  void blocking_prepare() const;
  /// Makes the folder that HAProxy is locked into: nobody else can come there, and HAProxy, which runs as another user,
  /// can reach the socket in it.
  void blocking_prepare_jail() const;
  /// The layout as last written; nothing when there is none or it cannot be read (logged).
  std::optional<Layout> blocking_load() const;
  /// `frame` is render_frame's text.
  void blocking_write(const Layout& layout, const std::string& frame) const;

  /// What the running HAProxy was loaded with, and whether that is this frame with so many slots.
  void blocking_note_loaded(const std::string& frame, int slots) const;
  bool blocking_is_loaded(const std::string& frame, int slots) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path config() const;
  std::filesystem::path jail() const { return folder_ / "empty"; }
  std::filesystem::path log() const { return folder_ / "haproxy.log"; }
  std::filesystem::path record() const { return folder_ / "haproxy.pid"; }

 private:
  void blocking_replace(const char* name, const std::string& text) const;

  std::filesystem::path folder_;
};

/// The layout as JSON and back; reading checks every host and address again.
std::string encode_layout(const Layout& layout);
base::Result<Layout> decode_layout(std::string_view text);

}  // namespace edge
