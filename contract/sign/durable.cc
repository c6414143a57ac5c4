#include "contract/sign/durable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace torpor::contract::sign {
namespace {

using enum Status;

// Repeats what a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class File {
 public:
  File(Disk& disk, const std::string& path, int flags, mode_t mode = 0)
      : disk_(disk),
        fd_(Retry([&] { return disk.Open(path, flags | O_CLOEXEC, mode); })) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { (void)Close(); }

  [[nodiscard]] bool open() const { return fd_ >= 0; }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool Write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = Retry([&] { return disk_.Write(fd_, bytes); });
      if (n == 0) errno = EIO;
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }
  [[nodiscard]] bool Sync() {
    return Retry([&] { return disk_.Sync(fd_); }) == 0;
  }
  // Never repeated: Linux has closed it even when it says EINTR. True when all is well.
  bool Close() {
    if (fd_ < 0) return true;
    const int why = errno;  // of what failed before, if anything did
    const bool closed = disk_.Close(std::exchange(fd_, -1)) == 0 || errno == EINTR;
    if (closed) errno = why;
    return closed;
  }

 private:
  Disk& disk_;
  int fd_;
};

bool SyncFolderOf(const std::string& path, Disk& disk) {
  const auto folder = std::filesystem::path(path).parent_path();
  File file(disk, folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
  return file.open() && file.Sync();
}

bool WriteAside(const std::string& aside, std::span<const std::byte> bytes,
                Secrecy secrecy, Disk& disk) {
  // New, so that nobody who made a file of that name before can read a secret in it.
  const mode_t mode = secrecy == Secrecy::kSecret ? 0600 : 0644;
  File file(disk, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (!file.open()) return false;
  const bool written =
      ::fchmod(file.get(), mode) == 0 && file.Write(bytes) && file.Sync();
  return file.Close() && written;
}

}  // namespace

int Disk::Open(const std::string& path, int flags, mode_t mode) {
  return ::open(path.c_str(), flags, mode);
}
ssize_t Disk::Write(int fd, std::span<const std::byte> bytes) {
  return ::write(fd, bytes.data(), bytes.size());
}
int Disk::Sync(int fd) { return ::fsync(fd); }
int Disk::Close(int fd) { return ::close(fd); }
int Disk::Rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str());
}
int Disk::Remove(const std::string& path) { return ::unlink(path.c_str()); }

Disk& SystemDisk() {
  static Disk disk;
  return disk;
}

Status ReplaceFile(const std::string& path, std::span<const std::byte> bytes,
                   Secrecy secrecy, Disk& disk) {
  const std::string aside = path + ".new";
  if (disk.Remove(aside) != 0 && errno != ENOENT) return kIo;
  if (!WriteAside(aside, bytes, secrecy, disk) || disk.Rename(aside, path) != 0) {
    const int why = errno;
    (void)disk.Remove(aside);
    errno = why;
    return kIo;
  }
  return SyncFolderOf(path, disk) ? kOk : kIo;
}

Status SyncFile(const std::string& path, Disk& disk) {
  File file(disk, path, O_RDONLY | O_NOFOLLOW);
  return file.open() && file.Sync() && SyncFolderOf(path, disk) ? kOk : kIo;
}

Status RemoveFile(const std::string& path, Disk& disk) {
  if (disk.Remove(path) != 0 && errno != ENOENT) return kIo;
  return SyncFolderOf(path, disk) ? kOk : kIo;
}

}  // namespace torpor::contract::sign
