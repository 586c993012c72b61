#pragma once

#include <string>

#include "common/json/json.hpp"
#include "control-plane/modules/organizations/model.hpp"

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
  std::vector<std::string> permissions;
  base::UtcTime expires_at;
  ServerView server;
  std::optional<std::string> theme;
  template <class F>
  void map(F& f) {
    f.required("person", person);
    f.required("organization", organization);
    f.required("role", role);
    f.defaulted("permissions", permissions, "What you may do in the organization; roles in projects may add to it");
    f.required("expires_at", expires_at);
    f.required("server", server);
    f.required("theme", theme, "How your dashboard looks: system, light or dark; null before you chose");
  }
};

struct NewOrganizationBody {
  std::string name;
  std::string slug;
  template <class F>
  void map(F& f) {
    f.required("name", name, "1 to 100 bytes");
    f.defaulted("slug", slug, "Lower-case letters, digits and dashes; made of the name when absent");
  }
};

struct OrganizationChangeBody {
  std::optional<std::string> name;
  std::optional<std::string> slug;
  std::optional<bool> second_factor_required;
  template <class F>
  void map(F& f) {
    f.optional("name", name);
    f.optional("slug", slug, "Its addresses in the API and the CLI change with it");
    f.optional("second_factor_required", second_factor_required, "Who has no second factor gets no further");
  }
};

struct UsageView {
  std::int64_t used{0};
  std::optional<std::int64_t> most;
  template <class F>
  void map(F& f) {
    f.required("used", used);
    f.required("most", most, "null: without limit");
  }
};

struct LimitsView {
  UsageView apps;
  UsageView replicas;
  UsageView memory_bytes;
  UsageView build_minutes;
  template <class F>
  void map(F& f) {
    f.required("apps", apps);
    f.required("replicas", replicas);
    f.required("memory_bytes", memory_bytes);
    f.required("build_minutes", build_minutes, "In this calendar month, UTC");
  }
};

struct OrganizationView {
  base::OrganizationId id;
  std::string slug;
  std::string name;
  std::string role;
  bool second_factor_required{false};
  base::UtcTime created_at;
  std::optional<base::UtcTime> deleted_at;
  std::optional<base::UtcTime> erased_at;
  std::optional<LimitsView> limits;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("slug", slug);
    f.required("name", name);
    f.required("role", role, "Yours");
    f.required("second_factor_required", second_factor_required);
    f.required("created_at", created_at);
    f.optional("deleted_at", deleted_at);
    f.optional("erased_at", erased_at, "Until then a deleted one can be brought back");
    f.optional("limits", limits, "What the operator allows, and what is used");
  }
};

struct PlaceView {
  base::ProjectId id;
  std::string slug;
  std::string role;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("slug", slug);
    f.required("role", role);
  }
};

struct MemberView {
  base::PersonId id;
  std::string name;
  std::optional<std::string> email;
  std::string role;
  std::vector<std::string> permissions;
  bool custom{false};
  bool limited_to_projects{false};
  std::vector<PlaceView> projects;
  base::UtcTime since;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.optional("email", email);
    f.required("role", role);
    f.required("permissions", permissions);
    f.required("custom", custom, "The permissions were chosen one by one, instead of the role's");
    f.required("limited_to_projects", limited_to_projects);
    f.required("projects", projects, "Roles in single projects");
    f.required("since", since);
  }
};

struct MemberChangeBody {
  std::optional<std::string> role;
  std::optional<std::vector<std::string>> permissions;
  std::optional<bool> limited_to_projects;
  template <class F>
  void map(F& f) {
    f.optional("role", role, "owner, admin, member or viewer");
    f.optional("permissions", permissions, "Instead of what the role gives; an empty list: what the role gives");
    f.optional("limited_to_projects", limited_to_projects, "They see only the projects in which they have a role");
  }
};

struct PersonBody {
  base::PersonId person;
  template <class F>
  void map(F& f) {
    f.required("person", person);
  }
};

struct RoleBody {
  std::string role;
  template <class F>
  void map(F& f) {
    f.required("role", role, "admin, member or viewer");
  }
};

struct InviteBody {
  std::string role{"member"};
  std::optional<std::string> email;
  template <class F>
  void map(F& f) {
    f.defaulted("role", role, "At most your own");
    f.optional("email", email, "Where the link is sent; without it, pass the link on yourself");
  }
};

struct InvitationView {
  base::InvitationId id;
  std::string role;
  std::optional<std::string> email;
  std::string invited_by;
  base::UtcTime created_at;
  base::UtcTime expires_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("role", role);
    f.optional("email", email);
    f.required("invited_by", invited_by);
    f.required("created_at", created_at);
    f.required("expires_at", expires_at);
  }
};

struct NewInvitationView {
  InvitationView invitation;
  std::string link;
  bool mailed{false};
  template <class F>
  void map(F& f) {
    f.required("invitation", invitation);
    f.required("link", link, "Shown this once; it works once");
    f.required("mailed", mailed, "Whether it goes out by e-mail");
  }
};

struct InvitationTokenBody {
  std::string token;
  template <class F>
  void map(F& f) {
    f.required("token", token, "What stands behind # in the invitation's link");
  }
};

struct OfferView {
  std::string organization;
  std::string role;
  std::string invited_by;
  base::UtcTime expires_at;
  template <class F>
  void map(F& f) {
    f.required("organization", organization);
    f.required("role", role);
    f.required("invited_by", invited_by);
    f.required("expires_at", expires_at);
  }
};

}  // namespace organizations
