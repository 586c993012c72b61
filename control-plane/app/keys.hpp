#pragma once

#include <memory>
#include <vector>

#include "control-plane/app/config.hpp"
#include "control-plane/modules/secrets/rotation.hpp"

namespace app {

/// The key service when one is configured, else the master key file. Throws `Failure` when the keys are weak or absent.
std::unique_ptr<secrets::KeyProvider> make_key_provider(const Config& config, const base::Clock& clock);

/// Every column of the database with sealed values.
std::vector<secrets::SealedColumn> sealed_columns();

/// Makes the next master key, which `rotate_master_key` will use, and says where it is: other hosts need it before.
int prepare_master_key(const Config& config);

/// Makes a new master key, wraps every data key under it and gives the old one up. What runs goes on meanwhile.
int rotate_master_key(const Config& config);

/// Makes new data keys, seals every value anew and gives the old ones up. What runs goes on meanwhile.
int rotate_data_keys(const Config& config);

}  // namespace app
