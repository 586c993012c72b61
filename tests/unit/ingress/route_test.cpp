#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control-plane/modules/ingress/ingress.hpp"

namespace ingress {
namespace {

using ::testing::HasSubstr;

projects::AppEnvironment live_app() {
  projects::AppEnvironment env;
  env.host = "hello.localhost";
  env.current_release = *base::ReleaseId::parse("01900000-0000-7000-8000-000000000001");
  return env;
}

TEST(RenderRoute, LIM_04_a_limit_of_requests_goes_to_every_edge_with_the_route) {
  auto env = live_app();
  env.request_limit = {.per_minute = 1000, .burst = 50};

  EXPECT_THAT(render_route(env, {}), HasSubstr(R"("options":{"request_limit":{"per_minute":1000,"burst":50}})"));
}

TEST(RenderRoute, LIM_04_without_one_nothing_is_said_of_it_so_that_routes_stay_the_bytes_they_were) {
  EXPECT_THAT(render_route(live_app(), {}), HasSubstr(R"("options":{})"));
}

}  // namespace
}  // namespace ingress
