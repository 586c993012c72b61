#pragma once

#include "control-plane/modules/builds/service.hpp"
#include "control-plane/platform/api/api.hpp"
#include "control-plane/platform/live/signal.hpp"

namespace builds {

/// A deployment's build log, as text by offset and as server-sent events.
struct Routes {
  Service& builds;
  live::Signal& log_signal;

  void add(api::Api& api);
};

}  // namespace builds
