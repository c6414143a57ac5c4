#include "telemetry/trace_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace torpor::telemetry {
namespace {

constexpr mode_t kMode = 0644;  // as SQLite makes the journal
// Somebody may have made room with the file; that is looked at once in so many cycles.
constexpr std::uint64_t kCyclesUnseen = 64;

// Of the page that a cycle stands in.
off_t PageOffset(std::uint64_t block) {
  return static_cast<off_t>(OffsetOfTraceBlock(block - block % kTraceBlocksOfPage));
}

bool Write(int file, off_t at, std::span<const std::byte> bytes) {
  const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), at);
  if (written == static_cast<ssize_t>(bytes.size())) return true;
  if (written >= 0) errno = ENOSPC;  // a part of it
  return false;
}

std::size_t ReadAtMost(int file, off_t at, std::span<std::byte> into) {
  const ssize_t got = ::pread(file, into.data(), into.size(), at);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::span<std::byte> BlockOfPage(std::span<std::byte> page, std::uint64_t block) {
  return page.subspan(block % kTraceBlocksOfPage * kTraceBlockBytes, kTraceBlockBytes);
}

}  // namespace

void TraceWriter::Close() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
}

Status TraceWriter::Refused(const char* doing) {
  why_ = std::string(doing) + ": " + std::strerror(errno);
  return Status::kTraceNotWritten;
}

bool TraceWriter::Ours() const {
  TraceBlock block{};
  return ReadAtMost(file_, 0, block) == block.size() &&
         DecodeTraceHeader(block) == header_;
}

bool TraceWriter::Gone() const {
  struct stat now {};
  return ::fstat(file_, &now) != 0 || now.st_nlink == 0;
}

Status TraceWriter::Open() {
  Close();
  sequence_ = 0;
  page_ = {};
  whole_page_ = true;
  constexpr int kHow = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  file_ = ::open(path_.c_str(), kHow, kMode);
  if (file_ < 0) return Refused("open");
  struct stat found {};
  if (::fstat(file_, &found) != 0 || !S_ISREG(found.st_mode)) {
    Close();
    errno = EINVAL;
    return Refused("no regular file");
  }
  if (found.st_size >= static_cast<off_t>(kTraceBlockBytes)) {
    if (Ours()) {
      FindNewest();
      return Status::kOk;
    }
    const std::filesystem::path aside = path_.string() + ".before";
    if (::rename(path_.c_str(), aside.c_str()) != 0) {
      const Status refused = Refused("set aside");
      Close();
      return refused;
    }
    Close();
    file_ = ::open(path_.c_str(), kHow | O_EXCL, kMode);
    if (file_ < 0) return Refused("open");
  }
  // A header that was cut has no block behind it.
  std::array<std::byte, kTracePageBytes> page{};
  std::ranges::copy(EncodeTraceHeader(header_), page.begin());
  if (!Write(file_, 0, page)) {
    const Status refused = Refused("begin");
    Close();
    return refused;
  }
  return Status::kOk;
}

// The highest sequence that stands where it belongs in a whole block: whatever was cut or
// damaged does not count.
void TraceWriter::FindNewest() {
  struct Found {
    std::uint64_t sequence, block;
  };
  std::vector<Found> found;
  std::vector<std::byte> pages(16 * kTracePageBytes);
  for (std::uint64_t first = 0; first < header_.blocks;) {
    const auto at = static_cast<off_t>(OffsetOfTraceBlock(first));
    const std::size_t blocks = ReadAtMost(file_, at, pages) / kTraceBlockBytes;
    for (std::size_t i = 0; i < blocks; ++i) {
      const auto sequence =
          SequenceOfTraceBlock(std::span(pages).subspan(i * kTraceBlockBytes));
      if (sequence != 0 && (sequence - 1) % header_.blocks == first + i) {
        found.push_back({sequence, first + i});
      }
    }
    if (blocks == 0) break;
    first += blocks;
  }
  std::ranges::sort(found, std::ranges::greater{}, &Found::sequence);
  for (const auto& [sequence, block] : found) {
    page_ = {};
    (void)ReadAtMost(file_, PageOffset(block), page_);
    if (!DecodeTraceBlock(BlockOfPage(page_, block))) continue;
    // Behind it there is nothing, or what a cut has left.
    std::ranges::fill(
        std::span(page_).subspan((block % kTraceBlocksOfPage + 1) * kTraceBlockBytes),
        std::byte{0});
    sequence_ = sequence;
    break;
  }
  if (sequence_ == 0) page_ = {};
  // Nobody reads it again, and what was read ahead lies in larger pieces than pages, of
  // which each write would look through a whole one.
  (void)::posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED);
}

Status TraceWriter::Append(const TracedCycle& cycle) {
  if (file_ >= 0 && sequence_ % kCyclesUnseen == 0 && Gone()) Close();
  if (file_ < 0) {
    if (const Status status = Open(); status != Status::kOk) return status;
  }
  const std::uint64_t block = sequence_ % header_.blocks;
  if (block % kTraceBlocksOfPage == 0) {
    page_ = {};
    whole_page_ = true;
  }
  const TraceBlock bytes = EncodeTraceBlock(sequence_ + 1, cycle);
  std::ranges::copy(bytes, BlockOfPage(page_, block).begin());
  const bool written = whole_page_
                           ? Write(file_, PageOffset(block), page_)
                           : Write(file_, static_cast<off_t>(OffsetOfTraceBlock(block)),
                                   std::span(bytes).first(LengthOfTraceBlock(bytes)));
  whole_page_ = !written;  // nobody knows what there is of it
  if (!written) return Refused("write");
  ++sequence_;
  return Status::kOk;
}

}  // namespace torpor::telemetry
