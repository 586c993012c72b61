#pragma once

#include "common/base/secret.hpp"
#include "control-plane/app/all_in_one/process.hpp"

namespace all_in_one {

inline constexpr const char* kProgramPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What `wh-control-plane worker-token --json` prints.
struct Enrolment {
  std::string token;
  std::string hub_url;
  std::string ca_pin;
  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("hub_url", hub_url);
    f.required("ca_pin", ca_pin);
  }
};

// Pure. `first_start`: crash points (WH_CRASH_AT) are handed to a program's first start only, so that a test sees it
// die once and recover.
Command control_plane_command(const AllInOneOptions& options, const Layout& layout, bool first_start);
/// Prints an Enrolment into `enrolment_file(layout)`.
Command enrolment_command(const AllInOneOptions& options, const Layout& layout);
Command agent_command(const AllInOneOptions& options, const Layout& layout, const Enrolment& enrolment,
                      bool first_start);

std::filesystem::path enrolment_file(const Layout& layout);
std::filesystem::path token_file(const Layout& layout);
/// True when the agent has registered: it needs no token any more.
bool agent_is_enrolled(const Layout& layout);

}  // namespace all_in_one
