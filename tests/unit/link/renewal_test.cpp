#include "tests/unit/link/fake_control_plane.hpp"

// Tokens in time, and the raw key's one journey (PROTOCOL 1 and 3).
namespace agent::testing {
namespace {

/// Makes registration and refresh answer with a token that says to live this long.
HubAnswer living_for(HubAnswer answer, std::uint32_t seconds) {
  const auto at = answer.body.find("\"expires_in\":900");
  if (at != std::string::npos) answer.body.replace(at, 16, "\"expires_in\":" + std::to_string(seconds));
  return answer;
}

TEST_F(LinkTest, wrk_10_a_token_is_renewed_two_minutes_before_it_expires_and_again_after_a_failure) {
  int refreshes = 0;
  plane_.http = [&](const std::string& path, const std::string& body) {
    if (path == protocol::kRegisterPath) return living_for(plane_.answer(path, body), 100);
    if (++refreshes == 1) return HubAnswer{.status = 503};
    return plane_.answer(path, body);
  };
  protocol::TokenRenew renewal;
  const auto script = [](FakeControlPlane& plane, protocol::TokenRenew& out) -> async::Task<void> {
    auto* const peer = co_await plane.accept_and_greet();
    out = co_await peer->expect_as<protocol::TokenRenew>();
  };
  play(script(plane_, renewal));

  EXPECT_EQ(refreshes, 2) << "100 s are left: at once, and once more after the failure";
  const auto claims = crypto::peek_worker_token(renewal.token);
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->worker, plane_.worker);
}

TEST_F(LinkTest, wrk_10_a_token_with_more_than_two_minutes_to_live_is_left_alone) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    auto* const peer = co_await plane.accept_and_greet();
    const auto id = co_await peer->send("no.such.type", "{}");
    while ((co_await peer->expect("error")).re != id) {
    }
  };
  play(script(plane_));

  EXPECT_TRUE(plane_.refreshes.empty());
}

/// All that the agent sends after its registration: bodies, headers and every message, with a rotation in it.
TEST_F(LinkTest, wrk_11_the_raw_key_crosses_the_wire_at_registration_only) {
  std::string sent;
  plane_.http = [&](const std::string& path, const std::string& body) {
    if (path != protocol::kRegisterPath) sent += body + "\n";
    for (const auto& [name, value] : plane_.last_headers) sent += name + ": " + value + "\n";
    return path == protocol::kRegisterPath ? living_for(plane_.answer(path, body), 100) : plane_.answer(path, body);
  };
  const auto script = [](FakeControlPlane& plane, std::string& out) -> async::Task<void> {
    auto* const peer = co_await plane.accept_and_greet();
    co_await peer->expect_as<protocol::TokenRenew>();
    const protocol::CredentialsRequest request{.reason = "due"};
    co_await peer->send(request);
    co_await peer->expect_as<protocol::CredentialsRotate>();
    for (const auto& frame : peer->raw_received) out += frame;
  };
  play(script(plane_, sent));

  ASSERT_EQ(plane_.registrations.size(), 1U);
  const auto keys = LinkStore(folder_).blocking_load_keys();
  ASSERT_TRUE(keys.next_api_key.has_value());
  ASSERT_GT(sent.size(), 1'000U);
  for (const std::string& secret :
       {plane_.registrations[0].api_key.bytes, std::string(keys.next_api_key->reveal()), plane_.k}) {
    for (const auto& form :
         {secret, base::base64url_encode(secret), base::base64_encode(secret), base::hex_encode(secret)}) {
      EXPECT_EQ(sent.find(form), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace agent::testing
