#pragma once

#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace mail {

/// What people see of the settings: the password never.
struct Settings {
  std::string url;
  std::string username;
  bool has_password{false};
  std::string sender;
  base::UtcTime updated_at;
};

/// A mail that is to be handed in now.
struct Due {
  base::Uuid id;
  std::string recipient;
  std::string subject;
  std::string body;
  base::UtcTime created_at;
  int attempts{0};
};

}  // namespace mail
