#include <gmock/gmock.h>

#include <future>

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct SetupLinkTest : testing::Test {
  std::string make() {
    return world.plain([&](Tx& t) { return world.modules.identity.make_setup_token(t); });
  }
  bool opens(const std::string& token) {
    auth::Call call;
    call.now = world.clock.utc_now();
    call.request_id = "test";
    return world.tx([&](Tx& t) { return world.modules.organizations.set_up(t, call, token, "test"); }).has_value();
  }
  World world;
};

TEST_F(SetupLinkTest, opens_once_also_for_two_at_the_same_moment) {
  const auto token = make();

  auto first = std::async(std::launch::async, [&] { return opens(token); });
  auto second = std::async(std::launch::async, [&] { return opens(token); });

  EXPECT_EQ(static_cast<int>(first.get()) + static_cast<int>(second.get()), 1);
  EXPECT_FALSE(opens(token));
}

TEST_F(SetupLinkTest, opens_for_15_minutes) {
  const auto token = make();
  world.clock.advance(std::chrono::minutes(15) - std::chrono::seconds(30));
  EXPECT_TRUE(opens(token));

  const auto late = make();
  world.clock.advance(std::chrono::minutes(15) + std::chrono::seconds(1));
  EXPECT_FALSE(opens(late));
}

TEST_F(SetupLinkTest, is_kept_as_a_hash) {
  const auto token = make();

  const auto row = world.database.value("SELECT setup_links::text FROM setup_links");

  EXPECT_THAT(row, Not(HasSubstr(token)));
  EXPECT_THAT(row, HasSubstr(base::hex_encode(crypto::sha256(token))));
}

}  // namespace
}  // namespace control_plane_test
