// Archives that strangers send: what is taken, and everything that is not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "common/archive/gzip.hpp"
#include "common/archive/tar_reader.hpp"
#include "common/archive/tar_writer.hpp"

namespace archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct Unpacked : Sink {
  std::vector<std::pair<std::string, std::string>> members;
  base::Result<void> begin(const Entry& entry) override {
    members.emplace_back(entry.path, entry.target);
    return {};
  }
  base::Result<void> data(std::string_view bytes) override {
    members.back().second += bytes;
    return {};
  }
  base::Result<void> end() override { return {}; }
};

Entry file(std::string path, std::uint64_t size = 0) {
  return Entry{.kind = Entry::Kind::file, .path = std::move(path), .target = "", .size = size};
}
Entry link(std::string path, std::string target) {
  return Entry{.kind = Entry::Kind::link, .path = std::move(path), .target = std::move(target)};
}
std::string member(const std::string& path, const std::string& content) {
  return tar_header(file(path, content.size())) + content + tar_padding(content.size());
}

/// The code it is refused with, or "".
std::string verdict(const std::string& tar, Limits limits = {}, std::size_t piece = 1000) {
  Unpacked sink;
  TarReader reader(sink, limits);
  for (std::size_t at = 0; at < tar.size(); at += piece) {
    const auto fed = reader.feed(std::string_view(tar).substr(at, piece));
    if (!fed) return fed.error().code;
  }
  const auto ended = reader.finish();
  return ended ? "" : ended.error().code;
}

TEST(TarTest, what_was_written_is_read_whatever_the_pieces) {
  const std::string deep = std::string(90, 'a') + "/" + std::string(90, 'b') + "/file.txt";
  const std::string tar = tar_header(Entry{.kind = Entry::Kind::folder, .path = "src", .target = {}}) +
                          member("src/main.c", "int x;") + member(deep, std::string(1500, 'z')) +
                          tar_header(link("src/to", "main.c")) + tar_end();
  for (const std::size_t piece : {1U, 7U, 511U, 512U, 100'000U}) {
    Unpacked sink;
    TarReader reader(sink);
    for (std::size_t at = 0; at < tar.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::string_view(tar).substr(at, piece)));
    }
    ASSERT_TRUE(reader.finish());
    EXPECT_THAT(sink.members, ElementsAre(Pair("src", ""), Pair("src/main.c", "int x;"),
                                          Pair(deep, std::string(1500, 'z')), Pair("src/to", "main.c")));
    EXPECT_EQ(reader.totals().files, 2U);
  }
}

TEST(TarTest, paths_that_lead_outside_are_refused) {
  for (const auto* path : {"/etc/passwd", "../x", "a/../../x", "a/..", "..", "a\nb", "a/\x7f"}) {
    EXPECT_EQ(verdict(member(path, "x") + tar_end()), "archive.path") << path;
  }
  EXPECT_EQ(verdict(member(std::string(1100, 'a'), "") + tar_end()), "archive.path");
  EXPECT_EQ(verdict(member("./a//b/./c", "x") + tar_end()), "");
}

TEST(TarTest, links_that_lead_outside_are_refused_and_nothing_is_written_through_a_link) {
  for (const auto* target : {"/etc/passwd", "..", "../x", "a/../../x", ""}) {
    EXPECT_EQ(verdict(tar_header(link("to", target)) + tar_end()), "archive.link") << target;
  }
  EXPECT_EQ(verdict(tar_header(link("a/to", "../b")) + tar_end()), "");
  EXPECT_EQ(verdict(tar_header(link("dir", "other")) + member("dir/file", "x") + tar_end()), "archive.path");
  EXPECT_EQ(verdict(tar_header(link("f", "g")) + member("f", "x") + tar_end()), "archive.twice");
  EXPECT_EQ(verdict(member("f", "x") + tar_header(link("f", "g")) + tar_end()), "archive.twice");
  EXPECT_EQ(verdict(member("f", "x") + member("f/g", "x") + tar_end()), "archive.path");
}

TEST(TarTest, devices_pipes_and_hard_links_are_refused) {
  for (const char type : {'1', '3', '4', '6', 'S', 'V'}) {
    auto header = tar_header(file("x"));
    unsigned sum = 0;
    header[156] = type;
    header.replace(148, 8, "        ");
    for (const char c : header) sum += static_cast<unsigned char>(c);
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum);
    header.replace(148, 7, std::string(text, 6) + '\0');
    EXPECT_EQ(verdict(header + tar_end()), "archive.kind") << type;
  }
}

TEST(TarTest, sizes_and_counts_have_limits_that_no_claim_gets_around) {
  const Limits few{.entries = 3, .bytes = 1000};
  std::string many;
  for (int i = 0; i < 4; ++i) many += member(std::to_string(i), "");
  EXPECT_EQ(verdict(many + tar_end(), few), "archive.too_many");
  EXPECT_EQ(verdict(member("big", std::string(1001, 'x')) + tar_end(), few), "archive.too_large");
  EXPECT_EQ(verdict(member("a", std::string(600, 'x')) + member("b", std::string(600, 'x')), few), "archive.too_large");
  EXPECT_EQ(verdict(tar_header(file("huge", std::uint64_t{1} << 32U)), few), "archive.too_large");
}

TEST(TarTest, an_archive_that_is_cut_off_or_changed_is_noticed) {
  const std::string tar = member("a", std::string(2000, 'x')) + tar_end();
  EXPECT_EQ(verdict(tar.substr(0, 1500)), "archive.broken");
  EXPECT_EQ(verdict(tar.substr(0, 100)), "archive.broken");
  EXPECT_EQ(verdict(""), "archive.broken");
  auto changed = tar;
  changed[0] = 'b';
  EXPECT_EQ(verdict(changed), "archive.broken");
}

TEST(TarTest, nothing_that_is_fed_breaks_it) {
  std::mt19937 random(7);
  const std::string tar = member("a/b", std::string(700, 'x')) + tar_header(link("l", "a/b")) +
                          member(std::string(200, 'n'), "content") + tar_end();
  for (int round = 0; round < 3000; ++round) {
    std::string hurt = tar;
    for (unsigned i = 0; i <= random() % 4; ++i) hurt[random() % hurt.size()] = static_cast<char>(random());
    if (round % 3 == 0) hurt.resize(random() % hurt.size());
    verdict(hurt, {}, 1 + random() % 900);
  }
  SUCCEED();
}

TEST(GzipTest, what_was_compressed_comes_back_and_a_bomb_is_stopped) {
  GzipWriter writer;
  std::string packed;
  for (int i = 0; i < 200; ++i) packed += writer.feed(std::string(64 * 1024, '\0'));
  packed += writer.finish();
  EXPECT_LT(packed.size(), 100'000U);

  std::uint64_t seen = 0;
  GzipReader reader(
      [&](std::string_view bytes) -> base::Result<void> {
        seen += bytes.size();
        return {};
      },
      std::uint64_t{1} << 30U);
  for (std::size_t at = 0; at < packed.size(); at += 333) {
    ASSERT_TRUE(reader.feed(std::string_view(packed).substr(at, 333)));
  }
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(seen, 200U * 64 * 1024);

  GzipReader careful([](std::string_view) -> base::Result<void> { return {}; }, 1'000'000);
  const auto fed = careful.feed(packed);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code, "archive.too_large");
}

TEST(GzipTest, what_is_no_gzip_or_is_cut_off_or_goes_on_is_refused) {
  const auto ignore = [](std::string_view) -> base::Result<void> { return {}; };
  GzipWriter writer;
  const std::string packed = writer.feed("hello") + writer.finish();
  GzipReader other(ignore, 1000);
  EXPECT_EQ(other.feed("hello, this is text").error().code, "archive.not_gzip");
  GzipReader cut(ignore, 1000);
  ASSERT_TRUE(cut.feed(packed.substr(0, packed.size() - 3)));
  EXPECT_FALSE(cut.finish());
  GzipReader longer(ignore, 1000);
  EXPECT_FALSE(longer.feed(packed + "more"));
}

}  // namespace
}  // namespace archive
