#pragma once

// Structs to JSON and back, by one field map:
//
//   struct CreateApp {
//     std::string name;
//     std::optional<std::int64_t> memory_bytes;
//     int port{8080};
//     template <class F>
//     void map(F& f) {
//       f.required("name", name, "Lower-case name, unique in its environment");
//       f.optional("memory_bytes", memory_bytes);
//       f.defaulted("port", port);
//     }
//   };
//
// Forms: bool, integers, double, std::string, Uuid, Id, UtcTime, enums with EnumNames, types with a TextForm, vector,
// map<string, …>, optional (null), Raw, structs. A SecretString can be decoded, never encoded.

#include "common/json/decode.hpp"
#include "common/json/encode.hpp"
#include "common/json/schema.hpp"
