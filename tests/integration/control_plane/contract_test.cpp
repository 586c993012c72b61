// The API keeps what its OpenAPI document promises: every route is called as the document shows, and whatever it
// answers has a status, a type and a body that the document has.

#include <gmock/gmock.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "control-plane/platform/api/access_text.hpp"
#include "control-plane/platform/http/openapi.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using Json = nlohmann::json;

/// As much of JSON Schema as our documents use. Says what is wrong, or nothing.
class Schema {
 public:
  explicit Schema(const Json& document) : document_(document) {}

  std::string check(const Json& schema, const Json& value, const std::string& at = "") const {
    if (schema.contains("$ref")) {
      return check(document_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), value, at);
    }
    for (const char* either : {"anyOf", "oneOf"}) {
      if (schema.contains(either) && !any_fits(schema[either], value)) return at + ": none of the alternatives fits";
    }
    if (schema.contains("enum") && !contains(schema["enum"], value)) return at + ": not one of the values";
    if (schema.contains("type") && !has_type(schema["type"], value)) {
      return at + ": " + value.type_name() + " instead of " + schema["type"].dump();
    }
    if (value.is_object()) return check_object(schema, value, at);
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (auto wrong = check(schema["items"], value[i], at + "/" + std::to_string(i)); !wrong.empty()) return wrong;
      }
    }
    return "";
  }

 private:
  static bool contains(const Json& list, const Json& value) { return std::ranges::find(list, value) != list.end(); }
  bool any_fits(const Json& schemas, const Json& value) const {
    return std::ranges::any_of(schemas, [&](const auto& schema) { return check(schema, value).empty(); });
  }
  static bool has_type(const Json& type, const Json& value) {
    if (type.is_array()) {
      return std::ranges::any_of(type, [&](const auto& one) { return has_type(one, value); });
    }
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }
  std::string check_object(const Json& schema, const Json& value, const std::string& at) const {
    for (const auto& name : schema.value("required", Json::array())) {
      if (!value.contains(name.get<std::string>())) return at + ": lacks " + name.get<std::string>();
    }
    const auto properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        if (auto wrong = check(properties[name], member, at + "/" + name); !wrong.empty()) return wrong;
      } else if (!properties.empty() && !schema.contains("additionalProperties")) {
        return at + ": the document does not know " + name;
      }
    }
    return "";
  }
  const Json& document_;
};

std::string header(const Said& said, const std::string& name) {
  const auto at = said.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return said.head.substr(begin, said.head.find("\r\n", begin) - begin);
}

struct ContractTest : testing::Test {
  ContractTest()
      : people(world),
        api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = {}}) {
    world.modules.add_api_routes(api);
    document = Json::parse(http::openapi(table, "WiseHosting", "0", api::describe_access));
    world.create_app("hello");
    world.deploy("hello");
  }

  std::string path(std::string pattern) const {
    const std::map<std::string, std::string> values{
        {"org", "default"}, {"app", "hello"}, {"project", "default"}, {"environment", "production"},
        {"name", "COLOUR"}, {"release", "1"}, {"offset", "0"},        {"deployment", newest("deployments")},
    };
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
      const auto close = pattern.find('}', open);
      const auto found = values.find(pattern.substr(open + 1, close - open - 1));
      pattern.replace(open, close - open + 1,
                      found == values.end() ? "01993b2e-7c00-7000-8000-000000000001" : found->second);
    }
    return pattern;
  }
  std::string newest(const std::string& what) const {
    return world.database.value("SELECT id FROM " + what + " ORDER BY 1 DESC LIMIT 1");
  }

  const Json& resolved(const Json& value) const {
    if (!value.contains("$ref")) return value;
    return document.at(Json::json_pointer(value["$ref"].get<std::string>().substr(1)));
  }
  /// What is wrong with an answer, or nothing.
  std::string verdict(const Json& operation, const Said& said) const {
    const auto& responses = operation["responses"];
    const auto status = std::to_string(said.status);
    if (!responses.contains(status) && said.status < 400) return "an answer that is not described";
    const auto range = status.substr(0, 1) + "XX";
    const auto key = responses.contains(status) ? status : responses.contains(range) ? range : "default";
    const auto& response = resolved(responses[key]);
    if (said.status == 101 || said.status == 204 || said.status == 303) return "";
    if (!response.contains("content")) return said.body.empty() ? "" : "a body that is not described";
    const auto type = header(said, "Content-Type");
    const auto bare = type.substr(0, type.find(';'));
    if (!response["content"].contains(bare)) return "the type " + type + " is not described";
    if (!bare.ends_with("json")) return "";
    const auto body = Json::parse(said.body, nullptr, false);
    if (body.is_discarded()) return "a body that is no JSON";
    return Schema(document).check(response["content"][bare]["schema"], body);
  }

  World world;
  People people;
  http::RouteTable table;
  api::Api api;
  Json document;
};

TEST_F(ContractTest, every_route_answers_as_the_document_says) {
  int called = 0;
  int done = 0;
  const std::vector<std::vector<std::string>> rounds{{"get"}, {"post", "put", "patch"}, {"delete"}};
  for (const auto& methods : rounds) {
    for (const auto& [pattern, item] : document["paths"].items()) {
      for (const auto& method : methods) {
        if (!item.contains(method)) continue;
        const auto& operation = item[method];
        // Each call is somebody's own: some end a session or a membership.
        const auto caller = people.person("caller " + std::to_string(++called), "default", "owner");
        std::string body;
        if (operation.contains("requestBody")) {
          const auto& content = operation["requestBody"]["content"];
          if (content.contains("application/json")) body = content["application/json"]["example"].dump();
        }
        std::string upper = method;
        std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
        const auto said = people.ask(caller, upper, path(pattern), body);

        EXPECT_EQ(verdict(operation, said), "") << upper << " " << pattern << " " << said.status << "\n" << said.body;
        EXPECT_LT(said.status, 500) << upper << " " << pattern << "\n" << said.body;
        if (said.status < 400) ++done;
      }
    }
  }
  std::printf("contract: %d operations called, %d answered what was asked\n", called, done);
  EXPECT_GT(called, 100);
  EXPECT_GT(done, 50);
}

TEST_F(ContractTest, every_example_fits_its_own_schema) {
  const Schema schema(document);
  int seen = 0;
  const auto look = [&](const std::string& where, const Json& content) {
    for (const auto& [type, media] : content.items()) {
      if (!media.contains("example") || !media.contains("schema")) continue;
      EXPECT_EQ(schema.check(media["schema"], media["example"]), "") << where << " " << type;
      ++seen;
    }
  };
  for (const auto& [pattern, item] : document["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      const auto where = method + " " + pattern;
      if (operation.contains("requestBody")) look(where + " body", operation["requestBody"]["content"]);
      for (const auto& [status, response] : operation["responses"].items()) {
        const auto& described = resolved(response);
        if (described.contains("content")) look(where + " " + status, described["content"]);
      }
      EXPECT_FALSE(operation.value("summary", "").empty()) << where;
      EXPECT_FALSE(operation.value("description", "").empty()) << where;
      const bool open = operation["security"].empty();
      EXPECT_TRUE(open || !operation.value("x-scope", "").empty()) << where;
    }
  }
  EXPECT_GT(seen, 400);
}

}  // namespace
}  // namespace control_plane_test
