#include "control-plane/platform/http/openapi.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control-plane/platform/http/api_docs.hpp"
#include "control-plane/platform/http/openapi_text.hpp"

namespace {

using http::Method;

http::RouteTable table() {
  const http::Handler nothing = [](http::Request) -> async::Task<http::Response> { co_return http::Response{}; };
  const std::string app = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","title":"App","type":"object",)"
                          R"("properties":{"name":{"type":"string"},"latest":{"title":"Deployment","type":"object"}}})";
  http::RouteTable routes;
  routes.add(Method::get, "/api/v1/orgs/{org}/apps", nothing)
      .summary("List apps")
      .tag("apps")
      .permission("app.read")
      .query_parameter("limit", "How many, 1 to 100.")
      .response_schema(200, R"({"type":"object","properties":{"items":{"type":"array","items":)" + app + "}}}");
  routes.add(Method::post, "/api/v1/orgs/{org}/apps", nothing)
      .summary("Create an app")
      .tag("apps")
      .permission("app.create")
      .request_schema(R"({"title":"CreateApp","type":"object","properties":{"name":{"type":"string"}}})")
      .response_schema(201, app)
      .errors({base::ErrorKind::conflict, base::ErrorKind::invalid})
      .idempotent_key();
  routes.add(Method::get, "/healthz", nothing).response_schema(200, "");
  return routes;
}

TEST(OpenApi, describes_the_table_as_the_golden_file_has_it) {
  std::ifstream file(GOLDEN_DIR "/openapi.json");
  std::stringstream golden;
  golden << file.rdbuf();

  EXPECT_EQ(http::openapi(table(), "Example", "1.0.0"), golden.str());
}

TEST(OpenApi, has_no_reference_that_leads_nowhere) {
  const auto document = nlohmann::json::parse(http::openapi(table(), "Example", "1.0.0"));

  const auto flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (!pointer.ends_with("/$ref")) continue;
    const auto target = value.get<std::string>().substr(1);
    EXPECT_TRUE(document.contains(nlohmann::json::json_pointer(target))) << target;
  }
}

TEST(OpenApi, operation_ids_are_unique) {
  const auto document = nlohmann::json::parse(http::openapi(table(), "Example", "1.0.0"));

  std::set<std::string> ids;
  for (const auto& path : document["paths"]) {
    for (const auto& operation : path) EXPECT_TRUE(ids.insert(operation["operationId"]).second);
  }
  EXPECT_TRUE(ids.contains("post_orgs_by_org_apps"));
}

TEST(OpenApi, says_who_may_and_with_which_scope) {
  const auto access = [](const std::string& permission) { return http::Access{"Who has " + permission, "read"}; };
  const auto document = nlohmann::json::parse(http::openapi(table(), "Example", "1.0.0", access));

  const auto& listing = document["paths"]["/api/v1/orgs/{org}/apps"]["get"];
  EXPECT_EQ(listing["x-scope"], "read");
  EXPECT_EQ(listing["description"], "List apps.\n\nWho has app.read");
  EXPECT_EQ(listing["security"].size(), 2U);
}

TEST(OpenApi, examples_are_what_the_schema_asks_for) {
  const auto example = nlohmann::json::parse(http::example_of(
      R"({"type":"object","properties":{"id":{"type":"string","format":"uuid"},"port":{"type":"integer"},)"
      R"("state":{"type":"string","description":"open or complete"},"gone":{"anyOf":[{"type":"boolean"},{"type":"null"}]},)"
      R"("more":{"type":"string"},"most":{"type":"string"}},"required":["id","port","state","gone"]})"));

  EXPECT_EQ(example,
            (nlohmann::json{
                {"id", "01993b2e-7c00-7000-8000-000000000001"}, {"port", 8080}, {"state", "open"}, {"gone", false}}));
}

TEST(ApiDocs, the_page_shows_every_operation_and_loads_nothing_but_its_style) {
  const auto page = http::api_docs_page(http::openapi(table(), "Exa<mple", "1.0.0"), "/api/docs.css");

  EXPECT_TRUE(page.contains("get_orgs_by_org_apps"));
  EXPECT_TRUE(page.contains("post_orgs_by_org_apps"));
  EXPECT_TRUE(page.contains("Exa&lt;mple"));
  EXPECT_TRUE(page.contains(R"(<link rel="stylesheet" href="/api/docs.css">)"));
  for (const auto* inline_code : {"<script", "<style", " style=", " onclick", "javascript:", "src="}) {
    EXPECT_FALSE(page.contains(inline_code)) << inline_code;
  }
}

}  // namespace
