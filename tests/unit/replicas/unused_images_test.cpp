#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker-agent/runtime/images.hpp"

namespace runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string name(const std::string& app, char letter) {
  return "10.0.0.1:5000/acme/" + app + "@sha256:" + std::string(64, letter);
}

bool nobody(const std::string& /*image*/) {
  return false;
}

TEST(UnusedImages, the_newest_of_each_repository_stay) {
  const std::vector<StoredImage> stored = {{{name("web", 'c')}, 30, 0},
                                           {{name("web", 'a')}, 10, 0},
                                           {{name("web", 'b')}, 20, 0},
                                           {{name("api", 'd')}, 5, 0}};

  EXPECT_THAT(unused_images(stored, nobody, 1), ElementsAre(name("web", 'a'), name("web", 'b')));
  EXPECT_THAT(unused_images(stored, nobody, 0),
              ElementsAre(name("api", 'd'), name("web", 'a'), name("web", 'b'), name("web", 'c')));
}

TEST(UnusedImages, what_a_container_is_made_of_or_a_replica_names_is_used_and_is_not_counted) {
  const std::vector<StoredImage> stored = {
      {{name("web", 'a')}, 10, 1}, {{name("web", 'b')}, 20, 0}, {{name("web", 'c')}, 30, 0}};
  const auto needed = [](const std::string& image) { return image == name("web", 'c'); };

  EXPECT_THAT(unused_images(stored, needed, 0), ElementsAre(name("web", 'b')));
  EXPECT_THAT(unused_images(stored, needed, 1), IsEmpty());
}

TEST(UnusedImages, images_with_tags_are_not_ours_to_remove) {
  const std::vector<StoredImage> stored = {{{"localhost/wisehosting/probe:1"}, 10, 0}, {{}, 10, 0}};

  EXPECT_THAT(unused_images(stored, nobody, 0), IsEmpty());
}

}  // namespace
}  // namespace runtime
