#include "model/network_file.h"

#include <fcntl.h>
#include <sodium/crypto_hash_sha512.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "model/network_digest.h"
#include "model/reference/layout.h"

namespace torpor::model {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const char* path)
      : fd_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// As many bytes as `out` has, or fewer at the file's end.
Result<std::size_t> Read(int fd, std::span<std::byte> out) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t n =
        ::pread(fd, out.data() + size, out.size() - size, static_cast<off_t>(size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::kIo;
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return size;
}

}  // namespace

Digest DigestOfNetwork(std::span<const std::byte> before) {
  std::array<unsigned char, crypto_hash_sha512_BYTES> full{};
  crypto_hash_sha512(full.data(), reinterpret_cast<const unsigned char*>(before.data()),
                     before.size());
  Digest digest{};
  std::ranges::copy(std::as_bytes(std::span(full)).first(digest.size()), digest.begin());
  return digest;
}

Result<NetworkView> ParseNetwork(std::span<const std::byte> bytes,
                                 std::string_view* why) {
  std::string_view unheard;
  std::string_view& clause = why != nullptr ? *why : unheard;
  const auto header = ReadNetworkHeader(bytes, clause);
  if (!header.ok()) return header.status();
  if (bytes.size() == NetworkBytes(*header)) {  // of another length says the parser more
    const Digest digest = DigestOfNetwork(bytes.first(bytes.size() - sizeof(Digest)));
    if (!std::ranges::equal(digest, bytes.last(sizeof(Digest)))) {
      clause = "bytes were changed after it was written";
      return Status::kModelDigest;
    }
  }
  return ParseNetworkWithoutDigest(bytes, clause);
}

Result<NetworkFile> NetworkFile::Open(const std::filesystem::path& path,
                                      std::string_view* why) {
  const Descriptor file(path.c_str());
  if (file.get() < 0) {
    return errno == ENOENT || errno == ENOTDIR ? Status::kModelMissing : Status::kIo;
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Status::kIo;
  if (!S_ISREG(info.st_mode)) return Status::kModelMissing;

  std::array<std::byte, kNetworkHeaderBytes> start{};
  const auto begun = Read(file.get(), start);
  if (!begun.ok()) return begun.status();
  std::string_view clause;
  const auto header = ReadNetworkHeader(std::span(start).first(*begun), clause);
  Status wrong = header.status();
  if (header.ok() && static_cast<std::size_t>(info.st_size) != NetworkBytes(*header)) {
    clause = "its length is not that of its shape";
    wrong = Status::kModelMalformed;
  }
  if (wrong != Status::kOk) {
    if (why != nullptr) *why = clause;
    return wrong;
  }

  NetworkFile opened;
  opened.size_ = NetworkBytes(*header);
  opened.lines_.resize((opened.size_ + sizeof(Line) - 1) / sizeof(Line));
  const auto whole = Read(
      file.get(), std::as_writable_bytes(std::span(opened.lines_)).first(opened.size_));
  if (!whole.ok()) return whole.status();
  if (*whole != opened.size_) return Status::kIo;  // it shrank meanwhile
  const auto view = ParseNetwork(opened.bytes(), why);
  if (!view.ok()) return view.status();
  opened.view_ = *view;
  return opened;
}

}  // namespace torpor::model
