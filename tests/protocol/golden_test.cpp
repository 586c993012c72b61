// Each message and object has a JSON Schema and an example under common/protocol. WH_UPDATE_SCHEMAS=1 writes the
// schemas anew; examples are written by hand.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/files.hpp"
#include "common/json/json.hpp"
#include "common/protocol/catalogue.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/messages/all.hpp"
#include "common/protocol/objects.hpp"
#include "common/protocol/registration.hpp"
#include "common/protocol/stats.hpp"

namespace protocol {
namespace {

using Json = nlohmann::ordered_json;

struct Golden {
  std::string name;
  std::function<std::string()> schema;
  std::function<base::Result<std::string>(std::string_view)> reencode;
};

template <class T>
base::Result<std::string> read_and_write(std::string_view text) {
  TRY_ASSIGN(const T value, json::decode<T>(text, json::Unknown::reject));
  return json::encode(value);
}

template <class T>
Golden golden(std::string name) {
  return Golden{.name = std::move(name), .schema = json::schema<T>, .reencode = read_and_write<T>};
}

template <class T>
Golden message() {
  return golden<T>(std::string(T::kType));
}

const std::vector<Golden>& all() {
  static const std::vector<Golden> goldens{
      golden<AgentHello>("hello.agent"),
      golden<ControlPlaneHello>("hello.control-plane"),
      message<InventoryReport>(),
      message<AssignmentSync>(),
      message<AssignmentApplied>(),
      message<ObjectGet>(),
      message<ObjectPut>(),
      message<ReplicaStatus>(),
      message<JobDispatch>(),
      message<JobAccepted>(),
      message<JobRejected>(),
      message<JobProgress>(),
      message<JobFinished>(),
      message<JobCancel>(),
      message<StreamOpen>(),
      message<StreamOpened>(),
      message<StreamData>(),
      message<StreamCredit>(),
      message<StreamAck>(),
      message<StreamClose>(),
      message<StreamResize>(),
      message<StreamSignal>(),
      message<StatsReport>(),
      message<TokenRenew>(),
      message<CredentialsRotate>(),
      golden<CredentialsRotated>("credentials.rotate.ack"),
      message<CredentialsRequest>(),
      message<TrustUpdate>(),
      message<Ping>(),
      message<Pong>(),
      message<Drain>(),
      message<Ack>(),
      message<ErrorMessage>(),
      golden<AssignmentCommand>("command.assignment"),
      golden<JobCommand>("command.job"),
      golden<TrustCommand>("command.trust"),
      golden<ReplicaObject>("object.replica"),
      golden<MeshPeerObject>("object.mesh-peer"),
      golden<RouteObject>("object.route"),
      golden<CertificateObject>("object.certificate"),
      golden<StatsBody>("stats.body"),
      golden<RegisterRequest>("register.request"),
      golden<RegisterResponse>("register.response"),
      golden<RefreshRequest>("refresh.request"),
      golden<RefreshResponse>("refresh.response"),
  };
  return goldens;
}

std::filesystem::path schema_file(const Golden& it) {
  return std::filesystem::path(WH_PROTOCOL_DIR) / "schemas" / (it.name + ".schema.json");
}
std::filesystem::path example_file(const Golden& it) {
  return std::filesystem::path(WH_PROTOCOL_DIR) / "examples" / (it.name + ".json");
}

std::string schema_text(const Golden& it) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", it.name}};
  schema.update(Json::parse(it.schema()));
  return schema.dump(2) + "\n";
}

TEST(Schemas, are_those_of_the_structs) {
  const bool update = std::getenv("WH_UPDATE_SCHEMAS") != nullptr;
  for (const Golden& it : all()) {
    if (update) base::blocking_write_file(schema_file(it), schema_text(it), 0644);
    EXPECT_EQ(base::blocking_read_file(schema_file(it)), schema_text(it))
        << it.name << ": set WH_UPDATE_SCHEMAS=1 and look at what changed";
  }
}

TEST(Examples, read_and_write_unchanged) {
  for (const Golden& it : all()) {
    const Json example = Json::parse(base::blocking_read_file(example_file(it)));
    const std::string compact = example.dump();

    const auto again = it.reencode(compact);

    ASSERT_TRUE(again.has_value()) << it.name << ": " << again.error().message;
    EXPECT_EQ(*again, compact) << it.name;
  }
}

TEST(Examples, hold_every_member_that_the_schema_names) {
  for (const Golden& it : all()) {
    const Json example = Json::parse(base::blocking_read_file(example_file(it)));
    const Json properties = Json::parse(it.schema()).value("properties", Json::object());
    for (const auto& [name, property] : properties.items())
      EXPECT_TRUE(example.contains(name)) << it.name << " " << name;
  }
}

TEST(Goldens, exist_for_every_type_of_the_catalogue) {
  std::set<std::string> names;
  for (const Golden& it : all()) names.insert(it.name);
  for (const MessageInfo& info : catalogue()) {
    const std::string type(info.type);
    EXPECT_TRUE(names.contains(type) || (type == "hello" && names.contains("hello.agent"))) << type;
  }
  const auto count = [](const char* folder) {
    const std::filesystem::directory_iterator files(std::filesystem::path(WH_PROTOCOL_DIR) / folder);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  };
  EXPECT_EQ(count("schemas"), all().size());
  EXPECT_EQ(count("examples"), all().size());
}

}  // namespace
}  // namespace protocol
