#pragma once

#include "control-plane/modules/feed/fanout.hpp"
#include "control-plane/platform/api/api.hpp"

namespace feed {

/// An entry as a server-sent event.
std::string event_text(const Entry& entry);

/// GET /api/v1/feed and /api/v1/orgs/{org}/feed: server-sent events, resumable by Last-Event-ID. GET
/// /api/v1/orgs/{org}/activity: what happened, page by page.
struct Routes {
  Feed& feed;
  Fanout& fanout;

  void add(api::Api& api);

 private:
  void add_activity(api::Api& api);
};

}  // namespace feed
