#pragma once

#include <string>
#include <vector>

#include "cli/command_table.hpp"

namespace cli {

/// A page of the manual, section 1, for man(7) macros.
struct ManualPage {
  std::string name;  ///< "wh", "wh-apps"
  std::string text;
};

/// One page for `wh` and one for each of its commands, those beneath it included.
std::vector<ManualPage> manual(const CommandInfo& table);

}  // namespace cli
