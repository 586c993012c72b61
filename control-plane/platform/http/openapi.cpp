#include "control-plane/platform/http/openapi.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "common/base/failure.hpp"
#include "control-plane/platform/http/openapi_text.hpp"
#include "control-plane/platform/http/refusal.hpp"

namespace http {
namespace {

/// `nobody` is the permission of what is open to everyone.
bool needs_credential(const Route::About& about) {
  return !about.permission.empty() && about.permission != "nobody";
}

using Json = nlohmann::ordered_json;

Json reference(const std::string& to) {
  return Json{{"$ref", "#/components/" + to}};
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string component_name(std::string title) {
  std::replace_if(title.begin(), title.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return title;
}

/// "get_orgs_by_org_apps" for GET /api/v1/orgs/{org}/apps.
std::string operation_id(const Route& route) {
  std::string id = lower(to_string(route.method()));
  std::string_view path = route.pattern();
  if (path.starts_with("/api/v1/")) path.remove_prefix(7);
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    auto segment = path.substr(0, end);
    path.remove_prefix(end);
    id += "_";
    if (segment.starts_with('{')) {
      id += "by_";
      segment = segment.substr(1, segment.size() - 2);
    }
    id += component_name(std::string(segment));
  }
  return id;
}

class Document {
 public:
  Document(const std::string& title, const std::string& version, const AccessOf& access) : access_(access) {
    json_["openapi"] = "3.1.0";
    json_["info"] = Json{{"title", title},
                         {"version", version},
                         {"description", api_description()},
                         {"contact", Json{{"name", "The WiseHosting maintainers"}}},
                         {"license", Json{{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}};
    json_["servers"] = Json::array({Json{{"url", "/"}, {"description", "This installation"}}});
    json_["tags"] = Json::array();
    json_["paths"] = Json::object();
    schemas_["Problem"] = problem_schema();
  }

  void add(const Route& route) {
    auto& item = json_["paths"][route.pattern()];
    const std::string method = lower(to_string(route.method()));
    // A path that is both an endpoint and a WebSocket is described as the endpoint.
    if (item.contains(method)) return;
    item[method] = operation(route);
    if (!route.about().tag.empty()) tags_.insert(route.about().tag);
  }

  std::string finish() && {
    auto& components = json_["components"];
    components["schemas"] = schemas_;
    components["responses"] = problems_;
    components["parameters"]["IdempotencyKey"] =
        Json{{"name", "Idempotency-Key"},
             {"in", "header"},
             {"required", false},
             {"description", "The same key with the same request gives the first answer again, for 24 hours."},
             {"schema", Json{{"type", "string"}, {"maxLength", 255}}}};
    components["headers"]["RequestId"] =
        Json{{"description", "Names this request in the server's logs."}, {"schema", Json{{"type", "string"}}}};
    components["headers"]["RetryAfter"] =
        Json{{"description", "Seconds to wait before asking again."}, {"schema", Json{{"type", "integer"}}}};
    components["securitySchemes"]["session"] =
        Json{{"type", "apiKey"},
             {"in", "cookie"},
             {"name", "wh_session"},
             {"description", "The dashboard's cookie; writes send `X-WH-CSRF: 1` as well."}};
    components["securitySchemes"]["token"] =
        Json{{"type", "http"},
             {"scheme", "bearer"},
             {"bearerFormat", "wh_pat_…"},
             {"description", "A token of a person or an organization, or of a signed-in command line."}};
    for (const auto& tag : tags_) {
      json_["tags"].push_back(Json{{"name", tag}, {"description", tag_description(tag)}});
    }
    return json_.dump(2) + "\n";
  }

 private:
  static Json problem_schema() {
    const Json text{{"type", "string"}};
    const Json field{{"type", "object"},
                     {"properties", Json{{"pointer", text}, {"message", text}}},
                     {"required", Json::array({"pointer", "message"})}};
    return Json{{"type", "object"},
                {"description", "An error, as RFC 9457 has it."},
                {"properties", Json{{"type", text},
                                    {"title", text},
                                    {"status", Json{{"type", "integer"}}},
                                    {"code", text},
                                    {"detail", text},
                                    {"errors", Json{{"type", "array"}, {"items", field}}},
                                    {"request_id", text}}},
                {"required", Json::array({"type", "title", "status", "code", "detail", "errors", "request_id"})}};
  }

  /// Moves every schema that has a title into the components and leaves a reference.
  Json hoist(Json schema) {
    if (!schema.is_structured()) return schema;
    for (auto& member : schema) member = hoist(std::move(member));
    if (!schema.is_object()) return schema;
    schema.erase("$schema");
    if (!schema.contains("title") || !schema["title"].is_string() || !schema.contains("type")) return schema;
    const auto name = component_name(schema["title"].get<std::string>());
    const auto [place, added] = std::pair(schemas_.find(name), !schemas_.contains(name));
    if (added) {
      schemas_[name] = std::move(schema);
    } else if (*place != schema) {
      return schema;  // another schema of the same title stays where it is
    }
    return reference("schemas/" + name);
  }

  Json schema_of(const std::string& text, const Route& route) {
    auto parsed = Json::parse(text, nullptr, false);
    BASE_CHECK(!parsed.is_discarded(), "a schema of the route is not JSON: " + route.pattern());
    auto example = Json::parse(example_of(text));
    return Json{{"application/json", Json{{"schema", hoist(std::move(parsed))}, {"example", std::move(example)}}}};
  }

  Json operation(const Route& route) {
    const auto& about = route.about();
    Json operation;
    operation["operationId"] = operation_id(route);
    const auto* text = operation_text(operation_id(route));
    if (!about.summary.empty()) operation["summary"] = about.summary;
    operation["description"] = description_of(route, text);
    if (!about.tag.empty()) operation["tags"] = Json::array({about.tag});
    if (auto parameters = parameters_of(route); !parameters.empty()) operation["parameters"] = std::move(parameters);
    if (!about.request_schema.empty()) {
      operation["requestBody"] = Json{{"required", true}, {"content", schema_of(about.request_schema, route)}};
    }
    if (text != nullptr && !text->body.type.empty()) {
      operation["requestBody"] = Json{{"required", true}, {"content", plain(text->body)}};
    }
    operation["responses"] = responses_of(route, text);
    operation["security"] = Json::array();
    if (needs_credential(about)) {
      operation["security"].push_back(Json{{"session", Json::array()}});
      operation["security"].push_back(Json{{"token", Json::array()}});
      operation["x-permission"] = about.permission;
      if (access_) operation["x-scope"] = access_(about.permission).scope;
    }
    return operation;
  }

  static Json parameters_of(const Route& route) {
    Json parameters = Json::array();
    std::string_view path = route.pattern();
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{')) {
      const auto close = path.find('}', open);
      parameters.push_back(Json{{"name", path.substr(open + 1, close - open - 1)},
                                {"in", "path"},
                                {"required", true},
                                {"schema", Json{{"type", "string"}}}});
      path.remove_prefix(close + 1);
    }
    for (const auto& [name, description] : route.about().query) {
      parameters.push_back(Json{{"name", name},
                                {"in", "query"},
                                {"required", false},
                                {"description", description},
                                {"schema", Json{{"type", "string"}}}});
    }
    if (route.about().idempotent_key) parameters.push_back(reference("parameters/IdempotencyKey"));
    return parameters;
  }

  std::string description_of(const Route& route, const OperationText* text) const {
    const auto& about = route.about();
    std::string out(text != nullptr ? text->description : std::string_view());
    if (out.empty() && !about.summary.empty()) out = about.summary + ".";
    if (!out.empty()) out += "\n\n";
    if (!needs_credential(about)) return out + "Open to everyone.";
    if (!access_) return out + "Needs `" + about.permission + "`.";
    return out + access_(about.permission).who;
  }

  static Json plain(const PlainContent& content) {
    Json schema{{"type", "string"}};
    if (content.type == "application/octet-stream") schema["format"] = "binary";
    return Json{{std::string(content.type), Json{{"schema", schema}, {"example", content.example}}}};
  }

  static Json answer(int status) {
    return Json{{"description", reason_phrase(status)},
                {"headers", Json{{"X-Request-Id", reference("headers/RequestId")}}}};
  }

  /// The same for every operation.
  Json problem_reference(int status) {
    const std::string name = status == 0 ? "Other" : "Status" + std::to_string(status);
    if (!problems_.contains(name)) problems_[name] = problem_answer(status);
    return reference("responses/" + name);
  }

  static Json problem_answer(int status) {
    const auto text = problem_text(status);
    auto json = answer(400);
    json["description"] = text.when;
    auto& content = json["content"]["application/problem+json"];
    content["schema"] = reference("schemas/Problem");
    if (status == 0) return json;
    if (status == 429 || status == 503) json["headers"]["Retry-After"] = reference("headers/RetryAfter");
    content["example"] = Json{{"type", "urn:wisehosting:problem:" + std::string(text.code)},
                              {"title", reason_phrase(status)},
                              {"status", status},
                              {"code", text.code},
                              {"detail", text.detail},
                              {"errors", Json::array()},
                              {"request_id", "01993b2e-7c00-7000-8000-0000000000ff"}};
    return json;
  }

  Json responses_of(const Route& route, const OperationText* text) {
    const auto& about = route.about();
    Json responses = Json::object();
    if (route.is_upgrade()) responses["101"] = answer(101);
    if (text != nullptr && text->status != 0) {
      auto& described = responses[std::to_string(text->status)] = answer(text->status);
      if (!text->answer.type.empty()) described["content"] = plain(text->answer);
    }
    for (const auto& [status, schema] : about.response_schemas) {
      auto described = answer(status);
      if (!schema.empty()) described["content"] = schema_of(schema, route);
      responses[std::to_string(status)] = std::move(described);
    }
    std::set<int> problems;
    for (const auto kind : about.errors) problems.insert(status_of(kind));
    if (needs_credential(about)) problems.insert({401, 403});
    if (route.pattern().starts_with("/api/")) problems.insert({429, 503});
    if (!about.request_schema.empty()) problems.insert({400, 413, 415, 422});
    if (route.pattern().contains('{')) problems.insert(404);
    for (const int status : problems) responses[std::to_string(status)] = problem_reference(status);
    if (text != nullptr && text->error_pages) {
      auto& page = responses["4XX"] = answer(400);
      page["description"] = "What went wrong, as a page for the person at the browser.";
      page["content"] = plain({"text/html", "<!doctype html><title>Sign-in failed</title>"});
    }
    responses["default"] = problem_reference(0);
    return responses;
  }

  const AccessOf& access_;
  std::set<std::string> tags_;
  Json json_;
  Json schemas_ = Json::object();
  Json problems_ = Json::object();
};

}  // namespace

std::string openapi(const RouteTable& table, const std::string& title, const std::string& version,
                    const AccessOf& access) {
  Document document(title, version, access);
  for (const auto& route : table.routes()) document.add(*route);
  return std::move(document).finish();
}

}  // namespace http
