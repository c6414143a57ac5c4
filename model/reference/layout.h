// The bytes of a model file, taken apart and checked to the last one, except for its
// digest: that needs libsodium and is model/network_file.h's business.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/result.h"
#include "model/reference/network_view.h"

namespace torpor::model {

inline constexpr std::string_view kNetworkMagic = "torporNN";
inline constexpr std::uint32_t kNetworkVersion = 1;
inline constexpr std::size_t kNetworkHeaderBytes = 64;
inline constexpr std::size_t kNetworkAlignment =
    64;  // of every blob, from the file's start

// Between these every sum of a run is a finite number: docs/engine.md, "What cannot
// happen".
inline constexpr float kMaxMagnitude = 1e4F;  // of a float weight, bias or gain
inline constexpr float kMinScale = 1e-12F;
inline constexpr float kMaxScale = 1e3F;

struct NetworkHeader {
  NetworkShape shape;
  Precision precision = Precision::kFloat;
};

// The first kNetworkHeaderBytes of a file; `why` gets one clause for people.
//   kModelMalformed  too short, another magic, or a shape outside its ranges
//   kModelVersion    another version
[[nodiscard]] Result<NetworkHeader> ReadNetworkHeader(std::span<const std::byte> bytes,
                                                      std::string_view& why);

// Length of the whole file, digest and all.
[[nodiscard]] std::size_t NetworkBytes(const NetworkHeader& header);

// Views into `bytes`, which must outlive them and begin at an address that is a multiple
// of
// 4. The digest is taken as it stands there, unchecked: this is for bytes that are part
// of the program (a microcontroller's flash). Anything else goes through ParseNetwork.
//   kModelMalformed, kModelVersion  as ReadNetworkHeader; also for a length that is not
//   that
//                   of the shape, padding that is not zero, or a number out of its range
[[nodiscard]] Result<NetworkView> ParseNetworkWithoutDigest(
    std::span<const std::byte> bytes, std::string_view& why);

}  // namespace torpor::model
