#pragma once

#include <string_view>

namespace protocol {

/// Which way an envelope travels.
enum class Side { agent, control_plane };

enum class Direction { to_agent, to_control_plane, both };

enum class Delivery {
  at_least_once,  ///< repeated until answered; the receiver tells repeats by the key in the docstring
  latest_wins,    ///< a newer one makes an older one pointless
  once,           ///< sent once a connection; lost with it
};

enum class Attachment {
  none,
  command,  ///< a signed command
  object,   ///< one body, at most 256 KiB
  stream,   ///< at most 64 KiB of a stream
  stats,    ///< JSON, at most 64 KiB
};

/// What the catalogue says of one message type; `answered_by` is empty where nothing answers.
struct MessageInfo {
  std::string_view type{};
  Direction direction{Direction::both};
  std::string_view answered_by{};
  Delivery delivery{Delivery::once};
  Attachment attachment{Attachment::none};
  int since{1};
};

}  // namespace protocol
