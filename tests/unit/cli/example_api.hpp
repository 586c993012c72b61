#pragma once

#include <optional>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {

/// Answers every request with the example that the API's description has for it: one page of a list, deployments that
/// are live, a log of two lines, a stream of one change.
std::optional<Told> example_of(const Asked& asked);

}  // namespace cli_test
