#include "common/config/config.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include "common/base/files.hpp"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using Environment = std::map<std::string, std::string>;

struct Config {
  int port{7070};
  std::string name{"worker"};
  bool strict{false};
  base::Duration grace{std::chrono::seconds(10)};
  std::vector<std::string> labels;
  std::optional<std::filesystem::path> folder;
  base::SecretString key;
  template <class F>
  void map(F& f) {
    f.key("http.port", port, "TCP port", config::range(0, 65535));
    f.key("name", name, "Name of this machine", config::range(1, 20));
    f.key("strict", strict, "Refuse more");
    f.key("grace", grace, "Time to end", config::range(1, 60));
    f.key("labels", labels, "Marks");
    f.key("folder", folder, "Where things lie");
    f.secret("key", key, "Opens the rest");
  }
};

struct Needy {
  std::string url;
  template <class F>
  void map(F& f) {
    f.key("hub_url", url, "Where the hub is", config::required());
  }
};

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "config_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name, const std::string& content, mode_t mode = 0600) const {
    base::blocking_write_file(folder_ / name, content, mode);
    return folder_ / name;
  }

  template <class T = Config>
  static base::Result<T> load(std::vector<std::string> flags, Environment environment = {},
                              std::optional<std::filesystem::path> default_file = {},
                              std::vector<std::string>* positionals = nullptr) {
    std::vector<const char*> argv{"program"};
    for (const auto& flag : flags) argv.push_back(flag.c_str());
    return config::load<T>(
        static_cast<int>(argv.size()), argv.data(),
        {.default_file = default_file, .positionals = positionals, .environment = std::move(environment)});
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigTest, keeps_the_defaults_of_the_struct) {
  const auto read = load({});

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->port, 7070);
  EXPECT_EQ(read->grace, std::chrono::seconds(10));
  EXPECT_TRUE(read->key.empty());
}

TEST_F(ConfigTest, prefers_flag_to_environment_to_file) {
  const auto toml = file("c.toml", "name = \"from-file\"\nstrict = true\n[http]\nport = 1\n");

  const auto read = load({"--http.port=3"}, {{"WISEHOSTING_HTTP_PORT", "2"}, {"WISEHOSTING_NAME", "from-env"}}, toml);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->port, 3);
  EXPECT_EQ(read->name, "from-env");
  EXPECT_TRUE(read->strict);
}

TEST_F(ConfigTest, takes_flags_in_every_spelling) {
  EXPECT_EQ(load({"--http.port", "5"})->port, 5);
  EXPECT_EQ(load({"--http-port=6"})->port, 6);
}

TEST_F(ConfigTest, reads_durations_and_lists) {
  const auto toml = file("c.toml", "grace = \"1m\"\nlabels = [\"a\", \"b,c\"]\n");

  const auto read = load({"--config", toml.string()});

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->grace, std::chrono::minutes(1));
  EXPECT_EQ(read->labels, (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(load({"--labels", "x,y"})->labels, (std::vector<std::string>{"x", "y"}));
}

TEST_F(ConfigTest, reports_all_mistakes_together_with_key_and_place) {
  const auto toml = file("c.toml", "strict = \"yes\"\n\nnaem = 1\n[http]\nport = \"80\"\n");

  const auto read = load({"--grace=2h", "--folderr=x", "stray"}, {{"WISEHOSTING_NAME", ""}}, toml);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "config.invalid");
  EXPECT_EQ(read.error().fields.size(), 7U);
  EXPECT_THAT(read.error().message,
              AllOf(HasSubstr("http.port must be a whole number (configuration file)"),
                    HasSubstr("strict must be true or false"), HasSubstr("naem is not known"), HasSubstr("line 3"),
                    HasSubstr("grace must be between 1 and 60 seconds (flag --grace)"),
                    HasSubstr("--folderr is not known"), HasSubstr("stray is not a flag"),
                    HasSubstr("name must be between 1 and 20 bytes long (environment variable WISEHOSTING_NAME)")));
}

TEST_F(ConfigTest, refuses_numbers_out_of_range_or_with_something_behind) {
  for (const char* value : {"65536", "-1", "80x", "", "1.5", "99999999999999999999"}) {
    EXPECT_FALSE(load({"--http.port", value})) << value;
  }
}

TEST_F(ConfigTest, says_the_line_of_broken_toml) {
  const auto read = load({}, {}, file("c.toml", "name = \"a\"\nname = = 2\n"));

  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("line 2"));
}

TEST_F(ConfigTest, wants_a_named_file_to_exist_but_not_the_default_one) {
  EXPECT_TRUE(load({}, {}, folder_ / "absent.toml"));
  EXPECT_FALSE(load({"--config", (folder_ / "absent.toml").string()}));
  EXPECT_FALSE(load({}, {{"WISEHOSTING_CONFIG", "/nonesuch"}}));
}

TEST_F(ConfigTest, reads_secrets_from_private_files_only) {
  const auto secret = file("secret", "hush\n");
  const auto shared = file("shared", "hush\n", 0644);

  EXPECT_TRUE(load({"--key_file", secret.string()})->key.equals("hush"));
  EXPECT_TRUE(load({}, {{"WISEHOSTING_KEY_FILE", secret.string()}})->key.equals("hush"));
  EXPECT_FALSE(load({"--key_file", shared.string()}));
  EXPECT_FALSE(load({"--key=hush"}));
  EXPECT_TRUE(load({}, {{"WISEHOSTING_KEY", "hush"}})->key.empty());
}

TEST_F(ConfigTest, reads_secrets_from_the_credentials_folder) {
  file("key", "hush");

  EXPECT_TRUE(load({}, {{"CREDENTIALS_DIRECTORY", folder_.string()}})->key.equals("hush"));
}

TEST_F(ConfigTest, demands_what_is_required) {
  const auto read = load<Needy>({});

  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, AllOf(HasSubstr("hub_url is required"), HasSubstr("WISEHOSTING_HUB_URL")));
  EXPECT_TRUE(load<Needy>({"--hub_url=x"}));
}

TEST_F(ConfigTest, hands_out_positional_arguments) {
  std::vector<std::string> rest;

  EXPECT_TRUE(load({"serve", "--name=a", "now"}, {}, {}, &rest));
  EXPECT_EQ(rest, (std::vector<std::string>{"serve", "now"}));
}

TEST_F(ConfigTest, describes_keys_and_prints_no_secret) {
  const auto secret = file("secret", "hush");
  const auto read = load({"--key_file", secret.string()});

  EXPECT_THAT(config::describe<Config>(), AllOf(HasSubstr("--http.port  (WISEHOSTING_HTTP_PORT)"),
                                                HasSubstr("TCP port [whole number, 0 to 65535; default: 7070]")));
  EXPECT_THAT(config::print_redacted(*read),
              AllOf(HasSubstr("key = (set)"), HasSubstr("grace = 10s"), testing::Not(HasSubstr("hush"))));
}

}  // namespace
