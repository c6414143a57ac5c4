// Files that are the old one or the new one, whatever happens in between. Host only; the
// one place where torpor replaces a file.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>

#include "contract/sign/files.h"
#include "core/status.h"

namespace torpor::contract::sign {

// The calls to the system on which durability rests, each as its manual page has it,
// errno too. A test takes their place to cut the power between any two.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  virtual int Open(const std::string& path, int flags, mode_t mode);
  virtual ssize_t Write(int fd, std::span<const std::byte> bytes);
  virtual int Sync(int fd);
  virtual int Close(int fd);
  virtual int Rename(const std::string& from, const std::string& to);
  virtual int Remove(const std::string& path);
};
Disk& SystemDisk();

// Writes PATH.new, syncs it, puts it into the file's place, syncs the folder. One writer
// of a path at a time: two would share PATH.new. A power cut may leave a PATH.new behind,
// which the next call removes.
//   kIo  errno says why. The old file stands, or, when only the folder could not be
//        synced, one of the two: call again.
[[nodiscard]] Status ReplaceFile(const std::string& path,
                                 std::span<const std::byte> bytes,
                                 Secrecy secrecy = Secrecy::kPublic,
                                 Disk& disk = SystemDisk());

// Makes sure that a file which is there, whoever put it there and was ended before it
// could sync, is there after a power cut.
//   kIo  errno says why
[[nodiscard]] Status SyncFile(const std::string& path, Disk& disk = SystemDisk());

// Removes a file for good; one that is not there is no error.
//   kIo  errno says why; it may be there still, or again
[[nodiscard]] Status RemoveFile(const std::string& path, Disk& disk = SystemDisk());

}  // namespace torpor::contract::sign
