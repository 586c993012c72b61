#pragma once

#include <string>

namespace edge {

/// One answer that the edge gives by itself, as a calm page without scripts and as one line for programs.
struct Page {
  std::string html;
  std::string text;
};

/// No site has this host name (404).
Page no_site_page();
/// The site exists, and no replica takes requests (503).
Page no_replica_page();
/// This address has used up what the app allows it (429).
Page too_many_requests_page();
/// A replica answered badly or too late (502, 504), or the request was refused (400, 408, 413).
Page failed_page(int status);

/// `html` as the whole HTTP response that HAProxy's `errorfile` wants.
std::string error_file(int status, const Page& page);

}  // namespace edge
