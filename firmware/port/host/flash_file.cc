#include "firmware/port/host/flash_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace torpor::firmware::host {
namespace {

using simulate::Why;

constexpr std::size_t kSize = std::size_t{kSectorBytes} * kSectors;

bool WriteAll(int fd, std::span<const std::byte> bytes, std::size_t at) {
  return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
             static_cast<ssize_t>(bytes.size()) &&
         ::fdatasync(fd) == 0;
}

}  // namespace

simulate::Attempt<FlashFile> FlashFile::Open(const std::string& path, Missing missing) {
  const int make = missing == Missing::kMake ? O_CREAT : 0;
  Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | make, 0600));
  if (!file.open()) {
    const Status status = errno == ENOENT ? Status::kFileMissing : Status::kIo;
    return Why(status, path + ": " + std::strerror(errno));
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Why(Status::kIo, path + " is in use by another firmware");
  }
  struct stat about {};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return Why(Status::kIo, path + " is not a file");
  }
  if ((about.st_mode & 077) != 0) {
    return Why(Status::kKeyFileExposed, path + " holds the pairing key: chmod 600");
  }
  std::vector<std::byte> bytes(kSize, std::byte{0xFF});
  if (about.st_size == 0 && missing == Missing::kMake) {
    if (!WriteAll(file.get(), bytes, 0)) return Why(Status::kIo, path);
  } else if (about.st_size != static_cast<off_t>(kSize) &&
             about.st_size != static_cast<off_t>(kBoardBytes)) {
    return simulate::Refusal{Status::kFlashMalformed, path + " has another size",
                             std::to_string(kSize) + " bytes",
                             std::to_string(about.st_size) + " bytes"};
  } else if (::pread(file.get(), bytes.data(), kSize, 0) != static_cast<ssize_t>(kSize)) {
    return Why(Status::kIo, path);
  }
  return FlashFile(std::move(file), std::move(bytes));
}

bool FlashFile::Read(std::uint32_t address, std::span<std::byte> out) const {
  if (address > kSize || out.size() > kSize - address) return false;
  std::ranges::copy(std::span(bytes_).subspan(address, out.size()), out.begin());
  return true;
}

bool FlashFile::Keep(std::size_t from, std::size_t size) {
  return WriteAll(file_.get(), std::span(bytes_).subspan(from, size), from);
}

bool FlashFile::Erase(std::uint32_t sector) {
  if (sector >= kSectors) return false;
  const std::size_t from = std::size_t{sector} * kSectorBytes;
  std::ranges::fill(std::span(bytes_).subspan(from, kSectorBytes), std::byte{0xFF});
  return Keep(from, kSectorBytes);
}

bool FlashFile::Program(std::uint32_t address, std::span<const std::byte> bytes) {
  if (address > kSize || bytes.size() > kSize - address) return false;
  if (address % kGranuleBytes != 0 || bytes.size() % kGranuleBytes != 0) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes_[address + i] &= bytes[i];
  return Keep(address, bytes.size());
}

}  // namespace torpor::firmware::host
