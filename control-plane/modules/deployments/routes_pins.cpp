#include <charconv>

#include "control-plane/modules/deployments/routes.hpp"

namespace deployments {
namespace {

using api::Input;
using base::ErrorKind;
using base::Result;

/// 0, which no release has, for what is not a number.
std::int64_t release_number(const Input& input) {
  const std::string text = input.param("release");
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

void RouteSet::add_pins(api::Api& api) {
  const auto add = [&](http::Method method, const char* action, const char* summary, bool pinned) {
    api.write<api::Nothing, ReleaseView>(
           method, "/api/v1/orgs/{org}/apps/{app}/releases/{release}/pin", auth::Permission::app_deploy, action, 200,
           [this, pinned](Tx& tx, const Input& input, api::Nothing, api::Effect& effect) -> Result<ReleaseView> {
             TRY_ASSIGN(const auto release,
                        deployments.pin(tx, input, input.param("app"), release_number(input), pinned));
             effect.object_kind = "release";
             effect.object_id = release.id.to_string();
             const auto env = projects.find(tx, input.organization(), input.param("app"));
             effect.object_name = env->ref() + " release " + std::to_string(release.number);
             effect.app_id = env->app.to_string();
             effect.after = pinned ? R"({"pinned":true})" : R"({"pinned":false})";
             return Views::release(release);
           })
        .summary(summary)
        .tag("deployments")
        .errors({ErrorKind::not_found, ErrorKind::conflict});
  };
  add(http::Method::put, "release.pin", "Keep a release's image whatever its age", true);
  add(http::Method::del, "release.unpin", "Let a release's image go its way again", false);
}

}  // namespace deployments
