#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/files.hpp"

// The targets as the build names them when they are not linked with libFuzzer (CMakeLists.txt).
extern "C" int fuzz_envelope_decode(const std::uint8_t*, std::size_t);
extern "C" int fuzz_git_url(const std::uint8_t*, std::size_t);
extern "C" int fuzz_http_request(const std::uint8_t*, std::size_t);
extern "C" int fuzz_json_decode(const std::uint8_t*, std::size_t);
extern "C" int fuzz_masker(const std::uint8_t*, std::size_t);
extern "C" int fuzz_message_decode(const std::uint8_t*, std::size_t);
extern "C" int fuzz_names(const std::uint8_t*, std::size_t);
extern "C" int fuzz_outgoing_url(const std::uint8_t*, std::size_t);
extern "C" int fuzz_route_render(const std::uint8_t*, std::size_t);
extern "C" int fuzz_ssh_key(const std::uint8_t*, std::size_t);

namespace {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t*, std::size_t);
};

struct FuzzCorpus : testing::TestWithParam<Target> {};

/// A target aborts where it finds something; the corpus also holds whatever was once found.
TEST_P(FuzzCorpus, is_taken_without_a_finding) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(WH_FUZZ_SEEDS) / GetParam().name)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);

  ASSERT_FALSE(files.empty());
  for (const auto& file : files) {
    SCOPED_TRACE(file.string());
    const auto bytes = base::blocking_read_file(file);
    EXPECT_EQ(GetParam().run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
  }
}

const std::vector<Target> kTargets{{"envelope_decode", fuzz_envelope_decode},
                                   {"git_url", fuzz_git_url},
                                   {"http_request", fuzz_http_request},
                                   {"json_decode", fuzz_json_decode},
                                   {"masker", fuzz_masker},
                                   {"message_decode", fuzz_message_decode},
                                   {"names", fuzz_names},
                                   {"outgoing_url", fuzz_outgoing_url},
                                   {"route_render", fuzz_route_render},
                                   {"ssh_key", fuzz_ssh_key}};

TEST(FuzzTargets, each_corpus_that_is_kept_is_given_to_its_target) {
  std::size_t folders = 0;
  for (const auto& folder : std::filesystem::directory_iterator(WH_FUZZ_SEEDS)) {
    if (!folder.is_directory()) continue;
    ++folders;
    const auto name = folder.path().filename().string();
    EXPECT_TRUE(std::ranges::any_of(kTargets, [&](const Target& target) { return name == target.name; })) << name;
  }
  EXPECT_EQ(folders, kTargets.size());
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzCorpus, testing::ValuesIn(kTargets),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
