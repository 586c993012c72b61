#include "common/crypto/random.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

/// What the control plane does with messages that no honest agent sends.
struct HubRefusalsTest : testing::Test {
  HubRefusalsTest() {
    world.modules.hub.on_rejected(
        [this](const std::string& reason) { rejected.with([&](auto& all) { all.push_back(reason); }); });
    agent.greet();
    agent.expect("hello");
    agent.barrier();
  }
  base::Guarded<std::vector<std::string>> rejected;  // before the world, whose connections report to it as they end
  World world;
  Credentials worker = world.enrol("host-1", {"build"});
  Agent agent{world, worker};
};

TEST_F(HubRefusalsTest, a_wrong_mac_closes_with_4004) {
  auto bytes = agent.make("ping", "{}");
  bytes[0] = static_cast<char>(bytes[0] ^ 1);
  agent.send_raw(bytes);
  EXPECT_EQ(agent.closed(), 4004);
}

TEST_F(HubRefusalsTest, a_changed_header_closes_with_4004) {
  auto bytes = agent.make("ping", "{}");
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  agent.send_raw(bytes);
  EXPECT_EQ(agent.closed(), 4004);
}

TEST_F(HubRefusalsTest, a_message_too_short_for_a_mac_closes_with_4004) {
  agent.send_raw("short");
  EXPECT_EQ(agent.closed(), 4004);
}

TEST_F(HubRefusalsTest, a_gap_in_the_sequence_closes_with_4005) {
  agent.send_raw(agent.make("ping", "{}", 1));
  EXPECT_EQ(agent.closed(), 4005);
}

TEST_F(HubRefusalsTest, a_repeated_envelope_closes_with_4005) {
  const auto bytes = agent.make("ping", "{}");
  agent.send_raw(bytes);
  agent.send_raw(bytes);
  EXPECT_EQ(agent.closed(), 4005);
}

TEST_F(HubRefusalsTest, envelopes_in_another_order_close_with_4005) {
  const auto first = agent.make("ping", "{}");
  const auto second = agent.make("ping", "{}");
  agent.send_raw(second);
  agent.send_raw(first);
  EXPECT_EQ(agent.closed(), 4005);
}

TEST_F(HubRefusalsTest, a_reflected_envelope_closes_with_4004) {
  agent.send_raw(agent.raw_received().front());
  EXPECT_EQ(agent.closed(), 4004);
}

TEST_F(HubRefusalsTest, an_envelope_recorded_on_another_connection_closes_with_4004) {
  const auto other = world.enrol("host-2", {"build"});
  Agent recorded(world, other);
  const auto bytes = recorded.make("hello", "{}");
  Agent fresh(world, other);
  fresh.send_raw(bytes);
  EXPECT_EQ(fresh.closed(), 4004);
}

TEST_F(HubRefusalsTest, an_oversize_message_closes_with_4006) {
  agent.send_raw(std::string((std::size_t{1} << 20U) + 1, 'x'));
  EXPECT_EQ(agent.closed(), 4006);
}

TEST_F(HubRefusalsTest, a_first_message_that_is_no_hello_closes_with_4000) {
  const auto other = world.enrol("host-2", {"build"});
  Agent rude(world, other);
  rude.send(protocol::InventoryReport{});
  EXPECT_EQ(rude.closed(), 4000);
}

TEST_F(HubRefusalsTest, an_unknown_type_is_answered_and_the_connection_lives) {
  EXPECT_EQ(agent.answer_code(agent.send_data("future.message", "{}")), "unsupported_type");
  agent.barrier();
}

TEST_F(HubRefusalsTest, bad_data_of_a_known_type_is_answered_and_the_connection_lives) {
  EXPECT_EQ(agent.answer_code(agent.send_data("job.finished", R"({"job_id":7})")), "malformed");
  EXPECT_EQ(agent.answer_code(agent.send_data("object.get", R"({"sha256":["x"]})")), "malformed");
  agent.barrier();
}

TEST_F(HubRefusalsTest, a_type_that_only_the_control_plane_sends_is_not_obeyed) {
  EXPECT_EQ(agent.answer_code(agent.send_data("object.put", R"({"sha256":")" + std::string(64, 'a') + "\"}")),
            "unsupported_type");
}

TEST_F(HubRefusalsTest, a_stream_attachment_over_64_kib_is_malformed) {
  protocol::StreamData data;
  data.stream = base::StreamId::make(world.clock);
  EXPECT_EQ(agent.answer_code(agent.send(data, std::string((std::size_t{64} << 10U) + 1, 'x'))), "malformed");
}

TEST_F(HubRefusalsTest, a_rejection_is_counted_with_its_reason) {
  agent.send_raw(agent.make("ping", "{}", 1));
  EXPECT_EQ(agent.closed(), 4005);
  world.until("the rejection is counted",
              [&] { return rejected.with([](auto& all) { return all == std::vector<std::string>{"bad_sequence"}; }); });
}

}  // namespace
}  // namespace control_plane_test
