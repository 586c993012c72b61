// A worker whose disk is full, on a file system that is: what could not be kept is counted, or read again.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

#include "worker-agent/logs/intake.hpp"

namespace logs {
namespace {

namespace fs = std::filesystem;

class FullDisk : public testing::Test {
 protected:
  FullDisk() {
    std::string pattern = "/tmp/wh-full-disk-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    fs::create_directories(disk());
    EXPECT_EQ(::mount("tmpfs", disk().c_str(), "tmpfs", 0, "size=256k"), 0) << "this test mounts: run it as root";
    restart();
  }
  ~FullDisk() override {
    intake_.reset();
    spool_.reset();
    ::umount2(disk().c_str(), MNT_DETACH);
    fs::remove_all(folder_);
  }

  fs::path disk() const { return folder_ / "disk"; }
  /// As after kill -9.
  void restart() {
    intake_.reset();
    spool_.reset();
    spool_ = std::make_shared<ReplicaSpool>(disk() / "spool", std::uint64_t{64} << 20U);
    intake_ = std::make_unique<Intake>(folder_ / "raw.log", spool_, Masker(std::vector<std::string>{}), IntakeLimits{},
                                       std::uint64_t{16} << 20U);
  }
  void print(int lines, const std::string& text) {
    std::ofstream raw(folder_ / "raw.log", std::ios::app | std::ios::binary);
    for (int i = 0; i < lines; ++i) raw << "2026-11-21T11:14:47.531443128+00:00 stdout F " << text << "\n";
    raw.close();
    take();
  }
  void take() {
    while (intake_->take(base::SteadyTime(std::chrono::seconds(1000)), 0).more) {
    }
  }
  void fill() {
    std::ofstream filler(disk() / "filler", std::ios::binary);
    while (filler.write(std::string(1024, 'f').data(), 1024).flush()) {
    }
    EXPECT_EQ(fs::space(disk()).available, 0U);
  }
  void free() { fs::remove(disk() / "filler"); }
  /// The kept lines without their times.
  std::vector<std::string> lines() {
    const auto text = *spool_->read(spool_->begin(), 1 << 20);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      out.push_back(text.substr(at + kTimeBytes + 1, end - at - kTimeBytes - 1));
      at = end + 1;
    }
    return out;
  }

  fs::path folder_;
  std::shared_ptr<ReplicaSpool> spool_;
  std::unique_ptr<Intake> intake_;
};

using Lines = std::vector<std::string>;
const std::string kLong(1000, 'x');

TEST_F(FullDisk, what_could_not_be_kept_is_counted_exactly_once_there_is_room_again) {
  print(1, "before");
  fill();
  for (int i = 0; i < 3; ++i) print(50, kLong);
  EXPECT_EQ(lines(), Lines{"O before"});

  free();
  take();  // also an app that prints nothing more is told of

  const auto each = kTimeBytes + 3 + kLong.size() + 1;
  EXPECT_EQ(lines(), (Lines{"O before", "G disk 150 " + std::to_string(150 * each)}));
  print(1, "after");
  EXPECT_EQ(lines().back(), "O after");
}

TEST_F(FullDisk, an_agent_that_is_started_anew_meanwhile_reads_again_what_it_could_not_keep) {
  print(1, "before");
  fill();
  print(20, kLong);

  restart();
  free();
  print(1, "after");

  Lines whole{"O before"};
  whole.insert(whole.end(), 20, "O " + kLong);
  whole.push_back("O after");
  EXPECT_EQ(lines(), whole);
}

}  // namespace
}  // namespace logs
