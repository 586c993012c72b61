#pragma once

#include "control-plane/modules/builds/service.hpp"
#include "control-plane/modules/builds/shared_logs.hpp"
#include "control-plane/platform/api/api.hpp"
#include "control-plane/platform/api/since.hpp"
#include "control-plane/platform/live/signal.hpp"

namespace builds {

/// A deployment's build log, as text by offset and as server-sent events.
struct Routes {
  Service& builds;
  live::Signal& log_signal;
  std::shared_ptr<SharedLogs> shared{std::make_shared<SharedLogs>()};

  void add(api::Api& api);
};

}  // namespace builds
