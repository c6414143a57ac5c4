#include "contract/sign/wanted.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "contract/sign/key_files.h"

namespace torpor::contract::sign {
namespace {

class FolderLock {
 public:
  FolderLock(const std::filesystem::path& folder, int how)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ < 0) return;
    int result = ::flock(fd_, how);
    while (result != 0 && errno == EINTR) result = ::flock(fd_, how);
    held_ = result == 0;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

std::optional<WantedMark> MarkOf(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return WantedMark{info.st_dev, info.st_ino, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
}

}  // namespace

Status PutWanted(const std::filesystem::path& folder, std::span<const std::byte> bundle,
                 Disk& disk) {
  const FolderLock lock(folder, LOCK_EX);
  if (!lock.held()) return Status::kIo;
  return ReplaceFile((folder / kWantedFile).string(), bundle, Secrecy::kPublic, disk);
}

std::optional<WantedFile> ReadWanted(const std::filesystem::path& folder) {
  const FolderLock lock(folder, LOCK_SH | LOCK_NB);
  if (!lock.held()) return std::nullopt;
  const auto path = folder / kWantedFile;
  const auto mark = MarkOf(path);
  if (!mark) return std::nullopt;
  return WantedFile{ReadBundle(path.string()), *mark};
}

Status RemoveWanted(const std::filesystem::path& folder, const WantedMark& mark,
                    Disk& disk) {
  const FolderLock lock(folder, LOCK_EX | LOCK_NB);
  if (!lock.held()) return errno == EWOULDBLOCK ? Status::kStateLocked : Status::kIo;
  const auto path = folder / kWantedFile;
  if (MarkOf(path) != mark) return Status::kOk;
  return RemoveFile(path.string(), disk);
}

}  // namespace torpor::contract::sign
