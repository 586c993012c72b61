#pragma once

#include <string>

#include "common/json/json.hpp"

namespace organizations {

struct SetupBody {
  std::string token;
  template <class F>
  void map(F& f) {
    f.required("token", token, "What stands behind # in the setup link");
  }
};

struct NamedView {
  std::string id;
  std::string name;
  std::optional<std::string> slug;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.optional("slug", slug);
  }
};

struct ServerView {
  std::string version;
  std::string apps_url_example;
  std::string hub_url;
  template <class F>
  void map(F& f) {
    f.required("version", version);
    f.required("apps_url_example", apps_url_example);
    f.required("hub_url", hub_url);
  }
};

struct SessionView {
  NamedView person;
  NamedView organization;
  std::string role;
  base::UtcTime expires_at;
  ServerView server;
  template <class F>
  void map(F& f) {
    f.required("person", person);
    f.required("organization", organization);
    f.required("role", role);
    f.required("expires_at", expires_at);
    f.required("server", server);
  }
};

}  // namespace organizations
