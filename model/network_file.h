// The model file on a robot: verified once and completely, after which the types carry
// the trust. Byte by byte: docs/model-format.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "model/reference/network_view.h"

namespace torpor::model {

// Views into `bytes`, which must outlive them and begin at a multiple of 4. `why`, if
// given, gets one clause that says what is wrong.
//   kModelMalformed  its magic, shape, length, padding or one of its numbers
//   kModelVersion    another version of the format
//   kModelDigest     some byte is not what was written
[[nodiscard]] Result<NetworkView> ParseNetwork(std::span<const std::byte> bytes,
                                               std::string_view* why = nullptr);

// A model file in memory. It is read, not mapped: what was verified must not change
// later, whoever writes to the file.
class NetworkFile {
 public:
  //   kModelMissing  there is no such file, or it is no file
  //   kIo            it cannot be read
  //   kModelMalformed, kModelVersion, kModelDigest  as ParseNetwork
  // Allocates only when the file has the length that its header asks for.
  [[nodiscard]] static Result<NetworkFile> Open(const std::filesystem::path& path,
                                                std::string_view* why = nullptr);

  [[nodiscard]] const NetworkView& view() const { return view_; }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::as_bytes(std::span(lines_)).first(size_);
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  std::vector<Line> lines_;  // moving it leaves the bytes where they are
  std::size_t size_ = 0;
  NetworkView view_;
};

}  // namespace torpor::model
