#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/json/json.hpp"

namespace hooks {

struct CreateHookBody {
  std::string name;
  std::optional<int> days;
  template <class F>
  void map(F& f) {
    f.required("name", name, "Who calls it, such as the pipeline's name");
    f.optional("days", days, "It works so long, 1 to 366; without: until it is revoked");
  }
};

struct HookView {
  base::Uuid id;
  std::string name;
  std::string prefix;
  std::string created_by;
  base::UtcTime created_at;
  std::optional<base::UtcTime> expires_at;
  std::optional<base::UtcTime> last_used_at;
  std::optional<std::string> last_used_from;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("prefix", prefix, "The beginning of the secret part of its address, to find a leaked one");
    f.required("created_by", created_by);
    f.required("created_at", created_at);
    f.required("expires_at", expires_at, "Null: it works until it is revoked");
    f.required("last_used_at", last_used_at);
    f.required("last_used_from", last_used_from, "The address that called it last");
  }
};

struct NewHookView {
  std::string url;
  HookView hook;
  template <class F>
  void map(F& f) {
    f.required("url", url, "POST here to deploy. Whoever has it can; it is not shown again");
    f.required("hook", hook);
  }
};

/// What a call is answered with when it made a deployment.
struct HookDeployment {
  base::DeploymentId id;
  std::int64_t number{0};
  std::string app;
  std::string state;
  template <class F>
  void map(F& f) {
    f.required("id", id, "The deployment");
    f.required("number", number);
    f.required("app", app);
    f.required("state", state);
  }
};

/// And when it did not.
struct HookSkipped {
  std::string skipped;
  template <class F>
  void map(F& f) {
    f.required("skipped", skipped, "Why nothing is deployed, such as a push to another branch");
  }
};

}  // namespace hooks
