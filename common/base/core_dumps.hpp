#pragma once

namespace base {

/// For processes that hold keys: no core file, and nobody but root may look into them. Call it first in `main`.
void forbid_core_dumps() noexcept;

}  // namespace base
