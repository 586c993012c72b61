// Every route × every kind of caller × own and foreign ids, made from the route table itself: a route that is added is
// in it. What it needs to be told is only which parameter names which kind of thing.

#include <gmock/gmock.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using Json = nlohmann::json;

constexpr const char* kBroken = "{";  // gets past authorisation, and no further

struct Thing {
  std::string own;
  std::vector<std::string> foreign;  ///< names and ids of another organization's
};

struct MatrixTest : testing::Test {
  MatrixTest()
      : people(world),
        api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = {}}) {
    world.modules.add_api_routes(api);
    fill("default", own_owner);
    foreign_owner = people.person("foreign owner", "foreign", "owner");
    fill("foreign", foreign_owner);
    things["org"] = {"default", {"foreign", people.organization("foreign").to_string()}};
    things["app"] = {"default-app", {"foreign-app", id_of("apps", "name = 'foreign-app'")}};
    things["deployment"] = {id_of("deployments", mine), {id_of("deployments", theirs)}};
    things["project"] = {"default-project", {"foreign-project", id_of("projects", "slug = 'foreign-project'")}};
    things["environment"] = {"production", {id_of("environments", theirs)}};
    things["invitation"] = {id_of("invitations", mine), {id_of("invitations", theirs)}};
    things["person"] = {own_owner.person.to_string(), {foreign_owner.person.to_string()}};
    things["replica"] = {"0", {"01900000-0000-7000-8000-00000000f00d"}};
    things["token"] = {"01900000-0000-7000-8000-000000000001", {id_of("tokens", theirs)}};
    things["drain"] = {"01900000-0000-7000-8000-000000000001", {id_of("log_drains", theirs)}};
    things["hook"] = {"01900000-0000-7000-8000-000000000001", {id_of("deploy_hooks", theirs)}};
    // Not things of an organization, or within one that is named before them.
    for (const auto* plain :
         {"name", "release", "number", "session", "key", "code", "cli", "level", "upload", "offset"}) {
      things[plain] = {"1", {}};
    }
  }

  std::string id_of(const std::string& what, const std::string& where) const {
    return world.database.value("SELECT id FROM " + what + " WHERE " + where + " ORDER BY 1 LIMIT 1");
  }

  void fill(const std::string& slug, const Caller& owner) {
    const auto call = people.call(owner, slug);
    projects::NewApp app;
    app.name = slug + "-app";
    app.project = slug + "-project";
    app.source.git_url = "https://git.example.com/x.git";
    world.tx([&](Tx& tx) { return world.modules.places.create(tx, call, slug + "-project", "P"); });
    const auto env = world.tx([&](Tx& tx) { return world.modules.projects.create_app(tx, call, app); });
    world.tx(
        [&](Tx& tx) { return world.modules.drains.add(tx, env->organization, env->id, "https://logs.example", {}); });
    world.tx([&](Tx& tx) { return world.modules.hooks.create(tx, call, *env, {.name = "ci", .days = {}}); });
    world.tx([&](Tx& tx) { return world.modules.deployments.deploy(tx, call, app.name, {}, "manual"); });
    world.tx([&](Tx& tx) { return world.modules.organizations.invite(tx, call, auth::Role::viewer, std::nullopt); });
    world.database.run(
        "INSERT INTO tokens (id, organization_id, person_id, name, prefix, token_sha256, scope, expires_at) VALUES "
        "(gen_random_uuid(), '" +
        call.organization().to_string() + "', '" + owner.person.to_string() + "', 't', 'wh_pat_', sha256('" + slug +
        "'::bytea), 'read', now() + interval '1 day')");
  }

  static std::vector<std::string> parameters(const std::string& pattern) {
    std::vector<std::string> names;
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1)) {
      names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
    }
    return names;
  }
  /// The path, with `foreign` in the place of parameter `changed`.
  std::string path(const std::string& pattern, const std::string& changed = "", const std::string& foreign = "") {
    std::string out = pattern;
    for (const auto& name : parameters(pattern)) {
      EXPECT_TRUE(things.contains(name)) << "teach this test what {" << name << "} of " << pattern << " names";
      out.replace(out.find('{' + name + '}'), name.size() + 2, name == changed ? foreign : things[name].own);
    }
    return out;
  }

  Said ask(const Caller& caller, const http::Route& route, const std::string& target, const std::string& body) {
    ++asked;
    if (route.is_upgrade()) return people.upgrade(caller, target, "http://localhost:7070");
    return people.ask(caller, http::to_string(route.method()), target, route.method() == http::Method::get ? "" : body);
  }
  static bool is_open(const http::Route& route) { return route.about().permission == "nobody"; }
  static bool in_organization(const http::Route& route) { return route.pattern().contains("{org}"); }
  /// Would end what the test goes on with, and does not read its body.
  static bool ends_the_caller(const http::Route& route) {
    return route.pattern() == "/api/v1/session" && route.method() == http::Method::del;
  }
  template <class F>
  void each(F check) {
    for (const auto& route : table.routes()) {
      if (route->pattern().starts_with("/api/") && !is_open(*route) && !ends_the_caller(*route)) check(*route);
    }
  }
  static auth::Permission permission_of(const http::Route& route) {
    for (std::size_t i = 0; i < auth::kPermissions; ++i) {
      const auto permission = static_cast<auth::Permission>(i);
      if (route.about().permission == auth::to_string(permission)) return permission;
    }
    ADD_FAILURE() << route.pattern() << " has the unknown permission " << route.about().permission;
    return auth::Permission::nobody;
  }
  static std::string named(const http::Route& route, const Caller& caller, const Said& said) {
    return std::string(http::to_string(route.method())) + (route.is_upgrade() ? " (socket) " : " ") + route.pattern() +
           " as " + caller.name + ": " + std::to_string(said.status) + " " + said.code();
  }
  /// Past the door: whatever it answers then, it is neither a refusal nor a fault.
  static void expect_admitted(const http::Route& route, const Caller& caller, const Said& said) {
    EXPECT_TRUE(said.status != 401 && said.status != 403 && said.status < 500) << named(route, caller, said);
    EXPECT_NE(said.code(), "organization.not_found") << named(route, caller, said);
  }

  World world;
  People people;
  http::RouteTable table;
  api::Api api;
  std::map<std::string, Thing> things;
  const std::string mine = "organization_id = (SELECT id FROM organizations WHERE slug = 'default')";
  const std::string theirs = "organization_id = (SELECT id FROM organizations WHERE slug = 'foreign')";
  Caller own_owner = people.operator_();
  Caller foreign_owner;
  int asked{0};
};

TEST_F(MatrixTest, az_01_every_route_with_every_role_answers_as_its_permission_says) {
  std::vector<std::pair<Caller, auth::Role>> callers;
  for (const auto* role : {"viewer", "member", "admin", "owner"}) {
    callers.emplace_back(people.person(role, "default", role), auth::parse_role(role).value());
  }
  each([&](const http::Route& route) {
    if (!in_organization(route)) return;
    for (const auto& [caller, role] : callers) {
      const auto said = ask(caller, route, path(route.pattern()), kBroken);
      if (role >= auth::least_role(permission_of(route))) {
        expect_admitted(route, caller, said);
      } else {
        EXPECT_EQ(said.status, 403) << named(route, caller, said);
      }
    }
  });
  std::printf("matrix: %d requests of roles to %zu routes\n", asked, table.routes().size());
  EXPECT_GT(asked, 150);
}

TEST_F(MatrixTest, az_01_foreign_organizations_do_not_exist_for_anybody) {
  const auto admin = people.person("admin", "default", "admin");
  const auto outsider = people.person("outsider");
  const auto token = people.token(own_owner, "admin");
  each([&](const http::Route& route) {
    if (!in_organization(route)) return;
    for (const auto& caller : {own_owner, admin, outsider, token}) {
      for (const auto& foreign : things["org"].foreign) {
        const auto said = ask(caller, route, path(route.pattern(), "org", foreign), kBroken);
        EXPECT_EQ(said.status, 404) << named(route, caller, said);
        EXPECT_EQ(said.code(), "organization.not_found") << named(route, caller, said);
      }
    }
    const auto said = ask(outsider, route, path(route.pattern()), kBroken);
    EXPECT_EQ(said.status, 404) << named(route, outsider, said);
  });
  std::printf("matrix: %d requests to foreign organizations\n", asked);
}

TEST_F(MatrixTest, az_01_foreign_ids_in_own_organization_do_not_exist) {
  const std::map<std::string, std::string> bodies{
      {"/api/v1/orgs/{org}/members/{person}/projects/{project}", R"({"role":"viewer"})"},
      {"/api/v1/orgs/{org}/projects/{project}/environments", R"({"name":"staging"})"},
      {"/api/v1/orgs/{org}/projects/{project}/environments/{environment}", R"({"branch_patterns":[]})"},
      {"/api/v1/orgs/{org}/projects/{project}/apps",
       R"({"name":"another","source":{"git_url":"https://git.example.com/x.git"}})"},
  };
  each([&](const http::Route& route) {
    if (!in_organization(route)) return;
    for (const auto& name : parameters(route.pattern())) {
      if (name == "org") continue;
      for (const auto& foreign : things[name].foreign) {
        const auto known = route.method() == http::Method::del ? bodies.end() : bodies.find(route.pattern());
        const auto said =
            ask(own_owner, route, path(route.pattern(), name, foreign), known == bodies.end() ? "{}" : known->second);
        // What lacks more than an empty body says so first; that tells nothing of the id.
        const bool unread = said.status == 422 && route.about().request_schema.contains("\"required\"");
        EXPECT_TRUE(said.status == 404 || unread)
            << named(route, own_owner, said) << " with " << name << "=" << foreign;
        EXPECT_EQ(said.body.find("foreign-"), std::string::npos) << said.body;
      }
    }
  });
  std::printf("matrix: %d requests with foreign ids in paths\n", asked);
  EXPECT_GT(asked, 40);
}

TEST_F(MatrixTest, az_03_foreign_ids_in_bodies_and_queries_do_not_exist) {
  const auto project = things["project"].foreign[1];
  const std::vector<std::array<std::string, 3>> requests{
      {"POST", "/api/v1/orgs/default/transfer", R"({"person":")" + things["person"].foreign[0] + R"("})"},
      {"POST", "/api/v1/orgs/default/apps",
       R"({"name":"x","project":")" + project + R"(","source":{"git_url":"https://git.example.com/x.git"}})"},
      {"GET", "/api/v1/orgs/default/apps/default-app/logs?replica=01900000-0000-7000-8000-00000000f00d", ""},
      {"POST", "/api/v1/orgs/default/apps/default-app/rollback", R"({"release":77})"},
  };
  for (const auto& [method, target, body] : requests) {
    const auto said = people.ask(own_owner, method, target, body);
    EXPECT_EQ(said.status, 404) << method << " " << target << " " << said.body;
  }
}

TEST_F(MatrixTest, az_07_no_list_or_view_shows_a_secret_to_anybody) {
  const auto viewer = people.person("viewer", "default", "viewer");
  const auto write = [&](const char* method, const std::string& target, const std::string& body) {
    const auto said = people.ask(own_owner, method, target, body);
    ASSERT_TRUE(said.status == 200 || said.status == 201) << target << " " << said.body;
  };
  write("PUT", "/api/v1/orgs/default/apps/default-app/variables/KEY", R"({"value":"canary-of-the-app"})");
  write("PUT", "/api/v1/orgs/default/variables/KEY", R"({"value":"canary-of-the-organization"})");
  write("PUT", "/api/v1/settings/mail",
        R"({"url":"smtp://mail.example.com","username":"u","password":"canary-of-the-mail","sender":"a@example.com"})");
  const auto token = people.ask(own_owner, "POST", "/api/v1/me/tokens", R"({"name":"ci","scope":"read"})");
  const auto begin = token.body.find("wh_pat_") + 15;
  const auto secret = token.body.substr(begin, 30);
  int read = 0;
  each([&](const http::Route& route) {
    if (route.method() != http::Method::get || route.is_upgrade()) return;
    for (const auto& caller : {own_owner, viewer}) {
      const auto said = ask(caller, route, path(route.pattern()), "");
      EXPECT_FALSE(said.body.contains("canary-of-") || said.body.contains(secret)) << named(route, caller, said);
      read += said.status == 200 ? 1 : 0;
    }
  });
  EXPECT_GT(read, 40);
}

TEST_F(MatrixTest, aud_03_each_change_that_is_refused_is_an_event) {
  const auto events = [&] { return world.database.value("SELECT count(*) FROM audit_events"); };
  // The one asks for a code that changes nothing until somebody confirms it, the other sends a part of what is an event
  // when it is complete.
  const std::vector<std::string> no_changes{"/api/v1/me/proof/device",
                                            "/api/v1/orgs/{org}/apps/{app}/uploads/{upload}/parts/{offset}"};
  each([&](const http::Route& route) {
    if (route.method() == http::Method::get || std::ranges::find(no_changes, route.pattern()) != no_changes.end())
      return;
    const auto before = events();
    const auto said = ask(own_owner, route, path(route.pattern()), kBroken);
    EXPECT_NE(events(), before) << named(route, own_owner, said) << " and nobody will know";
  });
  EXPECT_GT(asked, 60);
}

TEST_F(MatrixTest, without_a_credential_nothing_but_the_door_opens) {
  each([&](const http::Route& route) {
    const auto said = ask(people.nobody(), route, path(route.pattern()), kBroken);
    EXPECT_EQ(said.status, 401) << named(route, people.nobody(), said);
  });
  std::printf("matrix: %d requests without a credential\n", asked);
}

TEST_F(MatrixTest, tokens_do_what_their_scope_says_and_no_more) {
  for (const auto scope : {auth::Scope::read, auth::Scope::deploy, auth::Scope::write, auth::Scope::admin}) {
    const auto token = people.token(own_owner, auth::to_string(scope));
    each([&](const http::Route& route) {
      if (!in_organization(route)) return;
      const auto& rule = auth::rule(permission_of(route));
      const auto said = ask(token, route, path(route.pattern()), kBroken);
      if (scope >= rule.scope && !rule.fresh) {
        expect_admitted(route, token, said);
      } else {
        EXPECT_EQ(said.status, 403) << named(route, token, said);
      }
    });
  }
  std::printf("matrix: %d requests of tokens\n", asked);
}

TEST_F(MatrixTest, who_is_limited_to_other_projects_sees_nothing_of_this_one) {
  const auto limited = people.person("limited", "default", "member");
  world.database.run("UPDATE memberships SET limited_to_projects = true WHERE person_id = '" +
                     limited.person.to_string() + "'");
  each([&](const http::Route& route) {
    if (!in_organization(route) || !auth::rule(permission_of(route)).in_project) return;
    const auto said = ask(limited, route, path(route.pattern()), kBroken);
    const bool hidden = said.status == 404 || said.status == 403 ||
                        (said.status == 200 && said.body.contains("\"items\":[]")) ||
                        route.pattern().ends_with("/feed") ||  // these leave out what they do not see
                        route.pattern().ends_with("/activity");
    EXPECT_TRUE(hidden) << named(route, limited, said) << said.body;
    if (parameters(route.pattern()).size() > 1 && !route.pattern().contains("{name}")) {
      EXPECT_EQ(said.status, 404) << named(route, limited, said);
    }
  });
  std::printf("matrix: %d requests of a member of other projects\n", asked);
}

TEST_F(MatrixTest, az_04_sockets_are_refused_before_their_first_frame) {
  int sockets = 0;
  each([&](const http::Route& route) {
    if (!route.is_upgrade()) return;
    ++sockets;
    const auto own = path(route.pattern());
    EXPECT_EQ(people.upgrade(own_owner, path(route.pattern(), "org", "foreign"), "http://localhost:7070").status, 404);
    for (const auto* origin : {"https://evil.example", "null", "", "http://localhost:7070.evil.example"}) {
      EXPECT_EQ(people.upgrade(own_owner, own, origin).status, 403) << origin;  // WS-01
    }
  });
  EXPECT_GE(sockets, 1);
}

TEST(Routes, one_without_a_permission_cannot_be_served) {
  World world;
  http::RouteTable table;
  api::Api api(
      {.routes = &table, .pool = &world.pool, .doors = world.modules.doors({}), .clock = &world.clock, .audit = {}});
  api.require_permissions();
  table.add(http::Method::get, "/api/v1/forgotten",
            [](http::Request) -> async::Task<http::Response> { co_return http::text_response(200, "secret"); });

  EXPECT_DEATH(api.require_permissions(), "/api/v1/forgotten");
}

}  // namespace
}  // namespace control_plane_test
