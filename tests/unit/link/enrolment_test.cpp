#include "tests/unit/link/fake_control_plane.hpp"

namespace agent::testing {
namespace {

TEST_F(LinkTest, registers_connects_and_says_hello) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));

  ASSERT_EQ(plane_.registrations.size(), 1U);
  const auto& request = plane_.registrations[0];
  EXPECT_EQ(request.secret, "enrolment-token");
  EXPECT_EQ(request.name, "worker-1");
  EXPECT_EQ(request.facts.labels.at("zone"), "a");
  EXPECT_GT(request.facts.cpus, 0U);
  EXPECT_GT(request.facts.memory_bytes, 0U);
  EXPECT_FALSE(request.facts.kernel.empty());
  EXPECT_FALSE(std::filesystem::exists(token_file()));
  EXPECT_EQ(plane_.agent_hello.agent_version, "0.1.0");
  EXPECT_FALSE(plane_.agent_hello.boot_id.is_nil());
  EXPECT_TRUE(plane_.agent_hello.applied.empty());
  EXPECT_EQ(plane_.connect_urls[0], "wss://cp/v1/workers/connect");
  EXPECT_EQ(plane_.pins, std::vector<std::string>{"sha256/pin"});
  EXPECT_EQ(base::blocking_read_file(folder_ / "link" / "ca.pem"), "authority\n");
}

TEST_F(LinkTest, a_lost_answer_is_asked_again_with_the_same_keys) {
  int lost = 2;
  plane_.http = [&](const std::string& path, const std::string& body) {
    auto answer = plane_.answer(path, body);
    return lost-- > 0 ? HubAnswer{.status = 502} : answer;
  };
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));

  ASSERT_EQ(plane_.registrations.size(), 3U);
  EXPECT_EQ(plane_.registrations[0].api_key, plane_.registrations[2].api_key);
  EXPECT_EQ(plane_.registrations[0].sealing_public_key, plane_.registrations[2].sealing_public_key);
  EXPECT_EQ(plane_.registrations[0].secret, plane_.registrations[2].secret);
}

TEST_F(LinkTest, a_restarted_agent_refreshes_and_does_not_register_again) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));
  play(script(plane_));

  EXPECT_EQ(plane_.registrations.size(), 1U);
  ASSERT_EQ(plane_.refreshes.size(), 1U);
  EXPECT_EQ(plane_.refreshes[0].worker_id, plane_.worker);
  EXPECT_EQ(plane_.refreshes[0].gen, 1U);
}

TEST_F(LinkTest, a_401_with_a_date_corrects_the_clock_once) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));
  const auto ahead = clock_.utc_now() + std::chrono::hours(3);
  int refused = 0;
  plane_.http = [&](const std::string& path, const std::string& body) {
    const auto request = protocol::decode_refresh(body).value();
    if (request.ts < ahead - std::chrono::minutes(1)) {
      ++refused;
      return HubAnswer{.status = 401, .date = ahead};
    }
    return plane_.answer(path, body);
  };
  play(script(plane_));

  EXPECT_EQ(refused, 1);
  ASSERT_EQ(plane_.refreshes.size(), 1U);
}

TEST_F(LinkTest, a_refused_token_is_replaced_before_the_next_try) {
  plane_.refuse_connect = 401;
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));

  EXPECT_EQ(plane_.connect_tokens.size(), 2U);
  EXPECT_EQ(plane_.refreshes.size(), 1U);
}

TEST_F(LinkTest, tokens_of_another_generation_are_not_used) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));
  // An old row was put back: the control plane answers with a lower generation for a while.
  plane_.connect_tokens.clear();
  int odd = 1;
  plane_.http = [&](const std::string& path, const std::string& body) {
    plane_.gen = odd-- > 0 ? 9 : 1;
    return plane_.answer(path, body);
  };
  play(script(plane_));

  EXPECT_EQ(plane_.refreshes.size(), 2U);
  EXPECT_EQ(plane_.connect_tokens.size(), 1U);
}

TEST_F(LinkTest, pull_tokens_are_asked_for_with_the_workers_jwt) {
  plane_.http = [&](const std::string& path, const std::string& body) {
    if (path.starts_with("/v1/workers/registry-token")) {
      EXPECT_EQ(path, "/v1/workers/registry-token?scope=repository:acme/hello:pull");
      return HubAnswer{.status = 200, .body = R"({"token":"pull-token"})"};
    }
    return plane_.answer(path, body);
  };
  const auto script = [](FakeControlPlane& plane, std::unique_ptr<Link>& link) -> async::Task<void> {
    co_await plane.accept_and_greet();
    EXPECT_EQ((co_await link->registry_tokens().pull_token("acme/hello")).value(), "pull-token");
    EXPECT_FALSE((co_await link->registry_tokens().pull_token("acme/hello:x&y")).has_value());
  };
  play(script(plane_, link_));

  EXPECT_EQ(plane_.last_method, "GET");
  EXPECT_TRUE(plane_.last_headers.at(0).second.starts_with("Basic "));
}

}  // namespace
}  // namespace agent::testing
