#include "contract/sign/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace torpor::contract::sign {
namespace {

using enum Status;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

constexpr mode_t Mode(Secrecy secrecy) {
  return secrecy == Secrecy::kSecret ? 0600 : 0644;
}

Status WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return kIo;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return ::fsync(fd) == 0 ? kOk : kIo;
}

}  // namespace

Result<std::vector<std::byte>> ReadFile(const std::string& path, std::size_t max_bytes,
                                        Secrecy secrecy) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return errno == ENOENT || errno == ENOTDIR ? kFileMissing : kIo;
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || S_ISDIR(info.st_mode)) return kIo;
  if (secrecy == Secrecy::kSecret && (info.st_mode & 077) != 0) return kKeyFileExposed;
  std::vector<std::byte> bytes(max_bytes + 1);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return kIo;
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > max_bytes) return kFileTooLarge;
  bytes.resize(size);
  return bytes;
}

Status WriteNewFile(const std::string& path, std::span<const std::byte> bytes,
                    Secrecy secrecy) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Mode(secrecy)));
  if (!file.open()) return errno == EEXIST ? kFileExists : kIo;
  const Status status = WriteAll(file.get(), bytes);
  if (status != kOk) ::unlink(path.c_str());
  return status;
}

}  // namespace torpor::contract::sign
