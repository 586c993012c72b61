#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/commands/organizations.hpp"

namespace cli {

/// Where CLI11 puts what it reads for these commands.
struct OrganizationWords {
  OrganizationOptions organization;
  std::string slug;
  std::string person;
  std::string project;
  std::string role{"member"};
  std::string id;
  std::string link;
  std::optional<std::string> email;
  bool yes{false};
};

/// Adds one command to `parent`, with what it does; the grammar's own way.
using AddCommand = std::function<CLI::App*(CLI::App& parent, const std::string& name, const std::string& what,
                                           const std::string& example, std::function<async::Task<Outcome>(Session&)>)>;

/// `orgs`, `members`, `projects` and `join`. `words` lives as long as the commands.
void add_organization_commands(CLI::App& root, OrganizationWords& words, const AddCommand& add);

}  // namespace cli
