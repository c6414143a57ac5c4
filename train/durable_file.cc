#include "train/durable_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "contract/sign/durable.h"

namespace torpor::train {

Status WriteDurably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                    std::string& problem) {
  const Status status = contract::sign::ReplaceFile(path, bytes);
  if (status != Status::kOk) {
    problem =
        path.string() + ": " + std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
  }
  return status;
}

Result<std::vector<std::byte>> ReadWhole(const std::filesystem::path& path,
                                         std::size_t most) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Status::kFileMissing;
  if (!std::filesystem::is_regular_file(path, error)) return Status::kIo;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Status::kIo;
  if (size > most) return Status::kFileTooLarge;
  std::vector<std::byte> bytes(size);
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(bytes.data()),
               static_cast<std::streamsize>(size))) {
    return Status::kIo;
  }
  return bytes;
}

Digest DigestOf(std::span<const std::byte> bytes) {
  std::array<unsigned char, crypto_hash_sha512_BYTES> full{};
  crypto_hash_sha512(full.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  Digest digest{};
  std::ranges::copy(std::as_bytes(std::span(full)).first(digest.size()), digest.begin());
  return digest;
}

}  // namespace torpor::train
