#include "worker-agent/host/netns_folder.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <fstream>
#include <string>

namespace host {
namespace {

class NetnsFolder : public ::testing::Test {
 protected:
  NetnsFolder() {
    char name[] = "/tmp/wh-netns-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~NetnsFolder() override {
    ::umount2(folder_.c_str(), MNT_DETACH);
    std::filesystem::remove_all(folder_);
  }
  /// Of what is mounted there: "" or how the mount is propagated.
  std::string mounts() const {
    std::ifstream in("/proc/self/mountinfo");
    std::string found;
    for (std::string line; std::getline(in, line);) {
      if (line.find(" " + folder_.string() + " ") == std::string::npos) continue;
      found += line.find(" shared:") == std::string::npos ? "private;" : "shared;";
    }
    return found;
  }

  std::filesystem::path folder_;
};

TEST_F(NetnsFolder, is_one_shared_mount_however_often_it_is_asked_for) {
  EXPECT_TRUE(blocking_share_netns_folder(folder_));
  EXPECT_TRUE(blocking_share_netns_folder(folder_));

  EXPECT_EQ(mounts(), "shared;");
}

TEST_F(NetnsFolder, is_left_as_it_is_when_something_is_in_it) {
  std::ofstream(folder_ / "netns-of-a-container") << "";

  EXPECT_FALSE(blocking_share_netns_folder(folder_));

  EXPECT_EQ(mounts(), "");
}

}  // namespace
}  // namespace host
