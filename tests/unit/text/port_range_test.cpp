#include "common/text/port_range.hpp"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(PortRange, is_read_and_written) {
  const auto range = parse_port_range("20000-20999");
  ASSERT_TRUE(range);
  EXPECT_EQ(*range, (PortRange{20000, 20999}));
  EXPECT_EQ(to_string(*range), "20000-20999");
  EXPECT_TRUE(parse_port_range("1024-1024"));
}

TEST(PortRange, what_is_none_is_refused) {
  for (const char* wrong :
       {"", "20000", "a-b", "0-5", "80-2000", "5000-4000", "2000-70000", "2000-3000-4000", "2000-", "-2000"}) {
    EXPECT_FALSE(parse_port_range(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace text
