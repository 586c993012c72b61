#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace hooks {

/// A secret address that starts a deployment of one app environment, as people see it.
struct Hook {
  base::Uuid id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  std::string name;
  std::string prefix;  ///< `wh_hook_` and eight letters: finds a leaked one's row
  base::UtcTime created_at;
  std::string made_by;  ///< the person's name
  std::optional<base::UtcTime> expires_at;
  std::optional<base::UtcTime> revoked_at;
  std::optional<base::UtcTime> last_used_at;
  std::string last_used_from;  ///< an address, or empty
};

struct HookWish {
  std::string name;
  std::optional<int> days;  ///< 1..366; nothing: until it is revoked
};

struct NewHook {
  std::string token;  ///< shown once
  Hook hook;
};

/// What a call of a hook says beside its address.
struct Delivery {
  /// What a forge says that happened, once for each header that says it: `push`, `Push Hook`; none from other programs.
  std::vector<std::string> events;
  /// A pull or merge request is in it, whatever happened to it and whoever says so.
  bool pull_request{false};
  std::vector<std::string> refs;      ///< what was pushed: `refs/heads/main`
  std::optional<std::string> commit;  ///< the one to deploy
};

/// What becomes of it: a deployment, or nothing, and why.
struct Verdict {
  std::optional<std::string> commit;  ///< nothing: the branch's newest
  std::optional<std::string> skipped;
};

}  // namespace hooks
