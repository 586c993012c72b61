#pragma once

#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "control-plane/modules/projects/place_types.hpp"

namespace projects {

struct ProjectView {
  base::ProjectId id;
  std::string slug;
  std::string name;
  std::int64_t apps{0};
  base::UtcTime created_at;
  base::UtcTime updated_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("slug", slug);
    f.required("name", name);
    f.required("apps", apps, "How many stand in it, those that were deleted within 24 hours included");
    f.required("created_at", created_at);
    f.required("updated_at", updated_at);
  }
};

struct NewProjectBody {
  std::string slug;
  std::optional<std::string> name;
  template <class F>
  void map(F& f) {
    f.required("slug", slug, "Lower-case letters, digits and dashes");
    f.optional("name", name, "By default the slug");
  }
};

struct ProjectChangeBody {
  std::optional<std::string> slug;
  std::optional<std::string> name;
  template <class F>
  void map(F& f) {
    f.optional("slug", slug);
    f.optional("name", name);
  }
};

struct EnvironmentView {
  base::EnvironmentId id;
  std::string name;
  std::vector<std::string> branch_patterns;
  std::int64_t apps{0};
  base::UtcTime created_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("branch_patterns", branch_patterns);
    f.required("apps", apps);
    f.required("created_at", created_at);
  }
};

struct NewEnvironmentBody {
  std::string name;
  std::vector<std::string> branch_patterns;
  template <class F>
  void map(F& f) {
    f.required("name", name, "Lower-case letters, digits and dashes");
    f.defaulted("branch_patterns", branch_patterns,
                "Which branches it is for: names, with * for any run of characters; * alone is for all others");
  }
};

struct EnvironmentChangeBody {
  std::vector<std::string> branch_patterns;
  template <class F>
  void map(F& f) {
    f.required("branch_patterns", branch_patterns);
  }
};

}  // namespace projects
