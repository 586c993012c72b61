#include "common/text/git_source.hpp"

#include <gtest/gtest.h>

#include <string>

namespace text {
namespace {

struct Accepted {
  const char* input;
  const char* normal;
};

TEST(GitUrl, accepts_and_normalises) {
  const Accepted cases[] = {
      {"https://example.com/team/app.git", "https://example.com/team/app.git"},
      {"HTTPS://Example.COM/Team/App", "https://example.com/Team/App"},
      {"https://example.com:443/a", "https://example.com/a"},
      {"https://example.com:8443/a", "https://example.com:8443/a"},
      {"http://127.0.0.1:8080/repo.git", "http://127.0.0.1:8080/repo.git"},
      {"http://[::1]:80/repo", "http://[::1]/repo"},
      {"https://git.sr.ht/~person/app", "https://git.sr.ht/~person/app"},
      {"https://example.com/a%20b/c+d", "https://example.com/a%20b/c+d"},
      {"ssh://git@example.com/team/app.git", "ssh://git@example.com/team/app.git"},
      {"ssh://git@example.com:2222/team/app.git", "ssh://git@example.com:2222/team/app.git"},
      {"git+ssh://git@example.com/a", "ssh://git@example.com/a"},
      {"git@example.com:team/app.git", "ssh://git@example.com/team/app.git"},
      {"git@example.com:/srv/app.git", "ssh://git@example.com/srv/app.git"},
      {"https://localhost/a", "https://localhost/a"},
  };
  for (const auto& item : cases) {
    const auto url = parse_git_url(item.input);

    ASSERT_TRUE(url.has_value()) << item.input << ": " << url.error().message;
    EXPECT_EQ(url->to_string(), item.normal) << item.input;
    EXPECT_EQ(parse_git_url(url->to_string()), url) << item.input;
  }
}

TEST(GitUrl, refuses_what_git_or_a_resolver_could_read_otherwise) {
  const std::string cases[] = {
      "",
      "https://",
      "https:///path",
      "https://example.com",
      "https://example.com/",
      "example.com/team/app",
      "/srv/git/app",
      "./app",
      "file:///etc/passwd",
      "FILE:///etc/passwd",
      "ext::sh -c touch% /tmp/x",
      "ext::x",
      "git://example.com/app",
      "gopher://example.com/a",
      "ftp://example.com/a",
      "-oProxyCommand=id",
      "--upload-pack=id",
      "ssh://-oProxyCommand=id/a",
      "ssh://-user@example.com/a",
      "-git@example.com:a",
      "git@-example.com:a",
      "git@example.com:-a",
      "https://example.com/-a",
      "https://example.com/a/-b",
      "https://person:secret@example.com/a",
      "https://token@example.com/a",
      "http://a@10.50.0.1/a",
      "ssh://git:secret@example.com/a",
      "https://github.com/a/b.git'; curl http://10.50.0.1/x; #",
      "https://example.com/a;b",
      "https://example.com/$HOME",
      "https://example.com/`id`",
      "https://example.com/a|b",
      "https://example.com/a&b",
      "https://example.com/a<b",
      "https://example.com/(a)",
      "https://example.com/\"a\"",
      "https://example.com/a\\b",
      "https://example.com/a b",
      "https://example.com/a\nb",
      "https://example.com/a\r",
      "https://example.com/a\tb",
      std::string("https://example.com/a\0b", 23),
      "https://example.com/\xc3\xa4",
      "https://\xd0\xb5xample.com/a",
      "https://example.com/a?x=1",
      "https://example.com/a#main",
      "https://example.com/../a",
      "https://example.com/a/..",
      "https://example.com/%2e%2e/a",
      "https://example.com/a%0ab",
      "https://example.com/a%2fb",
      "https://example.com/a%4",
      "https://example.com/a%zz",
      "https://example.com:0/a",
      "https://example.com:65536/a",
      "https://example.com:/a",
      "https://example.com:80:90/a",
      "https://exa_mple.com/a",
      "https://-example.com/a",
      "https://example-.com/a",
      "https://.example.com/a",
      "https://example..com/a",
      "https://example.com./a",
      "http://2130706433/a",
      "http://0x7f.1/a",
      "http://0x7f000001/a",
      "http://127.1/a",
      "http://0177.0.0.1/a",
      "http://1.2.3.256/a",
      "http://[::1/a",
      "http://[nonsense]/a",
      "http://[::1]x/a",
      "http://[fe80::1%25eth0]/a",
      "https://example.com/[a]",
      "z@R:+]",
      "C:\\repo",
      "host:path",
      "https://" + std::string(254, 'a') + "/a",
      "https://" + std::string(64, 'a') + ".com/a",
      "https://example.com/" + std::string(2048, 'a'),
  };
  for (const auto& input : cases) {
    const auto url = parse_git_url(input);

    ASSERT_FALSE(url.has_value()) << input;
    EXPECT_EQ(url.error().code, "source.git_url") << input;
    EXPECT_TRUE(url.error().message.ends_with('.')) << input;
  }
}

TEST(GitUrl, says_what_to_do_about_credentials) {
  const auto url = parse_git_url("https://person:secret@example.com/a");

  ASSERT_FALSE(url.has_value());
  EXPECT_NE(url.error().message.find("Remove the user name and password"), std::string::npos);
  EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
}

TEST(GitUrl, knows_the_port_of_its_scheme) {
  EXPECT_EQ(parse_git_url("https://a.example/x")->effective_port(), 443);
  EXPECT_EQ(parse_git_url("http://a.example/x")->effective_port(), 80);
  EXPECT_EQ(parse_git_url("git@a.example:x")->effective_port(), 22);
  EXPECT_EQ(parse_git_url("https://a.example:9/x")->effective_port(), 9);
}

TEST(Branch, accepts_ordinary_names) {
  for (const char* name : {"main", "feature/login", "release-1.2", "fix/#123", "a+b=c", "user@home", "v1.0", "UPPER_x",
                           "dependabot/npm_and_yarn/x-1.2.3", "100%"}) {
    EXPECT_TRUE(check_branch(name).has_value()) << name;
  }
}

TEST(Branch, refuses_what_git_refuses_and_more) {
  const std::string cases[] = {"",        "-main",    "--upload-pack=touch canary",
                               "a b",     "a\nb",     "a..b",
                               "a.",      ".a",       "a/.b",
                               "a.lock",  "a.lock/b", "/a",
                               "a/",      "a//b",     "a~1",
                               "a^",      "a:b",      "a?",
                               "a*",      "a[b",      "a\\b",
                               "@",       "HEAD",     "a@{1}",
                               "a$b",     "a`id`",    "a;b",
                               "a|b",     "a&b",      "a<b",
                               "a>b",     "a(b)",     "a'b",
                               "a\"b",    "a/-b",     "refs/heads/main",
                               "\x7f",    "\xc3\xa4", std::string(201, 'a'),
                               "a\x1b[0m"};
  for (const auto& name : cases) {
    const auto checked = check_branch(name);

    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().code, "source.branch") << name;
  }
}

TEST(Commit, is_whole_and_lower_case) {
  EXPECT_TRUE(check_commit(std::string(40, 'a')).has_value());
  EXPECT_TRUE(check_commit(std::string(64, '0')).has_value());
  for (const auto& text : {std::string(), std::string(39, 'a'), std::string(41, 'a'), std::string(40, 'A'),
                           std::string(40, 'g'), std::string("HEAD"), "-" + std::string(39, 'a')}) {
    EXPECT_FALSE(check_commit(text).has_value()) << text;
  }
}

TEST(Containerfile, is_a_plain_relative_path) {
  for (const char* path : {"Containerfile", "docker/Dockerfile.web", "a/b/c", ".docker/Containerfile", "x..y"}) {
    EXPECT_TRUE(check_containerfile(path).has_value()) << path;
  }
  const std::string refused[] = {"",    "/etc/passwd", "../x", "a/../b", "a/..",      "./a",  "a//b",
                                 "a/",  "-f",          "a/-b", "a b",    "a\nb",      "a$b",  "a`b",
                                 "a;b", "a'b",         "a\\b", "a:b",    ".git/hook", "\xff", std::string(256, 'a')};
  for (const auto& path : refused) {
    const auto checked = check_containerfile(path);

    ASSERT_FALSE(checked.has_value()) << path;
    EXPECT_EQ(checked.error().code, "source.containerfile") << path;
  }
}

TEST(StaticDirectory, is_all_of_the_source_or_a_plain_folder_in_it) {
  for (const char* path : {".", "dist", "docs/public", ".output/public", "x..y"}) {
    EXPECT_TRUE(check_static_directory(path).has_value()) << path;
  }
  const std::string refused[] = {"",
                                 "/",
                                 "/etc",
                                 "..",
                                 "../x",
                                 "a/../b",
                                 "a/..",
                                 "./a",
                                 "a/",
                                 "a//b",
                                 "./.",
                                 "-f",
                                 "a b",
                                 "a\nb",
                                 "a$b",
                                 "a;b",
                                 ".git",
                                 ".git/hooks",
                                 "a:b",
                                 "a\\b",
                                 "\xff",
                                 std::string(256, 'a'),
                                 std::string("a\0b", 3)};
  for (const auto& path : refused) {
    const auto checked = check_static_directory(path);

    ASSERT_FALSE(checked.has_value()) << path;
    EXPECT_EQ(checked.error().code, "source.static_directory") << path;
  }
}

}  // namespace
}  // namespace text
