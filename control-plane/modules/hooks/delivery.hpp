#pragma once

#include "common/base/result.hpp"
#include "control-plane/modules/hooks/types.hpp"
#include "control-plane/platform/http/message.hpp"

namespace hooks {

/// What a program or a forge says with its call: GitHub, GitLab, Gitea and its kin, Bitbucket; as JSON or as GitHub's
/// form around it. Errors: a body that begins like JSON or as a form and is neither; `invalid` at `/commit`.
base::Result<Delivery> read_delivery(const http::Request& request);

}  // namespace hooks
