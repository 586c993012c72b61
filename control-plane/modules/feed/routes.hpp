#pragma once

#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/platform/api/api.hpp"
#include "control-plane/platform/live/signal.hpp"

namespace feed {

/// GET /api/v1/feed and /api/v1/orgs/{org}/feed: server-sent events, resumable by Last-Event-ID.
struct Routes {
  Feed& feed;
  live::Signal& signal;

  void add(api::Api& api);
};

}  // namespace feed
