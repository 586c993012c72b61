#include "common/protocol/catalogue.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/protocol/envelope.hpp"

namespace protocol {
namespace {

TEST(Catalogue, names_each_type_once) {
  std::set<std::string_view> types;
  for (const MessageInfo& message : catalogue()) {
    EXPECT_TRUE(is_message_type(message.type)) << message.type;
    EXPECT_TRUE(types.insert(message.type).second) << message.type;
    EXPECT_EQ(message.since, 1);
  }
  EXPECT_EQ(types.size(), 31U);
}

TEST(Catalogue, answers_exist) {
  for (const MessageInfo& message : catalogue()) {
    if (!message.answered_by.empty()) EXPECT_NE(find_message(message.answered_by), nullptr) << message.type;
  }
  EXPECT_TRUE(find_message("ack")->answered_by.empty());
  EXPECT_TRUE(find_message("error")->answered_by.empty());
  EXPECT_EQ(find_message("no.such.type"), nullptr);
}

TEST(Catalogue, directions_decide_who_may_be_sent_what) {
  EXPECT_TRUE(may_receive(*find_message("job.dispatch"), Side::agent));
  EXPECT_FALSE(may_receive(*find_message("job.dispatch"), Side::control_plane));
  EXPECT_FALSE(may_receive(*find_message("job.finished"), Side::agent));
  EXPECT_TRUE(may_receive(*find_message("stream.data"), Side::agent));
  EXPECT_TRUE(may_receive(*find_message("stream.data"), Side::control_plane));
}

}  // namespace
}  // namespace protocol
