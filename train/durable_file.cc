#include "train/durable_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace torpor::train {
namespace {

// 0, or the errno of what went wrong.
int WriteAndSync(const char* path, std::span<const std::byte> bytes) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) error = errno;
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

int SyncFolder(const std::filesystem::path& folder) {
  const char* const name = folder.empty() ? "." : folder.c_str();
  const int fd = ::open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

}  // namespace

Status WriteDurably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                    std::string& problem) {
  std::filesystem::path beside = path;
  beside += ".new";
  int error = WriteAndSync(beside.c_str(), bytes);
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) error = SyncFolder(path.parent_path());
  if (error == 0) return Status::kOk;
  ::unlink(beside.c_str());
  problem = path.string() + ": " + std::strerror(error);  // NOLINT(concurrency-mt-unsafe)
  return Status::kIo;
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
