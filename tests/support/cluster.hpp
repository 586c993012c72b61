#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// The private PostgreSQL cluster of this process. A keeper process runs it and removes it, data and all, when this
/// process is gone, also after a crash.
class Cluster {
 public:
  static Cluster& get();

  /// The connection string of one database.
  std::string dsn(const std::string& database) const;
  /// Runs one of PostgreSQL's programs as the cluster's user; its standard output. Throws when it fails.
  std::string run(std::vector<std::string> argv) const;

 private:
  Cluster();
  void start_keeper();

  std::filesystem::path folder_;
};

}  // namespace support
